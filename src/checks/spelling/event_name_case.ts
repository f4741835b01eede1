import { sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { seen, visibly } from '../sentences.ts'
import { alike, differsIn, OF_NAMES } from './near_misses.ts'

/** One event under several names: a funnel that names one of them misses the others. */
export const eventNameCase = check({
  name: 'event_name_case',
  description:
    'No two event names differ only in case, white space, Unicode form, or in how their words are joined.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.sourcesOf('events').length === 0
      ? []
      : [
          {
            name: 'event_name_case',
            description: 'No event is spelled in two ways.',
            models: ['events_daily'],
            rowsIn: 'events',
            failures: ({ fn, ref }) => sql`
              with
              names as (
                select
                  event_name,
                  ${alike(fn, sql`event_name`, OF_NAMES)} as plain_name,
                  cast(sum(events) as ${fn.type('bigint')}) as events,
                  min(first_at) as first_seen_at,
                  max(last_at) as last_seen_at
                from ${ref('events_daily')}
                group by event_name
              ),
              ranked as (
                select
                  event_name,
                  plain_name,
                  events,
                  first_seen_at,
                  last_seen_at,
                  row_number() over (
                    partition by plain_name
                    order by events desc, ${fn.byBytes(sql`event_name`)}
                  ) as place
                from names
              )
              select
                other.event_name,
                other.events,
                other.first_seen_at,
                other.last_seen_at,
                usual.event_name as usual_name,
                usual.events as usual_events,
                usual.first_seen_at as usual_first_seen_at,
                usual.last_seen_at as usual_last_seen_at,
                ${differsIn(fn, sql`other.event_name`, sql`usual.event_name`, OF_NAMES)} as differs_in
              from ranked as other
              join ranked as usual on usual.plain_name = other.plain_name and usual.place = 1
              where other.place > 1
              order by other.events desc, ${fn.byBytes(sql`other.event_name`)}
            `,
            explain: (row) =>
              `${visibly(row['event_name'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}) differs from ${visibly(row['usual_name'])} (${seen(row['usual_events'], row['usual_first_seen_at'], row['usual_last_seen_at'])}) in ${String(row['differs_in'])}`,
            fix: 'Reports compare names byte for byte. Send one spelling, or name all of them where a report takes a list.',
          },
        ],
})
