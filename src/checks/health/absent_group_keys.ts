import type { Source } from '../../graph/catalog.ts'
import type { Plan } from '../../graph/plan.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, join, literal, sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { couldBeMeant, isKnown, nearestKnown } from '../nearest_known.ts'
import { visibly } from '../sentences.ts'

/** A key that is mapped and never there counts no group at all. */
export const absentGroupKeys = check({
  name: 'absent_group_keys',
  description:
    'Every group key that a source of events, a user table or a source of links is said to carry is in one of its rows.',
  severity: 'warn',
  testsOf: (plan) =>
    (['events', 'user_table', 'links'] as const).flatMap((type) =>
      plan.catalog.sourcesOf(type).flatMap((source) => {
        const keys = mappedKeys(source, plan)
        if (keys.length === 0) return []
        return [type === 'events' ? ofEvents(source, keys, plan) : ofUsers(source, keys, plan)]
      }),
    ),
})

const FIX =
  'Name the column or property that has its ids (`group_keys: {key: name}`), or leave the key out of this source.'

/** A source that keeps a JSON object whole, and names no keys, may carry any of them or none. */
export function mappedKeys(source: Source, { catalog }: Pick<ModelContext, 'catalog'>): Source['readsKeys'] {
  const named = catalog.project.sources[Number(source.path[1])]?.['group_keys'] !== undefined
  const columns = source.columnsRead.map(({ column }) => column)
  return source.readsKeys.filter(({ from }) => named || columns.includes(from))
}

function ofEvents(source: Source, keys: Source['readsKeys'], { catalog }: Plan): TestDefinition {
  const named = keys.map(
    ({ key, from }) => sql`select ${literal(key)} as group_key, ${literal(from)} as written`,
  )
  return {
    name: `absent_group_keys_${source.name}`,
    description: `The group keys of \`${source.name}\` are on its events.`,
    models: ['attribution_daily', 'events_daily', 'event_properties'],
    at: catalog.project.locate([...source.path, 'group_keys']),
    failures: ({ fn, ref }) => sql`
      with
      mapped as (
        ${join(named, '\nunion all\n')}
      ),
      carried as (
        select group_key
        from ${ref('attribution_daily')}
        where source = ${literal(source.name)} and attributed + outside_registration > 0
      ),
      known_names as (
        select property as name
        from ${ref('event_properties')}
        where source = ${literal(source.name)} and events > 0
      )
      select m.group_key, m.written, ${couldBeMeant(sql`m.written`, fn)} as known
      from mapped as m
      where m.group_key not in (select group_key from carried)
        and exists (select 1 from ${ref('events_daily')} where source = ${literal(source.name)})
      order by ${fn.byBytes(sql`m.group_key`)}
    `,
    explain: (row) =>
      `no event of ${source.name} carries ${String(row['group_key'])}${row['written'] === row['group_key'] ? '' : ` (${visibly(row['written'])})`}${isKnown(row) ? ': none of its values is an id' : nearestKnown(row)}`,
    fix: FIX,
  }
}

/** User tables and links: without ids of a key, nobody belongs to a group of it by them. */
function ofUsers(source: Source, keys: Source['readsKeys'], { catalog }: Plan): TestDefinition {
  const column = source.type === 'links' ? sql`from_link` : sql`from_profile`
  return {
    name: `absent_group_keys_${source.name}`,
    description: `The group keys of \`${source.name}\` are in its rows.`,
    models: ['user_groups'],
    sources: [source.name],
    at: catalog.project.locate([...source.path, 'group_keys']),
    // Where it is the only one, what it says of a key is soon found.
    ...(catalog.sourcesOf(source.type).length === 1 && {
      candidates: ({ ref }: ModelContext) =>
        join(
          keys.map(
            ({ key }) => sql`
              select 1 as found
              where not exists (select 1 from ${ref('user_groups')} where ${column} and group_key = ${literal(key)})
            `,
          ),
          '\nunion all\n',
        ),
    }),
    failures: (c) => sql`
      with
      carried as (
        select
          count(*) as source_rows,
          ${join(
            keys.map(
              ({ key }, i) =>
                sql`count(case when ${c.fn.idCount(identifier(key))} > 0 then 1 end) as ${identifier(`key_${i}`)}`,
            ),
            ',\n',
          )}
        from (
          ${c.read(source.name)}
        ) as ${identifier(source.name)}
      )
      ${join(
        keys.map(
          ({ key, from }, i) => sql`
            select ${literal(key)} as group_key, ${literal(from)} as written
            from carried
            where source_rows > 0 and ${identifier(`key_${i}`)} = 0
          `,
        ),
        '\nunion all\n',
      )}
    `,
    explain: (row) =>
      `no row of ${source.name} carries ${String(row['group_key'])}${row['written'] === row['group_key'] ? '' : ` (${visibly(row['written'])})`}`,
    fix: FIX,
  }
}
