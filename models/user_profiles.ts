import type { Catalog, Source } from '../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, sql, type Sql } from '../src/sql/sql.ts'
import { HAS_TIME } from './event_groups.ts'
import { firstOf, latestName, propertyColumn, sumBigint } from './group_key_profiles.ts'
import { isPerson } from './user_groups.ts'
import { cte } from './lib/ctes.ts'
import { latestRow } from './lib/latest_row.ts'

/** One row per user that acted or has a profile. */
export function userProfiles(catalog: Catalog): ModelDefinition {
  const tables = catalog.sourcesOf('user_table')
  return {
    name: 'user_profiles',
    description:
      'Users with their properties and what is known of them from events. Service users are left out.',
    rules: ['PRO-3', 'VAL-2', 'ID-1'],
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
      source_rows: {
        type: 'bigint',
        description:
          'Rows of the sources that were these events: as many, or more where some were sent again.',
      },
      properties: {
        type: 'json',
        description:
          'Properties of the latest row of each user table, also those that have no column; what one table names is its own, and what two keep is that of the first.',
      },
      ...Object.fromEntries(
        tables.flatMap((table) => table.properties.map((p) => [p.name, propertyColumn(table, p)])),
      ),
    },
    materialized: 'table',
    select: (c) => select(tables, c),
  }
}

/** The latest row of each table side by side, and what is known from events. */
function select(tables: readonly Source[], c: ModelContext): Sql {
  const of = (name: 'user_id' | 'display_name' | 'created_at' | 'updated_at' | 'properties') =>
    tables.map((table) => sql`${latestName(table)}.${identifier(name)}`)
  const none = (type: 'timestamp' | 'json') => sql`cast(null as ${c.fn.type(type)})`
  const isThere = tables.length > 0
  const ids = [...of('user_id'), sql`activity.user_id`]
  const [last = none('json'), ...earlier] = tables.map((table) => ownProperties(table, tables, c)).reverse()
  const fields = [
    sql`${firstOf(ids)} as user_id`,
    sql`${firstOf([...of('display_name'), ...ids])} as display_name`,
    sql`${isThere ? sql`${firstOf(of('user_id'))} is not null` : sql`false`} as has_profile`,
    sql`${isThere ? firstOf(of('created_at')) : none('timestamp')} as created_at`,
    sql`${isThere ? latestOf(of('updated_at'), c) : none('timestamp')} as updated_at`,
    sql`activity.first_seen_at`,
    sql`activity.last_seen_at`,
    sql`coalesce(activity.events, 0) as events`,
    sql`coalesce(activity.source_rows, 0) as source_rows`,
    sql`${earlier.reduce((later, first) => c.fn.jsonMerged(first, later), last)} as properties`,
    ...tables.flatMap((table) =>
      table.properties.map((p) => sql`${latestName(table)}.${identifier(p.name)}`),
    ),
  ]
  const activity = sql`
    activity as (
      select
        user_id,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as events,
        ${sumBigint(sql`source_rows`, c)} as source_rows
      from ${c.ref('events')}
      where ${HAS_TIME} and user_id is not null
      group by user_id
    )
  `
  const joins = tables.map((table, i) => {
    const earlier = firstOf([sql`activity.user_id`, ...of('user_id').slice(0, i)])
    return sql`full join ${latestName(table)} on ${latestName(table)}.user_id = ${earlier}`
  })
  return sql`
    with
    ${join([activity, ...tables.map((table) => latestRows(table, c))], ',\n')}
    select
      ${join(fields, ',\n')}
    ${join([sql`from activity`, ...joins], '\n')}
  `
}

/** What a table names is a property of its alone; others may have a member of that name in what they keep. */
function ownProperties(table: Source, tables: readonly Source[], { fn }: ModelContext): Sql {
  const properties = sql`${latestName(table)}.properties`
  if (table.keptProperties !== undefined) return properties
  const others = tables.filter((other) => other !== table).flatMap((other) => other.properties)
  return others.length === 0
    ? properties
    : fn.jsonWithout(
        properties,
        others.map(({ name }) => name),
      )
}

const latestOf = (times: readonly Sql[], { fn }: ModelContext): Sql =>
  times.length === 1 ? firstOf(times) : fn.greatestOf(times)

/** The latest row of each user; equal times are settled by content, never by arrival. */
const latestRows = (table: Source, c: ModelContext): Sql =>
  cte(
    latestName(table),
    latestRow({
      rows: c.read(table.name),
      where: isPerson(c),
      columns: [
        ...['user_id', 'display_name', 'created_at', 'updated_at', 'properties'],
        ...table.properties.map(({ name }) => name),
      ].map((n) => identifier(n)),
      of: sql`user_id`,
      byContent: [sql`created_at`, c.fn.byBytes(sql`display_name`), c.fn.orderedText(sql`properties`)],
    }),
  )
