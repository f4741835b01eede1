/** Common table expressions. */
import { sql, type Sql } from '../../src/sql/sql.ts'

export const cte = (name: Sql, body: Sql): Sql => sql`
  ${name} as (
    ${body}
  )
`

/** Read several times, computed once. */
export const materialized = (name: Sql, body: Sql): Sql => sql`
  ${name} as materialized (
    ${body}
  )
`
