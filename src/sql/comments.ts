/** Comments of the database on relations and columns: the same SQL on every engine. */
import { identifier, literal, sql, trusted, type RelationName, type Sql } from './sql.ts'

export interface Comment {
  /** null: it is on the relation itself. */
  readonly column: string | null
  /** null: there is to be none any more. */
  readonly text: string | null
}

export function commentOn(kind: 'table' | 'view', relation: RelationName, { column, text }: Comment): Sql {
  const on =
    column === null
      ? sql`${trusted(kind)} ${identifier(...relation)}`
      : sql`column ${identifier(...relation, column)}`
  return sql`comment on ${on} is ${literal(text)}`
}
