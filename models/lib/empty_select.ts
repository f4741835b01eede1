/** Rows that there are none of, with the columns and types that they would have. */
import type { ColumnType } from '../../src/engines/index.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import { identifier, join, sql, type Sql } from '../../src/sql/sql.ts'

/** What a model selects where the project has nothing to select it from. */
export function emptySelect(columns: Readonly<Record<string, ColumnType>>, { fn }: ModelContext): Sql {
  const nulls = Object.entries(columns).map(
    ([name, type]) =>
      sql`${type === 'text[]' ? fn.noIds() : sql`cast(null as ${fn.type(type)})`} as ${identifier(name)}`,
  )
  return sql`
    select
      ${join(nulls, ',\n')}
    where false
  `
}
