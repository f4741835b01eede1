/** Columns of published tables, which are added, dropped and retyped in place. */
import { type RelationName, identifier, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import { dependentsOn, refuse } from './dependents.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'
import { WarehouseError, type Column } from '../warehouse.ts'

export interface ColumnChange {
  readonly added: readonly Column[]
  readonly removed: readonly string[]
  /** With their new types, and those that they had. */
  readonly retyped: readonly Retyped[]
  /** Columns that others have added to the table, which hold values of theirs. */
  readonly foreign: readonly string[]
  /** Columns of others that the staged one has too, so that their values would be written over. */
  readonly clashing: readonly string[]
}

export interface Retyped extends Column {
  readonly before: string
}

export const isChange = ({ added, removed, retyped }: ColumnChange): boolean =>
  added.length + removed.length + retyped.length > 0

/** Columns whose values the server makes; gwh makes none of them, and they need no care. */
async function computedColumns(session: Session, table: RelationName): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    toText(sql`
      select attname as name
      from pg_attribute
      where attrelid = ${oidOf(table)}
        and attnum > 0
        and not attisdropped
        and (attgenerated <> '' or attidentity <> '')
    `),
  )
  return rows.map(({ name }) => name)
}

/**
 * Columns that came after the table, or were changed since: their entries in the catalog are of another transaction than
 * those of the columns that the server itself gives a table. A gwh that kept no record made tables whole. Columns of the
 * primary key are left out, whose entries change with the key.
 */
async function laterColumns(session: Session, table: RelationName): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    toText(sql`
      select a.attname as name
      from pg_attribute as a
      join pg_attribute as ctid on ctid.attrelid = a.attrelid and ctid.attnum = -1
      where a.attrelid = ${oidOf(table)}
        and a.attnum > 0
        and not a.attisdropped
        and a.xmin <> ctid.xmin
        and not exists (
          select 1 from pg_constraint as k where k.conrelid = a.attrelid and k.contype = 'p' and a.attnum = any (k.conkey)
        )
      order by a.attnum
    `),
  )
  return rows.map(({ name }) => name)
}

/**
 * What has to happen to a published table for it to have the columns of the staged one. The order is not
 * looked at: PostgreSQL adds columns at the end.
 * @param own columns that gwh has made; where that is not on record, none that is to go counts as one, and none that
 * was added after the table was made
 */
export async function columnChange(
  session: Session,
  table: RelationName,
  staged: RelationName,
  own: ReadonlySet<string> | 'all' | undefined,
): Promise<ColumnChange> {
  const before = (await session.columns(table)) ?? []
  const after = (await session.columns(staged)) ?? []
  const computed = await computedColumns(session, table)
  const gone = before
    .map(({ name }) => name)
    .filter((name) => !computed.includes(name) && !after.some((column) => column.name === name))
  const isOwn = (name: string) => own === 'all' || (own?.has(name) ?? false)
  const others = own === undefined ? await laterColumns(session, table) : before.map(({ name }) => name)
  return {
    added: after.filter(({ name }) => !before.some((column) => column.name === name)),
    removed: gone.filter(isOwn),
    retyped: after.flatMap(({ name, type }) => {
      const had = before.find((column) => column.name === name)
      return had === undefined || had.type === type ? [] : [{ name, type, before: had.type }]
    }),
    foreign: gone.filter((name) => !isOwn(name)),
    clashing: after.map(({ name }) => name).filter((name) => others.includes(name) && !isOwn(name)),
  }
}

/**
 * Changes the columns of a table in place.
 * @param isEmpty whether its rows are gone, so that new types have no values to take over
 * @throws ProblemError `dependents_in_the_way` where a new type does not go with what hangs on the column
 */
export async function alterColumns(
  session: Session,
  table: RelationName,
  { added, removed, retyped }: ColumnChange,
  isEmpty: boolean,
): Promise<void> {
  const alter = (what: Sql) =>
    session.execute(
      toText(sql`
        alter table ${identifier(...table)}
        ${what}
      `),
    )
  for (const name of removed) await alter(sql`drop column ${identifier(name)}`)
  for (const { name, type } of retyped) {
    const column = identifier(name)
    const values = [
      ...(isEmpty ? [] : [sql`cast(cast(${column} as text) as ${trusted(type)})`]),
      sql`cast(null as ${trusted(type)})`,
    ]
    await firstThatGoes(
      session,
      values.map((value) => () => alter(sql`alter column ${column} type ${trusted(type)} using ${value}`)),
      async (error) => refuse(await dependentsOn(session, table, [name]), error.message),
    )
  }
  for (const { name, type } of added) await alter(sql`add column ${identifier(name)} ${trusted(type)}`)
}

/** Tries one after the other; a lock that is not to be had is no reason for the next. */
async function firstThatGoes(
  session: Session,
  ways: readonly (() => Promise<void>)[],
  explain: (error: WarehouseError) => Promise<void>,
): Promise<void> {
  for (const [i, way] of ways.entries()) {
    await session.execute('savepoint way')
    try {
      await way()
      await session.execute('release savepoint way')
      return
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.code === '55P03' || error.code === '40P01') throw error
      await session.execute('rollback to savepoint way')
      if (i < ways.length - 1) continue
      await explain(error)
      throw error
    }
  }
}
