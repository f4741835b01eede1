import type { ModelContext } from '../../graph/model.ts'
import type { Plan } from '../../graph/plan.ts'
import { plural } from '../../problems.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import { countOf, shown, type Prefilter, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { beginning, limitColumns, ofLimit, overLimit, said, type Limit } from './limit.ts'
import { profilesOf } from './profiles.ts'

/** Vendors cut longer names off, and then two properties may become one. */
export const propertyNameLength = check({
  name: 'property_name_length',
  description:
    'No name of a property is longer than the vendor keeps, and no two become one when cut off; of events, those that their sources keep.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'property_name_length', (limit) =>
      namesOf(plan, limit).flatMap((names) => [tooLong(limit, names), collisions(limit, names)]),
    ),
})

interface Names {
  /** Ends the names of tests. */
  readonly name: string
  /** In descriptions. */
  readonly said: string
  readonly models: readonly string[]
  readonly sources?: readonly string[] | undefined
  readonly prefilter: Prefilter
  /** A relation with `owner` and `property`, each pair once. */
  readonly names: (c: ModelContext) => Sql
}

function namesOf(plan: Plan, { value }: Limit): Names[] {
  return [
    {
      name: 'event_properties',
      said: '`event_properties`',
      models: ['event_properties'],
      prefilter: { model: 'event_properties', when: () => sql`length(property) > ${literal(value)}` },
      names: (c) => sql`select source as owner, property from ${c.ref('event_properties')}`,
    },
    ...profilesOf(plan).map(({ name, said, models, sources, rows, prefilter }): Names => ({
      name,
      said,
      models,
      sources,
      prefilter: prefilter(({ fn }) => fn.jsonExceeds(sql`properties`, value)),
      names: (c) => sql`
          select distinct owner, property
          from (
            ${c.fn.members({ rows: rows(c), keep: [sql`owner`], json: sql`properties` })}
          ) as members
        `,
    })),
  ]
}

const tooLong = (
  limit: Limit,
  { name, said: where, models, sources, prefilter, names }: Names,
): TestDefinition => ({
  name: `property_name_length_${name}`,
  description: `No name of a property in ${where} has more characters than ${said(limit)}.`,
  models,
  sources,
  at: limit.at,
  fix: 'Give the property a shorter name. A name that is made from data, such as an id, belongs into a value.',
  prefilter,
  failures: (c) => sql`
    select owner, property, length(property) as characters, ${limitColumns(limit)}
    from (
      ${names(c)}
    ) as names
    where length(property) > ${literal(limit.value)}
    order by characters desc, ${c.fn.byBytes(sql`owner`)}, ${c.fn.byBytes(sql`property`)}
  `,
  explain: (row) =>
    `characters of property ${shown(beginning(row['property']))} of ${String(row['owner'])}: ${overLimit(row['characters'], row)}`,
})

const collisions = (
  limit: Limit,
  { name, said: where, models, sources, prefilter, names }: Names,
): TestDefinition => ({
  name: `property_name_length_collisions_${name}`,
  description: `No two properties in ${where} become one when their names are cut off after ${plural(limit.value, 'character')} (${limit.source}).`,
  models,
  sources,
  at: limit.at,
  fix: 'Rename one of the two, so that their beginnings differ.',
  prefilter,
  failures: (c) => sql`
    select owner, kept, count(*) as names, ${limitColumns(limit)}
    from (
      select owner, left(property, ${literal(limit.value)}) as kept
      from (
        ${names(c)}
      ) as names
    ) as kept_names
    group by owner, kept
    having count(*) > 1
    order by names desc, ${c.fn.byBytes(sql`owner`)}, ${c.fn.byBytes(sql`kept`)}
  `,
  explain: (row) =>
    `${String(row['names'])} properties of ${String(row['owner'])} begin with ${shown(beginning(row['kept']))} and become one when cut off after ${plural(countOf(row['allowed']), 'character')}, by ${String(row['allowed_by'])}`,
})
