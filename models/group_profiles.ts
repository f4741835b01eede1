import type { Catalog, GroupKey } from '../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { PROFILE_DOCS, propertiesOfKey } from './noun_profiles.ts'

/** The profiles of all group keys in one relation, with the properties as JSON. */
export function groupProfiles(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_profiles',
    description:
      'One row per group key and group. The same id under two keys is two groups. Groups without a profile are there too.',
    grain: ['group_key', 'group_id'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      ...PROFILE_DOCS,
      properties: { type: 'json', description: 'Properties of the group; absent where null.' },
    },
    materialized: 'table',
    select: (c) =>
      catalog.groupKeys.length === 0
        ? noProfiles(c)
        : join(
            catalog.groupKeys.map((key) => profilesOf(key, c)),
            '\nunion all\n',
          ),
  }
}

function profilesOf(key: GroupKey, c: ModelContext): Sql {
  const members = propertiesOfKey(c.catalog, key).map(
    ({ property }) => [property.name, identifier(property.name)] as const,
  )
  return sql`
    select
      ${literal(key.name)} as group_key,
      ${identifier(key.name)} as group_id,
      display_name,
      has_profile,
      created_at,
      updated_at,
      first_seen_at,
      last_seen_at,
      events,
      users,
      ${c.fn.jsonObject(members)} as properties
    from ${c.ref(`${key.noun}_profiles`)}
  `
}

function noProfiles({ fn }: ModelContext): Sql {
  const none = (type: 'text' | 'timestamp' | 'boolean' | 'bigint' | 'json', name: string) =>
    sql`cast(null as ${fn.type(type)}) as ${identifier(name)}`
  const columns = [
    none('text', 'group_key'),
    none('text', 'group_id'),
    none('text', 'display_name'),
    none('boolean', 'has_profile'),
    none('timestamp', 'created_at'),
    none('timestamp', 'updated_at'),
    none('timestamp', 'first_seen_at'),
    none('timestamp', 'last_seen_at'),
    none('bigint', 'events'),
    none('bigint', 'users'),
    none('json', 'properties'),
  ]
  return sql`
    select
      ${join(columns, ',\n')}
    where false
  `
}
