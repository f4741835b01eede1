/** What statements cost, as ratios to others of the same round. */
import { readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Warehouse } from '../../../src/warehouses/index.ts'

export interface Cost {
  /** CPU seconds of this process; not a number where the database is another process. */
  readonly cpu: number
  readonly seconds: number
  /** It took too long and was stopped: it costs more than this. */
  readonly stopped: boolean
}

/** A report that takes longer is not worth waiting for. */
const LIMIT_SECONDS = 300

/** Runs statements for at most so many seconds in all. */
export async function cost(
  warehouse: Warehouse,
  statements: readonly Statement[],
  limit = LIMIT_SECONDS,
): Promise<Cost> {
  let [cpu, seconds, stopped] = [0, 0, false]
  for (const { before, timed } of statements) {
    for (const statement of before) await warehouse.execute(statement)
    const timer = setTimeout(
      () => {
        stopped = true
        void warehouse.interrupt()
      },
      Math.max(0, limit - seconds) * 1000,
    )
    const [usage, start] = [process.cpuUsage(), performance.now()]
    try {
      await warehouse.execute(timed)
    } catch (error) {
      if (!stopped) throw error
    } finally {
      clearTimeout(timer)
      const { user, system } = process.cpuUsage(usage)
      cpu += (user + system) / 1e6
      seconds += (performance.now() - start) / 1000
    }
    if (stopped) break
  }
  return { cpu: warehouse.type === 'duckdb' ? cpu : Number.NaN, seconds, stopped }
}

export interface Statement {
  /** Prepares the next one; not counted. */
  readonly before: readonly string[]
  readonly timed: string
}

export interface Memory {
  /** The most bytes in memory at once, pages of tables included. */
  readonly peak: number
  /** Bytes that had to be put on disk. */
  readonly spilled: number
}

/** The most memory that any of the statements needs; of a DuckDB that has just been opened. */
export async function memory(warehouse: Warehouse, statements: readonly Statement[]): Promise<Memory> {
  const file = path.join(os.tmpdir(), `gwh-bench-profile-${process.pid}.json`)
  let [peak, spilled] = [0, 0]
  for (const { before, timed } of statements) {
    for (const statement of before) await warehouse.execute(statement)
    await warehouse.execute("set enable_profiling = 'json'")
    await warehouse.execute(`set profiling_output = '${file}'`)
    await warehouse.execute(
      `set custom_profiling_settings = '{"SYSTEM_PEAK_BUFFER_MEMORY": "true", "SYSTEM_PEAK_TEMP_DIR_SIZE": "true"}'`,
    )
    try {
      await warehouse.execute(timed)
    } finally {
      await warehouse.execute('pragma disable_profiling')
    }
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
    peak = Math.max(peak, profile['system_peak_buffer_memory'] ?? 0)
    spilled = Math.max(spilled, profile['system_peak_temp_dir_size'] ?? 0)
    rmSync(file)
  }
  return { peak, spilled }
}

/** In each round one after the other, so that a machine whose speed drifts is as kind to one as to the other. */
export async function inRounds(rounds: number, runs: readonly (() => Promise<Cost>)[]): Promise<Cost[][]> {
  const costs: Cost[][] = runs.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      const before = costs[i]?.at(-1)
      // What has been stopped once would only be stopped again.
      costs[i]?.push(before?.stopped ? before : await run())
    }
  }
  return costs
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN
}

/** The median of the ratios round by round. */
export const ratio = (costs: readonly Cost[], to: readonly Cost[], of: 'cpu' | 'seconds'): number =>
  median(costs.map((cost, round) => cost[of] / (to[round]?.[of] ?? Number.NaN)))
