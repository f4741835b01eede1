import type { GroupKey, Source } from '../../graph/catalog.ts'
import type { Plan } from '../../graph/plan.ts'
import { plural } from '../../problems.ts'
import { identifier, join, literal, sql } from '../../sql/sql.ts'
import { countOf, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { visibly } from '../sentences.ts'

/** An event with several ids of such a key would belong to no group of it: `events` has room for one. */
export const groupKeyCardinality = check({
  name: 'group_key_cardinality',
  description: 'No event carries several ids of a group key of `cardinality: one`.',
  severity: 'error',
  testsOf: (plan) =>
    plan.catalog.groupKeys
      .filter(({ cardinality }) => cardinality === 'one')
      .flatMap((key) =>
        plan.catalog
          .sourcesOf('events')
          .filter(({ groupKeys }) => groupKeys.includes(key.name))
          .map((source) => ofKey(plan, source, key)),
      ),
})

function ofKey({ catalog: { project } }: Plan, source: Source, key: GroupKey): TestDefinition {
  const i = project.group_keys.findIndex(({ name }) => name === key.name)
  const names = join(source.excludeEvents.map(literal), ', ')
  const excluded =
    source.excludeEvents.length > 0 ? sql` and coalesce(event_name, '') not in (${names})` : sql``
  return {
    name: `group_key_cardinality_${source.name}_${key.name.replaceAll(/\W/g, '_')}`,
    description: `No event of \`${source.name}\` carries several ids of \`${key.name}\`.`,
    models: ['events'],
    sources: [source.name],
    at: project.locate(['group_keys', i, 'cardinality']),
    rowsIn: 'copies',
    // What has several has none in `events`, so that the source is read again only where some have none.
    candidates: ({ ref }) => sql`
      select 1 as found
      from ${ref('events')}
      where source = ${literal(source.name)} and ${identifier(key.name)} is null
      limit 1
    `,
    failures: (c) => {
      const { fn } = c
      const ids = fn.jsonText(fn.jsonObject([['ids', identifier(key.name)]]), 'ids')
      return sql`
        select event_name, min(${fn.byBytes(sql`ids`)}) as example, count(*) as copies
        from (
          select coalesce(event_name, '') as event_name, ${ids} as ids
          from (
            ${c.read(source.name)}
          ) as ${identifier(source.name)}
          where ${fn.idCount(identifier(key.name))} > 1${excluded}
        ) as several
        group by event_name
        order by copies desc, ${fn.byBytes(sql`event_name`)}
      `
    },
    explain: (row) =>
      `${visibly(row['event_name'])} has several ids of ${key.name} in ${plural(countOf(row['copies']), 'row')} of ${source.name}, such as ${visibly(compact(row['example']))}`,
    fix: 'Send one id with each event, or say `cardinality: many` for the group key: then an event counts for each of its groups.',
  }
}

/** Engines write JSON with and without spaces. */
const compact = (json: unknown) => JSON.stringify(JSON.parse(String(json)))
