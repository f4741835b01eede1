/** Makes anew what others have made that reads a column of another type, since the server changes no such column under it. */
import { randomBytes } from 'node:crypto'
import { ProblemError, quotedList } from '../../problems.ts'
import { type RelationName, identifier, literal, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import { WarehouseError } from '../warehouse.ts'
import { carryOver } from './carry.ts'
import type { Retyped } from './columns.ts'
import type { Reader } from './dependents.ts'
import { isPassing, type Session } from './locks.ts'
import { callsOf, describe, type Calls, type Described } from './readers.ts'

/** A relation of gwh with columns that get other types. */
export interface Source {
  readonly relation: RelationName
  readonly retyped: readonly Retyped[]
}

/** A reader that is away, until what it reads has changed. */
export interface Away extends Described {
  /** What makes it with the columns read in the types that they had; undefined where that is nothing else. */
  readonly asBefore: readonly string[] | undefined
  /** The columns that it reads itself, with their types. */
  readonly columns: readonly string[]
  /** What it reads has instants now that had no zone. */
  readonly isOfInstants: boolean
}

/**
 * Drops readers, those first that read others.
 * @returns what is needed to make them anew, in that order
 * @throws ProblemError `dependents_in_the_way` where the role that builds may not drop one
 */
export async function takeAway(
  session: Session,
  readers: readonly Reader[],
  sources: readonly Source[],
): Promise<Away[]> {
  if (readers.length === 0) return []
  for (const reader of readers) await refuseForRights(session, reader, columnsOf(reader, sources))
  const described: Described[] = []
  for (const reader of readers) described.push(await describe(session, reader))
  const before = await readAsBefore(session, readers, sources)
  const isOfInstants = sources.some(({ retyped }) => retyped.some(({ type }) => hasZone(type)))
  const away = described.map((one, i): Away => ({
    ...one,
    isOfInstants,
    asBefore: before[i]?.join('\0') === one.make.join('\0') ? undefined : before[i],
    columns: columnsOf(one.reader, sources),
  }))
  for (const one of [...away].reverse()) {
    try {
      await session.execute(one.drop)
    } catch (error) {
      throw refusal(one, saidOf(error).message)
    }
  }
  return away
}

/** The columns of other types that it may read itself, with these types. */
const columnsOf = ({ reads, columns }: Reader, sources: readonly Source[]): string[] =>
  sources
    .filter(({ relation }) => reads.has(relation.join('.')))
    .flatMap(({ relation, retyped }) =>
      retyped
        .filter(({ name }) => columns.has(name))
        .map(({ name, type }) => `${[...relation, name].join('.')} ${type}`),
    )

/** Where a reader is, in the catalog of relations. */
const CLASS_OF: Readonly<Record<string, string>> = {
  pg_rewrite: 'select ev_class from pg_rewrite where oid =',
  pg_policy: 'select polrelid from pg_policy where oid =',
  pg_trigger: 'select tgrelid from pg_trigger where oid =',
}

/** The number of the relation that a reader is, or that it is on. */
export const classOf = ({ catalog, oid }: Reader): Sql =>
  sql`(${trusted(CLASS_OF[catalog] ?? '')} cast(${literal(oid)} as oid))`

/** @throws ProblemError `dependents_in_the_way` where the role that builds may not drop a reader and make it anew */
async function refuseForRights(session: Session, reader: Reader, columns: readonly string[]): Promise<void> {
  const [found] = await session.query<{
    role: string
    owner: string
    schema: string
    owns: boolean
    makes: boolean
  }>(
    toText(sql`
      select
        current_user as role,
        cast(pg_get_userbyid(c.relowner) as text) as owner,
        n.nspname as schema,
        pg_has_role(c.relowner, 'usage') as owns,
        has_schema_privilege(n.oid, 'usage')
          and (${literal(reader.view === null)} or has_schema_privilege(n.oid, 'create')) as makes
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      where c.oid = ${classOf(reader)}
    `),
  )
  if (!found || (found.owns && found.makes)) return
  const { role, owner, schema } = found
  throw refusal(
    { reader, columns },
    found.owns ? `\`${role}\` may not create in the schema \`${schema}\`.` : `It belongs to \`${owner}\`.`,
    found.owns
      ? `Grant \`${role}\` usage and create on that schema`
      : `Let \`${role}\`, which builds, be a member of \`${owner}\``,
  )
}

const hasZone = (type: string) => /^time.* with time zone$/.test(type)
const isTimestamp = (type: string) => type.startsWith('timestamp')

/** Statements for each reader in which retyped columns are cast to what they were. */
async function readAsBefore(
  session: Session,
  readers: readonly Reader[],
  sources: readonly Source[],
): Promise<string[][]> {
  // Under names that are nowhere else the server itself says where a definition has the columns.
  const names = new Map<string, (column: string) => string>()
  await session.execute('savepoint reading')
  for (const { relation, retyped } of sources) {
    for (const column of retyped) {
      const cast = await castBack(session, column)
      if (cast === undefined) continue
      const name = `gwh_read_${randomBytes(8).toString('hex')}`
      names.set(name, cast)
      const renamed = sql`rename column ${identifier(column.name)} to ${identifier(name)}`
      await session.execute(toText(sql`alter table ${identifier(...relation)} ${renamed}`))
    }
  }
  const made: string[][] = []
  for (const reader of readers) made.push([...(await describe(session, reader)).make])
  await session.execute('rollback to savepoint reading')
  await session.execute('release savepoint reading')
  return made.map((statements) => statements.map((statement) => withCasts(statement, names)))
}

/** A column, with the name of its table before it or without. */
const COLUMN = /((?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)\.)?\b(gwh_read_[0-9a-f]{16})\b/gu

const withCasts = (statement: string, names: ReadonlyMap<string, (column: string) => string>): string =>
  statement.replaceAll(COLUMN, (found, table: string | undefined, name: string) => {
    const cast = names.get(name)
    return cast === undefined ? found : cast(table ?? '')
  })

/** How a column is read in the type that it had, given what stands before its name; undefined where some values are not of it. */
async function castBack(
  session: Session,
  { name, type, before }: Retyped,
): Promise<((table: string) => string) | undefined> {
  const column = toText(identifier(name))
  if (isTimestamp(type) && isTimestamp(before)) return (table) => `(${table}${column} at time zone 'UTC')`
  const [cast] = await session.query<{ always: boolean }>(
    toText(sql`
      select ${literal(before)} in ('text', 'character varying') or exists (
        select 1
        from pg_cast
        where castsource = to_regtype(${literal(type)}) and casttarget = to_regtype(${literal(before)}) and castcontext = 'i'
      ) as always
    `),
  )
  return cast?.always ? (table) => `cast(${table}${column} as ${before})` : undefined
}

/**
 * Makes readers with the definitions that they had. Where one would show something else than before, depending on the
 * session that reads it, or cannot be made at all, it reads the columns in the types that they had.
 * @returns what there is to tell of each
 * @throws ProblemError `dependents_in_the_way` with one that cannot be made
 */
export async function makeAnew(session: Session, away: readonly Away[]): Promise<string[]> {
  const asBefore = new Set<Away>()
  if (away.length === 0) return []
  for (;;) {
    await session.execute('savepoint remaking')
    const wrong = await firstWrong(session, away, asBefore)
    if (wrong === undefined) break
    await session.execute('rollback to savepoint remaking')
    const left = toReadAsBefore(wrong.one, away, asBefore)
    if (left.length === 0) throw refusal(wrong.one, wrong.error?.message)
    for (const one of left) asBefore.add(one)
  }
  await session.execute('release savepoint remaking')
  return away.map((one) => noteOf(one, asBefore.has(one)))
}

interface Wrong {
  readonly one: Away
  /** Why it cannot be made; undefined where it would depend on the session. */
  readonly error: WarehouseError | undefined
}

async function firstWrong(
  session: Session,
  away: readonly Away[],
  asBefore: ReadonlySet<Away>,
): Promise<Wrong | undefined> {
  for (const one of away) {
    const { view, place, calls } = one
    const isAsBefore = asBefore.has(one)
    try {
      for (const statement of (isAsBefore ? one.asBefore : undefined) ?? one.make)
        await session.execute(statement)
    } catch (error) {
      return { one, error: saidOf(error) }
    }
    if (view) await carryOver(session, view.had, view.had.kind)
    const isDecided = !one.isOfInstants || toReadAsBefore(one, away, asBefore).length === 0
    if (!isDecided && dependsMore(await callsOf(session, place), calls)) return { one, error: undefined }
  }
  return undefined
}

/** Those that read columns of another type themselves, among a reader and all that it reads, and could read them as before. */
function toReadAsBefore(one: Away, away: readonly Away[], asBefore: ReadonlySet<Away>): Away[] {
  const above = new Set([one])
  for (const { reader } of above)
    for (const other of away)
      if (other.view && reader.reads.has(other.view.relation.join('.'))) above.add(other)
  return [...above].filter((other) => other.asBefore !== undefined && !asBefore.has(other))
}

/** Whether a definition may give different results in different sessions where it did not. */
const dependsMore = (now: Calls, before: Calls): boolean =>
  now.isOpen || [...now.functions].some(([oid, calls]) => calls > (before.functions.get(oid) ?? 0))

/** Fills materialized views that had rows, when what they read has its new ones. */
export async function refreshAway(session: Session, away: readonly Away[]): Promise<void> {
  for (const one of away) {
    if (!one.view?.isMaterialized || !one.view.isFilled) continue
    try {
      await session.execute(toText(sql`refresh materialized view ${identifier(...one.view.relation)}`))
    } catch (error) {
      throw refusal(one, saidOf(error).message)
    }
  }
}

/** @throws what is no answer to a statement, and what is to be tried again */
function saidOf(error: unknown): WarehouseError {
  if (isPassing(error)) throw error
  if (error instanceof WarehouseError) return error
  throw error
}

function noteOf({ reader, columns, asBefore }: Away, isAsBefore: boolean): string {
  const why = columns.length === 0 ? 'as was what it reads' : `for it reads ${quotedList(columns)}`
  const how = isAsBefore && asBefore ? ', and reads that in the type that it had' : ''
  return `${reader.what} was made anew, ${why}${how}.`
}

function refusal(
  { reader, columns }: Pick<Away, 'reader' | 'columns'>,
  cause: string | undefined,
  instead?: string,
): ProblemError {
  const read = columns.length === 0 ? 'a view that has to be' : quotedList(columns)
  const away = 'drop it, build again and make it anew on what is published then; nothing has been changed.'
  return new ProblemError({
    code: 'dependents_in_the_way',
    message: `${quotedList([reader.what])} would have to be made anew, since it reads ${read}, and cannot be.`,
    cause,
    fix: instead === undefined ? `D${away.slice(1)}` : `${instead}, or ${away}`,
  })
}
