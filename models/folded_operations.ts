/**
 * `<source>_folded`: what the operations of a source make of groups. Set-based, and linear in the operations: a
 * property is what it was last set to, and lists are put together of their items; nothing is folded one by one.
 */
import type { Source } from '../src/graph/catalog.ts'
import { foldedName, type FOLDED_COLUMNS, type Operation } from '../src/graph/connector.ts'
import type { ColumnDoc, ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { cte, materialized } from './lib/ctes.ts'
import { changesOfLater } from './lib/operations_on_values.ts'

/** The relation of a source of type `operations`. */
export function foldedOperations(source: Source): ModelDefinition {
  const columns: Record<(typeof FOLDED_COLUMNS)[number], ColumnDoc> = {
    group_id: { type: 'text', description: 'The group.' },
    updated_at: { type: 'timestamp', description: 'Time of the latest operation on the group, UTC.' },
    properties: { type: 'json', description: 'Properties that the group has now; absent where null.' },
  }
  return {
    name: foldedName(source.name),
    description: `What the operations of ${source.name} make of each group: one row for each that has a profile, not for those that were deleted last.`,
    rules: ['OPS-1', 'OPS-2', 'OPS-3', 'OPS-4'],
    grain: ['group_id'],
    columns,
    materialized: 'table',
    select: (c) => select(source, c),
  }
}

/** Operations that make a profile where there is none. */
const MAKING = ['set', 'set_once', 'union', 'add'] as const

/** Operations that depend on what a property was before. */
const LATER = ['set_once', 'union', 'remove', 'add'] as const

function select(source: Source, c: ModelContext): Sql {
  const { fn } = c
  const applied = source.operations?.applied ?? []
  const later = LATER.filter((name) => applied.includes(name))
  const ctes = [
    materialized(sql`operations`, operations(source, applied, c)),
    cte(
      sql`groups_with_ties`,
      sql`
        select group_id
        from operations
        group by group_id, updated_at
        having count(*) > 1
      `,
    ),
    materialized(sql`placed`, placed(c)),
    ...(applied.includes('delete') ? [cte(sql`deletions`, DELETIONS)] : []),
    materialized(sql`current_operations`, currentOperations(applied)),
    cte(sql`settings`, settings(applied, c)),
    cte(
      sql`last_settings`,
      sql`
        select
          group_id,
          property,
          max(place) as place,
          ${fn.latestBy(sql`value`, sql`place`, sql`true`)} as value
        from settings
        group by group_id, property
      `,
    ),
    ...(later.length === 0 ? [] : changesOfLater(later, c)),
    cte(
      sql`properties_of_groups`,
      sql`
        select group_id, ${fn.jsonGathered(sql`property`, sql`value`)} as properties
        from ${later.length === 0 ? sql`last_settings` : sql`values_now`}
        where ${fn.jsonKind(sql`value`)} <> 'null'
        group by group_id
      `,
    ),
    cte(
      sql`groups_now`,
      sql`
        select group_id, max(updated_at) as updated_at
        from current_operations
        group by group_id
        having max(case when operation in (${names(MAKING)}) then 1 else 0 end) = 1
      `,
    ),
  ]
  return sql`
    with
    ${join(ctes, ',\n')}
    select
      g.group_id,
      g.updated_at,
      coalesce(p.properties, ${fn.jsonObject([])}) as properties
    from groups_now as g
    left join properties_of_groups as p on p.group_id = g.group_id
  `
}

const names = (operations: readonly string[]) => join(operations.map(literal), ', ')

/** The operations that are applied; of those that were sent again, the one that came in last. */
function operations(source: Source, applied: readonly Operation[], c: ModelContext): Sql {
  const columns = sql`group_id, operation, object, updated_at, ingested_at`
  const isApplied = sql`group_id is not null and operation in (${names(applied)})`
  if (!source.operations?.hasInsertIds) {
    return sql`
      select ${columns}
      from (
        ${c.read(source.name)}
      ) as source_operations
      where ${isApplied}
    `
  }
  return sql`
    select ${columns}
    from (
      select
        ${columns},
        insert_id,
        row_number() over (
          partition by group_id, insert_id
          order by
            ingested_at desc nulls last,
            updated_at desc nulls last,
            ${join(byContent(c), ',\n')}
        ) as sent
      from (
        ${c.read(source.name)}
      ) as source_operations
      where ${isApplied}
    ) as sent_again
    where insert_id is null or sent = 1
  `
}

/** What settles the order of two operations of one time: what they are, never how they came in. */
const byContent = ({ fn }: ModelContext): Sql[] => [
  fn.byBytes(sql`operation`),
  sql`${fn.byBytes(fn.valueText(sql`object`))} nulls first`,
]

/** Operations with a whole number each, greater for later ones of a group. */
const placed = (c: ModelContext): Sql => sql`
  -- the time says it where no two operations of a group have the same
  select
    group_id,
    operation,
    object,
    updated_at,
    coalesce(${c.fn.microseconds(sql`updated_at`)}, cast('-9000000000000000000' as bigint)) as place
  from operations
  where ${c.fn.isNoneOf(sql`group_id`, sql`select group_id from groups_with_ties`)}
  union all
  select
    group_id,
    operation,
    object,
    updated_at,
    row_number() over (
      partition by group_id
      order by
        updated_at nulls first,
        ingested_at nulls first,
        ${join(byContent(c), ',\n')}
    ) as place
  from operations
  where group_id in (select group_id from groups_with_ties)
`

const DELETIONS = sql`
  select group_id, max(place) as place
  from placed
  where operation = 'delete'
  group by group_id
`

/** Those after the last deletion of their group. */
const currentOperations = (applied: readonly Operation[]): Sql =>
  applied.includes('delete')
    ? sql`
        select o.group_id, o.operation, o.object, o.updated_at, o.place
        from placed as o
        left join deletions as d on d.group_id = o.group_id
        where o.operation <> 'delete' and (d.place is null or o.place > d.place)
      `
    : sql`
        select group_id, operation, object, updated_at, place
        from placed
      `

/** What properties were set to, one row each; null where they were unset. */
function settings(applied: readonly Operation[], { fn }: ModelContext): Sql {
  const none = sql`cast('null' as ${fn.type('json')})`
  const rows = sql`current_operations`
  const keep = [sql`group_id`, sql`place`]
  const parts = [
    sql`
      select group_id, place, property, coalesce(value, ${none}) as value
      from (
        ${fn.members({ rows, keep, json: sql`object`, where: sql`operation = 'set'` })}
      ) as sets
    `,
    ...(applied.includes('unset')
      ? [
          sql`
            select group_id, place, property, ${none} as value
            from (
              ${fn.eachMember({ rows, keep, list: fn.idList(sql`object`), as: sql`property`, where: [sql`operation = 'unset'`] })}
            ) as unsets
          `,
        ]
      : []),
  ]
  return join(parts, '\nunion all\n')
}
