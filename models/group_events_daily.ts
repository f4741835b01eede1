import type { Catalog } from '../src/graph/catalog.ts'
import type { ModelDefinition } from '../src/graph/model.ts'
import { sql } from '../src/sql/sql.ts'
import { sumBigint } from './group_key_profiles.ts'

/** The daily rollup that reports over whole days read instead of the events. */
export function groupEventsDaily(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_events_daily',
    description:
      'What each group did on each day, by event. Users do not add up over days, events or groups.',
    rules: ['ATT-1', 'DAY-2'],
    grain: ['group_key', 'group_id', 'event_name', 'day'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      event_name: { type: 'text', description: 'Name of the event.' },
      day: { type: 'date', description: `Calendar day in ${catalog.project.timezone}.` },
      events: { type: 'bigint', description: 'Events of the group of that name on that day.' },
      source_rows: {
        type: 'bigint',
        description:
          'Rows of the sources that were these events: as many, or more where some were sent again.',
      },
      users: {
        type: 'bigint',
        description: 'Distinct users who did them; anonymous and service users are not counted.',
      },
      first_at: { type: 'timestamp', description: 'The first of them, UTC.' },
      last_at: { type: 'timestamp', description: 'The last of them, UTC.' },
    },
    materialized: 'table',
    select: (c) => sql`
      with
      -- a row for each user first: plain counts are cheaper than distinct ones, and need not fit into memory
      user_days as (
        select
          group_sk,
          event_name,
          day,
          user_id,
          count(*) as events,
          ${sumBigint(sql`source_rows`, c)} as source_rows,
          min(occurred_at) as first_at,
          max(occurred_at) as last_at
        from ${c.ref('event_groups')}
        group by group_sk, event_name, day, user_id
      ),
      numbered_days as (
        select
          group_sk,
          event_name,
          day,
          ${sumBigint(sql`events`, c)} as events,
          ${sumBigint(sql`source_rows`, c)} as source_rows,
          count(user_id) as users,
          min(first_at) as first_at,
          max(last_at) as last_at
        from user_days
        group by group_sk, event_name, day
      )
      select
        n.group_key,
        n.group_id,
        d.event_name,
        d.day,
        d.events,
        d.source_rows,
        d.users,
        d.first_at,
        d.last_at
      from numbered_days as d
      join ${c.ref('group_surrogate_keys')} as n on n.group_sk = d.group_sk
    `,
  }
}
