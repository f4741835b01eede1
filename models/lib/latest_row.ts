/** The latest of several rows about one thing, whatever order they came in. */
import { join, sql, type Sql } from '../../src/sql/sql.ts'

export interface LatestRow {
  /** A `select` of all rows. */
  readonly rows: Sql
  readonly where: Sql
  /** Columns to keep. */
  readonly columns: readonly Sql[]
  /** The column that says what a row is about. */
  readonly of: Sql
  /** Settles which of two rows of one time is taken: by content, never by arrival. */
  readonly byContent: readonly Sql[]
}

/** A `select` of the row with the latest `updated_at` of each; a row without one is older than all others. */
export const latestRow = ({ rows, where, columns, of, byContent }: LatestRow): Sql => sql`
  select
    ${join(columns, ',\n')}
  from (
    select
      ${join(columns, ',\n')},
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by ${of}
        order by
          ${join([sql`updated_at desc nulls last`, ...byContent], ',\n')}
      ) as place
    from (
      ${rows}
    ) as profile_rows
    where ${where}
  ) as ranked
  where place = 1
`
