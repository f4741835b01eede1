/** `npm run fuzz -- NAME [--runs N] [--seed S]`: random inputs until something is wrong, the same for the same seed. */
import { parseArgs } from 'node:util'
import { fuzzFiles } from './files.ts'
import { fuzzProject } from './project.ts'

export interface FuzzOptions {
  readonly runs: number
  readonly seed: number
  readonly say: (line: string) => void
}

/** @returns what is wrong, one sentence each */
type Fuzz = (options: FuzzOptions) => Promise<readonly string[]> | readonly string[]

const FUZZES: Readonly<Record<string, Fuzz>> = {
  files: fuzzFiles,
  project: fuzzProject,
}

const USAGE = `Usage: npm run fuzz -- NAME [--runs N] [--seed S]\nThere are: ${Object.keys(FUZZES).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3000' }, seed: { type: 'string', default: '1' } },
})
const [name = ''] = positionals
const fuzz = FUZZES[name]
if (!fuzz || positionals.length > 1) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  const [runs, seed] = [Number(values.runs), Number(values.seed)]
  const wrong = await fuzz({ runs, seed, say: (line) => console.log(line) })
  for (const sentence of wrong.slice(0, 20)) console.log(`  ✗ ${sentence}`)
  console.log(`${name}: ${runs} runs with seed ${seed}, ${wrong.length} wrong`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
