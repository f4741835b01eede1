/** What statements cost, as ratios to others of the same round. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Warehouse } from '../../../src/engines/index.ts'

export interface Cost {
  /** CPU seconds of this process; not a number where the database is another process. */
  readonly cpu: number
  readonly seconds: number
  /** It took too long and was stopped: it costs more than this. */
  readonly stopped: boolean
}

/** A report that takes longer is not worth waiting for. */
export const LIMIT_SECONDS = 300

/** Runs statements for at most so many seconds in all. @param used is told what memory each of them took */
export async function cost(
  warehouse: Warehouse,
  statements: readonly Statement[],
  limit = LIMIT_SECONDS,
  used?: (memory: Memory) => void,
): Promise<Cost> {
  let [cpu, seconds, stopped] = [0, 0, false]
  for (const { before, timed } of statements) {
    for (const statement of before) await warehouse.execute(statement)
    if (used) await startProfile(warehouse)
    const timer = setTimeout(
      () => {
        stopped = true
        void warehouse.interrupt()
      },
      Math.min(Math.max(0, limit - seconds) * 1000, 2 ** 31 - 1),
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
      if (used) used(await endProfile(warehouse))
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
  /** The most bytes of this process in memory at once, pages of tables and Node included; 0 where it is not known. */
  readonly peak: number
  /** Bytes that had to be put on disk. */
  readonly spilled: number
}

/** The most memory that any of the statements needs; of a DuckDB that has just been opened. */
export async function memory(warehouse: Warehouse, statements: readonly Statement[]): Promise<Memory> {
  let most: Memory = NO_MEMORY
  await cost(warehouse, statements, Infinity, (used) => {
    most = atMost(most, used)
  })
  return most
}

export const NO_MEMORY: Memory = { peak: 0, spilled: 0 }

export const atMost = (a: Memory, b: Memory): Memory => ({
  peak: Math.max(a.peak, b.peak),
  spilled: Math.max(a.spilled, b.spilled),
})

const PROFILE = path.join(os.tmpdir(), `gwh-bench-profile-${process.pid}.json`)

const STATUS = '/proc/self/status'

/** DuckDB's own peak counts some memory twice: it can be twice the limit. The system's is what a machine needs. */
function peakBytes(): number {
  if (!existsSync(STATUS)) return 0
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))?.[1] ?? 0) * 1024
}

/** From now on the peak is that of what comes. */
function resetPeak(): void {
  if (existsSync(STATUS)) writeFileSync('/proc/self/clear_refs', '5')
}

async function startProfile(warehouse: Warehouse): Promise<void> {
  await warehouse.execute("set enable_profiling = 'json'")
  await warehouse.execute(`set profiling_output = '${PROFILE}'`)
  await warehouse.execute(`set custom_profiling_settings = '{"SYSTEM_PEAK_TEMP_DIR_SIZE": "true"}'`)
  resetPeak()
}

async function endProfile(warehouse: Warehouse): Promise<Memory> {
  await warehouse.execute('pragma disable_profiling')
  // A statement that was stopped leaves none.
  const peak = peakBytes()
  if (!existsSync(PROFILE)) return { peak, spilled: 0 }
  const profile = JSON.parse(readFileSync(PROFILE, 'utf8') || '{}') as Record<string, number>
  rmSync(PROFILE)
  return { peak, spilled: profile['system_peak_temp_dir_size'] ?? 0 }
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
