import * as z from 'zod'
import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { perKey, valuesPerKey } from '../per_key.ts'
import { eventsOf, percent } from '../sentences.ts'

/** How much of what happens belongs to a group at all. What is enough only the project knows. */
export const attributionShare = check({
  name: 'attribution_share',
  description: 'At least `min_share` of the events carry an id of the group key.',
  severity: 'warn',
  options: z.object({
    min_share: perKey(z.number().gt(0).max(1), 'The smallest share that is enough, from 0 to 1.'),
  }),
  testsOf: ({ catalog }, { min_share }) =>
    valuesPerKey(catalog, min_share, ['attribution_share', 'min_share']).map(({ key, value }) => ({
      name: `attribution_share_${key.noun}`,
      description: `At least ${percent(value)} of the events carry a \`${key.name}\`.`,
      models: ['attribution_daily'],
      failures: ({ fn, ref }) => sql`
        select events, attributed, attributed * 1.0 / events as share
        from (
          select
            cast(sum(events) as ${fn.type('bigint')}) as events,
            cast(sum(attributed) as ${fn.type('bigint')}) as attributed
          from ${ref('attribution_daily')}
          where group_key = ${literal(key.name)}
        ) as counted
        where attributed < ${literal(value)} * events
      `,
      explain: (row) =>
        `${percent(row['share'], value)} of ${eventsOf(row['events'])} carry a ${key.name}, less than ${percent(value, row['share'])}`,
      fix: 'Look in attribution_daily for the sources and events that carry none.',
    })),
})
