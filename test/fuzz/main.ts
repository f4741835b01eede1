/** `npm run fuzz -- NAME [--runs N] [--seed S]`: random inputs, and what gwh makes of them. Exit code 1 when something is wrong. */
import { parseArgs } from 'node:util'
import { fuzzProject } from './project.ts'

export interface FuzzOptions {
  readonly runs: number
  readonly seed: number
}

const COMMANDS: Readonly<Record<string, (options: FuzzOptions) => number | Promise<number>>> = {
  project: fuzzProject,
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3000' }, seed: { type: 'string', default: '1' } },
})
const command = COMMANDS[positionals[0] ?? '']
if (command) {
  const wrong = await command({ runs: Number(values.runs), seed: Number(values.seed) })
  if (wrong > 0) process.exitCode = 1
} else {
  console.error(
    `Usage: npm run fuzz -- NAME [--runs N] [--seed S]\nThe names are: ${Object.keys(COMMANDS).join(', ')}`,
  )
  process.exitCode = 2
}
