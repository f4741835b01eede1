/** Builds a project on a warehouse through the product's own path and reads what was published. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'
import { load, run, type RunOutcome } from '../../src/gwh.ts'
import { loadProject, type LoadOptions } from '../../src/project/load.ts'
import { openWarehouse, type Warehouse } from '../../src/engines/index.ts'
import { freshPostgres } from './databases.ts'

export const ENGINES = ['duckdb', 'postgres'] as const
export type Engine = (typeof ENGINES)[number]

/** The name of the target for an engine in the test projects. */
const TARGETS: Record<Engine, string> = { duckdb: 'dev', postgres: 'postgres' }

/** A new folder that goes when the run of tests is over. */
export const tempFolder = () => mkdtempSync(path.join(inject('tempFolder'), 'test-'))

/** A copy of a folder, so that tests do not share a database or a target folder. */
export function copyOf(folder: string): string {
  const copy = tempFolder()
  cpSync(folder, copy, {
    recursive: true,
    filter: (file) => !/(^|\/)(target|node_modules|dist|\.git)$/.test(file),
  })
  return copy
}

/** Options that choose the target for an engine; for PostgreSQL with a database of its own. */
export async function optionsFor(engine: Engine): Promise<LoadOptions> {
  if (engine === 'duckdb') return { target: TARGETS.duckdb, env: {} }
  return { target: TARGETS.postgres, env: { GWH_POSTGRES_URL: await freshPostgres() } }
}

/** A warehouse of an engine with nothing in it; its target's schema is `s`. */
export async function emptyWarehouse(engine: Engine): Promise<Warehouse> {
  const target =
    engine === 'duckdb'
      ? { type: 'duckdb', path: 'warehouse.duckdb', schema: 's' }
      : { type: 'postgres', url: await freshPostgres(), schema: 's' }
  const dir = tempFolder()
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify({ name: 'empty', targets: { dev: target } }))
  return openWarehouse(loadProject(dir, { env: {} }, []))
}

export interface BuiltProject {
  readonly dir: string
  readonly options: LoadOptions
  readonly outcome: RunOutcome
  readonly relations: readonly string[]
  /** Rows of a published relation, sorted by their columns from left to right. */
  rows(relation: string): Promise<Row[]>
  open(): Promise<Warehouse>
}

export type Row = Record<string, unknown>

export async function buildProject(dir: string, engine: Engine): Promise<BuiltProject> {
  const options = await optionsFor(engine)
  const loaded = load(dir, options)
  const outcome = await run(loaded, { command: 'build' })
  const { schema } = loaded.plan.catalog.project.target
  const open = () => openWarehouse(loaded.plan.catalog.project)
  return {
    dir,
    options,
    outcome,
    relations: loaded.plan.models
      .filter((model) => model.materialized !== 'ephemeral')
      .map((model) => model.name),
    open,
    async rows(relation) {
      await using warehouse = await open()
      return sorted(await warehouse.query<Row>(`select * from ${schema}.${relation}`))
    },
  }
}

export function sorted(rows: readonly Row[]): Row[] {
  const keyed = rows.map((row) => [Object.values(row).map(stable).join('\u0001'), row] as const)
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row)
}

/** A value as text, members in order. */
export function stable(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${stable(item)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** Rows as CSV with a heading: what `test/expected` holds. */
export function toCsv(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const field = (value: unknown) => {
    const text =
      value === null
        ? ''
        : typeof value === 'string'
          ? value
          : value instanceof Date
            ? value.toISOString()
            : stable(value)
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = rows.map((row) => columns.map((column) => field(row[column])).join(','))
  return `${[columns.join(','), ...lines].join('\n')}\n`
}
