import { identifier, literal, sql, type Sql } from '../../sql/sql.ts'
import { check, type TestDefinition } from '../check.ts'
import { seen, visibly } from '../said.ts'
import type { Source } from '../../graph/catalog.ts'

/** `{"id": "acme"}` in the place of an id is no id, and the event would belong to nobody without a word. */
export const objectIds = check({
  name: 'object_ids',
  description: 'No event has an object in the place of a group id.',
  severity: 'error',
  testsOf: ({ catalog }) =>
    catalog
      .sourcesOf('events')
      .flatMap((source) =>
        source.readsKeys
          .filter(({ from }) => source.keptProperties?.includes(from) ?? true)
          .map(({ key, from }) => ofKey(source, key, from)),
      ),
})

/** Warehouses write JSON with and without spaces. */
const compact = (json: unknown) => JSON.stringify(JSON.parse(String(json)))

function ofKey(source: Source, key: string, from: string): TestDefinition {
  const isOfSource = sql`source = ${literal(source.name)}`
  return {
    name: `object_ids_${source.name}_${key.replaceAll(/\W/g, '_')}`,
    description: `No \`${from}\` on events of \`${source.name}\` is an object.`,
    models: ['events', 'event_properties'],
    rowsIn: 'events',
    doubts: (c) => sql`
      select property
      from ${c.ref('event_properties')}
      where ${isOfSource} and property = ${literal(from)} and objects + lists > 0
      limit 1
    `,
    failures: (c) => {
      const written: Sql = c.fn.text(c.fn.jsonField(identifier('properties'), from))
      return sql`
        select
          event_name,
          count(*) as events,
          min(${c.fn.byBytes(sql`written`)}) as example,
          min(occurred_at) as first_seen_at,
          max(occurred_at) as last_seen_at
        from (
          select event_name, occurred_at, ${written} as written
          from ${c.ref('events')}
          where ${isOfSource}
        ) as ids
        -- an object, or a list that begins with one
        where written like '{%' or written like '[{%'
        group by event_name
        order by events desc, ${c.fn.byBytes(sql`event_name`)}
      `
    },
    explain: (row) =>
      `${from} is ${visibly(compact(row['example']))} on ${visibly(row['event_name'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])})`,
    mend: 'Send the id itself. Until then what is an object counts for no group of the key.',
  }
}
