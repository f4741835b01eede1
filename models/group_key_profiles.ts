import type { Catalog, GroupKey, Source } from '../src/graph/catalog.ts'
import { GROUP_TABLE_COLUMNS, type PROFILE_COLUMNS, type PropertyDoc } from '../src/graph/connector.ts'
import { columnTypeOf, type ColumnDoc, type ModelDefinition, type ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { cte } from './lib/ctes.ts'
import { latestRow } from './lib/latest_row.ts'

/** The Group Tables of a key and the properties that they bring. */
export function propertiesOfKey(
  catalog: Catalog,
  key: GroupKey,
): { source: Source; property: PropertyDoc }[] {
  return groupTables(catalog, key).flatMap((source) =>
    source.properties.map((property) => ({ source, property })),
  )
}

const groupTables = (catalog: Catalog, key: GroupKey) =>
  catalog.sourcesOf('group_table').filter((table) => table.groupKey === key.name)

/** `company_profiles` for the key `company_id`: one row per group, with its properties as columns of their own type. */
export function groupKeyProfiles(catalog: Catalog, key: GroupKey): ModelDefinition {
  const tables = groupTables(catalog, key)
  const properties = propertiesOfKey(catalog, key)
  const columns: Record<string, ColumnDoc> = {
    [key.name]: { type: 'text', description: `The group id: the value of ${key.name} on events.` },
    ...PROFILE_DOCS,
    ...Object.fromEntries(
      properties.map(({ source, property }) => [property.name, propertyColumn(source, property)]),
    ),
  }
  return {
    name: `${key.noun}_profiles`,
    description: `One row per ${key.label}: every group seen on events, on user profiles or in a Group Table, with its properties as columns.`,
    rules: ['PRO-2', 'PRO-3', 'VAL-2'],
    grain: [key.name],
    columns,
    materialized: 'table',
    select: (c) => select(key, tables, c),
  }
}

/** The column of a declared property. */
export const propertyColumn = (source: Source, { type, description }: PropertyDoc): ColumnDoc => ({
  type: columnTypeOf(type),
  description: description || `Property from ${source.name}.`,
})

/** Columns that every profile relation has. */
export const PROFILE_DOCS: Record<(typeof PROFILE_COLUMNS)[number], ColumnDoc> = {
  display_name: { type: 'text', description: 'Name of the group, or its id.' },
  has_profile: { type: 'boolean', description: 'A Group Table has a row for the group.' },
  created_at: { type: 'timestamp', description: 'When the group came to be, by the Group Table, UTC.' },
  updated_at: { type: 'timestamp', description: 'Time of the latest profile row, UTC.' },
  first_seen_at: { type: 'timestamp', description: 'First event of the group, UTC.' },
  last_seen_at: { type: 'timestamp', description: 'Last event of the group, UTC.' },
  events: { type: 'bigint', description: 'Events of the group.' },
  users: {
    type: 'bigint',
    description: 'Distinct users who acted for the group; anonymous and service users are not counted.',
  },
}

function select(key: GroupKey, tables: readonly Source[], c: ModelContext): Sql {
  const name = latestName
  const column = (n: (typeof GROUP_TABLE_COLUMNS)[number]) =>
    tables.map((table) => sql`${name(table)}.${identifier(n)}`)
  const ids = [...column('group_id'), sql`seen.group_id`, sql`members.group_id`]
  const none = sql`cast(null as ${c.fn.type('timestamp')})`
  const fields = [
    sql`${firstOf(ids)} as ${identifier(key.name)}`,
    sql`${firstOf([...column('display_name'), ...ids])} as display_name`,
    sql`${tables.length > 0 ? sql`${firstOf(column('group_id'))} is not null` : sql`false`} as has_profile`,
    sql`${tables.length > 0 ? firstOf(column('created_at')) : none} as created_at`,
    sql`${tables.length > 0 ? firstOf(column('updated_at')) : none} as updated_at`,
    sql`seen.first_seen_at`,
    sql`seen.last_seen_at`,
    sql`coalesce(seen.events, 0) as events`,
    sql`coalesce(members.users, 0) as users`,
    ...tables.flatMap((table) => table.properties.map((p) => sql`${name(table)}.${identifier(p.name)}`)),
  ]
  const onEvents = sql`
    seen as (
      select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, ${sumBigint(sql`events`, c)} as events
      from ${c.ref('group_activity_daily')}
      where group_key = ${literal(key.name)}
      group by group_id
    )
  `
  const users = sql`
    members as (
      select group_id, count(case when from_events then user_id end) as users
      from ${c.ref('user_groups')}
      where group_key = ${literal(key.name)}
      group by group_id
    )
  `
  const joins = tables.map((table, i) => {
    const earlier = firstOf([sql`seen.group_id`, sql`members.group_id`, ...column('group_id').slice(0, i)])
    return sql`full join ${name(table)} on ${name(table)}.group_id = ${earlier}`
  })
  return sql`
    with
    ${join([onEvents, users, ...tables.map((table) => latestRows(table, c))], ',\n')}
    select
      ${join(fields, ',\n')}
    ${join([sql`from seen`, sql`full join members on members.group_id = seen.group_id`, ...joins], '\n')}
  `
}

/** The name of the CTE with the latest rows of a table. */
export const latestName = (table: Source) => identifier(`${table.name}_latest`)

/** The latest row of each group; equal times are settled by content, never by arrival. */
function latestRows(table: Source, c: ModelContext): Sql {
  const names = [...GROUP_TABLE_COLUMNS, ...table.properties.map((p) => p.name)].map((n) => identifier(n))
  const byContent = [...GROUP_TABLE_COLUMNS.slice(1, 3), ...table.properties.map((p) => p.name)].map((n) =>
    c.fn.byBytes(c.fn.valueText(identifier(n))),
  )
  return cte(
    latestName(table),
    latestRow({
      rows: c.read(table.name),
      where: sql`group_id is not null`,
      columns: names,
      of: sql`group_id`,
      byContent,
    }),
  )
}

/** The first of several that is there. */
export const firstOf = (values: readonly Sql[]): Sql =>
  values.length === 1 ? (values[0] ?? sql`null`) : sql`coalesce(${join(values, ', ')})`

/** Sums of whole numbers become wider than bigint on both engines. */
export const sumBigint = (value: Sql, { fn }: ModelContext): Sql =>
  sql`cast(sum(${value}) as ${fn.type('bigint')})`
