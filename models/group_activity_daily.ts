import type { Catalog } from '../src/graph/catalog.ts'
import type { ModelDefinition } from '../src/graph/model.ts'
import { sql } from '../src/sql/sql.ts'
import { sumBigint } from './group_key_profiles.ts'

/**
 * The days on which groups did anything: what uniques, actives, stickiness and lifecycle of groups count from.
 * An order of magnitude smaller than the events, and stored in the order in which it is read.
 */
export function groupActivityDaily(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_activity_daily',
    description: 'The calendar days on which each group was active, whatever it did.',
    rules: ['ATT-1', 'DAY-2'],
    grain: ['group_key', 'group_id', 'day'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      day: { type: 'date', description: `Calendar day in ${catalog.project.timezone}.` },
      events: { type: 'bigint', description: 'Events of the group on that day.' },
      first_at: { type: 'timestamp', description: 'The first of them, UTC.' },
      last_at: { type: 'timestamp', description: 'The last of them, UTC.' },
    },
    materialized: 'table',
    select: (c) => sql`
      select
        group_key,
        group_id,
        day,
        ${sumBigint(sql`events`, c)} as events,
        min(first_at) as first_at,
        max(last_at) as last_at
      from ${c.ref('group_events_daily')}
      group by group_key, group_id, day
      -- neighbours in the table are days of one group, which makes counting by group cheap
      order by group_key, group_id, day
    `,
  }
}
