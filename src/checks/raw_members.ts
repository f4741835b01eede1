/** What rows of a source have that `events` does not keep: columns of a flat table, members of a JSON column. */
import type { Source } from '../graph/catalog.ts'
import type { ModelContext } from '../graph/model.ts'
import { identifier, sql, type Sql } from '../sql/sql.ts'

/** What a row has, as a JSON object. @param row alias of the source's relation */
export const rawJson = ({ name, keepsSomeOf }: Source, { fn, line }: ModelContext, row: Sql): Sql =>
  keepsSomeOf === undefined ? (line(name) ?? fn.rowJson(row)) : fn.json(identifier(keepsSomeOf.column))

/** What the names of `rawNames` are called. */
export const rawKind = ({ keepsSomeOf }: Source): string =>
  keepsSomeOf === undefined ? 'column' : `member of ${keepsSomeOf.column}`

/** The names of what rows have, as `property`, each once. All rows of a table have the same: one is read. */
export function rawNames(source: Source, c: ModelContext): Sql {
  const { fn } = c
  const all = source.keepsSomeOf !== undefined || c.line(source.name) !== undefined
  const rows = sql`(select ${rawJson(source, c, sql`source_row`)} as row_members from ${c.whole(source.name)} as source_row${all ? sql`` : sql` limit 1`}) as raw_rows`
  const members = fn.members({ rows, keep: [], json: sql`row_members` })
  if (!all) return members
  return sql`
    select distinct property
    from (
      ${members}
    ) as raw_members
  `
}

/** The names that the source is told to read. */
export const namesRead = ({ keepsSomeOf, columnsRead, readsKeys }: Source): string[] => [
  ...readsKeys.map(({ from }) => from),
  ...(keepsSomeOf?.members ?? columnsRead.map(({ column }) => column)),
]
