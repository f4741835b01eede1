import type { GroupKey } from '../../graph/catalog.ts'
import type { Plan } from '../../graph/plan.ts'
import { identifier, literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** Keys of which an event can have several ids. */
const severalOf = ({ catalog }: Plan): GroupKey[] =>
  catalog.groupKeys.filter(({ cardinality }) => cardinality === 'many')

/** A list where the vendor takes one id is the same test with the limit 1. */
export const groupsPerEvent = check({
  name: 'groups_per_event',
  description: 'No event carries more ids of one group key than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'groups_per_event', (limit) =>
      severalOf(plan).map((key) => ({
        name: `groups_per_event_${key.name}`,
        description: `No event carries more ids of \`${key.name}\` than ${said(limit)}.`,
        models: ['events'],
        at: limit.at,
        fix: 'The vendor ignores the ids above the limit. Send the ids that matter most, or send several events.',
        prefilter: {
          model: 'events',
          when: ({ fn }) => sql`${fn.idCount(identifier(key.name))} > ${literal(limit.value)}`,
        },
        rowsIn: 'events',
        failures: (c) => {
          const ids = c.fn.idCount(identifier(key.name))
          return sql`
            select
              source,
              event_name,
              count(*) as events,
              max(${ids}) as ids,
              min(event_id) as example,
              ${limitColumns(limit)}
            from ${c.ref('events')}
            where ${ids} > ${literal(limit.value)}
            group by source, event_name
            order by ids desc, events desc, ${c.fn.byBytes(sql`source`)}, ${c.fn.byBytes(sql`event_name`)}
          `
        },
        explain: (row) =>
          `ids of ${key.name} on ${shown(row['event_name'])} of ${String(row['source'])}: up to ${overLimit(row['ids'], row)}, such as event ${String(row['example'])}`,
      })),
    ),
})
