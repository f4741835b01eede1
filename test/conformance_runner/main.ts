/**
 * Holds gwh against cases whose answers are known:
 * `npm run conformance -- FOLDER [--target duckdb|postgres]`, by default on both engines.
 */
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { FormatError, readCases, type Case } from './cases.ts'
import { failure, runCases, type Engine, type Result } from './run.ts'

const USAGE = 'usage: npm run conformance -- FOLDER [--target duckdb|postgres]'
const TARGETS = ['duckdb', 'postgres'] as const

function readArguments(args: string[]): { cases: Case[]; targets: readonly string[] } | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { target: { type: 'string', multiple: true } },
    })
    const [folder, ...more] = positionals
    if (folder === undefined || more.length > 0) return `Name one folder of cases.\n${USAGE}`
    const targets: readonly string[] = values.target ?? TARGETS
    const unknown = targets.find((target) => !TARGETS.some((known) => known === target))
    if (unknown !== undefined) return `There is no target ${unknown}.\n${USAGE}`
    return { cases: readCases(folder), targets }
  } catch (error) {
    if (error instanceof FormatError) return error.message
    if (error instanceof TypeError) return `${error.message}\n${USAGE}`
    throw error
  }
}

function print(results: readonly Result[], engines: readonly Engine[]): void {
  for (const result of results) if (result.difference) console.log(failure(result))
  for (const { name } of engines) {
    const own = results.filter(({ engine }) => engine === name)
    const good = own.filter(({ difference }) => difference === undefined).length
    console.log(`${name}: ${good} passed, ${own.length - good} failed`)
  }
}

async function main(): Promise<number> {
  const chosen = readArguments(process.argv.slice(2))
  if (typeof chosen === 'string') {
    console.error(chosen)
    return 2
  }
  const { cases, targets } = chosen
  const server = targets.includes('postgres') ? await startPostgres() : undefined
  try {
    const engines: Engine[] = []
    if (targets.includes('duckdb')) engines.push({ name: 'duckdb' })
    if (server) engines.push({ name: 'postgres', url: await server.createDatabase() })
    const results = await runCases(cases, engines)
    print(results, engines)
    return results.every(({ difference }) => difference === undefined) ? 0 : 1
  } finally {
    await server?.stop()
  }
}

process.exitCode = await main()
