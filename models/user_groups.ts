import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'

/** Which user belongs to which groups: those seen on the user's events, on the user's profile, and in links. */
export function userGroups(): ModelDefinition {
  return {
    name: 'user_groups',
    description:
      'Links between users and groups: from events, from user profiles, and from sources of links. Service users have none.',
    rules: ['ATT-1', 'ATT-2', 'ATT-3', 'ATT-5'],
    grain: ['user_id', 'group_key', 'group_id'],
    columns: {
      user_id: { type: 'text', description: 'The user.' },
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      from_events: { type: 'boolean', description: 'The user acted for the group at least once.' },
      from_profile: {
        type: 'boolean',
        description: "The user's profile names the group now: its latest row in a user table.",
      },
      from_link: {
        type: 'boolean',
        description: 'A source of links says that the user belongs to the group.',
      },
      first_seen_at: { type: 'timestamp', description: "The user's first event for the group, UTC." },
      last_seen_at: { type: 'timestamp', description: "The user's last event for the group, UTC." },
      events: { type: 'bigint', description: "The user's events for the group." },
    },
    materialized: 'table',
    select: (c) => sql`
      with
      seen_on_events as (
        select
          user_id,
          group_key,
          group_id,
          min(occurred_at) as first_seen_at,
          max(occurred_at) as last_seen_at,
          count(*) as events
        from ${c.ref('event_groups')}
        where user_id is not null
        group by user_id, group_key, group_id
      ),
      named_on_profiles as (
        ${namedOnProfiles(c)}
      ),
      said_by_links as (
        ${saidByLinks(c)}
      )
      select
        coalesce(e.user_id, p.user_id, l.user_id) as user_id,
        coalesce(e.group_key, p.group_key, l.group_key) as group_key,
        coalesce(e.group_id, p.group_id, l.group_id) as group_id,
        e.user_id is not null as from_events,
        p.user_id is not null as from_profile,
        l.user_id is not null as from_link,
        e.first_seen_at,
        e.last_seen_at,
        coalesce(e.events, 0) as events
      from seen_on_events as e
      full join named_on_profiles as p
        on p.user_id = e.user_id
        and p.group_key = e.group_key
        and p.group_id = e.group_id
      full join said_by_links as l
        on l.user_id = coalesce(e.user_id, p.user_id)
        and l.group_key = coalesce(e.group_key, p.group_key)
        and l.group_id = coalesce(e.group_id, p.group_id)
    `,
  }
}

function namedOnProfiles(c: ModelContext): Sql {
  const { catalog } = c
  const named = catalog.sourcesOf('user_table').flatMap((table) => {
    const keys = catalog.groupKeys.filter((key) => table.groupKeys.includes(key.name))
    return keys.map((key) => {
      const ranked = sql`
          (
            select
              user_id,
              ${identifier(key.name)},
              -- rows of one time, or without one, are all of them current
              rank() over (partition by user_id order by updated_at desc nulls last) as place
            from (
              ${c.read(table.name)}
            ) as ${identifier(table.name)}
            where ${isPerson(c)}
          ) as ranked
        `
      return c.fn.eachMember({
        rows: ranked,
        keep: [sql`user_id`, sql`${literal(key.name)} as group_key`],
        list: identifier(key.name),
        as: sql`group_id`,
        where: [sql`place = 1`],
      })
    })
  })
  return distinctLinks(named, c)
}

/** Every row of a source of links holds, whatever later rows say. */
function saidByLinks(c: ModelContext): Sql {
  const { catalog } = c
  const said = catalog.sourcesOf('links').flatMap((source) =>
    catalog.groupKeys
      .filter((key) => source.groupKeys.includes(key.name))
      .map((key) =>
        c.fn.eachMember({
          rows: sql`
            (
              ${c.read(source.name)}
            ) as ${identifier(source.name)}
          `,
          keep: [sql`user_id`, sql`${literal(key.name)} as group_key`],
          list: identifier(key.name),
          as: sql`group_id`,
          where: [isPerson(c)],
        }),
      ),
  )
  return distinctLinks(said, c)
}

function distinctLinks(links: readonly Sql[], c: ModelContext): Sql {
  if (links.length === 0) return emptySelect({ user_id: 'text', group_key: 'text', group_id: 'text' }, c)
  return sql`
    select distinct user_id, group_key, group_id
    from (
      ${join(links, '\nunion all\n')}
    ) as links
  `
}

/** A row of a user table that stands for a person. */
export function isPerson({ catalog }: ModelContext): Sql {
  const services = catalog.project.service_user_ids
  if (services.length === 0) return sql`user_id is not null`
  return sql`user_id not in (${join(services.map(literal), ', ')})`
}
