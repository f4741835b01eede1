import { literal, sql } from '../../sql/sql.ts'
import { check, shown } from '../check.ts'
import { busyDays } from './busy_days.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** Service users are nobody, and have no limit. */
export const eventsPerUserPerDay = check({
  name: 'events_per_user_per_day',
  description: 'No user has more events on one day than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'events_per_user_per_day', (limit) => [
      {
        name: 'events_per_user_per_day',
        description: `No user has more events on one day (${plan.catalog.project.timezone}) than ${said(limit)}, resent ones included.`,
        models: ['events', 'event_days', 'user_profiles'],
        at: limit.at,
        mend: 'A machine, or an id such as `anonymous` that stands for many people, is the usual cause. Name it under `service_user_ids`, or leave the user empty on such events.',
        suspects: { model: 'user_profiles', when: () => sql`received > ${literal(limit.value)}` },
        failures: (c) => sql`
          with
          ${busyDays(limit, c)},
          busy_users as (
            select user_id
            from ${c.ref('user_profiles')}
            where received > ${literal(limit.value)}
          )
          select user_id, day, cast(sum(copies) as ${c.fn.type('bigint')}) as received, ${limitColumns(limit)}
          from ${c.ref('events')}
          where user_id in (select user_id from busy_users)
            and day in (select day from busy_days)
          group by user_id, day
          having sum(copies) > ${literal(limit.value)}
          order by received desc, ${c.fn.byBytes(sql`user_id`)}, day
        `,
        explain: (row) =>
          `events of user ${shown(row['user_id'])} on ${String(row['day'])}: ${overLimit(row['received'], row)}`,
      },
    ]),
})
