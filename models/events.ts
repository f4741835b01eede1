import type { Catalog, Source } from '../src/graph/catalog.ts'
import { EVENT_COLUMNS } from '../src/graph/connector.ts'
import { groupIdsDoc, groupIdsOf } from '../src/graph/event_group_ids.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'

/**
 * One row per event. Deduplicated within a source by (event, user, time, insert id), the latest arrival
 * winning; rows without an insert id are all kept. Machine events are left out, service users are nobody.
 */
export function events(catalog: Catalog): ModelDefinition {
  const keys = catalog.groupKeys
  const sources = catalog.sourcesOf('events')
  return {
    name: 'events',
    description: 'All events of all sources, deduplicated, with the group ids that each carries.',
    rules: ['EVT-1', 'EVT-2', 'EVT-3', 'DAY-1', 'DAY-2', 'ID-1'],
    grain: ['event_id'],
    columns: {
      event_id: {
        type: 'text',
        description:
          'Id of the event: a hash of source, name, user, time and insert id, the same in every build.',
      },
      source: { type: 'text', description: 'The source that the event comes from.' },
      event_name: { type: 'text', description: 'Name of the event; empty where the source gives none.' },
      occurred_at: { type: 'timestamp', description: 'When it happened, UTC.' },
      day: { type: 'date', description: `The calendar day of occurred_at in ${catalog.project.timezone}.` },
      ingested_at: {
        type: 'timestamp',
        description: 'When it arrived, UTC; null where the source does not say.',
      },
      user_id: { type: 'text', description: 'Who did it; null when anonymous or a service user.' },
      device_id: { type: 'text', description: 'The device or anonymous visitor.' },
      insert_id: { type: 'text', description: 'The id by which a resent event is known again.' },
      properties: { type: 'json', description: 'Properties of the event.' },
      source_rows: {
        type: 'bigint',
        description: 'Rows of the source that were this event: 1, or more where it was sent again.',
      },
      ...Object.fromEntries(keys.map((key) => [key.name, groupIdsDoc(key)])),
    },
    materialized: 'table',
    select: (c) => (sources.length === 0 ? noEvents(c) : allSources(sources, c)),
  }
}

const keyColumns = (c: ModelContext) => c.catalog.groupKeys.map((key) => identifier(key.name))

function allSources(sources: readonly Source[], c: ModelContext): Sql {
  return sql`
    with
    ${join(
      sources.flatMap((source) => [rowsOf(source, c), counted(source, c), numbered(source, c)]),
      ',\n',
    )}
    ${join(
      sources.map((source) => eventsOf(source, c)),
      '\nunion all\n',
    )}
  `
}

const readName = (source: Source) => identifier(`${source.name}_read`)
const countedName = (source: Source) => identifier(`${source.name}_counted`)
const numberedName = (source: Source) => identifier(`${source.name}_numbered`)

function rowsOf(source: Source, c: ModelContext): Sql {
  return sql`
    ${readName(source)} as (
      ${c.read(source.name)}
    )
  `
}

const EVENT_KEY = sql`event_name, user_id, occurred_at, insert_id`

function counted(source: Source, c: ModelContext): Sql {
  const excluded = join(source.excludeEvents.map(literal), ', ')
  const columns = EVENT_COLUMNS.filter((column) => column !== 'event_name').map((column) =>
    identifier(column),
  )
  return sql`
    ${countedName(source)} as (
      select
        -- an event that the source does not name is counted all the same
        coalesce(event_name, '') as event_name,
        ${join([...columns, ...keyColumns(c)], ',\n')},
        -- a resent event has the same name, user, time and insert id
        count(*) over (partition by ${EVENT_KEY}) as source_rows
      from ${readName(source)}
      ${source.excludeEvents.length > 0 ? sql`where coalesce(event_name, '') not in (${excluded})` : sql``}
    )
  `
}

function numbered(source: Source, c: ModelContext): Sql {
  const { fn } = c
  const latestFirst = [
    sql`ingested_at desc nulls last`,
    ...keyColumns(c).map((ids) => fn.byBytes(ids)),
    sql`case when source_rows > 1 then ${fn.orderedText(sql`properties`)} end`,
  ]
  return sql`
    ${numberedName(source)} as (
      select
        ${join([...EVENT_COLUMNS.map((column) => identifier(column)), sql`source_rows`, ...keyColumns(c)], ',\n')},
        -- its latest arrival is copy 1; what ties is told apart by content, never by arrival order
        row_number() over (
          partition by ${EVENT_KEY}
          order by
            ${join(latestFirst, ',\n')}
        ) as copy
      from ${countedName(source)}
    )
  `
}

function eventsOf(source: Source, c: ModelContext): Sql {
  const { fn, catalog } = c
  const { timezone, service_user_ids } = catalog.project
  const services = join(service_user_ids.map(literal), ', ')
  const identity = sql`
    concat_ws(
      chr(31),
      ${literal(source.name)},
      event_name,
      coalesce(user_id, ''),
      coalesce(${fn.text(fn.microseconds(sql`occurred_at`))}, ''),
      coalesce(insert_id, ''),
      ${fn.text(sql`copy`)}
    )
  `
  return sql`
    select
      ${fn.md5(identity)} as event_id,
      ${literal(source.name)} as source,
      event_name,
      occurred_at,
      ${fn.localDay(sql`occurred_at`, timezone)} as day,
      ingested_at,
      ${service_user_ids.length > 0 ? sql`case when user_id not in (${services}) then user_id end as user_id` : sql`user_id`},
      device_id,
      insert_id,
      ${join([sql`properties`, sql`case when insert_id is null then 1 else source_rows end as source_rows`, ...catalog.groupKeys.map((key) => groupIdsOf(key, fn))], ',\n')}
    from ${numberedName(source)}
    -- without an insert id nothing says that two equal rows are one event
    where copy = 1 or insert_id is null
  `
}

const noEvents = (c: ModelContext): Sql =>
  emptySelect(
    {
      event_id: 'text',
      source: 'text',
      event_name: 'text',
      occurred_at: 'timestamp',
      day: 'date',
      ingested_at: 'timestamp',
      user_id: 'text',
      device_id: 'text',
      insert_id: 'text',
      properties: 'json',
      source_rows: 'bigint',
      ...Object.fromEntries(c.catalog.groupKeys.map((key) => [key.name, groupIdsDoc(key).type])),
    },
    c,
  )
