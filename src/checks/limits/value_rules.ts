/** Tests of values in the properties of events and profiles, by rules on one value. */
import type { ModelContext } from '../../graph/model.ts'
import type { Plan } from '../../graph/plan.ts'
import { plural } from '../../problems.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { countOf, shown, type Row, type TestDefinition } from '../check.ts'
import { beginning, limitColumns, overLimit, said, type Limit } from './limit.ts'
import { profilesOf, type Profiles } from './profiles.ts'

/** A rule on one value. */
export interface ValueRule {
  readonly limit: Limit
  /** What is counted: `characters of texts`. */
  readonly counts: string
  /** Kinds of JSON that it is about. */
  readonly kinds: readonly ('string' | 'array' | 'object')[]
  /** Values inside of lists and objects count as the properties themselves. */
  readonly isNested: boolean
  /** A wrong value has at least so many bytes. */
  readonly leastBytes: number
  measure(value: Sql, c: ModelContext): Sql
  /** Which JSON values could be or hold a wrong value: asked without reading them. */
  suspected(json: Sql, c: ModelContext): Sql
}

/** One test for each relation whose properties have rules. */
export function valueTests(
  plan: Plan,
  name: string,
  about: { readonly events: readonly ValueRule[]; readonly profiles: readonly ValueRule[] },
  fix: string,
): TestDefinition[] {
  return [
    ...(about.events.length > 0 ? [eventsTest(name, about.events, fix)] : []),
    ...(about.profiles.length > 0
      ? profilesOf(plan).map((profiles) => profilesTest(name, profiles, about.profiles, fix))
      : []),
  ]
}

const describe = (rules: readonly ValueRule[], where: string) =>
  `No property ${where} has more ${rules.map(({ counts, limit }) => `${counts} than ${said(limit)}`).join('; nor ')}.`

const placeOf = (rules: readonly ValueRule[]) => rules.find(({ limit }) => limit.at)?.limit.at

/** What is known of all values of a property says whether one of them could be wrong. */
function eventsTest(name: string, rules: readonly ValueRule[], fix: string): TestDefinition {
  return {
    name: `${name}_events`,
    description: describe(rules, 'of an event'),
    models: ['events', 'event_properties'],
    at: placeOf(rules),
    fix,
    prefilter: { model: 'event_properties', when: () => anyOf(rules.map(isSuspectedProperty)) },
    rowsIn: 'rows_with',
    failures: (c) =>
      worstFirst(
        rules.map((rule) => ofEvents(rule, c)),
        c,
      ),
    explain,
  }
}

function profilesTest(
  name: string,
  profiles: Profiles,
  rules: readonly ValueRule[],
  fix: string,
): TestDefinition {
  return {
    name: `${name}_${profiles.name}`,
    description: describe(rules, `in ${profiles.said}`),
    models: profiles.models,
    sources: profiles.sources,
    at: placeOf(rules),
    fix,
    prefilter: profiles.prefilter((c) => anyOf(rules.map((rule) => rule.suspected(sql`properties`, c)))),
    rowsIn: 'rows_with',
    failures: (c) =>
      worstFirst(
        rules.map((rule) => ofProfiles(rule, profiles, c)),
        c,
      ),
    explain,
  }
}

/** Kinds of properties that are wrong or hold a wrong value. */
const outerKinds = ({ kinds, isNested }: ValueRule) => [
  ...new Set([...kinds, ...(isNested ? (['array', 'object'] as const) : [])]),
]

function isSuspectedProperty(rule: ValueRule): Sql {
  const { leastBytes } = rule
  const columns = { string: sql`texts`, array: sql`lists`, object: sql`objects` }
  const some = anyOf(outerKinds(rule).map((kind) => sql`${columns[kind]} > 0`))
  return sql`max_bytes >= ${literal(leastBytes)} and (${some})`
}

function ofEvents(rule: ValueRule, c: ModelContext): Sql {
  const members = c.fn.members({
    rows: c.ref('events'),
    keep: [sql`source`, sql`event_id`],
    json: sql`properties`,
    where: sql`
      source in (select source from ${c.ref('event_properties')} where ${isSuspectedProperty(rule)})
        and ${rule.suspected(sql`properties`, c)}
    `,
  })
  return sql`
    select 'source ' || source as owner, property, ${found(rule, sql`event_id`, c)}
    from (
      select source, event_id, property, ${rule.measure(sql`value`, c)} as measured
      from (
        ${valuesOf(rule, members, [sql`source`, sql`event_id`, sql`property`], c)}
      ) as found_values
      where ${isOfKind(rule.kinds, c)}
    ) as measured_values
    where measured > ${literal(rule.limit.value)}
    group by source, property
  `
}

function ofProfiles(rule: ValueRule, profiles: Profiles, c: ModelContext): Sql {
  const members = c.fn.members({
    rows: profiles.rows(c),
    keep: [sql`owner`, sql`id`],
    json: sql`properties`,
    where: rule.suspected(sql`properties`, c),
  })
  return sql`
    select owner, property, ${found(rule, sql`id`, c)}
    from (
      select owner, id, property, ${rule.measure(sql`value`, c)} as measured
      from (
        ${valuesOf(rule, members, [sql`owner`, sql`id`, sql`property`], c)}
      ) as found_values
      where ${isOfKind(rule.kinds, c)}
    ) as measured_values
    where measured > ${literal(rule.limit.value)}
    group by owner, property
  `
}

/** Only values that are large enough are looked into. */
function valuesOf(rule: ValueRule, members: Sql, keep: readonly Sql[], c: ModelContext): Sql {
  if (!rule.isNested) return members
  const rows = sql`
    (
      ${members}
    ) as members
  `
  const where = sql`${isOfKind(outerKinds(rule), c)} and ${rule.suspected(sql`value`, c)}`
  return c.fn.valuesInside({ rows, keep, json: sql`value`, where })
}

/** A row counts once for each property, however many of the values in it are wrong. */
const found = ({ limit, counts }: ValueRule, id: Sql, { fn }: ModelContext): Sql =>
  sql`count(distinct ${id}) as rows_with, ${literal(counts)} as counted, max(measured) as most, ${limitColumns(limit)}, min(${fn.byBytes(id)}) as example`

const isOfKind = (kinds: ValueRule['kinds'], c: ModelContext): Sql =>
  sql`${c.fn.jsonKind(sql`value`)} in (${join(kinds.map(literal), ', ')})`

const anyOf = (conditions: readonly Sql[]): Sql =>
  join(
    conditions.map((condition) => sql`(${condition})`),
    ' or ',
  )

/** Rules count different things, so that what is compared is how far each is over its limit. */
const worstFirst = (selects: readonly Sql[], { fn }: ModelContext): Sql => sql`
  select *
  from (
    ${join(selects, '\nunion all\n')}
  ) as found_properties
  order by
    most / cast(${fn.greatestOf([sql`allowed`, sql`1`])} as double precision) desc,
    ${fn.byBytes(sql`owner`)},
    ${fn.byBytes(sql`property`)},
    ${fn.byBytes(sql`counted`)}
`

const explain = (row: Row): string =>
  `${String(row['counted'])} in property ${shown(beginning(row['property']))} of ${String(row['owner'])}: up to ${overLimit(row['most'], row)}; ${plural(countOf(row['rows_with']), 'row')}, such as ${shown(row['example'])}`
