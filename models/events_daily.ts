import type { Catalog } from '../src/graph/catalog.ts'
import type { ModelDefinition } from '../src/graph/model.ts'
import { sql } from '../src/sql/sql.ts'
import { sumBigint } from './group_key_profiles.ts'

/** Which events each source sends, and how many a day. */
export function eventsDaily(catalog: Catalog): ModelDefinition {
  return {
    name: 'events_daily',
    description: 'How many events of each name each source had on each day, with or without a group.',
    rules: ['EVT-1', 'DAY-2'],
    grain: ['source', 'event_name', 'day'],
    columns: {
      source: { type: 'text', description: 'The source that the events come from.' },
      event_name: { type: 'text', description: 'Name of the event.' },
      day: { type: 'date', description: `Calendar day in ${catalog.project.timezone}.` },
      events: { type: 'bigint', description: 'Events of that name on that day.' },
      source_rows: {
        type: 'bigint',
        description:
          'Rows of the source that were these events: as many, or more where some were sent again.',
      },
      first_at: { type: 'timestamp', description: 'The first of them, UTC.' },
      last_at: { type: 'timestamp', description: 'The last of them, UTC.' },
    },
    materialized: 'table',
    select: (c) => sql`
      select
        source,
        event_name,
        day,
        count(*) as events,
        ${sumBigint(sql`source_rows`, c)} as source_rows,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
      from ${c.ref('events')}
      where day is not null
      group by source, event_name, day
    `,
  }
}
