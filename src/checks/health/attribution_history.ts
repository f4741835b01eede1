import * as z from 'zod'
import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { dayOf, eventsOf, percent } from '../sentences.ts'

/** More than binary fractions can be wrong by, and less than one event of a billion. */
const ROUNDING = 1e-9

/** A release that forgets the company: the share of events with a group falls from one day to the next. */
export const attributionHistory = check({
  name: 'attribution_history',
  description:
    'The share of the events of a source that carry a group id on its last whole day is not far below what it was in the four weeks before.',
  severity: 'warn',
  options: z.object({
    max_drop: z
      .number()
      .gt(0)
      .max(1)
      .default(0.2)
      .describe('How much of the usual share may be missing: 0.2 lets 90 % fall to 72 %.'),
    min_days: z.int().positive().default(7).describe('Without so many days before, nothing is compared.'),
    min_events: z
      .int()
      .positive()
      .default(100)
      .describe('Days with fewer events of the source are left out.'),
  }),
  testsOf: ({ catalog }, { max_drop, min_days, min_events }) =>
    catalog.groupKeys.length === 0
      ? []
      : [
          {
            name: 'attribution_history',
            description: 'Events carry group ids as often as they used to.',
            models: ['attribution_daily'],
            failures: ({ fn, ref }) => {
              return sql`
                with
                -- today is not over yet, and what lies ahead is none of the days
                whole_days as (
                  select
                    group_key,
                    source,
                    day,
                    sum(events) as events,
                    sum(attributed) * 1.0 as attributed
                  from ${ref('attribution_daily')}
                  where day < ${fn.localDay(fn.now(), catalog.project.timezone)}
                  group by group_key, source, day
                  having sum(events) >= ${literal(min_events)}
                ),
                last_days as (
                  select group_key, source, max(day) as last_day
                  from whole_days
                  group by group_key, source
                ),
                compared as (
                  select
                    d.group_key,
                    d.source,
                    l.last_day as day,
                    max(case when d.day = l.last_day then d.events end) as events,
                    max(case when d.day = l.last_day then d.attributed end) as attributed,
                    count(case when d.day < l.last_day then 1 end) as days_before,
                    ${fn.median(sql`case when d.day < l.last_day then d.attributed / d.events end`)} as usual_share
                  from whole_days as d
                  join last_days as l
                    on l.group_key = d.group_key
                    and l.source = d.source
                    and d.day >= ${fn.addDays(sql`l.last_day`, -28)}
                  group by d.group_key, d.source, l.last_day
                )
                select
                  group_key,
                  source,
                  day,
                  cast(events as ${fn.type('bigint')}) as events,
                  attributed / events as share,
                  usual_share,
                  days_before
                from compared
                where days_before >= ${literal(min_days)}
                  -- shares are binary fractions: what is allowed to the last event must not fail by their last digit
                  and attributed / events < usual_share * ${literal(1 - max_drop)} - ${literal(ROUNDING)}
                order by ${fn.byBytes(sql`group_key`)}, ${fn.byBytes(sql`source`)}
              `
            },
            explain: (row) =>
              `On ${dayOf(row['day'])} ${percent(row['share'])} of ${eventsOf(row['events'])} of ${String(row['source'])} carry a ${String(row['group_key'])}; the median of the ${String(row['days_before'])} days before is ${percent(row['usual_share'])}`,
            fix: 'Look in attribution_daily for the event names that lost their ids, and at what was released on that day.',
          },
        ],
})
