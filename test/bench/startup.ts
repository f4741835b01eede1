/** What a command costs before it does anything: CPU of the process as a ratio to an empty Node in the same run. */
import { median, withCosts } from './cost.ts'

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
  withCosts((cost) => {
    for (const { args } of COMMANDS) cost(args)
    // In turn, so that a machine whose speed drifts is as kind to one as to the other.
    const rounds = Array.from({ length: ROUNDS }, () => COMMANDS.map(({ args }) => cost(args).cpu))
    console.log(`CPU per process, median of ${ROUNDS} rounds; Node ${process.version}`)
    for (const [i, { name, aim }] of COMMANDS.entries()) {
      const ms = 1000 * median(rounds.map((round) => round[i] ?? 0))
      const ratio = median(rounds.map((round) => (round[i] ?? 0) / (round[0] ?? 1)))
      const limit = aim === undefined ? '' : `  (aim: at most ${aim.toFixed(1)}x)`
      console.log(
        `  ${name.padEnd(16)} ${ms.toFixed(0).padStart(5)} ms  ${ratio.toFixed(2).padStart(5)}x${limit}`,
      )
    }
  })
}
