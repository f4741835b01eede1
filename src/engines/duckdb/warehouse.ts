/** DuckDB, embedded: one instance per file and process, one connection, transactional DDL. */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type * as DuckDBApi from '@duckdb/node-api'
import type {
  DuckDBConnection,
  DuckDBInstance,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api'
import { ProblemError } from '../../problems.ts'
import { isInside } from '../../project/inside.ts'
import type { Project } from '../../project/load.ts'
import type { TargetOptions } from '../targets.ts'
import { commentOn } from '../../sql/comments.ts'
import { STANDARD, statementText, type Statement } from '../../sql/spelling.ts'
import { type RelationName, identifier, literal, sql, toText, trusted } from '../../sql/sql.ts'
import { commentsTakenOver } from './comments.ts'
import { lostWith } from './lost.ts'
import { notADatabase, otherVersion } from './database_file.ts'
import { asDuckDBError } from './refusals.ts'
import { Transactions } from '../transaction.ts'
import {
  exactInstant,
  exactJson,
  exactNumber,
  kindsIn,
  uniqueNames,
  Interrupted,
  type Column,
  type OpenOptions,
  type PublishNote,
  type QueryOptions,
  type RelationComment,
  type RelationInfo,
  type StagedRelation,
  type Warehouse,
} from '../warehouse.ts'

type DuckDB = typeof DuckDBApi
type DuckDBTarget = Extract<TargetOptions, { type: 'duckdb' }>

async function driver(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    throw new ProblemError({
      code: 'driver_missing',
      message: 'DuckDB is not installed here.',
      cause: error instanceof Error ? error.message.split('\n')[0] : undefined,
      fix: 'Install it with `npm install @duckdb/node-api`.',
    })
  }
}

export async function openDuckDB(
  project: Project,
  target: DuckDBTarget,
  options: OpenOptions,
): Promise<DuckDBWarehouse> {
  const at = project.locate(['targets', project.target.name, 'path'])
  const memory = target.path === ':memory:'
  if (!memory && !isInside(project, target.path)) {
    throw new ProblemError({
      code: 'path_outside_project',
      message: `The database \`${target.path}\` lies outside of the project's folder.`,
      at,
      fix: 'If that is meant, name its folder under `external_paths:` in project.yml.',
    })
  }
  // DuckDB names the database after its file, and `helm.events` would then be ambiguous.
  if (path.parse(target.path).name.toLowerCase() === target.schema) {
    throw new ProblemError({
      code: 'invalid_value',
      message: `The database file and the schema are both called \`${target.schema}\`, which DuckDB cannot tell apart.`,
      at,
      fix: 'Give the file or the schema another name.',
    })
  }
  const file = memory ? target.path : path.resolve(project.dir, target.path)
  const place = memory ? 'DuckDB in memory' : path.relative(process.cwd(), file) || file
  if (!memory && !existsSync(file)) {
    if (options.readOnly) {
      throw new ProblemError({
        code: 'not_built',
        message: `There is no database ${place} yet.`,
        fix: 'Build it with `gwh build`.',
      })
    }
    mkdirSync(path.dirname(file), { recursive: true })
  }
  const other = memory ? undefined : notADatabase(file, place, at)
  if (other) throw new ProblemError(other)
  const duckdb = await driver()
  const config: Record<string, string> = {}
  if (target.threads !== undefined) config['threads'] = String(target.threads)
  if (target.memory_limit !== undefined) config['memory_limit'] = target.memory_limit
  if (options.readOnly && !memory) config['access_mode'] = 'READ_ONLY'
  let instance: DuckDBInstance
  try {
    instance = memory
      ? await duckdb.DuckDBInstance.create(file, config)
      : await duckdb.DuckDBInstance.fromCache(file, config)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const version = memory
      ? undefined
      : otherVersion(file, place, { at, said: message, library: duckdb.version() })
    throw new ProblemError(version ?? connectionProblem(message, place, at))
  }
  return DuckDBWarehouse.on(instance, duckdb, place, options.signal)
}

export async function openDuckDBInMemory(signal?: AbortSignal): Promise<DuckDBWarehouse> {
  const duckdb = await driver()
  return DuckDBWarehouse.on(
    await duckdb.DuckDBInstance.create(':memory:'),
    duckdb,
    'DuckDB in memory',
    signal,
  )
}

function connectionProblem(message: string, place: string, at: ReturnType<Project['locate']>) {
  const held = /Conflicting lock is held in (.+?) \(PID (\d+)\)/.exec(message)
  if (held) {
    return {
      code: 'warehouse_locked' as const,
      message: `${place} is in use by another process: ${path.basename(held[1] ?? '')} (process ${held[2]}).`,
      at,
      fix: 'DuckDB lets one process write at a time. Close that process, or wait for it to end.',
    }
  }
  return {
    code: 'connection_failed' as const,
    message: `${place} cannot be opened.`,
    at,
    cause: message.split('\n')[0],
    fix: /not a valid DuckDB|magic bytes/i.test(message)
      ? 'Name another file, or move this one away.'
      : /corrupt database file/i.test(message)
        ? 'It is damaged. Move it away and build again; it has not been changed.'
        : /config/i.test(message)
          ? 'Check `threads` and `memory_limit` of the target; a limit is written as 4GB.'
          : undefined,
  }
}

/** What decides results, as DuckDB has it by itself, whoever else has opened the instance; and what costs. */
const SETTINGS: Readonly<Record<string, string>> = {
  // Naive times in text are read by the session's time zone; everything in gwh is UTC.
  timezone: "'UTC'",
  calendar: "'gregorian'",
  default_collation: "''",
  default_order: "'asc'",
  default_null_order: "'nulls_last'",
  integer_division: 'false',
  ieee_floating_point_ops: 'true',
  old_implicit_casting: 'false',
  scalar_subquery_error_on_multiple_rows: 'true',
  // The order of rows is never relied on, and keeping it costs memory.
  preserve_insertion_order: 'false',
  // An ASOF join that is thought to be small becomes a nested loop, and a wrong guess makes it quadratic.
  asof_loop_join_threshold: '0',
}

/** Tables under this prefix are being built; they take their published name by a rename, without a copy. */
const STAGE = '_gwh_stage_'

export class DuckDBWarehouse implements Warehouse {
  readonly type = 'duckdb'
  readonly spelling = STANDARD
  readonly place: string
  readonly connection: DuckDBConnection
  readonly #instance: DuckDBInstance
  readonly #duckdb: DuckDB
  readonly #signal: AbortSignal | undefined
  readonly #transactions: Transactions
  #isClosed = false

  private constructor(
    connection: DuckDBConnection,
    instance: DuckDBInstance,
    duckdb: DuckDB,
    place: string,
    signal?: AbortSignal,
  ) {
    this.connection = connection
    this.#instance = instance
    this.#duckdb = duckdb
    this.place = place
    this.#signal = signal
    this.#transactions = new Transactions(
      {
        execute: (statement) => this.execute(statement),
        commit: () => this.#commit(),
        rollBack: () => this.connection.run('rollback'),
        interrupt: () => this.interrupt(),
      },
      signal,
    )
  }

  static async on(
    instance: DuckDBInstance,
    duckdb: DuckDB,
    place: string,
    signal?: AbortSignal,
  ): Promise<DuckDBWarehouse> {
    const connection = await instance.connect()
    await connection.run(
      Object.entries(SETTINGS)
        .map(([name, value]) => `set ${name} = ${value}`)
        .join(';\n'),
    )
    return new DuckDBWarehouse(connection, instance, duckdb, place, signal)
  }

  async version(): Promise<string> {
    const [row] = await this.query<{ version: string }>('select version() as version')
    return `DuckDB ${row?.version ?? ''}`
  }

  async execute(statement: Statement): Promise<void> {
    if (this.#signal?.aborted) throw new Interrupted()
    try {
      const text = statementText(statement, this)
      await this.#refuseSeveral(text)
      await this.connection.run(text)
    } catch (error) {
      throw this.#said(error)
    }
  }

  async query<Row extends object>(select: Statement, { exact = false }: QueryOptions = {}): Promise<Row[]> {
    if (this.#signal?.aborted) throw new Interrupted()
    try {
      const text = statementText(select, this)
      await this.#refuseSeveral(text)
      const result = await this.connection.runAndReadAll(text)
      const names = uniqueNames(result.columnNames())
      const types = result.columnTypes()
      return result.getRows().map((row) => {
        const values = row.map((value, i) => plainValue(value, types[i], this.#duckdb, exact))
        return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Row
      })
    } catch (error) {
      throw this.#said(error)
    }
  }

  /** DuckDB would run all of them, and a user's model could then change what is published. */
  async #refuseSeveral(text: string): Promise<void> {
    if (!text.includes(';')) return
    const { count } = await this.connection.extractStatements(text)
    if (count > 1) throw new Error('This is more than one statement, and only one can be run here.')
  }

  async columns(relation: RelationName): Promise<readonly Column[] | undefined> {
    const [name, schema, database] = [...relation].reverse()
    // DuckDB finds names whatever their case; only the exact one counts.
    const rows = await this.query<{ name: string; type: string }>(
      toText(sql`
        select column_name as name, data_type as type
        from duckdb_columns()
        where table_name = ${literal(name ?? '')}
          and schema_name = ${schema === undefined ? sql`current_schema()` : literal(schema)}
          and database_name = ${database === undefined ? sql`current_database()` : literal(database)}
        order by column_index
      `),
    )
    return rows.length === 0 ? undefined : rows
  }

  async columnsOf(select: Statement): Promise<readonly Column[]> {
    const rows = await this.query<{ column_name: string; column_type: string }>(
      `describe ${statementText(select, this)}`,
    )
    const names = uniqueNames(rows.map((row) => row.column_name))
    return rows.map((row, i) => ({ name: names[i] ?? '', type: row.column_type }))
  }

  async relations(schema: string): Promise<readonly RelationInfo[]> {
    return this.query<RelationInfo>(
      toText(sql`
        select table_name as name, 'table' as kind
        from duckdb_tables()
        where database_name = current_database() and schema_name = ${literal(schema)}
        union all
        select view_name, 'view'
        from duckdb_views()
        where database_name = current_database() and schema_name = ${literal(schema)} and not internal
        order by 1
      `),
    )
  }

  async comments(schema: string): Promise<readonly RelationComment[]> {
    const here = sql`database_name = current_database() and schema_name = ${literal(schema)} and comment is not null`
    return this.query<RelationComment>(
      toText(sql`
        select table_name as relation, cast(null as varchar) as ${identifier('column')}, comment as text
        from duckdb_tables()
        where ${here}
        union all
        select view_name, null, comment
        from duckdb_views()
        where ${here}
        union all
        select table_name, column_name, comment
        from duckdb_columns()
        where ${here}
        order by 1, 2 nulls first
      `),
    )
  }

  async schemaExists(schema: string): Promise<boolean> {
    const rows = await this.query(
      toText(sql`
        select 1 as found
        from duckdb_schemas()
        where database_name = current_database() and schema_name = ${literal(schema)}
      `),
    )
    return rows.length > 0
  }

  async createSchema(schema: string): Promise<void> {
    await this.execute(toText(sql`create schema if not exists ${identifier(schema)}`))
  }

  staged(schema: string, name: string): RelationName {
    return [schema, `${STAGE}${name}`]
  }

  async sweep(schema: string): Promise<void> {
    for (const { name, kind } of await this.relations(schema)) {
      if (name.startsWith(STAGE)) await this.#drop([schema, name], kind)
    }
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#transactions.run(work)
  }

  async #commit(): Promise<void> {
    try {
      await this.connection.run('commit')
    } catch (error) {
      throw asDuckDBError(error)
    }
  }

  get isCommitting(): boolean {
    return this.#transactions.isCommitting
  }

  #said(error: unknown): Error {
    return this.#signal?.aborted ? new Interrupted() : asDuckDBError(error)
  }

  publish(
    relations: readonly StagedRelation[],
    record: (notes: readonly PublishNote[]) => Promise<void>,
  ): Promise<void> {
    return this.transaction(async () => {
      const kinds = await kindsIn(this, relations)
      const lost = await lostWith(this, relations, kinds)
      await this.#replace(relations, kinds)
      await record(lost)
    })
  }

  async #replace(
    relations: readonly StagedRelation[],
    kinds: ReadonlyMap<string, RelationInfo['kind']>,
  ): Promise<void> {
    const comments = await commentsTakenOver(this, relations, kinds)
    for (const relation of relations) {
      const { kind, staged, published, definition } = relation
      const [, name = ''] = published
      const present = kinds.get(published.join('.'))
      if (present) await this.#drop(published, present)
      if (kind === 'table') {
        await this.execute(toText(sql`alter table ${identifier(...staged)} rename to ${identifier(name)}`))
      } else {
        await this.#drop(staged, 'view')
        await this.execute(
          toText(sql`
          create view ${identifier(...published)} as
          ${trusted(definition)}
        `),
        )
      }
      for (const comment of comments.get(relation) ?? [])
        await this.execute(toText(commentOn(kind, published, comment)))
    }
  }

  async settle(): Promise<readonly string[]> {
    if (this.#signal?.aborted) throw new Interrupted()
    // While others read in this process there may be none; the next one then does the work of both.
    await this.connection.run('checkpoint').catch(() => undefined)
    return []
  }

  roles(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  lock(): Promise<void> {
    // The lock that DuckDB holds on the file is the lock.
    return Promise.resolve()
  }

  async use(schema: string): Promise<void> {
    await this.execute(toText(sql`set schema = ${literal(schema)}`))
  }

  interrupt(): Promise<void> {
    this.connection.interrupt()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#isClosed = true
    this.#transactions.close()
    // The file stays locked until the connection is closed as well as the instance.
    this.connection.closeSync()
    this.#instance.closeSync()
    return Promise.resolve()
  }

  async #drop(relation: RelationName, kind: 'table' | 'view'): Promise<void> {
    await this.execute(toText(sql`drop ${trusted(kind)} ${identifier(...relation)}`))
  }
}

/** The fewest digits that are this number with single precision. */
function shortest(value: number): number {
  const digits = [6, 7, 8].find((n) => Math.fround(Number(value.toPrecision(n))) === value)
  return digits === undefined ? value : Number(value.toPrecision(digits))
}

/** In UTC, whatever the session's zone is. */
function instantText(value: DuckDBTimestampValue | DuckDBTimestampTZValue, duckdb: DuckDB): string {
  return new duckdb.DuckDBTimestampValue(value.micros).toString()
}

/** Values as every warehouse gives them. */
function plainValue(
  value: DuckDBValue | undefined,
  type: DuckDBType | undefined,
  duckdb: DuckDB,
  exact: boolean,
): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint' && exact) return exactNumber(String(value))
  if (exact && typeof value === 'number' && type?.typeId === duckdb.DuckDBTypeId.FLOAT) return shortest(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'string') {
    if (type?.alias !== 'JSON') return value
    return exact ? exactJson(value) : (JSON.parse(value) as unknown)
  }
  if (typeof value !== 'object') return value
  if (value instanceof duckdb.DuckDBTimestampValue || value instanceof duckdb.DuckDBTimestampTZValue) {
    if (exact) return exactInstant(instantText(value, duckdb))
    // before 1970 the division of whole numbers would round up
    return new Date(Math.floor(Number(value.micros) / 1000))
  }
  if (value instanceof duckdb.DuckDBDateValue) return value.toString()
  if (value instanceof duckdb.DuckDBDecimalValue)
    return exact ? exactNumber(value.toString()) : value.toDouble()
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
    return value.items.map((item) => plainValue(item, undefined, duckdb, exact))
  }
  if (value instanceof duckdb.DuckDBStructValue) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, item]) => [name, plainValue(item, undefined, duckdb, exact)]),
    )
  }
  return value.toString()
}
