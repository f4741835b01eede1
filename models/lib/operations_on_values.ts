/**
 * Operations that depend on what a property was before: `set_once`, `union`, `remove`, `add`. As CTEs, from
 * `current_operations` and `last_settings` to `values_now`.
 */
import type { Operation } from '../../src/graph/connector.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { cte } from './ctes.ts'

/** @param later those of these operations that there may be */
export function changesOfLater(later: readonly Operation[], c: ModelContext): Sql[] {
  const { fn } = c
  const kind = (value: Sql) => fn.jsonKind(value)
  const has = (name: Operation) => later.includes(name)
  const lists = has('union') || has('remove')
  const start = has('add') ? sql`starts_with_sums` : sql`starts`
  return [
    cte(sql`later_changes`, laterChanges(later, c)),
    cte(sql`starts`, starts(c)),
    ...(has('add') ? [cte(sql`sums`, sums(c)), cte(sql`starts_with_sums`, startsWithSums(c))] : []),
    ...(lists
      ? [
          cte(sql`list_items`, listItems(start, c)),
          cte(sql`removed_items`, removedItems(start, c)),
          cte(sql`kept_items`, KEPT_ITEMS),
          cte(
            sql`lists`,
            sql`
              select
                group_id,
                property,
                ${fn.jsonListed(sql`value`, [sql`place`, sql`item`])} as value
              from kept_items
              where is_first or of_start
              group by group_id, property
            `,
          ),
        ]
      : []),
    cte(
      sql`values_now`,
      sql`
        select
          s.group_id,
          s.property,
          ${
            lists
              ? sql`
                  case
                    when s.first_union is not null or ${kind(sql`s.value`)} = 'array'
                      then coalesce(l.value, cast('[]' as ${fn.type('json')}))
                    else s.value
                  end`
              : sql`s.value`
          } as value
        from ${start} as s
        ${lists ? sql`left join lists as l on l.group_id = s.group_id and l.property = s.property` : sql``}
        union all
        select b.group_id, b.property, b.value
        from last_settings as b
        left join starts as s on s.group_id = b.group_id and s.property = b.property
        where s.group_id is null
      `,
    ),
  ]
}

/** These operations after the last setting of their property; what they do nothing with is left out. */
function laterChanges(later: readonly Operation[], { fn }: ModelContext): Sql {
  const members = fn.members({
    rows: sql`current_operations`,
    keep: [sql`group_id`, sql`operation`, sql`place`],
    json: sql`object`,
    where: sql`operation in (${join(later.map(literal), ', ')})`,
  })
  const isNumber = sql`(operation <> 'add' or ${fn.jsonKind(sql`c.value`)} = 'number')`
  return sql`
    select
      c.group_id,
      c.property,
      c.operation,
      c.place,
      c.value,
      b.place as set_place,
      case when ${fn.jsonKind(sql`b.value`)} <> 'null' then b.value end as set_value
    from (
      ${members}
    ) as c
    left join last_settings as b on b.group_id = c.group_id and b.property = c.property
    where (b.place is null or c.place > b.place)
      and ${fn.jsonKind(sql`c.value`)} <> 'null'
      ${later.includes('add') ? sql`and ${isNumber}` : sql``}
  `
}

/** What a property is before the first of them that changes it, and after which place they do. */
function starts({ fn }: ModelContext): Sql {
  const makes = sql`operation <> 'remove'`
  return sql`
    select
      group_id,
      property,
      -- where it has no value, the first operation that gives it one
      case when set_value is not null then set_value when first_operation = 'set_once' then first_value end as value,
      case
        when set_value is not null then set_place
        when first_operation = 'set_once' then first_place
        else first_place - 1
      end as place,
      first_union
    from (
      select
        group_id,
        property,
        max(set_place) as set_place,
        ${fn.latestBy(sql`set_value`, sql`place`, sql`set_value is not null`)} as set_value,
        min(case when ${makes} then place end) as first_place,
        ${fn.latestBy(sql`operation`, sql`-place`, makes)} as first_operation,
        ${fn.latestBy(sql`value`, sql`-place`, makes)} as first_value,
        min(case when operation = 'union' then place end) as first_union
      from later_changes
      group by group_id, property
    ) as firsts
  `
}

const laterThan = (start: Sql, operation: Operation, also: Sql): Sql => sql`
  from later_changes as c
  join ${start} as s on s.group_id = c.group_id and s.property = c.property
  where c.operation = ${literal(operation)} and c.place > s.place and ${also}
`

/** What is added to numbers, before they become lists. */
const sums = ({ fn }: ModelContext): Sql => sql`
  select
    c.group_id,
    c.property,
    -- in order: floating-point numbers differ in their last digits otherwise
    sum(${fn.typed(fn.valueText(sql`c.value`), 'number')} order by c.place) as added
  ${laterThan(sql`starts`, 'add', sql`(s.first_union is null or c.place < s.first_union)`)}
  group by c.group_id, c.property
`

function startsWithSums({ fn }: ModelContext): Sql {
  const before = sql`coalesce(${fn.typed(fn.valueText(sql`s.value`), 'number')}, 0)`
  const number = fn.jsonField(fn.jsonObject([['n', sql`${before} + a.added`]]), 'n')
  return sql`
    select
      s.group_id,
      s.property,
      s.place,
      s.first_union,
      case
        when a.added is not null and ${fn.jsonKind(sql`s.value`)} in ('number', 'null') then ${number}
        else s.value
      end as value
    from starts as s
    left join sums as a on a.group_id = s.group_id and a.property = s.property
  `
}

/** One text for each value, whatever the spelling: a number and a text of its digits are two. */
const keyOf = (value: Sql, { fn }: ModelContext): Sql =>
  sql`${fn.jsonKind(value)} || ':' || coalesce(${fn.valueText(value)}, '')`

/** Items that a list had, or that were added to it. */
function listItems(start: Sql, c: ModelContext): Sql {
  const { fn } = c
  const keep = [sql`group_id`, sql`property`, sql`place`, sql`of_start`]
  const items = fn.items({
    rows: sql`
      (
        select group_id, property, place, true as of_start, value as list
        from ${start}
        where first_union is not null or ${fn.jsonKind(sql`value`)} = 'array'
        union all
        select c.group_id, c.property, c.place, false, c.value
        ${laterThan(start, 'union', sql`true`)}
      ) as given_lists
    `,
    keep,
    json: sql`list`,
  })
  return sql`
    select ${join(keep, ', ')}, item, value, ${keyOf(sql`value`, c)} as item_key
    from (
      select ${join(keep, ', ')}, item, coalesce(value, cast('null' as ${fn.type('json')})) as value
      from (
        ${items}
      ) as items_of_lists
    ) as all_items
  `
}

/** When each value was last removed. What is no list, or none yet, loses nothing. */
function removedItems(start: Sql, c: ModelContext): Sql {
  const isList = sql`(${c.fn.jsonKind(sql`s.value`)} = 'array' or c.place > s.first_union)`
  const items = c.fn.items({
    rows: sql`
      (
        select c.group_id, c.property, c.place, c.value as list
        ${laterThan(start, 'remove', isList)}
      ) as removals
    `,
    keep: [sql`group_id`, sql`property`, sql`place`],
    json: sql`list`,
  })
  return sql`
    select group_id, property, item_key, max(place) as place
    from (
      select group_id, property, place, ${keyOf(sql`value`, c)} as item_key
      from (
        ${items}
      ) as items_of_removals
    ) as keyed_removals
    group by group_id, property, item_key
  `
}

/** Items that nothing has removed since. One that is there is not added again. */
const KEPT_ITEMS = sql`
  select
    i.group_id,
    i.property,
    i.place,
    i.item,
    i.value,
    i.of_start,
    row_number() over (
      partition by i.group_id, i.property, i.item_key
      order by i.place, i.item
    ) = 1 as is_first
  from list_items as i
  left join removed_items as r
    on r.group_id = i.group_id
    and r.property = i.property
    and r.item_key = i.item_key
  where r.place is null or i.place > r.place
`
