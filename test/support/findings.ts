/** What the data tests of a project find, as they say it. */
import { load, run } from '../../src/gwh.ts'
import type { NodeResult } from '../../src/run/result.ts'
import { optionsFor, type Engine } from './engines.ts'
import { writeProject, type Files } from './projects.ts'

const TARGETS = `target: dev
targets:
  dev: { type: duckdb, path: target/small.duckdb }
  postgres: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
`

/** The start of a project.yml, up to what is tested. */
export const project = (rest: string): string => `name: small\n${TARGETS}${rest}`

export interface Findings {
  /** What the tests of these checks say that did not pass: wrong rows and sentences, by name of the test. */
  readonly found: Readonly<Record<string, readonly string[]>>
  /** Names of the tests of these checks that passed. */
  readonly passed: readonly string[]
}

/** Builds a project and gathers what the tests of some checks say. */
export async function findings(files: Files, engine: Engine, checks: readonly string[]): Promise<Findings> {
  const outcome = await run(load(writeProject(files), await optionsFor(engine)), { command: 'build' })
  const broken = outcome.results.filter(({ status }) => status === 'error' || status === 'skipped')
  if (broken.length > 0) throw new Error(broken.map(({ name, message }) => `${name}: ${message}`).join('\n'))
  const results = outcome.results.filter(({ type, kind }) => type === 'test' && checks.includes(kind))
  const failing = results.filter(({ status }) => status !== 'pass')
  return {
    found: Object.fromEntries(failing.map((result) => [result.name, said(result)])),
    passed: results.filter(({ status }) => status === 'pass').map(({ name }) => name),
  }
}

const said = ({ status, failures, message, examples = [] }: NodeResult): string[] => [
  `${status}: ${failures} failures, ${message}`,
  ...examples,
]
