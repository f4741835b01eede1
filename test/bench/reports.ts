/** What reports cost: ratios to one scan of the columns they need, on generated events. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { BenchDatabase } from './reports/database.ts'
import { duckdbs, postgreses } from './reports/databases.ts'
import { DAYS, EVENT_NAMES, USERS, type DataOptions } from './reports/data.ts'
import { doubling } from './reports/doubling.ts'
import { LIMIT_SECONDS } from './reports/measure.ts'
import { REPORTS, type BenchReport } from './reports/project.ts'
import { measureReports, type Measured } from './reports/ratios.ts'
import { rivals } from './reports/rivals.ts'
import { count, secs, table } from './reports/table.ts'

const USAGE = `Usage: npm run bench -- reports [options]
  --target duckdb|postgres  where to measure; default: duckdb
  --events N                default: 20,000,000; on PostgreSQL 1,000,000
  --groups N                companies, the largest with about 9 % of the events; default: 50,000
  --events-per-group N      companies of one size instead
  --rounds N                medians of so many; default: 5
  --memory 2GB              memory limit of DuckDB
  --limit SECONDS           stops a report that takes longer; default: 300
  --only NAME,…             these reports
  --rivals                  other ways to write a funnel too (installs chdb from PyPI into the folder)
  --doubling                one group with N, 2 N and 4 N events instead; --events is N, default 250,000
  --dir FOLDER              where the data is, and stays; default: a temporary folder`

export interface ReportsOptions {
  readonly target: 'duckdb' | 'postgres'
  readonly data: DataOptions
  readonly rounds: number
  readonly memory?: string | undefined
  readonly limitSeconds?: number | undefined
  readonly reports: readonly BenchReport[]
  readonly rivals: boolean
  readonly folder: string
}

export async function reports(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'duckdb' },
      events: { type: 'string' },
      groups: { type: 'string', default: '50000' },
      'events-per-group': { type: 'string' },
      rounds: { type: 'string', default: '5' },
      memory: { type: 'string' },
      limit: { type: 'string', default: String(LIMIT_SECONDS) },
      only: { type: 'string' },
      rivals: { type: 'boolean', default: false },
      doubling: { type: 'boolean', default: false },
      dir: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const { target } = values
  if (target !== 'duckdb' && target !== 'postgres') throw new Error(`--target duckdb or postgres\n${USAGE}`)
  const isDuckDB = target === 'duckdb'
  const rounds = whole('rounds', values.rounds)
  const chosen = chosenReports(values.only)
  if (values.dir !== undefined) mkdirSync(values.dir, { recursive: true })
  const folder = values.dir ? path.resolve(values.dir) : mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    if (values.doubling) {
      await using databases = isDuckDB ? duckdbs(folder, values.memory) : await postgreses(folder)
      const smallest = whole('events', values.events ?? '250000')
      await doubling(databases, chosen, smallest, rounds)
      return
    }
    const events = whole('events', values.events ?? (isDuckDB ? '20000000' : '1000000'))
    const perGroup = values['events-per-group']
    const groups =
      perGroup === undefined
        ? whole('groups', values.groups)
        : Math.ceil(events / whole('events-per-group', perGroup))
    await runReports({
      target,
      data: { events, groups, even: perGroup !== undefined },
      rounds,
      memory: values.memory,
      limitSeconds: whole('limit', values.limit),
      reports: chosen,
      rivals: values.rivals,
      folder,
    })
  } finally {
    if (values.dir === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

export async function runReports(options: ReportsOptions): Promise<Measured[]> {
  const { target, data, rounds, folder } = options
  const isDuckDB = target === 'duckdb'
  await using databases = isDuckDB ? duckdbs(folder, options.memory) : await postgreses(folder)
  const start = performance.now()
  await using database = await databases.open(target, data)
  const seconds = (performance.now() - start) / 1000
  console.log(
    `${await database.warehouse.version()}, ${os.availableParallelism()} cores${options.memory ? `, at most ${options.memory} of memory` : ''}; Node ${process.version}`,
  )
  console.log(
    `${count(data.events)} events (ready in ${secs(seconds)} s): ${EVENT_NAMES} names, ${count(data.groups)} companies ${data.even ? 'of one size' : '(Zipf)'}, up to ${count(USERS)} users, ${DAYS} days`,
  )
  console.log(
    `Ratios are medians of ${rounds} rounds to a floor in the same round: one scan of the columns needed, each value hashed.`,
  )
  await buildModels(database, options.reports)
  const measured = await measureReports(database, options.reports, rounds, options.limitSeconds)
  if (options.rivals) {
    if (isDuckDB) await rivals(database, folder, rounds)
    else console.log('\nRivals are measured on DuckDB.')
  }
  return measured
}

async function buildModels(database: BenchDatabase, chosen: readonly BenchReport[]): Promise<void> {
  const lines = table([
    { title: 'built before', width: 42, left: true },
    { title: 'CPU s', width: 8 },
    { title: 'seconds', width: 8 },
    { title: 'rows', width: 12 },
  ])
  console.log()
  lines.heading()
  await database.build(chosen, (model, { cpu, seconds }, rows) => {
    lines.row(model, secs(cpu), secs(seconds), count(rows))
  })
}

function chosenReports(only: string | undefined): readonly BenchReport[] {
  if (only === undefined) return REPORTS
  return only.split(',').map((name) => {
    const report = REPORTS.find((r) => r.name === name)
    if (report) return report
    throw new Error(`no report ${name}; there are: ${REPORTS.map((r) => r.name).join(', ')}`)
  })
}

function whole(option: string, text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''))
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option} takes a whole number, not ${text}`)
  return value
}
