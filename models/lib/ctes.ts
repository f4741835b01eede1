/** Common table expressions. */
import { sql, type Sql } from '../../src/sql/sql.ts'

export const cte = (name: Sql, body: Sql): Sql => sql`
  ${name} as (
    ${body}
  )
`

/** Read several times, computed once: a table of its own where the engine would write it out at each use. */
export const materialized = (name: Sql, body: Sql): Sql => sql`
  ${name} as materialized (
    ${body}
  )
`
