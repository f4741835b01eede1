import type { Catalog } from '../src/graph/catalog.ts'
import type { ModelDefinition } from '../src/graph/model.ts'
import { sql } from '../src/sql/sql.ts'

/** The feed of a group's page: what happened, when, by whom. Filter by group_key and group_id. */
export function groupActivity(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_activity',
    description:
      'Feed of the events of each group, with their properties: only events that carry the group key.',
    rules: ['ATT-1', 'ATT-3', 'PRO-2'],
    grain: ['group_key', 'group_id', 'event_id'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      display_name: { type: 'text', description: 'Name of the group, or its id.' },
      occurred_at: { type: 'timestamp', description: 'When it happened, UTC.' },
      day: { type: 'date', description: `The calendar day of occurred_at in ${catalog.project.timezone}.` },
      event_name: { type: 'text', description: 'Name of the event.' },
      user_id: { type: 'text', description: 'Who did it; null when anonymous or a service user.' },
      event_id: { type: 'text', description: 'The event.' },
      source: { type: 'text', description: 'The source that the event comes from.' },
      properties: { type: 'json', description: 'Properties of the event.' },
    },
    materialized: 'view',
    select: (c) => sql`
      select
        g.group_key,
        g.group_id,
        p.display_name,
        g.occurred_at,
        g.day,
        g.event_name,
        g.user_id,
        g.event_id,
        e.source,
        e.properties
      from ${c.ref('event_groups')} as g
      join ${c.ref('events')} as e
        on e.event_id = g.event_id
      join ${c.ref('group_profiles')} as p
        on p.group_key = g.group_key
        and p.group_id = g.group_id
    `,
  }
}
