/** PostgreSQL: one connection, an advisory lock, published tables refilled in place so that what hangs on them stays. */
import type * as PgApi from 'pg'
import type { Client, ClientConfig } from 'pg'
import type { Schemas } from '../own.ts'
import { ProblemError } from '../../problems.ts'
import type { Project } from '../../project/load.ts'
import type { TargetOptions } from '../targets.ts'
import { STANDARD, statementText, type Statement } from '../../sql/spelling.ts'
import { type RelationName, identifier, literal, sql, toText } from '../../sql/sql.ts'
import { PUBLISH_WAIT } from './locks.ts'
import { watchedCommit, type TransactionState } from './commit.ts'
import { CONNECT_SECONDS, connectionProblem, whereOf } from './connection_problem.ts'
import { withZones } from './own_tables.ts'
import { isSharedSession, serverProcess } from './pooler.ts'
import { publish } from './publish.ts'
import { asPostgresError, sessionLost } from './refusals.ts'
import { searchPath, settle } from './session.ts'
import { isStaged, STAGE_COMMENT, stagedRelation, stageSchema } from './stage.ts'
import { parsersOf } from './values.ts'
import { Transactions } from '../transaction.ts'
import {
  Interrupted,
  SessionLost,
  uniqueNames,
  WarehouseError,
  type Column,
  type OpenOptions,
  type PublishNote,
  type QueryOptions,
  type RelationComment,
  type RelationInfo,
  type StagedRelation,
  type Warehouse,
} from '../warehouse.ts'

type Pg = typeof PgApi
type PostgresTarget = Extract<TargetOptions, { type: 'postgres' }>

export async function openPostgres(
  project: Project,
  target: PostgresTarget,
  options: OpenOptions,
): Promise<PostgresWarehouse> {
  const at = project.locate(['targets', project.target.name, 'url'])
  let pg: Pg
  try {
    pg = await import('pg')
  } catch {
    throw new ProblemError({
      code: 'driver_missing',
      message: 'The PostgreSQL driver is not installed here.',
      fix: 'Install it with `npm install pg`.',
    })
  }
  const config: ClientConfig = {
    connectionString: target.url,
    application_name: 'gwh',
    connectionTimeoutMillis: 1000 * CONNECT_SECONDS,
    types: parsersOf(pg, false),
  }
  let client: Client | undefined
  let warehouse: PostgresWarehouse
  try {
    if (!/^postgres(ql)?:\/\//i.test(target.url)) throw new TypeError('It does not begin with postgresql://.')
    client = new pg.Client(config)
    // It hears when the server ends the session, which may be as soon as it has begun.
    warehouse = new PostgresWarehouse(client, pg, config, target, options)
    await client.connect()
  } catch (error) {
    throw new ProblemError({ ...connectionProblem(error, client), at })
  }
  try {
    if (await warehouse.isShared())
      throw new ProblemError({
        code: 'connection_failed',
        message: `A pooler in front of ${whereOf(client)} gives each transaction another session.`,
        at,
        cause:
          'The settings and the lock of a run hold for its session: here others would get them, and gwh those of others.',
        fix: 'Name the server itself in the URL, or a pool that keeps a session for each client (in PgBouncer `pool_mode = session`).',
      })
    await warehouse.settleSession(options)
    return warehouse
  } catch (error) {
    await warehouse[Symbol.asyncDispose]()
    if (error instanceof ProblemError) throw error
    const said = warehouse.said(error, '')
    if (!(said instanceof WarehouseError)) throw said
    const cause = said.message
    throw new ProblemError({
      code: 'connection_failed',
      message: `${whereOf(client)} does not take the settings of a session that gwh needs.`,
      at,
      cause,
      fix: 'Without them values would be read by whatever the role or the URL has set.',
    })
  }
}

const LOCK_CLASS = 0x677768 // "gwh"

export class PostgresWarehouse implements Warehouse {
  readonly type = 'postgres'
  readonly spelling = STANDARD
  readonly place: string
  readonly client: Client
  readonly single_schema: boolean
  readonly #pg: Pg
  readonly #config: ClientConfig
  readonly #signal: AbortSignal | undefined
  readonly #publishWait: number
  readonly #tell: (text: string) => void
  #path: readonly string[] = []
  /** The process of the server, which is not the one that a pooler tells of. */
  #pid: number | undefined
  readonly #transactions: Transactions
  /** Of the transaction that is about to be committed: known before, for when it cannot be asked on this connection. */
  #transaction: string | undefined
  /** Why the connection ended, where it ended while nothing was asked. */
  #ended: Error | undefined

  constructor(
    client: Client,
    pg: Pg,
    config: ClientConfig,
    target: PostgresTarget,
    options: OpenOptions = {},
  ) {
    this.client = client
    this.#pg = pg
    this.#config = config
    this.#publishWait = target.publish_wait ?? PUBLISH_WAIT
    this.single_schema = target.single_schema ?? false
    const { signal } = options
    this.#signal = signal
    this.#tell = options.tell ?? (() => undefined)
    this.place = `${client.database ?? ''} on ${client.host}`
    // An idle connection that the server ends must not end the process; the next statement reports it.
    client.on('error', (error) => (this.#ended ??= error))
    this.#transactions = new Transactions(
      {
        execute: (statement) => this.execute(statement),
        beforeCommit: () => this.#identify(),
        commit: () => this.#commit(),
        rollBack: () => this.client.query('rollback'),
        interrupt: () => this.interrupt(),
      },
      signal,
    )
  }

  /** Whether a pooler gives the session to others as well; nothing may be set then. */
  async isShared(): Promise<boolean> {
    const { pid, isDirect } = await serverProcess(this.client)
    this.#pid = pid
    return !isDirect && isSharedSession(this.client, pid, () => new this.#pg.Client(this.#config))
  }

  async settleSession(options: OpenOptions): Promise<void> {
    this.#path = await settle(this.client, options, this.#publishWait)
  }

  get isCommitting(): boolean {
    return this.#transactions.isCommitting
  }

  async version(): Promise<string> {
    const [row] = await this.query<{ version: string }>("select current_setting('server_version') as version")
    return `PostgreSQL ${row?.version ?? ''}`
  }

  async execute(statement: Statement): Promise<void> {
    await this.#send(statementText(statement, this))
  }

  /** @returns how many rows the statement has written */
  async change(statement: string): Promise<number> {
    return (await this.#send(statement)).rowCount ?? 0
  }

  async query<Row extends object>(select: Statement, { exact = false }: QueryOptions = {}): Promise<Row[]> {
    // As arrays, for a row as an object would lose all but the last column of a name.
    const { rows, fields } = await this.#send(statementText(select, this), exact)
    const names = uniqueNames(fields.map((field) => field.name))
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])) as Row)
  }

  async #send(statement: string, exact = false) {
    if (this.#signal?.aborted) throw new Interrupted()
    try {
      // The extended protocol takes one statement only: a user's model cannot smuggle in a second one.
      const query = {
        text: statement,
        rowMode: 'array' as const,
        queryMode: 'extended',
        types: parsersOf(this.#pg, exact),
      }
      return await this.client.query<unknown[]>(query)
    } catch (error) {
      throw this.said(error, statement)
    }
  }

  /** What the driver threw, as every warehouse says it. */
  said(error: unknown, statement: string): Error {
    if (this.#signal?.aborted) return new Interrupted()
    const said = asPostgresError(error, statement)
    return said instanceof SessionLost && this.#ended ? sessionLost(this.#ended, error) : said
  }

  async columns(relation: RelationName): Promise<readonly Column[] | undefined> {
    const [name = '', schema] = [...relation].reverse()
    const rows = await this.query<Column>(
      toText(sql`
        select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
        from pg_attribute as a
        join pg_class as c on c.oid = a.attrelid
        where c.relname = ${literal(name)}
          and ${schema === undefined ? sql`pg_table_is_visible(c.oid)` : sql`c.relnamespace = to_regnamespace(${literal(toText(identifier(schema)))})`}
          and c.relkind in ('r', 'v', 'm', 'p', 'f')
          and a.attnum > 0
          and not a.attisdropped
        order by a.attnum
      `),
    )
    return rows.length === 0 ? undefined : rows
  }

  async columnsOf(select: Statement): Promise<readonly Column[]> {
    const result = await this.#send(`select * from (\n${statementText(select, this)}\n) as described limit 0`)
    const oids = [...new Set(result.fields.map((field) => field.dataTypeID))]
    const names = await this.query<{ oid: number; type: string }>(
      `select oid, format_type(oid, null) as type from pg_type where oid in (${oids.join(', ') || 'null'})`,
    )
    const typeOf = new Map(names.map(({ oid, type }) => [oid, type]))
    const unique = uniqueNames(result.fields.map((field) => field.name))
    return result.fields.map((field, i) => ({
      name: unique[i] ?? '',
      type: typeOf.get(field.dataTypeID) ?? '',
    }))
  }

  async relations(schema: string): Promise<readonly RelationInfo[]> {
    return this.query<RelationInfo>(
      toText(sql`
        select relname as name, case when relkind in ('v', 'm') then 'view' else 'table' end as kind
        from pg_class
        where relnamespace = to_regnamespace(${literal(toText(identifier(schema)))})
          and relkind in ('r', 'p', 'v', 'm', 'f')
        order by relname collate "C"
      `),
    )
  }

  async comments(schema: string): Promise<readonly RelationComment[]> {
    return this.query<RelationComment>(
      toText(sql`
        select c.relname as relation, a.attname as ${identifier('column')}, d.description as text
        from pg_class as c
        join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass
        left join pg_attribute as a on a.attrelid = d.objoid and a.attnum = d.objsubid and a.attnum > 0
        where c.relnamespace = to_regnamespace(${literal(toText(identifier(schema)))})
          and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by c.relname collate "C", d.objsubid
      `),
    )
  }

  async schemaExists(schema: string): Promise<boolean> {
    const rows = await this.query(
      toText(sql`select 1 as found from pg_namespace where nspname = ${literal(schema)}`),
    )
    return rows.length > 0
  }

  async createSchema(schema: string): Promise<void> {
    const [found] = await this.query<{ allowed: boolean; role: string }>(
      toText(sql`
        select has_schema_privilege(oid, 'create') and has_schema_privilege(oid, 'usage') as allowed, current_user as role
        from pg_namespace
        where nspname = ${literal(schema)}
      `),
    )
    // Better told now than when everything is built.
    if (found?.allowed === false)
      throw new WarehouseError(`Role ${found.role} may not create relations in schema ${schema}.`, {
        refusal: 'not_allowed',
      })
    if (found) return
    await this.execute(toText(sql`create schema if not exists ${identifier(schema)}`))
  }

  staged(schema: string, name: string): RelationName {
    return stagedRelation(this.#schemas(schema), name)
  }

  #schemas(schema: string): Schemas {
    return { schema, single_schema: this.single_schema }
  }

  async sweep(schema: string): Promise<void> {
    const schemas = this.#schemas(schema)
    const stage = stageSchema(schemas)
    const left = (await this.relations(stage)).filter(({ name }) => isStaged(schemas, [stage, name]))
    if (!this.single_schema) await this.#claim(stage, left.length === 0)
    // Everything in there is gwh's own; views go before the tables that they read.
    for (const { name } of left.filter((relation) => relation.kind === 'view')) {
      await this.execute(toText(sql`drop view if exists ${identifier(stage, name)} cascade`))
    }
    for (const { name } of left.filter((relation) => relation.kind === 'table')) {
      await this.execute(toText(sql`drop table if exists ${identifier(stage, name)} cascade`))
    }
  }

  /** Others may have a schema of that name, and nothing of theirs is ever dropped: a comment says whose it is. */
  async #claim(stage: string, isEmpty: boolean): Promise<void> {
    const [row] = await this.query<{ comment: string | null }>(
      toText(
        sql`select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = ${literal(stage)}`,
      ),
    )
    // Another role may have it by now.
    if (row?.comment === STAGE_COMMENT) return this.createSchema(stage)
    if (!isEmpty) {
      throw new ProblemError({
        code: 'reserved_name',
        message: `gwh builds in a schema \`${stage}\`, but there is one with relations that gwh did not make.`,
        fix: 'Give the target another `schema`; nothing has been changed.',
      })
    }
    await this.createSchema(stage)
    await this.execute(toText(sql`comment on schema ${identifier(stage)} is ${literal(STAGE_COMMENT)}`))
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#transactions.run(work)
  }

  async #identify(): Promise<void> {
    const [transaction] = await this.query<{ id: string | null }>(
      'select cast(pg_catalog.txid_current_if_assigned() as text) as id',
    )
    this.#transaction = transaction?.id ?? undefined
  }

  async #commit(): Promise<void> {
    const id = this.#transaction
    try {
      const { command } = await watchedCommit(this.client.query('commit'), {
        ask: () => this.#stateOf(id),
        tell: this.#tell,
      })
      if (command !== 'COMMIT') throw new WarehouseError('The server rolled the transaction back.', {})
    } catch (error) {
      throw error instanceof WarehouseError || error instanceof SessionLost
        ? error
        : asPostgresError(error, 'commit')
    }
  }

  /** Of a transaction that has not written there is nothing to lose. */
  async #stateOf(id: string | undefined): Promise<TransactionState> {
    if (id === undefined) return 'committed'
    const other = new this.#pg.Client(this.#config)
    other.on('error', () => undefined)
    try {
      await other.connect()
      const { rows } = await other.query<{ state: TransactionState }>(
        'select pg_catalog.txid_status(cast($1 as bigint)) as state',
        [id],
      )
      return rows[0]?.state
    } finally {
      await other.end().catch(() => undefined)
    }
  }

  publish(
    relations: readonly StagedRelation[],
    record: (notes: readonly PublishNote[]) => Promise<void>,
  ): Promise<void> {
    return this.transaction(async () => record(await publish(this, relations, this.#publishWait)))
  }

  async settle(relations: readonly RelationName[]): Promise<readonly string[]> {
    const left: string[] = []
    const hear = ({ code }: { code?: string | undefined }) => code === '55P03' && left.push(current)
    let current = ''
    this.client.on('notice', hear)
    try {
      // A standby that commits are waited for may be away; statistics need not be there.
      await this.execute('set synchronous_commit = local')
      for (const relation of relations) {
        current = relation.join('.')
        // A VACUUM may hold a table for hours, and it does the same.
        await this.execute(toText(sql`analyze (skip_locked) ${identifier(...relation)}`))
      }
    } finally {
      this.client.off('notice', hear)
      await this.client.query('reset synchronous_commit').catch(() => undefined)
    }
    return left
  }

  async roles(): Promise<readonly string[]> {
    const rows = await this.query<{ name: string }>(
      'select cast(rolname as text) as name from pg_roles order by 1',
    )
    return rows.map(({ name }) => name)
  }

  async lock(schema: string): Promise<void> {
    const key = sql`${literal(LOCK_CLASS)}, hashtext(${literal(schema)})`
    const [row] = await this.query<{ locked: boolean }>(
      toText(sql`select pg_try_advisory_lock(${key}) as locked`),
    )
    if (row?.locked) return
    const [holder] = await this.query<{ pid: number; application_name: string; since: Date }>(
      toText(sql`
        select a.pid, a.application_name, a.backend_start as since
        from pg_locks as l
        join pg_stat_activity as a on a.pid = l.pid
        where l.locktype = 'advisory'
          and l.granted
          and l.classid = ${literal(LOCK_CLASS)}
          and l.objid = cast(cast(hashtext(${literal(schema)}) as bigint) & 4294967295 as oid)
          and l.database = (select oid from pg_database where datname = current_database())
        limit 1
      `),
    )
    throw new ProblemError({
      code: 'warehouse_locked',
      message: holder
        ? `Another build of \`${schema}\` is running: ${holder.application_name} (server process ${holder.pid}, connected since ${holder.since.toISOString()}).`
        : `Another build of \`${schema}\` is running.`,
      fix: 'Wait for it to end, or build into another schema.',
    })
  }

  renew(table: RelationName): Promise<readonly string[]> {
    return withZones(this, table, (work) => this.transaction(work))
  }

  async use(schema: string): Promise<void> {
    await this.execute(searchPath([schema, ...this.#path]))
  }

  async interrupt(): Promise<void> {
    const pid = this.#pid
    if (pid === undefined) return
    const other = new this.#pg.Client(this.#config)
    await other.connect()
    await other.query(`select pg_catalog.pg_cancel_backend(${pid})`).finally(() => other.end())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transactions.close()
    await this.client.end().catch(() => undefined)
  }
}
