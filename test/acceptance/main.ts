/**
 * Holds gwh against real histories whose answers were worked out by other means:
 * `npm run acceptance -- FOLDER [--target duckdb|postgres]`, by default on both engines.
 */
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { accept } from './accept.ts'
import { passed, type Comparison } from './comparisons.ts'
import { LayoutError, readHistories, type History } from './histories.ts'
import type { Engine } from './projects.ts'

const USAGE = 'usage: npm run acceptance -- FOLDER [--target duckdb|postgres]'
const TARGETS = ['duckdb', 'postgres'] as const

function readArguments(args: string[]): { histories: History[]; targets: readonly string[] } | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { target: { type: 'string', multiple: true } },
    })
    const [folder, ...more] = positionals
    if (folder === undefined || more.length > 0) return 'Name one folder of histories.'
    const targets: readonly string[] = values.target ?? TARGETS
    const unknown = targets.find((target) => !TARGETS.some((known) => known === target))
    if (unknown !== undefined) return `There is no target ${unknown}.`
    return { histories: readHistories(folder), targets }
  } catch (error) {
    if (error instanceof LayoutError || error instanceof TypeError) return error.message
    throw error
  }
}

function print(history: string, engine: string, comparisons: readonly Comparison[], seconds: number): void {
  for (const comparison of comparisons.filter((c) => !passed(c))) {
    const { what, expected = 'none', found = 'none' } = comparison
    console.log(`${history} ${engine} ${what}: expected ${expected} got ${found}`)
  }
  const good = comparisons.filter(passed).length
  console.log(`${history} ${engine}: ${good} of ${comparisons.length} passed in ${seconds.toFixed(1)} s`)
}

async function main(): Promise<number> {
  const chosen = readArguments(process.argv.slice(2))
  if (typeof chosen === 'string') {
    console.error(`${chosen}\n${USAGE}`)
    return 2
  }
  const { histories, targets } = chosen
  const server = targets.includes('postgres') ? await startPostgres() : undefined
  const engines: Engine[] = []
  if (targets.includes('duckdb')) engines.push({ name: 'duckdb' })
  if (server) engines.push({ name: 'postgres', freshDatabase: () => server.createDatabase() })

  const all: Comparison[] = []
  try {
    for (const history of histories) {
      for (const engine of engines) {
        const start = performance.now()
        const comparisons = await accept(history, engine)
        print(history.name, engine.name, comparisons, (performance.now() - start) / 1000)
        all.push(...comparisons)
      }
    }
  } finally {
    await server?.stop()
  }
  const good = all.filter(passed).length
  console.log(`${good} passed, ${all.length - good} failed`)
  return good === all.length ? 0 : 1
}

process.exitCode = await main()
