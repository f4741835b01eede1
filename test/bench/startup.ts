/** What a command costs before it does anything: CPU of the process as a ratio to an empty Node in the same run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const ROUNDS = 15

/** Commands and the most that they should cost, as a multiple of `node -e ''`. */
const COMMANDS = [
  { name: "node -e ''", args: ['-e', ''], aim: undefined },
  { name: 'gwh --help', args: ['dist/cli.js', '--help'], aim: 2 },
  { name: 'gwh --version', args: ['dist/cli.js', '--version'], aim: 2 },
  { name: 'gwh ls', args: ['dist/cli.js', 'ls'], aim: 4 },
  { name: 'gwh compile', args: ['dist/cli.js', 'compile'], aim: 4 },
] as const

export function startup(): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    // Each process writes its own CPU time when it ends; all carry the same hook.
    const hook = path.join(folder, 'cpu.cjs')
    const result = path.join(folder, 'cpu')
    writeFileSync(
      hook,
      `process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeFileSync(${JSON.stringify(result)}, String(user + system)) })`,
    )
    const cpu = (args: readonly string[]): number => {
      const child = spawnSync(process.execPath, ['-r', hook, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      if (child.status !== 0) throw new Error(`node ${args.join(' ')} failed: ${child.stderr.toString()}`)
      return Number(readFileSync(result, 'utf8')) / 1000
    }
    for (const { args } of COMMANDS) cpu(args)
    // In turn, so that a machine whose speed drifts is as kind to one as to the other.
    const rounds = Array.from({ length: ROUNDS }, () => COMMANDS.map(({ args }) => cpu(args)))
    console.log(`CPU per process, median of ${ROUNDS} rounds; Node ${process.version}`)
    for (const [i, { name, aim }] of COMMANDS.entries()) {
      const ms = median(rounds.map((round) => round[i] ?? 0))
      const ratio = median(rounds.map((round) => (round[i] ?? 0) / (round[0] ?? 1)))
      const limit = aim === undefined ? '' : `  (aim: at most ${aim.toFixed(1)}x)`
      console.log(
        `  ${name.padEnd(16)} ${ms.toFixed(0).padStart(5)} ms  ${ratio.toFixed(2).padStart(5)}x${limit}`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN
}
