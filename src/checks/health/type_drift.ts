import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { check, countOf, type Row } from '../check.ts'
import { enumerated, visibly } from '../said.ts'

const TYPES = {
  texts: 'text',
  numbers: 'number',
  booleans: 'boolean',
  lists: 'list',
  objects: 'object',
} as const

/** `63` on one event and `"63"` on the next: filters and sums see half of the values. */
export const typeDrift = check({
  name: 'type_drift',
  description: 'No property is a text on some events and a number, boolean, list or object on others.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    if (catalog.sourcesOf('events').length === 0) return []
    const keys = [
      ...new Set(catalog.sourcesOf('events').flatMap(({ readsKeys }) => readsKeys.map(({ from }) => from))),
    ]
    const has = (type: Type): Sql => sql`case when sum(${COLUMNS[type]}) > 0 then 1 else 0 end`
    // One group as a text and several as a list is how group keys are sent.
    const lists =
      keys.length === 0
        ? has('lists')
        : sql`case when sum(lists) > 0 and property not in (${join(keys.map(literal), ', ')}) then 1 else 0 end`
    const sums = Object.values(COLUMNS).map((column) => sql`sum(${column}) as ${column}`)
    return [
      {
        name: 'type_drift',
        description: 'Every property has values of one type.',
        models: ['event_properties'],
        failures: ({ fn, ref }) => sql`
          select
            property,
            count(*) as sources,
            min(${fn.byBytes(sql`source`)}) as first_source,
            ${join(sums, ',\n')}
          from ${ref('event_properties')}
          group by property
          having
            ${join([has('texts'), has('numbers'), has('booleans'), has('objects'), lists], '\n+ ')}
            > 1
          order by sum(events) desc, ${fn.byBytes(sql`property`)}
        `,
        explain: (row) => `${visibly(row['property'])} is ${kinds(row)}${where(row)}`,
        mend: 'Send one type, or give the property a `type` in the source so that all values are read alike.',
      },
    ]
  },
})

type Type = keyof typeof TYPES

const COLUMNS: Record<Type, Sql> = {
  texts: sql`texts`,
  numbers: sql`numbers`,
  booleans: sql`booleans`,
  lists: sql`lists`,
  objects: sql`objects`,
}

/** `a text on 12 events and a number on 3 events`, the commonest first. */
function kinds(row: Row): string {
  const found = Object.entries(TYPES)
    .map(([column, type]) => ({ type, events: countOf(row[column]) }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events)
    .map(({ type, events }) => `${type === 'object' ? 'an' : 'a'} ${type} on ${plural(events, 'event')}`)
  return enumerated(found)
}

const where = (row: Row): string =>
  countOf(row['sources']) === 1
    ? ` of ${String(row['first_source'])}`
    : ` of ${plural(countOf(row['sources']), 'source')}`
