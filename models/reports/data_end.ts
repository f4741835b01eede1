/** Where the data ends: with its last event, whoever did it and whatever it is called. */
import type { Period } from '../../src/engines/index.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import { join, sql, type Sql } from '../../src/sql/sql.ts'
import { periodNumber } from './periods.ts'

/**
 * To select from, with one row: `last_at`, null where nothing ever happened. The days of events say it for a
 * thousandth of what reading the events would cost.
 */
export const lastEvent = (c: ModelContext): Sql => sql`
  (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from ${c.ref('events_daily')}
  ) as last_event
`

/** The local day of `last_at`. */
export const lastDay = (c: ModelContext): Sql => c.fn.localDay(sql`last_at`, c.catalog.project.timezone)

/** The number of the period that `last_at` lies in. */
export const lastEventNumber = (period: Period, c: ModelContext): Sql =>
  periodNumber(period, c, lastDay(c), sql`last_at`)

/** The relations side by side, each of one row: what the bounds of a range are read from. */
export const fromEach = (relations: readonly Sql[]): Sql =>
  join(
    relations.map((relation, i) => sql`${i === 0 ? sql`from` : sql`cross join`} ${relation}`),
    '\n',
  )
