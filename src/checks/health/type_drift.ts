import type { Catalog, Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, type Row, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { profilesModel } from '../group_tables.ts'
import { enumerated, visibly } from '../sentences.ts'

/** `63` on one event and `"63"` on the next: filters and sums see half of the values. */
export const typeDrift = check({
  name: 'type_drift',
  description:
    'No property of events or profiles is a text on some and a number, boolean, list or object on others.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const events = catalog.sourcesOf('events')
    // Columns of tables have one type, and so has what the project gives a type.
    const tables = catalog.sourcesOf('group_table').filter(({ hasUntyped }) => hasUntyped)
    return [
      ...(events.length === 0 ? [] : [ofEvents(events)]),
      ...tables.map((table) =>
        ofProfiles(
          catalog,
          table,
          'Send one type, or give the property a `type` in the source so that all values are read alike.',
          (c) => table.untyped(c.fn, c.raw(table.name)) ?? c.read(table.name),
        ),
      ),
      ...catalog
        .sourcesOf('user_table')
        .filter(({ keptProperties }) => keptProperties?.length !== 0)
        .map((table) => ofProfiles(catalog, table, SEND_ONE_TYPE, (c) => c.read(table.name))),
    ]
  },
})

const SEND_ONE_TYPE = 'Send one type, or make it one in the query or view that the source reads.'

/** The columns of `event_properties` that count types, with the kind of JSON that each counts. */
const TYPES = {
  texts: { type: 'text', kind: 'string' },
  numbers: { type: 'number', kind: 'number' },
  booleans: { type: 'boolean', kind: 'boolean' },
  lists: { type: 'list', kind: 'array' },
  objects: { type: 'object', kind: 'object' },
} as const

type Column = keyof typeof TYPES

const COLUMNS: Record<Column, Sql> = {
  texts: sql`texts`,
  numbers: sql`numbers`,
  booleans: sql`booleans`,
  lists: sql`lists`,
  objects: sql`objects`,
}

const columns = Object.keys(TYPES) as Column[]
const SUMS = join(
  columns.map((column) => sql`sum(${COLUMNS[column]}) as ${COLUMNS[column]}`),
  ',\n',
)

/** Whether a property has values of several types: a condition on sums. */
function isOfSeveral(sources: readonly Source[]): Sql {
  const keys = [...new Set(sources.flatMap(({ readsKeys }) => readsKeys.map(({ from }) => from)))]
  const has = columns.map((column) => {
    // One group as a text and several as a list is how group keys are sent.
    const isKey =
      column === 'lists' && keys.length > 0
        ? sql` and property not in (${join(keys.map(literal), ', ')})`
        : sql``
    return sql`case when sum(${COLUMNS[column]}) > 0${isKey} then 1 else 0 end`
  })
  return sql`
    ${join(has, '\n+ ')}
    > 1
  `
}

const ofEvents = (sources: readonly Source[]): TestDefinition => ({
  name: 'type_drift',
  description: 'Every property of events has values of one type.',
  models: ['event_properties'],
  failures: ({ fn, ref }) => sql`
    select
      property,
      count(*) as sources,
      min(${fn.byBytes(sql`source`)}) as first_source,
      ${SUMS}
    from ${ref('event_properties')}
    group by property
    having
      ${isOfSeveral(sources)}
    order by sum(events) desc, ${fn.byBytes(sql`property`)}
  `,
  explain: (row) =>
    `${visibly(row['property'])} is ${kinds(row, 'event')} of ${
      countOf(row['sources']) === 1 ? String(row['first_source']) : plural(countOf(row['sources']), 'source')
    }`,
  fix: SEND_ONE_TYPE,
})

/** @param rows each row of the table with its `properties` */
const ofProfiles = (
  catalog: Catalog,
  table: Source,
  fix: string,
  rows: (c: ModelContext) => Sql,
): TestDefinition => ({
  name: `type_drift_${table.name}`,
  description: `Every property of \`${table.name}\` has values of one type.`,
  models: [profilesModel(catalog, table)],
  sources: [table.name],
  failures: (c) => {
    const members = c.fn.members({
      rows: sql`
        (
          ${rows(c)}
        ) as profile_rows
      `,
      keep: [],
      json: sql`properties`,
    })
    const counts = columns.map(
      (column) =>
        sql`case when kind = ${literal(TYPES[column].kind)} then rows_with else 0 end as ${COLUMNS[column]}`,
    )
    return sql`
      select property, ${SUMS}
      from (
        select property, ${join(counts, ', ')}
        from (
          select property, ${c.fn.jsonKind(sql`value`)} as kind, count(*) as rows_with
          from (
            ${members}
          ) as members
          group by 1, 2
        ) as kinds
      ) as counted
      group by property
      having
        ${isOfSeveral([table])}
      order by ${c.fn.byBytes(sql`property`)}
    `
  },
  explain: (row) => `${visibly(row['property'])} is ${kinds(row, 'row')} of ${table.name}`,
  fix,
})

/** `a text on 12 events and a number on 3 events`, the commonest first. */
function kinds(row: Row, counted: 'event' | 'row'): string {
  const found = columns
    .map((column) => ({ type: TYPES[column].type, found: countOf(row[column]) }))
    .filter(({ found }) => found > 0)
    .sort((a, b) => b.found - a.found)
    .map(({ type, found }) => `${type === 'object' ? 'an' : 'a'} ${type} on ${plural(found, counted)}`)
  return enumerated(found)
}
