import type { Catalog } from '../src/graph/catalog.ts'
import type { Model } from '../src/graph/model.ts'
import { sql } from '../src/sql/sql.ts'

/** The daily rollup that reports over whole days read instead of the events. */
export function groupDays(catalog: Catalog): Model {
  return {
    name: 'group_days',
    description:
      'What each group did on each day, by event. Users do not add up over days, events or groups.',
    grain: ['group_key', 'group_id', 'event_name', 'day'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      event_name: { type: 'text', description: 'Name of the event.' },
      day: { type: 'date', description: `Calendar day in ${catalog.project.timezone}.` },
      events: { type: 'bigint', description: 'Events of the group of that name on that day.' },
      users: {
        type: 'bigint',
        description: 'Distinct users who did them; anonymous and service users are not counted.',
      },
      first_at: { type: 'timestamp', description: 'The first of them, UTC.' },
      last_at: { type: 'timestamp', description: 'The last of them, UTC.' },
    },
    dependsOn: ['event_groups', 'group_numbers'],
    sources: [],
    materialized: 'table',
    select: (c) => sql`
      with
      -- two levels, since distinct users would have to be held in memory all at once
      user_days as (
        select
          group_no,
          event_name,
          day,
          user_id,
          count(*) as events,
          min(occurred_at) as first_at,
          max(occurred_at) as last_at
        from ${c.ref('event_groups')}
        group by group_no, event_name, day, user_id
      ),
      days as (
        select
          group_no,
          event_name,
          day,
          cast(sum(events) as bigint) as events,
          count(user_id) as users,
          min(first_at) as first_at,
          max(last_at) as last_at
        from user_days
        group by group_no, event_name, day
      )
      select
        n.group_key,
        n.group_id,
        d.event_name,
        d.day,
        d.events,
        d.users,
        d.first_at,
        d.last_at
      from days as d
      join ${c.ref('group_numbers')} as n on n.group_no = d.group_no
    `,
  }
}
