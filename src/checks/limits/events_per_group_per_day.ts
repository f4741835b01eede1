import { literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { busyDays } from './busy_days.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** Counted as vendors count them when they arrive: resent events too, by the day on which they happened. */
export const eventsPerGroupPerDay = check({
  name: 'events_per_group_per_day',
  description: 'No group has more events on one day than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'events_per_group_per_day', (limit) => [
      {
        name: 'events_per_group_per_day',
        description: `No group has more events on one day (${plan.catalog.project.timezone}) than ${said(limit)}, resent ones included.`,
        models: ['events_daily', 'group_events_daily'],
        at: limit.at,
        fix: 'An id such as `unknown` that stands for many groups is the usual cause. Leave the group key empty on such events.',
        failures: (c) => sql`
          with
          ${busyDays(limit, c)},
          -- whoever is over the limit has its share of it in one event name at least
          busy_groups as (
            select distinct group_key, group_id, day
            from ${c.ref('group_events_daily')}
            where day in (select day from busy_days)
              and source_rows > ${literal(limit.value)} / (
                select ${c.fn.greatestOf([sql`count(distinct event_name)`, sql`1`])} from ${c.ref('events_daily')}
              )
          )
          select d.group_key, d.group_id, d.day, cast(sum(d.source_rows) as ${c.fn.type('bigint')}) as source_rows, ${limitColumns(limit)}
          from ${c.ref('group_events_daily')} as d
          join busy_groups as b
            on b.group_key = d.group_key
            and b.group_id = d.group_id
            and b.day = d.day
          group by d.group_key, d.group_id, d.day
          having sum(d.source_rows) > ${literal(limit.value)}
          order by source_rows desc, ${c.fn.byBytes(sql`d.group_key`)}, ${c.fn.byBytes(sql`d.group_id`)}, d.day
        `,
        explain: (row) =>
          `events of ${String(row['group_key'])} ${shown(row['group_id'])} on ${String(row['day'])}: ${overLimit(row['source_rows'], row)}`,
      },
    ]),
})
