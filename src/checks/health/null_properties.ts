import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import type { Plan } from '../../graph/plan.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { profilesModel } from '../group_tables.ts'
import { couldBeMeant, nearestKnown } from '../nearest_known.ts'
import { rawNames } from '../raw_members.ts'
import { visibly } from '../sentences.ts'

/** A property that is named and null wherever it is read: most often it is called otherwise. */
export const nullProperties = check({
  name: 'null_properties',
  description: 'Every property that a source names has a value on at least one of its rows.',
  severity: 'warn',
  testsOf: (plan) =>
    plan.catalog.sources.flatMap((source) => {
      if (source.type === 'events') return ofEvents(source, plan)
      if (source.type === 'group_table') return ofGroups(source, plan)
      return source.type === 'user_table' ? ofUsers(source, plan) : []
    }),
})

interface Looked {
  /** Under what name it is kept, and from what name it is read where that is known. */
  readonly properties: readonly { readonly name: string; readonly from: string }[]
  readonly models: readonly string[]
  readonly sources?: readonly string[]
  /** `name` of those that have a value; none where there are no rows to look at. */
  readonly filled: (c: ModelContext) => Sql
  /** A condition: there are rows to look at. */
  readonly hasRows: (c: ModelContext) => Sql
  /** `name` of what rows have instead, where that can be told. */
  readonly known?: ((c: ModelContext) => Sql) | undefined
}

function testOf(source: Source, { catalog }: Plan, looked: Looked): TestDefinition[] {
  if (looked.properties.length === 0) return []
  const rows = looked.properties.map(
    ({ name, from }) => sql`select ${literal(name)} as property, ${literal(from)} as written`,
  )
  const missing = (c: ModelContext) => sql`
    named as (
      ${join(rows, '\nunion all\n')}
    ),
    filled as (
      ${looked.filled(c)}
    ),
    without_value as (
      select property, written
      from named
      where property not in (select name from filled) and ${looked.hasRows(c)}
    )
  `
  return [
    {
      name: `null_properties_${source.name}`,
      description: `Every property of \`${source.name}\` has a value on some row.`,
      models: looked.models,
      sources: looked.sources ?? [],
      at: catalog.project.locate([...source.path, 'properties']),
      candidates: (c) => sql`
        with
        ${missing(c)}
        select property
        from without_value
        limit 1
      `,
      failures: (c) => sql`
        with
        ${missing(c)},
        known_names as (
          ${looked.known?.(c) ?? sql`select property as name from named where false`}
        )
        select w.property, w.written, ${couldBeMeant(sql`w.written`, c.fn)} as known
        from without_value as w
        order by ${c.fn.byBytes(sql`w.property`)}
      `,
      explain: (row) =>
        `${visibly(row['property'])} of ${source.name} is null on every row${nearestKnown(row)}`,
      fix: 'Name the column or member that has its values (`properties: {name: upstream name}`), or leave the property out.',
    },
  ]
}

function ofEvents(source: Source, plan: Plan): TestDefinition[] {
  const kept = source.keptProperties ?? []
  const members = source.keepsSomeOf?.members
  const own = sql`source = ${literal(source.name)}`
  return testOf(source, plan, {
    properties: kept.map((name, i) => ({ name, from: members?.[i] ?? name })),
    models: ['event_properties', 'events_daily'],
    sources: [source.name],
    filled: ({ ref }) => sql`
      select property as name
      from ${ref('event_properties')}
      where ${own} and events > 0
    `,
    hasRows: ({ ref }) => sql`exists (select 1 from ${ref('events_daily')} where ${own})`,
    known: members && ((c) => sql`select property as name from (${rawNames(source, c)}) as names_of_source`),
  })
}

/** Names of those that have a value on some profile, counted side by side in one scan. */
function withValues(
  names: readonly string[],
  value: (name: string) => Sql,
  model: string,
  { ref }: ModelContext,
): Sql {
  const column = (i: number) => identifier(`property_${String(i + 1)}`)
  const counts = names.map((name, i) => sql`count(${value(name)}) as ${column(i)}`)
  const filled = names.map(
    (name, i) => sql`select ${literal(name)} as name from counted where ${column(i)} > 0`,
  )
  return sql`
    with
    counted as (
      select
        ${join(counts, ',\n')}
      from ${ref(model)}
      where has_profile
    )
    ${join(filled, '\nunion all\n')}
  `
}

const hasProfiles =
  (model: string) =>
  ({ ref }: ModelContext): Sql =>
    sql`exists (select 1 from ${ref(model)} where has_profile)`

function ofGroups(source: Source, plan: Plan): TestDefinition[] {
  const names = source.properties.map(({ name }) => name)
  const model = profilesModel(plan.catalog, source)
  return testOf(source, plan, {
    properties: names.map((name) => ({ name, from: name })),
    models: [model],
    sources: source.hasObjects ? [source.name] : [],
    filled: (c) => withValues(names, (name) => identifier(name), model, c),
    hasRows: hasProfiles(model),
    known: source.hasObjects
      ? (c) => {
          const objects = source.objects(c.fn, c.raw(source.name)) ?? sql`select null as properties`
          const rows = sql`(${objects}) as objects_of_source`
          return sql`
            select distinct property as name
            from (
              ${c.fn.members({ rows, keep: [], json: sql`properties` })}
            ) as members
          `
        }
      : undefined,
  })
}

function ofUsers(source: Source, plan: Plan): TestDefinition[] {
  const names = source.keptProperties ?? []
  return testOf(source, plan, {
    properties: names.map((name) => ({ name, from: name })),
    models: ['user_profiles'],
    filled: (c) => withValues(names, (name) => c.fn.jsonText(sql`properties`, name), 'user_profiles', c),
    hasRows: hasProfiles('user_profiles'),
  })
}
