import type { Source } from '../../graph/catalog.ts'
import type { Plan } from '../../graph/plan.ts'
import type { ModelContext } from '../../graph/model.ts'
import { join, literal, sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { couldBeMeant, isKnown, nearestKnown } from '../nearest_known.ts'
import { visibly } from '../sentences.ts'

/** A key that is mapped and never there counts no group at all. */
export const absentGroupKeys = check({
  name: 'absent_group_keys',
  description: 'Every group key that a source of events is said to carry is on one of its events.',
  severity: 'warn',
  testsOf: (plan) =>
    plan.catalog.sourcesOf('events').flatMap((source) => {
      const keys = mappedKeys(source, plan)
      return keys.length === 0 ? [] : [ofSource(source, keys, plan)]
    }),
})

/** A source that keeps a JSON object whole, and names no keys, may carry any of them or none. */
export function mappedKeys(source: Source, { catalog }: Pick<ModelContext, 'catalog'>): Source['readsKeys'] {
  const named = catalog.project.sources[Number(source.path[1])]?.['group_keys'] !== undefined
  const columns = source.columnsRead.map(({ column }) => column)
  return source.readsKeys.filter(({ from }) => named || columns.includes(from))
}

function ofSource(source: Source, keys: Source['readsKeys'], { catalog }: Plan): TestDefinition {
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
    fix: 'Name the column or property that has its ids (`group_keys: {key: name}`), or leave the key out of this source.',
  }
}
