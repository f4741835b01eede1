/** Names of PostgreSQL in statements and questions to its catalog. */
import { type RelationName, identifier, join, literal, sql, toText, type Sql } from '../../sql/sql.ts'

/** The number of a relation in the catalog; null where there is none of that name. */
export const oidOf = (relation: RelationName): Sql =>
  sql`to_regclass(${literal(toText(identifier(...relation)))})`

/** Columns with commas between them. */
export const columnList = (names: readonly string[]): Sql =>
  join(
    names.map((name) => identifier(name)),
    ', ',
  )
