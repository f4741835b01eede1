/** Indexes and keys that a project wants on its tables; those of others are never touched. */
import { createHash } from 'node:crypto'
import { type RelationName, identifier, literal, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'
import { columnList } from './names.ts'
import type { IndexSettings } from '../warehouse.ts'

/** By this comment gwh knows an index or a key as its own. */
export const OWN_COMMENT = 'Made by gwh for the settings of the project.'

interface OwnIndex {
  readonly name: string
  readonly isConstraint: boolean
  readonly isPrimary: boolean
  readonly columns: readonly string[]
}

/** A hash of what the index is, so that one that is said otherwise has another name. */
function nameOf(table: string, parts: readonly string[]): string {
  const hash = createHash('sha256')
    .update([table, ...parts].join('\0'))
    .digest('hex')
    .slice(0, 8)
  let short = table
  while (Buffer.byteLength(short) > 63 - 13) short = short.slice(0, -1)
  return `gwh_${short}_${hash}`
}

async function ownIndexes(session: Session, table: RelationName): Promise<OwnIndex[]> {
  return session.query<OwnIndex>(
    toText(sql`
      select
        i.relname as name,
        k.oid is not null as "isConstraint",
        x.indisprimary as "isPrimary",
        cast(array(
          select attname from pg_attribute where attrelid = x.indrelid and attnum = any (x.indkey)
        ) as text[]) as columns
      from pg_index as x
      join pg_class as i on i.oid = x.indexrelid
      left join pg_constraint as k on k.conindid = i.oid and k.conrelid = x.indrelid and k.contype in ('p', 'u')
      where x.indrelid = ${oidOf(table)}
        and coalesce(obj_description(k.oid, 'pg_constraint'), obj_description(i.oid, 'pg_class')) = ${literal(OWN_COMMENT)}
      order by 1
    `),
  )
}

export interface IndexChange {
  /** Before rows come in, and while readers wait. */
  readonly drop: readonly Sql[]
  readonly addKey: readonly Sql[]
  /** When the rows are in. */
  readonly create: readonly Sql[]
}

/** What has to be dropped and made so that a table has the indexes and the key of its settings. */
export async function indexChange(
  session: Session,
  table: RelationName,
  indexes: readonly IndexSettings[],
  key: readonly string[] | undefined,
  hasNulls: boolean,
): Promise<IndexChange> {
  const present = await ownIndexes(session, table)
  const on = identifier(...table)
  const [schema = '', bare = ''] = table
  const wantedIndexes = indexes.map(({ columns, unique = false, type = 'btree' }) => ({
    name: nameOf(bare, [type, unique ? 'unique' : '', ...columns]),
    what: sql`${trusted(unique ? 'unique index' : 'index')}`,
    how: sql`using ${trusted(type)} (${columnList(columns)})`,
  }))
  const wantedKey = key && keyConstraint(bare, key, hasNulls, present)
  const wanted = new Set([...wantedIndexes, ...(wantedKey ? [wantedKey] : [])].map(({ name }) => name))
  const isMissing = ({ name }: { name: string }) => !present.some((index) => index.name === name)
  const comment = (what: Sql) => sql`comment on ${what} is ${literal(OWN_COMMENT)}`
  return {
    drop: present
      .filter(({ name }) => !wanted.has(name))
      .flatMap(({ name, isConstraint, isPrimary, columns }) => [
        isConstraint
          ? sql`alter table ${on} drop constraint ${identifier(name)}`
          : sql`drop index ${identifier(schema, name)}`,
        // A primary key leaves that behind when it goes.
        ...(isPrimary
          ? columns.map((column) => sql`alter table ${on} alter column ${identifier(column)} drop not null`)
          : []),
      ]),
    addKey:
      wantedKey && isMissing(wantedKey)
        ? [
            sql`alter table ${on} add constraint ${identifier(wantedKey.name)} ${wantedKey.what}`,
            comment(sql`constraint ${identifier(wantedKey.name)} on ${on}`),
          ]
        : [],
    create: wantedIndexes
      .filter(isMissing)
      .flatMap(({ name, what, how }) => [
        sql`create ${what} ${identifier(name)} on ${on} ${how}`,
        comment(sql`index ${identifier(schema, name)}`),
      ]),
  }
}

/** Where nulls have been there once, they may come again. */
function keyConstraint(
  table: string,
  columns: readonly string[],
  hasNulls: boolean,
  present: readonly OwnIndex[],
) {
  const named = (kind: string) => ({
    name: nameOf(table, [kind, ...columns]),
    what: sql`${trusted(kind)} (${columnList(columns)})`,
  })
  const forNulls = named('unique nulls not distinct')
  const hadNulls = present.some(({ name }) => name === forNulls.name)
  return hasNulls || hadNulls ? forNulls : named('primary key')
}
