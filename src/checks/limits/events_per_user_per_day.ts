import type { ModelContext } from '../../graph/model.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { busyDays } from './busy_days.ts'
import { limitColumns, ofLimit, overLimit, said, type Limit } from './limit.ts'

/**
 * Vendors count by the one id that an event has for them: the user, or the device where there is no user.
 * Service users are nobody, and have no limit; a device that they name has one.
 */
export const eventsPerUserPerDay = check({
  name: 'events_per_user_per_day',
  description: 'No user, and no device without a user, has more events on one day than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'events_per_user_per_day', (limit) => [
      {
        name: 'events_per_user_per_day',
        description: `No user or device has more events on one day (${plan.catalog.project.timezone}) than ${said(limit)}, resent ones included.`,
        models: ['events', 'events_daily', 'user_profiles'],
        at: limit.at,
        fix: 'A machine, or an id such as `anonymous` that stands for many people, is the usual cause. Name it under `service_user_ids`, or leave the user or device empty on such events.',
        prefilter: {
          model: 'events_daily',
          when: (c) => sql`
            exists (
              with
              ${busyDays(limit, c)}
              select day from busy_days
            )
          `,
        },
        candidates: (c) => sql`
          with
          ${busyDays(limit, c)},
          ${busyIds(limit, c)}
          select id from busy_ids
          limit 1
        `,
        failures: (c) => sql`
          with
          ${busyDays(limit, c)},
          ${busyIds(limit, c)}
          select
            max(case when user_id is null then 'device' else 'user' end) as kind,
            coalesce(user_id, device_id) as id,
            day,
            cast(sum(source_rows) as ${c.fn.type('bigint')}) as source_rows,
            ${limitColumns(limit)}
          from ${c.ref('events')}
          where coalesce(user_id, device_id) in (select id from busy_ids)
            and day in (select day from busy_days)
          group by 2, day
          having sum(source_rows) > ${literal(limit.value)}
          order by source_rows desc, ${c.fn.byBytes(sql`coalesce(user_id, device_id)`)}, day
        `,
        explain: (row) =>
          `events of ${String(row['kind'])} ${shown(row['id'])} on ${String(row['day'])}: ${overLimit(row['source_rows'], row)}`,
      },
    ]),
})

/** Whoever has enough events on all days: what users have is known, and devices are few among events of users. */
const busyIds = ({ value }: Limit, c: ModelContext): Sql => sql`
  busy_ids as (
    select user_id as id
    from ${c.ref('user_profiles')}
    where source_rows > ${literal(value)}
    union
    select device_id
    from ${c.ref('events')}
    where user_id is null
      and device_id is not null
      and day in (select day from busy_days)
    group by device_id
    having sum(source_rows) > ${literal(value)}
  )
`
