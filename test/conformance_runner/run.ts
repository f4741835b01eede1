/** Cases through gwh's own path: a project is written, built, and what it published is asked. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { load, openWarehouse, ProblemError, run, type LoadedProject } from '../../src/index.ts'
import type { Case } from './cases.ts'
import { difference, type Difference } from './compare.ts'
import { answersTo, type Row } from './kind.ts'
import { REPORT, settingOf, writeProject } from './project.ts'

/** For PostgreSQL a database that the cases may fill, each a schema of its own. */
export type Engine = { readonly name: 'duckdb' } | { readonly name: 'postgres'; readonly url: string }

export interface Result {
  readonly case: Case
  readonly engine: Engine['name']
  /** Undefined when the case passed. */
  readonly difference: Difference | undefined
}

/** One line for a case that failed. */
export function failure({ case: { name }, engine, difference: wrong }: Result): string {
  return `${name}: expected ${wrong?.expected} got ${wrong?.found} (${engine})`
}

export const SEED = 20_240_301

/** As many builds at a time as a small machine has cores. */
const AT_ONCE = 2

/** Results in the order of the cases, one for each engine. */
export async function runCases(
  cases: readonly Case[],
  engines: readonly Engine[],
  seed = SEED,
): Promise<Result[]> {
  const work = cases.flatMap((given) => engines.map((engine) => ({ case: given, engine })))
  const results: Result[] = []
  const waiting = work.entries()
  const worker = async () => {
    for (const [i, { case: given, engine }] of waiting) {
      results[i] = { case: given, engine: engine.name, difference: await runCase(given, engine, seed) }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}

async function runCase(given: Case, engine: Engine, seed: number): Promise<Difference | undefined> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-conformance-'))
  try {
    const schema = `case_${randomBytes(6).toString('hex')}`
    const target =
      engine.name === 'duckdb'
        ? { type: 'duckdb', path: 'cases.duckdb', schema, threads: 1 }
        : { type: 'postgres', url: engine.url, schema }
    writeProject(dir, given, target, seed)
    return await compared(given, dir, schema, () => load(dir, { env: {} }))
  } catch (error) {
    // the other cases are still compared
    if (!(error instanceof Error)) throw error
    const messages =
      error instanceof ProblemError ? error.problems.map(({ message }) => message) : [error.message]
    return { expected: JSON.stringify(given.expected), found: `an error: ${oneLine(messages.join(' '))}` }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function compared(
  given: Case,
  dir: string,
  schema: string,
  loadProject: () => LoadedProject,
): Promise<Difference | undefined> {
  const { expected, kind, query } = given
  if ('error' in expected) return rejected(expected.error, dir, loadProject)

  const loaded = loadProject()
  const outcome = await run(loaded, { command: 'build', select: [`+${REPORT}*`] })
  if (!outcome.published) {
    const wrong = outcome.results.filter(({ status }) => status === 'error' || status === 'fail')
    const said = wrong.map(({ name, message = '', examples = [] }) => [name, message, ...examples].join(' '))
    return { expected: JSON.stringify(expected), found: `a failed build: ${oneLine(said.join('; '))}` }
  }
  await using warehouse = await openWarehouse(loaded.plan.catalog.project, { readOnly: true })
  const relations = new Map<string, Promise<Row[]>>()
  const read = (suffix: string) => {
    const rows = relations.get(suffix) ?? warehouse.query<Row>(`select * from ${schema}.${REPORT}${suffix}`)
    relations.set(suffix, rows)
    return rows
  }
  const answers = kind.answers(query as never, read, settingOf(given), expected as never)
  return difference(expected, await answersTo(expected, answers))
}

/** The project must be refused for its report: without it, it is a project as any other. */
function rejected(error: unknown, dir: string, loadProject: () => LoadedProject): Difference | undefined {
  const expected = `error ${JSON.stringify(error)}`
  try {
    loadProject()
    return { expected, found: 'a configuration that is accepted' }
  } catch (problem) {
    if (!(problem instanceof ProblemError) || problem.exitCode !== 2) throw problem
  }
  const file = path.join(dir, 'project.yml')
  const project = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...project, reports: [] }))
  loadProject()
  return undefined
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
