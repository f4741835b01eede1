import type { Catalog, GroupKey } from '../src/graph/catalog.ts'
import { textForm } from '../src/graph/filter_values.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'
import { PROFILE_DOCS, propertiesOfKey } from './group_key_profiles.ts'

/** The profiles of all group keys in one relation, with the properties as JSON. */
export function groupProfiles(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_profiles',
    description:
      'One row per group key and group. The same id under two keys is two groups. Groups without a profile are there too.',
    rules: ['PRO-2', 'PRO-3'],
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
        ? emptySelect(NO_PROFILES, c)
        : join(
            catalog.groupKeys.map((key) => profilesOf(key, c)),
            '\nunion all\n',
          ),
  }
}

function profilesOf(key: GroupKey, c: ModelContext): Sql {
  const members = propertiesOfKey(c.catalog, key).map(({ property: { name } }) => {
    const value = textForm(identifier(name), { property: name, of: key.name }, c)
    return [name, value] as const
  })
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

const NO_PROFILES = {
  group_key: 'text',
  group_id: 'text',
  display_name: 'text',
  has_profile: 'boolean',
  created_at: 'timestamp',
  updated_at: 'timestamp',
  first_seen_at: 'timestamp',
  last_seen_at: 'timestamp',
  events: 'bigint',
  users: 'bigint',
  properties: 'json',
} as const
