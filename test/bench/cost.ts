/** What a process costs: CPU and memory, written down by itself when it ends. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Cost {
  /** Seconds, user and system, of all threads. */
  readonly cpu: number
  /** The most memory that it had, resident. */
  readonly megabytes: number
}

const HOOK = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cost = { cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }
  require('node:fs').writeFileSync(process.env.BENCH_COST, JSON.stringify(cost))
})`

/** @throws Error with what a process said where it fails */
export type Measure = (args: readonly string[], dir?: string) => Cost

/**
 * Calls `measuring` with a folder of its own, which goes afterwards.
 * A folder that is deleted during a run makes the next files dear: ext4 looks at every inode freed in the last
 * minute before it gives a new one. So whatever is measured writes to a folder that is new, and none goes before
 * the end.
 */
export function withCosts(measuring: (cost: Measure, folder: string) => void): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    const hook = path.join(folder, 'hook.cjs')
    const result = path.join(folder, 'cost')
    writeFileSync(hook, HOOK)
    const cost: Measure = (args, dir) => {
      const child = spawnSync(process.execPath, ['-r', hook, ...args], {
        cwd: dir,
        env: { ...process.env, BENCH_COST: result },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      if (child.status !== 0) throw new Error(`node ${args.join(' ')} failed: ${child.stderr.toString()}`)
      return JSON.parse(readFileSync(result, 'utf8')) as Cost
    }
    measuring(cost, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN
}
