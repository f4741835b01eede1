/** The events that a report looks at: one row per event and per user or group that is counted. */
import type { ModelContext } from '../../src/graph/model.ts'
import type { GroupKey } from '../../src/graph/catalog.ts'
import type { Entity } from '../../src/graph/entity.ts'
import { carriesGroup, eachGroup } from '../../src/graph/event_group_ids.ts'
import { sharedSql } from '../../src/graph/shared_sql.ts'
import type { Breakdown, Property } from '../../src/project/report_schema.ts'
import { identifier, join, literal, select, sql, type Sql } from '../../src/sql/sql.ts'
import { attributes, HAS_TIME } from '../event_groups.ts'
import {
  entityColumn,
  historyOf,
  inForce,
  isOwn,
  linkColumn,
  profilesOf,
  userProperty,
  valueOfGroup,
  valuesOfGroups,
} from './conditions.ts'

export interface StreamOptions {
  readonly by: Entity
  /** The column that stands for who is counted; `group_sk` of `event_groups` is faster than the id. */
  readonly owner?: Sql | undefined
  /** `value as name` over the columns of events, besides the id of what is counted. */
  readonly columns: readonly Sql[]
  readonly where: readonly Sql[]
  /** Names of the events to read; undefined for all. */
  readonly events: readonly string[] | undefined
  /** The columns or conditions read properties of events. */
  readonly properties: boolean
}

/** A `select` of `user_id` or `group_id` and the columns, of events that attribute to one. */
export function entityEvents(
  { by, owner, columns, where, events, properties }: StreamOptions,
  c: ModelContext,
): Sql {
  const names = events === undefined ? [] : [isNamed(events)]
  const selectFrom = (from: Sql, conditions: readonly Sql[]) => sql`
    ${select([owner ?? entityColumn(by), ...columns])}
    from ${from}
    ${conditions.length > 0 ? sql`where ${join(conditions, '\n  and ')}` : sql``}
  `
  if (by.kind === 'user')
    return selectFrom(c.ref('events'), [HAS_TIME, sql`user_id is not null`, ...names, ...where])
  if (!properties) {
    return selectFrom(c.ref('event_groups'), [sql`group_key = ${literal(by.key.name)}`, ...names, ...where])
  }
  return selectFrom(attributed({ key: by.key, events }, c), where)
}

/**
 * Events with each of their groups. `event_groups` has no properties; looking them up there would cost more than taking
 * the ids apart again.
 */
const attributed = sharedSql(
  ({ key, events }: { readonly key: GroupKey; readonly events: readonly string[] | undefined }, c) => {
    const kept = ['event_id', 'event_name', 'occurred_at', 'day', 'user_id', 'properties']
    // What can have a list is read only where that has members.
    const where = [
      ...(key.cardinality === 'many' ? [carriesGroup(key, c.fn)] : []),
      ...(events === undefined ? [] : [isNamed(events)]),
      ...attributes(key, c),
    ]
    return sql`
      (
        ${eachGroup(key, { rows: c.ref('events'), keep: kept.map((column) => identifier(column)), where }, c.fn)}
      ) as attributed
    `
  },
)

/** The event has one of these names. */
export const isNamed = (events: readonly string[]): Sql =>
  events.length === 1
    ? sql`event_name = ${literal(events[0] ?? '')}`
    : sql`event_name in (${join(events.map(literal), ', ')})`

/** The relation that `entityEvents` reads. */
export const streamOf = (by: Entity, properties: boolean): string =>
  by.kind === 'user' || properties ? 'events' : 'event_groups'

/**
 * A `select` that adds `segment` to a stream with `event_id` and `occurred_at`: the text of a property, `''`
 * where there is none. An event whose groups have several values is there once for each.
 * @param stream name of the relation with the stream
 * @param columns names of its columns to keep
 */
export function withSegment(
  stream: Sql,
  columns: readonly Sql[],
  property: Property,
  by: Entity,
  c: ModelContext,
): Sql {
  const kept = columns.map((column) => sql`e.${column}`)
  const { of } = property
  const add = (value: Sql, joined: Sql) => sql`
    select
      ${join([...kept, sql`coalesce(${value}, '') as segment`], ',\n')}
    from ${stream} as e
    ${joined}
  `
  if (of === 'event') return add(sql`e.segment_value`, sql``)
  if (of === 'user') {
    return add(
      sql`of_users.segment_value`,
      sql`
        left join (
          select user_id, ${userProperty(property.property, c)} as segment_value
          from ${c.ref('user_profiles')}
        ) as of_users on of_users.user_id = e.user_id
      `,
    )
  }
  const own = isOwn(property, by)
  const ofGroup = valueOfGroup(property, by, c)
  if (own && property.properties === 'as_of') {
    return add(
      ofGroup,
      sql`left join ${c.ref(historyOf(of, c))} as version on version.${identifier(of)} = e.group_id and ${inForce(sql`e.occurred_at`, property, c)}`,
    )
  }
  if (own) {
    return add(
      sql`of_groups.segment_value`,
      sql`
        left join (
          select ${identifier(of)} as group_id, ${ofGroup} as segment_value
          from ${profilesOf(of, c)}
        ) as of_groups on of_groups.group_id = e.group_id
      `,
    )
  }
  const column = linkColumn(property)
  return add(
    sql`of_groups.segment_value`,
    sql`
      left join (
        select distinct link.${column}, ${ofGroup} as segment_value
        ${valuesOfGroups(property, c)}
      ) as of_groups on of_groups.${column} = e.${column}
    `,
  )
}

/** Columns that a stream needs for `withSegment`, as `value as name`. */
export function segmentColumns(property: Property, by: Entity, c: ModelContext): Sql[] {
  const { of, through } = property
  if (of === 'event') return [sql`${c.fn.propertyText(sql`properties`, property.property)} as segment_value`]
  const own = isOwn(property, by)
  if (of === 'user' || through === 'user') return by.kind === 'user' ? [] : [sql`user_id`]
  if (own) return property.properties === 'as_of' ? [sql`occurred_at`] : []
  return [sql`event_id`]
}

/**
 * CTEs that keep the values of most entities and call the rest `$other`: `segment_sizes`, `kept_segments` and
 * `${as}` with the columns of `stream`, `segment` among them.
 * @param once rows that have become the same are one: of what has several values, some may all be `$other`
 */
export function keptSegments(
  stream: Sql,
  as: Sql,
  columns: readonly Sql[],
  { limit }: Breakdown,
  by: Entity,
  c: ModelContext,
  once = false,
): Sql[] {
  return [
    sql`
      -- most entities first; equal sizes are settled by the value's bytes
      kept_segments as (
        select segment
        from (select distinct segment, ${entityColumn(by)} from ${stream} where segment <> '') as seen
        group by segment
        order by count(*) desc, ${c.fn.byBytes(sql`segment`)}
        limit ${literal(limit)}
      )
    `,
    sql`
      ${as} as (
        select${once ? sql` distinct` : sql``}
          ${join(
            [
              ...columns.map((column) => sql`e.${column}`),
              sql`case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment`,
            ],
            ',\n',
          )}
        from ${stream} as e
        left join kept_segments as kept on kept.segment = e.segment
      )
    `,
  ]
}
