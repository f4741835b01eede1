import type { ModelContext } from '../../graph/model.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import type { Limit } from './limit.ts'

/** A CTE of the days with more events in all than one group or user may have: on the others nobody can. */
export const busyDays = ({ value }: Limit, c: ModelContext): Sql => sql`
  busy_days as (
    select day
    from ${c.ref('events_daily')}
    group by day
    having sum(source_rows) > ${literal(value)}
  )
`
