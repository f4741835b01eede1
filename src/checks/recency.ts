import * as z from 'zod'
import { sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { shown } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/** Units of PostgreSQL and DuckDB alike; neither has quarters in common. */
const UNITS = {
  second: [1, 'second'],
  minute: [1, 'minute'],
  hour: [1, 'hour'],
  day: [1, 'day'],
  week: [1, 'week'],
  month: [1, 'month'],
  quarter: [3, 'month'],
  year: [1, 'year'],
} as const

type Unit = keyof typeof UNITS

/** As in dbt_utils: a relation without rows passes. Times are in UTC. */
export const recency = check({
  name: 'recency',
  description: 'The latest time of a relation is not long ago.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({
      datepart: z.enum(Object.keys(UNITS) as [Unit, ...Unit[]]).describe('The unit of `interval`.'),
      field: z.string().min(1, 'must not be empty').describe('The column of the time, or SQL.'),
      interval: z.int().positive().describe('How long ago the latest time may be at most.'),
    }),
    onModel: ({ model, relation, value, named }, { datepart, field, interval }) => {
      const [times, unit] = UNITS[datepart]
      const time = value(field, 'field')
      return {
        name: named('recency', model, field, String(interval), datepart),
        description: `The latest ${field} is at most ${plural(interval, datepart)} ago.`,
        models: [model],
        fix: 'Check whether new rows still come in where they are loaded; if there need not be any, allow a longer `interval`.',
        failures: (c) => sql`
          select latest as most_recent, oldest as threshold
          from (
            select
              cast(max(${time}) as ${c.fn.type('timestamp')}) as latest,
              ${c.fn.after(c.fn.now(), -interval * times, unit)} as oldest
            from ${relation(c)}
          ) as found
          where latest < oldest
        `,
        explain: (row) =>
          `the latest ${field} is ${shown(row['most_recent'])}, before ${shown(row['threshold'])}`,
      }
    },
  }),
})
