import type { ModelContext } from '../../graph/model.ts'
import { plural } from '../../problems.ts'
import { sql, type Sql } from '../../sql/sql.ts'
import { countOf, shown, type Prefilter, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, said, type Limit } from './limit.ts'

/** An event whose time cannot be true is dropped by vendors, or moved to another day. */
export const eventTimeBounds = check({
  name: 'event_time_bounds',
  description: 'Events happened neither too long ago nor after they arrived.',
  // One device with a wrong clock must not keep everybody from new numbers.
  severity: 'warn',
  testsOf: (plan) => [
    ...ofLimit(plan, 'earliest_event_year', (limit) => {
      const first = `${String(limit.value).padStart(4, '0')}-01-01T00:00:00Z`
      return [
        bound(limit, {
          name: 'earliest',
          description: `No event happened before the year ${limit.value} (${limit.source}).`,
          fix: 'A time of 0, or seconds that are read as milliseconds, is the usual cause. Look at `time_format` of the source.',
          allowed: `${first.slice(0, 10)} at the earliest`,
          extreme: sql`min(occurred_at)`,
          prefilter: {
            model: 'events_daily',
            when: ({ fn }) => sql`first_at < ${fn.instantLiteral(first)}`,
          },
          isWrong: ({ fn }) => sql`occurred_at < ${fn.instantLiteral(first)}`,
        }),
      ]
    }),
    ...ofLimit(plan, 'future_minutes', (limit) => {
      const isWrong = (c: ModelContext) => sql`occurred_at > ${c.fn.after(arrival(c), limit.value, 'minute')}`
      return [
        bound(limit, {
          name: 'future',
          description: `No event happened more minutes after it arrived than ${said(limit)}.`,
          fix: 'A clock that is wrong, or local times that are read as UTC, is the usual cause. Look at `time_zone` of the source.',
          allowed: `${plural(limit.value, 'minute')} after its arrival`,
          extreme: sql`max(occurred_at)`,
          prefilter: { model: 'events', when: isWrong },
          isWrong,
        }),
      ]
    }),
    ...ofLimit(plan, 'event_age_days', (limit) => {
      const isWrong = (c: ModelContext) => sql`occurred_at < ${c.fn.after(arrival(c), -limit.value, 'day')}`
      return [
        bound(limit, {
          name: 'age',
          description: `No event took more days to arrive than ${said(limit)}.`,
          fix: 'Load old events by way of an import, or allow more days.',
          allowed: `${plural(limit.value, 'day')} before its arrival`,
          extreme: sql`min(occurred_at)`,
          prefilter: { model: 'events', when: isWrong },
          isWrong,
        }),
      ]
    }),
  ],
})

/** Where a source does not say when an event arrived, it is there by now. */
const arrival = ({ fn }: ModelContext): Sql => sql`coalesce(ingested_at, ${fn.now()})`

interface Bound {
  readonly name: string
  readonly description: string
  readonly fix: string
  /** The time that is just allowed, in words. */
  readonly allowed: string
  readonly extreme: Sql
  readonly prefilter: Prefilter
  readonly isWrong: (c: ModelContext) => Sql
}

function bound(limit: Limit, { name, allowed, extreme, isWrong, ...rest }: Bound): TestDefinition {
  return {
    ...rest,
    name: `event_time_bounds_${name}`,
    models: ['events', 'events_daily'],
    at: limit.at,
    rowsIn: 'events',
    failures: (c) => sql`
      select source, event_name, count(*) as events, ${extreme} as extreme, ${limitColumns(limit)}
      from ${c.ref('events')}
      where ${isWrong(c)}
      group by source, event_name
      order by events desc, ${c.fn.byBytes(sql`source`)}, ${c.fn.byBytes(sql`event_name`)}
    `,
    explain: (row) =>
      `${plural(countOf(row['events']), 'event')} ${shown(row['event_name'])} of ${String(row['source'])}, such as at ${shown(row['extreme'])}; allowed is ${allowed}, by ${String(row['allowed_by'])}`,
  }
}
