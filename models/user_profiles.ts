import type { Catalog } from '../src/graph/catalog.ts'
import type { Model, ModelContext } from '../src/graph/model.ts'
import { identifier, join, sql, type Sql } from '../src/sql/sql.ts'
import { HAS_TIME } from './event_groups.ts'
import { wholeSum } from './noun_profiles.ts'
import { isPerson } from './user_groups.ts'

/** One row per user that acted or has a profile. */
export function userProfiles(catalog: Catalog): Model {
  const tables = catalog.sourcesOf('user_table')
  return {
    name: 'user_profiles',
    description:
      'Users with their properties and what is known of them from events. Service users are left out.',
    grain: ['user_id'],
    columns: {
      user_id: { type: 'text', description: 'The user.' },
      display_name: { type: 'text', description: 'Name of the user, or the id.' },
      has_profile: { type: 'boolean', description: 'A user table has a row for the user.' },
      created_at: { type: 'timestamp', description: 'When the user came to be, by the user table, UTC.' },
      updated_at: { type: 'timestamp', description: 'Time of the latest profile row, UTC.' },
      first_seen_at: { type: 'timestamp', description: 'First event, UTC.' },
      last_seen_at: { type: 'timestamp', description: 'Last event, UTC.' },
      events: { type: 'bigint', description: 'Events of the user, with or without a group.' },
      received: {
        type: 'bigint',
        description:
          'Rows of the sources that were these events: as many, or more where some were sent again.',
      },
      properties: { type: 'json', description: 'Properties of the latest profile row.' },
    },
    dependsOn: ['events'],
    sources: tables.map((table) => table.name),
    materialized: 'table',
    select: (c) => sql`
      with
      profile_rows as (
        ${profileRows(c)}
      ),
      profiles as (
        select user_id, display_name, created_at, updated_at, properties
        from (
          select
            user_id,
            display_name,
            created_at,
            updated_at,
            properties,
            -- the latest row of a user wins; equal times are settled by content, never by arrival
            row_number() over (
              partition by user_id
              order by updated_at desc nulls last, created_at, ${c.fn.byBytes(sql`display_name`)}, ${c.fn.orderedText(sql`properties`)}
            ) as place
          from profile_rows
          where ${isPerson(c)}
        ) as ranked
        where place = 1
      ),
      activity as (
        select
          user_id,
          min(occurred_at) as first_seen_at,
          max(occurred_at) as last_seen_at,
          count(*) as events,
          ${wholeSum(sql`copies`, c)} as received
        from ${c.ref('events')}
        where ${HAS_TIME} and user_id is not null
        group by user_id
      )
      select
        coalesce(p.user_id, a.user_id) as user_id,
        coalesce(p.display_name, p.user_id, a.user_id) as display_name,
        p.user_id is not null as has_profile,
        p.created_at,
        p.updated_at,
        a.first_seen_at,
        a.last_seen_at,
        coalesce(a.events, 0) as events,
        coalesce(a.received, 0) as received,
        p.properties
      from profiles as p
      full join activity as a
        on a.user_id = p.user_id
    `,
  }
}

function profileRows(c: ModelContext): Sql {
  const tables = c.catalog.sourcesOf('user_table')
  if (tables.length > 0) {
    const rows = tables.map(
      (table) => sql`
        select user_id, display_name, created_at, updated_at, properties
        from (
          ${c.read(table.name)}
        ) as ${identifier(table.name)}
      `,
    )
    return join(rows, '\nunion all\n')
  }
  const none = (type: 'text' | 'timestamp' | 'json') => sql`cast(null as ${c.fn.type(type)})`
  return sql`
    select
      ${none('text')} as user_id,
      ${none('text')} as display_name,
      ${none('timestamp')} as created_at,
      ${none('timestamp')} as updated_at,
      ${none('json')} as properties
    where false
  `
}
