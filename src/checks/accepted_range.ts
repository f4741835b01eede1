import * as z from 'zod'
import { identifier, join, literal, sql, type Sql } from '../sql/sql.ts'
import { shown, shownRow } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

const bound = z.union([z.number(), z.string().min(1, 'must not be empty')]).optional()

const RANGE = z
  .object({
    min_value: bound.describe("The least value: a number, or SQL such as `date '2024-01-01'`."),
    max_value: bound.describe('The greatest value: a number, or SQL.'),
    inclusive: z.boolean().default(true).describe('Whether the two values themselves are accepted.'),
  })
  .refine((range) => range.min_value !== undefined || range.max_value !== undefined, {
    message: 'give `min_value`, `max_value` or both',
    path: ['min_value'],
  })

/** As in dbt_utils: null passes. */
export const acceptedRange = check({
  name: 'accepted_range',
  description: 'The values of a column lie in a range.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: RANGE,
    onColumn: (target, column, { min_value, max_value, inclusive }) => {
      const { model, relation } = target
      const value = (given: string | number, argument: string): Sql =>
        typeof given === 'number' ? literal(given) : sql`(${target.sql(given, argument)})`
      const outside = [
        ...(min_value === undefined
          ? []
          : [sql`${identifier(column)} ${inclusive ? sql`<` : sql`<=`} ${value(min_value, 'min_value')}`]),
        ...(max_value === undefined
          ? []
          : [sql`${identifier(column)} ${inclusive ? sql`>` : sql`>=`} ${value(max_value, 'max_value')}`]),
      ]
      const wrong = join(outside, ' or ')
      const numbers = [min_value, max_value].every((given) => typeof given !== 'string')
      const range = [
        ...(min_value === undefined ? [] : [`${inclusive ? 'at least' : 'more than'} ${min_value}`]),
        ...(max_value === undefined ? [] : [`${inclusive ? 'at most' : 'less than'} ${max_value}`]),
      ].join(' and ')
      return {
        name: target.named('accepted_range', model, column),
        description: `\`${column}\` is ${range}.`,
        models: [model],
        fix: 'Correct these values where they come from, or widen the range of the test.',
        prefilter: numbers ? { model, when: () => wrong } : undefined,
        failures: (c) => sql`
          select *
          from ${relation(c)}
          where ${wrong}
        `,
        explain: (row) => `${column} = ${shown(row[column])} where ${shownRow(row)}`,
      }
    },
  }),
})
