import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** The number of different names over all sources. Vendors still take more, but no longer show them all. */
export const eventNamesLimit = check({
  name: 'event_names_limit',
  description: 'There are no more names of events than the vendor can show.',
  severity: 'warn',
  testsOf: (plan) =>
    ofLimit(plan, 'event_names', (limit) => [
      {
        name: 'event_names_limit',
        description: `There are no more names of events than ${said(limit)}.`,
        models: ['events_daily'],
        at: limit.at,
        fix: 'Put what varies, such as ids and titles, into a property and keep it out of the name of the event.',
        failures: (c) => sql`
          select count(*) as event_names, ${limitColumns(limit)}
          from (select distinct event_name from ${c.ref('events_daily')}) as names
          having count(*) > ${literal(limit.value)}
        `,
        explain: (row) => `names of events: ${overLimit(row['event_names'], row)}`,
      },
    ]),
})
