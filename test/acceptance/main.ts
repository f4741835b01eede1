/**
 * Holds gwh against real histories and other data sets whose answers were worked out by other means:
 * `npm run acceptance -- FOLDER [--target duckdb|postgres] [--flights FILE] [--all]`, by default on both
 * engines.
 */
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { accept } from './accept.ts'
import { acceptReports } from './accept_reports.ts'
import { passed, type Comparison } from './comparisons.ts'
import { readFolder, type DataSet, type Given } from './datasets.ts'
import { LayoutError } from './histories.ts'
import type { Engine } from './projects.ts'

const USAGE = `usage: npm run acceptance -- FOLDER [--target duckdb|postgres] [--flights FILE] [--all]

FOLDER      a data set with its facts, or a folder of them
--flights   the events of the flights: data/flights-3m.parquet of the npm package vega-datasets@3.2.1
--all       data sets of millions of events on PostgreSQL too`
const TARGETS = ['duckdb', 'postgres'] as const

interface Arguments {
  readonly given: readonly Given[]
  readonly targets: readonly string[]
  readonly all: boolean
}

function readArguments(args: string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        target: { type: 'string', multiple: true },
        flights: { type: 'string' },
        all: { type: 'boolean', default: false },
      },
    })
    const [folder, ...more] = positionals
    if (folder === undefined || more.length > 0) return 'Name one folder of histories.'
    const targets: readonly string[] = values.target ?? TARGETS
    const unknown = targets.find((target) => !TARGETS.some((known) => known === target))
    if (unknown !== undefined) return `There is no target ${unknown}.`
    return { given: readFolder(folder, values.flights), targets, all: values.all }
  } catch (error) {
    if (error instanceof LayoutError || error instanceof TypeError) return error.message
    throw error
  }
}

/** Says what failed and how many did not. */
async function report(
  what: string,
  compare: () => Promise<{ comparisons: readonly Comparison[]; missing?: readonly string[] }>,
): Promise<readonly Comparison[]> {
  const start = performance.now()
  const { comparisons, missing = [] } = await compare()
  const seconds = (performance.now() - start) / 1000
  for (const comparison of comparisons.filter((c) => !passed(c))) {
    const { what: which, expected = 'none', found = 'none' } = comparison
    console.log(`${what} ${which}: expected ${expected} got ${found}`)
  }
  const good = comparisons.filter(passed).length
  const without = missing.length === 0 ? '' : `, without ${missing.join(', ')}, which its events lack`
  console.log(`${what}: ${good} of ${comparisons.length} passed in ${seconds.toFixed(1)} s${without}`)
  return comparisons
}

/** Why a data set is not compared on an engine, if it is not. */
function reasonToSkip(dataSet: DataSet | string, engine: Engine, { all }: Arguments): string | undefined {
  if (typeof dataSet === 'string') return dataSet
  if (engine.name === 'postgres' && dataSet.isLarge && !all) return 'takes minutes, ask with --all'
  return undefined
}

async function compareAll(chosen: Arguments, engines: readonly Engine[]): Promise<Comparison[]> {
  const all: Comparison[] = []
  for (const { name, history, dataSet } of chosen.given) {
    for (const engine of engines) {
      if (history) {
        const compare = async () => ({ comparisons: await accept(history, engine) })
        all.push(...(await report(`${name} ${engine.name}`, compare)))
      }
      const skipped = reasonToSkip(dataSet, engine, chosen)
      if (skipped !== undefined || typeof dataSet === 'string')
        console.log(`${name} reports ${engine.name}: skipped, ${skipped}`)
      else all.push(...(await report(`${name} reports ${engine.name}`, () => acceptReports(dataSet, engine))))
    }
  }
  return all
}

async function main(): Promise<number> {
  const chosen = readArguments(process.argv.slice(2))
  if (typeof chosen === 'string') {
    console.error(`${chosen}\n${USAGE}`)
    return 2
  }
  const { targets } = chosen
  const server = targets.includes('postgres') ? await startPostgres() : undefined
  const engines: Engine[] = []
  if (targets.includes('duckdb')) engines.push({ name: 'duckdb' })
  if (server) engines.push({ name: 'postgres', freshDatabase: () => server.createDatabase() })

  try {
    const all = await compareAll(chosen, engines)
    const good = all.filter(passed).length
    console.log(`${good} passed, ${all.length - good} failed`)
    return good === all.length ? 0 : 1
  } finally {
    await server?.stop()
  }
}

process.exitCode = await main()
