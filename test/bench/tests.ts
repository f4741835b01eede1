/** What data tests cost: ratios to one scan of the columns that they need, on generated events. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { dataTestsOf, modelsOf, type DataTest } from '../../src/checks/index.ts'
import { LIMIT_CHECKS } from '../../src/checks/limits/index.ts'
import { published } from '../../src/graph/compile.ts'
import { SILENT } from '../../src/run/result.ts'
import { runTests } from '../../src/run/data_tests.ts'
import type { DataOptions } from './reports/data.ts'
import type { BenchDatabase } from './reports/database.ts'
import { duckdbs, postgreses } from './reports/databases.ts'
import { cost, inRounds, median, ratio, type Cost } from './reports/measure.ts'
import { SCHEMA, type Floor } from './reports/project.ts'
import { count, secs, table, times } from './reports/table.ts'

const USAGE = `Usage: npm run bench -- tests [options]
  --target duckdb|postgres  where to measure; default: duckdb
  --events N                default: 20,000,000; on PostgreSQL 1,000,000
  --groups N                companies, the largest with about 9 % of the events; default: 50,000
  --rounds N                medians of so many; default: 5
  --memory 2GB              memory limit of DuckDB
  --dir FOLDER              where the data is, and stays; default: a temporary folder`

/** What tests ask of each event, besides its grain; of all other relations they need the grain. */
const EVENT_COLUMNS = [
  'source',
  'event_name',
  'occurred_at',
  'day',
  'ingested_at',
  'user_id',
  'insert_id',
  'properties',
  'company_id',
]

const LIMITS = new Set<string>(LIMIT_CHECKS.map(({ name }) => name))

export interface TestsOptions {
  readonly target: 'duckdb' | 'postgres'
  readonly data: DataOptions
  readonly rounds: number
  readonly memory?: string | undefined
  readonly folder: string
}

export interface MeasuredTest {
  readonly name: string
  readonly status: string
  /** By the scan of the same round. */
  readonly cpu: number
  readonly wall: number
  readonly seconds: number
}

export async function tests(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'duckdb' },
      events: { type: 'string' },
      groups: { type: 'string', default: '50000' },
      rounds: { type: 'string', default: '5' },
      memory: { type: 'string' },
      dir: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const { target } = values
  if (target !== 'duckdb' && target !== 'postgres') throw new Error(`--target duckdb or postgres\n${USAGE}`)
  const events = whole('events', values.events ?? (target === 'duckdb' ? '20000000' : '1000000'))
  const groups = whole('groups', values.groups)
  const rounds = whole('rounds', values.rounds)
  if (values.dir !== undefined) mkdirSync(values.dir, { recursive: true })
  const folder = values.dir ? path.resolve(values.dir) : mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    const data = { events, groups, even: false, wide: true }
    await measureTests({ target, data, rounds, memory: values.memory, folder })
  } finally {
    if (values.dir === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

export async function measureTests(options: TestsOptions): Promise<MeasuredTest[]> {
  const { target, data, rounds, folder } = options
  await using databases = target === 'duckdb' ? duckdbs(folder, options.memory) : await postgreses(folder)
  await using database = await databases.open(target, data)
  console.log(
    `${await database.warehouse.version()}, ${os.availableParallelism()} cores${options.memory ? `, at most ${options.memory} of memory` : ''}; Node ${process.version}`,
  )
  console.log(`${count(data.events)} events of ${count(data.groups)} companies, with eight properties each`)
  const built = await buildTables(database)
  // The source as the project knows it, for the tests that look at its columns.
  await database.warehouse.execute(
    `create or replace view raw_events as select event_name, occurred_at, user_id, insert_id, company_id, 'free' as plan from ${SCHEMA}.events`,
  )
  const all = dataTestsOf(database.plan, []).filter((test) =>
    modelsOf(test).every((model) => built.has(model)),
  )
  const needed = database.plan.models
    .filter(({ name }) => built.has(name))
    .map(({ name: relation, grain }) => ({
      relation,
      columns: relation === 'events' ? [...grain, ...EVENT_COLUMNS] : grain,
    }))
  console.log(
    `\nRatios are medians of ${rounds} rounds to one scan of the columns needed in the same round, each value hashed:`,
  )
  for (const { relation, columns } of needed) console.log(`  ${relation}: ${columns.join(', ')}`)
  return await measure(database, all, needed, rounds)
}

async function buildTables(database: BenchDatabase): Promise<ReadonlySet<string>> {
  const lines = table([
    { title: 'built before', width: 42, left: true },
    { title: 'CPU s', width: 8 },
    { title: 'seconds', width: 8 },
    { title: 'rows', width: 12 },
  ])
  console.log()
  lines.heading()
  return database.buildTables((model, { cpu, seconds }, rows) =>
    lines.row(model, secs(cpu), secs(seconds), count(rows)),
  )
}

async function measure(
  database: BenchDatabase,
  all: readonly DataTest[],
  needed: readonly Floor[],
  rounds: number,
): Promise<MeasuredTest[]> {
  const ofLimits = all.filter(({ check }) => LIMITS.has(check))
  const statuses = new Map<string, string>()
  const sets: [name: string, tests: readonly DataTest[]][] = [
    ...all.map((test): [string, DataTest[]] => [test.name, [test]]),
    ['all tests of limits', ofLimits],
    ['all tests', all],
  ]
  const scan = () =>
    cost(
      database.warehouse,
      needed.map((columns) => database.floor(columns)),
    )
  const [floors = [], ...costs] = await inRounds(rounds, [
    scan,
    ...sets.map(
      ([name, tests]) =>
        () =>
          spent(database, name, tests, statuses),
    ),
  ])
  const lines = table([
    { title: 'data test', width: 56, left: true },
    { title: 'CPU', width: 8 },
    { title: 'wall', width: 8 },
    { title: 'seconds', width: 8 },
    { title: '', width: 0, left: true },
  ])
  console.log()
  lines.heading()
  return sets.map(([name], i) => {
    const of = costs[i] ?? []
    const seconds = median(of.map((c) => c.seconds))
    const status = statuses.get(name) ?? ''
    const measured = {
      name,
      status,
      cpu: ratio(of, floors, 'cpu'),
      wall: ratio(of, floors, 'seconds'),
      seconds,
    }
    lines.row(name, times(measured.cpu), times(measured.wall), secs(seconds), status === 'pass' ? '' : status)
    return measured
  })
}

/** What the product's own runner needs for the tests. */
async function spent(
  database: BenchDatabase,
  name: string,
  tests: readonly DataTest[],
  statuses: Map<string, string>,
): Promise<Cost> {
  const { plan, warehouse } = database
  const [usage, start] = [process.cpuUsage(), performance.now()]
  const results = await runTests({
    plan,
    warehouse,
    tests,
    places: published(plan),
    broken: new Set(),
    reporter: SILENT,
    compiledFile: () => '',
    runId: 'bench',
  })
  const { user, system } = process.cpuUsage(usage)
  const wrong = results.filter(({ status }) => status !== 'pass')
  statuses.set(name, wrong.length === 0 ? 'pass' : wrong.map((r) => `${r.name}: ${r.status}`).join(', '))
  return {
    cpu: warehouse.type === 'duckdb' ? (user + system) / 1e6 : Number.NaN,
    seconds: (performance.now() - start) / 1000,
    stopped: false,
  }
}

function whole(option: string, text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''))
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option} takes a whole number, not ${text}`)
  return value
}
