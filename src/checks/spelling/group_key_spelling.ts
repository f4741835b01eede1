import type { Source } from '../../graph/catalog.ts'
import { carriesGroup } from '../../graph/event_group_ids.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { rawJson, rawKind, rawNames } from '../raw_members.ts'
import { between, visibly } from '../sentences.ts'
import { alike, differsIn, OF_NAMES } from './near_misses.ts'

/**
 * `companyId` beside `company_id`: half of the app sends the one and half the other, and only one of them is
 * read. Properties of JSON are looked up in `event_properties`; what `events` does not keep is, in the
 * source itself.
 */
export const groupKeySpelling = check({
  name: 'group_key_spelling',
  description:
    'No property and no column of events is a registered group key but for case, spaces, `_`, `-` or camelCase.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog
      .sourcesOf('events')
      .filter(({ readsKeys }) => readsKeys.length > 0)
      .map((source) => (source.keptProperties === undefined ? ofProperties(source) : ofRows(source))),
})

const FIX =
  'Its ids are not counted. Send one spelling, or bring both together in the query or view that the source reads.'

/** @param counted what the numbers count: `event`, or `row` where the source is read as it is */
const explain =
  (what: string, source: Source, counted: 'event' | 'row'): TestDefinition['explain'] =>
  (row) => {
    const amount = (value: unknown) => plural(countOf(value), counted)
    const have = (value: unknown) => `${amount(value)} ${countOf(value) === 1 ? 'has' : 'have'}`
    const both = countOf(row['events_with_both'])
    const dated =
      countOf(row['registered_events']) === 0
        ? ''
        : ` (${between(row['registered_first_seen_at'], row['registered_last_seen_at'])})`
    return `${what} ${visibly(row['spelling'])} of ${source.name} (${amount(row['events'])}, ${between(row['first_seen_at'], row['last_seen_at'])}) differs from ${visibly(row['like_name'])} in ${String(row['differs_in'])}; ${have(row['registered_events'])} ${visibly(row['registered'])}${dated}, ${both === 0 ? `no ${counted} has` : have(both)} both`
  }

/** What is read for each key, under each name that it may come by: a key that is read from another name may be sent under its own. */
function registered(source: Source, { fn }: ModelContext): Sql {
  const rows = source.readsKeys.flatMap(({ key, from }) =>
    [...new Set([from, key])].map(
      (name) => sql`
        select
          ${literal(key)} as group_key,
          ${literal(from)} as registered,
          ${literal(name)} as like_name,
          ${alike(fn, literal(name), OF_NAMES)} as plain_name
      `,
    ),
  )
  return join(rows, '\nunion all\n')
}

/** Names that are something of their own, however much they look alike. */
const known = (source: Source, { catalog }: ModelContext): Sql =>
  join(
    [
      ...new Set([...source.readsKeys.map(({ from }) => from), ...catalog.groupKeys.map(({ name }) => name)]),
    ].map(literal),
    ', ',
  )

function ofProperties(source: Source): TestDefinition {
  const near = (c: ModelContext): Sql => {
    const names = source.readsKeys.flatMap(({ key, from }) => [...new Set([key, from])])
    return sql`
      source = ${literal(source.name)}
      and events > 0
      and property not in (${known(source, c)})
      and ${alike(c.fn, sql`property`, OF_NAMES)} in (${join(
        names.map((name) => alike(c.fn, literal(name), OF_NAMES)),
        ', ',
      )})
    `
  }
  return {
    name: `group_key_spelling_${source.name}`,
    description: `No property of \`${source.name}\` is a group key in another spelling.`,
    models: ['event_properties', 'events'],
    sources: [source.name],
    prefilter: { model: 'event_properties', when: near },
    rowsIn: 'events',
    failures: (c) => {
      const { fn } = c
      const hasIds = c.catalog.groupKeys
        .filter(({ name }) => source.readsKeys.some(({ key }) => key === name))
        .map(
          (key) =>
            sql`when n.group_key = ${literal(key.name)} then ${carriesGroup(key, fn, sql`e.${identifier(key.name)}`)}`,
        )
      return sql`
        with
        registered as (
          ${registered(source, c)}
        ),
        near_misses as (
          select r.group_key, r.registered, r.like_name, p.property as spelling, p.events, p.first_at, p.last_at
          from ${c.ref('event_properties')} as p
          join registered as r on r.plain_name = ${alike(fn, sql`p.property`, OF_NAMES)}
          where p.source = ${literal(source.name)} and p.events > 0 and p.property not in (${known(source, c)})
        ),
        carried as (
          select
            n.group_key,
            n.spelling,
            count(*) as registered_events,
            min(e.occurred_at) as registered_first_seen_at,
            max(e.occurred_at) as registered_last_seen_at,
            count(${fn.jsonTextNamed(sql`e.properties`, sql`n.spelling`)}) as events_with_both
          from near_misses as n
          join ${c.ref('events')} as e
            on e.source = ${literal(source.name)}
            and case
              ${join(hasIds, '\n')}
            end
          group by n.group_key, n.spelling
        )
        select
          n.group_key,
          n.spelling,
          n.events,
          n.first_at as first_seen_at,
          n.last_at as last_seen_at,
          n.registered,
          n.like_name,
          coalesce(c.registered_events, 0) as registered_events,
          c.registered_first_seen_at,
          c.registered_last_seen_at,
          coalesce(c.events_with_both, 0) as events_with_both,
          ${differsIn(fn, sql`n.spelling`, sql`n.like_name`, OF_NAMES)} as differs_in
        from near_misses as n
        left join carried as c on c.group_key = n.group_key and c.spelling = n.spelling
        order by n.events desc, ${fn.byBytes(sql`n.spelling`)}
      `
    },
    explain: explain('property', source, 'event'),
    fix: FIX,
  }
}

function ofRows(source: Source): TestDefinition {
  return {
    name: `group_key_spelling_${source.name}`,
    description: `No ${rawKind(source)} of \`${source.name}\` is a group key in another spelling.`,
    models: ['events'],
    sources: [source.name],
    rowsIn: 'events',
    // Reads one row of a flat table, and none of the columns that it may not have: an empty file of lines has none.
    candidates: (c) => sql`
      with
      ${nearMisses(source, c)}
      select spelling
      from near_misses
      limit 1
    `,
    failures: (c) => {
      const { fn } = c
      const json = rawJson(source, c, sql`source_row`)
      const time = source.time(fn, c.whole(source.name))?.read ?? sql`cast(null as ${fn.type('timestamp')})`
      return sql`
        with
        ${nearMisses(source, c)},
        carried as (
          select
            n.group_key,
            n.registered,
            n.like_name,
            n.spelling,
            nullif(${fn.jsonTextNamed(json, sql`n.spelling`)}, '') is not null as has_spelling,
            nullif(${fn.jsonTextNamed(json, sql`n.registered`)}, '') is not null as has_registered,
            ${time} as happened_at
          from near_misses as n
          cross join ${c.whole(source.name)} as source_row
        )
        select
          group_key,
          spelling,
          count(case when has_spelling then 1 end) as events,
          min(case when has_spelling then happened_at end) as first_seen_at,
          max(case when has_spelling then happened_at end) as last_seen_at,
          registered,
          like_name,
          count(case when has_registered then 1 end) as registered_events,
          min(case when has_registered then happened_at end) as registered_first_seen_at,
          max(case when has_registered then happened_at end) as registered_last_seen_at,
          count(case when has_spelling and has_registered then 1 end) as events_with_both,
          ${differsIn(fn, sql`spelling`, sql`like_name`, OF_NAMES)} as differs_in
        from carried
        group by group_key, spelling, registered, like_name
        having count(case when has_spelling then 1 end) > 0
        order by events desc, ${fn.byBytes(sql`spelling`)}
      `
    },
    // excluded and resent rows are among them
    explain: explain(rawKind(source), source, 'row'),
    fix: FIX,
  }
}

/** CTEs that end with what rows of a source have that is nearly a group key. */
function nearMisses(source: Source, c: ModelContext): Sql {
  return sql`
    registered as (
      ${registered(source, c)}
    ),
    -- the columns, as the members of one row, or the members of a column
    names_of_source as (
      ${rawNames(source, c)}
    ),
    near_misses as (
      select r.group_key, r.registered, r.like_name, s.property as spelling
      from names_of_source as s
      join registered as r on r.plain_name = ${alike(c.fn, sql`s.property`, OF_NAMES)}
      where s.property not in (${known(source, c)})
    )
  `
}
