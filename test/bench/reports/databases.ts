/** Makes databases with events: DuckDB files, and PostgreSQL databases filled from them. */
import { createReadStream, rmSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { openWarehouse } from '../../../src/engines/index.ts'
import type { PostgresWarehouse } from '../../../src/engines/postgres/warehouse.ts'
import { load } from '../../../src/gwh.ts'
import { startPostgres } from '../../support/postgres.ts'
import { BenchDatabase } from './database.ts'
import { EVENT_COLUMNS, generateEvents, type DataOptions } from './data.ts'
import { SCHEMA, writeProject } from './project.ts'

export interface Databases extends AsyncDisposable {
  /** A database with such events. @param name tells several apart */
  open(name: string, data: DataOptions): Promise<BenchDatabase>
}

export function duckdbs(folder: string, memoryLimit: string | undefined): Databases {
  return {
    async open(name, data) {
      const limit = memoryLimit === undefined ? {} : { memory_limit: memoryLimit }
      const dir = writeProject(folder, name, {
        type: 'duckdb',
        path: 'bench.duckdb',
        schema: SCHEMA,
        ...limit,
      })
      const database = await BenchDatabase.open(dir)
      await generateEvents(database.warehouse, data)
      return database
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A server of its own for as long as it is needed, or that of GWH_TEST_PG_URL. */
export async function postgreses(folder: string): Promise<Databases> {
  const server = await startPostgres()
  return {
    async open(name, data) {
      const file = path.join(folder, `${name}.csv`)
      const duckdb = writeProject(folder, name, { type: 'duckdb', path: 'bench.duckdb', schema: SCHEMA })
      await writeCsv(duckdb, data, file)
      const url = await server.createDatabase()
      const dir = writeProject(folder, `${name}_postgres`, { type: 'postgres', url, schema: SCHEMA })
      const database = await BenchDatabase.open(dir)
      await readCsv(database.warehouse as PostgresWarehouse, file)
      rmSync(file)
      return database
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

async function writeCsv(dir: string, data: DataOptions, file: string): Promise<void> {
  await using duckdb = await openWarehouse(load(dir).plan.catalog.project)
  await generateEvents(duckdb, data)
  const columns = Object.keys(EVENT_COLUMNS).map((name) =>
    name === 'company_id' ? `'{' || array_to_string(company_id, ',') || '}' as company_id` : name,
  )
  await duckdb.execute(
    `copy (select ${columns.join(', ')} from ${SCHEMA}.events order by occurred_at) to '${file}' (format csv, header false)`,
  )
}

const POSTGRES_TYPES: Readonly<Record<string, string>> = {
  varchar: 'text',
  'varchar[]': 'text[]',
  json: 'jsonb',
}

async function readCsv(postgres: PostgresWarehouse, file: string): Promise<void> {
  const columns = Object.entries(EVENT_COLUMNS).map(
    ([name, type]) => `${name} ${POSTGRES_TYPES[type] ?? type}`,
  )
  await postgres.execute(`create table ${SCHEMA}.events (${columns.join(', ')})`)
  const copy = postgres.client.query(copyFrom(`copy ${SCHEMA}.events from stdin (format csv)`))
  await pipeline(createReadStream(file), copy)
  await postgres.settle([[SCHEMA, 'events']])
}
