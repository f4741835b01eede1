/** How publishing gets at relations that others read, and how long it tries. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError } from '../../problems.ts'
import { oidOf } from './names.ts'
import { type RelationName, identifier, join, sql, toText, type Sql } from '../../sql/sql.ts'
import { WarehouseError, type Warehouse } from '../warehouse.ts'

/** What publishing needs of a connection. */
export interface Session extends Pick<Warehouse, 'execute' | 'query' | 'columns' | 'relations'> {
  /** Everything is in the one schema that analysts read. */
  readonly single_schema: boolean
  /** @returns how many rows the statement has written */
  change(statement: string): Promise<number>
}

/** How many seconds publishing waits for others, unless the target says another number. */
export const PUBLISH_WAIT = 30

/** Of locks that are not to be had: in time, or at all, for two wait for each other. */
const NOT_HAD: readonly string[] = ['55P03', '40P01']

/** Milliseconds that one attempt waits for one lock. */
const ATTEMPT = 100

/** The time that one publishing may spend waiting; what it spends working does not count. */
export class Patience {
  readonly seconds: number
  #left: number

  constructor(seconds: number) {
    this.seconds = seconds
    this.#left = seconds * 1000
  }

  /** Milliseconds; at least one, for 0 would be without end. */
  get left(): number {
    return Math.max(1, Math.ceil(this.#left))
  }

  get isOver(): boolean {
    return this.#left <= 0
  }

  use(milliseconds: number): void {
    this.#left -= milliseconds
  }
}

/** Keeps others from hanging something on a table that would be told of its rows, and from locking it. */
export function lockForRows(session: Session, patience: Patience, table: RelationName): Promise<void> {
  return waitFor(session, patience, table, sql`row exclusive`)
}

/** Has a vacuum of the server give way, which it does for nobody who waits a moment only. Readers do not notice. */
export function lockForChange(session: Session, patience: Patience, table: RelationName): Promise<void> {
  return waitFor(session, patience, table, sql`share update exclusive`)
}

/**
 * Keeps everybody from relations of any kind, but for those of others, which cannot be changed anyway. LOCK would take
 * along all that a view reads; what gives a relation the owner that it has takes itself only.
 * @param oids numbers in the catalog
 */
export async function lockAlone(session: Session, oids: readonly Sql[]): Promise<void> {
  const found = await session.query<{ statement: string }>(
    toText(sql`
      select format('alter table %I.%I owner to %I', n.nspname, c.relname, pg_get_userbyid(c.relowner)) as statement
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      where c.oid in (${join(oids, ', ')}) and pg_has_role(c.relowner, 'usage') and has_schema_privilege(n.oid, 'usage')
      order by c.oid
    `),
  )
  for (const { statement } of found) await session.execute(statement)
}

function waitFor(session: Session, patience: Patience, table: RelationName, mode: Sql): Promise<void> {
  return writing(session, patience, table, async () => {
    const start = performance.now()
    await session.execute(toText(sql`lock table only ${identifier(...table)} in ${mode} mode`))
    patience.use(performance.now() - start)
  })
}

/**
 * Writes rows, which waits for those who write or hold the same rows, and for no reader.
 * @throws ProblemError `publish_failed` with who is in the way, when the time is over
 */
export async function writing(
  session: Session,
  patience: Patience,
  relation: RelationName,
  work: () => Promise<void>,
): Promise<void> {
  await session.execute('savepoint writing')
  await session.execute(`set local lock_timeout = ${patience.left}`)
  try {
    await work()
    await session.execute('release savepoint writing')
  } catch (error) {
    if (!isLock(error)) throw error
    await session.execute('rollback to savepoint writing')
    throw await timeOut(session, patience, [relation], false, error)
  }
}

/**
 * Changes relations so that readers wait. A reader can hold one relation and wait for another, so waiting with
 * some of them changed would be a deadlock: all are had within a moment, or none and again a little later.
 * @param work is called with the number of the attempt
 * @throws ProblemError `publish_failed` with who is in the way, when the time is over
 */
export async function attempting<T>(
  session: Session,
  patience: Patience,
  relations: readonly RelationName[],
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const start = performance.now()
    await session.execute('savepoint attempt')
    await session.execute(`set local lock_timeout = ${ATTEMPT}`)
    try {
      const result = await work(attempt)
      await session.execute('release savepoint attempt')
      await session.execute(`set local lock_timeout = ${patience.left}`)
      return result
    } catch (error) {
      if (!isPassing(error)) throw error
      await session.execute('rollback to savepoint attempt')
      await sleep(Math.random() * 200)
      patience.use(performance.now() - start)
      if (patience.isOver) throw await timeOut(session, patience, relations, true, error)
    }
  }
}

/** Whether a lock was not to be had. */
const isLock = (error: unknown): error is WarehouseError =>
  error instanceof WarehouseError && NOT_HAD.includes(error.code ?? '')

/** Whether somebody has changed an entry of the catalog meanwhile: grants lock nothing. */
const isOvertaken = (error: unknown): error is WarehouseError =>
  error instanceof WarehouseError && /^tuple concurrently (updated|deleted)$/.test(error.message)

/** Whether a statement may well work a little later. */
export const isPassing = (error: unknown): error is WarehouseError => isLock(error) || isOvertaken(error)

interface Holder {
  readonly relation: string
  readonly pid: number
  readonly role: string | null
  readonly application: string | null
  readonly since: Date | null
}

async function timeOut(
  session: Session,
  { seconds }: Patience,
  relations: readonly RelationName[],
  byReaders: boolean,
  error: WarehouseError,
): Promise<ProblemError> {
  const names = relations.map((relation) => oidOf(relation))
  const holders = await session.query<Holder>(
    toText(sql`
      select
        min(cast(cast(l.relation as regclass) as text)) as relation,
        a.pid,
        coalesce(cast(a.usename as text), a.backend_type) as role,
        a.application_name as application,
        a.xact_start as since
      from pg_locks as l
      join pg_stat_activity as a on a.pid = l.pid
      where l.locktype = 'relation'
        and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid <> pg_backend_pid()
        and l.relation in (${join(names, ', ')})
        ${byReaders ? sql`` : sql`and l.mode <> 'AccessShareLock'`}
      group by a.pid, a.usename, a.backend_type, a.application_name, a.xact_start
      order by a.xact_start
      limit 5
    `),
  )
  const who = holders.map(
    ({ relation, pid, role, application, since }) =>
      `${role ?? 'somebody'} holds ${relation} (server process ${pid}${application ? `, ${application}` : ''}${since ? `, in a transaction since ${since.toISOString()}` : ''}).`,
  )
  return new ProblemError({
    code: 'publish_failed',
    message: `The relations were built but could not be published within ${seconds} s, because others held them; what was published before stays as it was.`,
    cause: [...who, ...(who.length === 0 ? [error.message] : [])].join('\n'),
    fix: 'Build again when those transactions have ended, or let publishing wait longer: `publish_wait` of the target, in seconds.',
  })
}
