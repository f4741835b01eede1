import * as z from 'zod'
import { identifier, join, literal, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { scalar } from '../project/scalars.ts'
import { countOf, shown } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/**
 * Null is always accepted, as in dbt. The database reads the values as the type of the column: '1' accepts
 * 1.00, and '2024-01-01' its midnight.
 */
export const acceptedValues = check({
  name: 'accepted_values',
  description: 'A column holds only values of a list.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({
      values: z.array(scalar).min(1).describe('The values.'),
      quote: z
        .boolean()
        .optional()
        .describe('false: the values are SQL and are not put into quotes; default: true.'),
    }),
    onColumn: ({ model, relation, named, sql: sqlOf }, column, { values, quote }) => ({
      name: named('accepted_values', model, column),
      description: `\`${column}\` is one of ${values.map(({ text, plain }) => (plain === undefined ? shown(text) : text)).join(', ')}.`,
      models: [model],
      fix: 'Correct these values where they come from, or add those that are right to `values` of the test.',
      rowsIn: 'n_records',
      failures: (c) => sql`
        select ${c.fn.text(identifier(column))} as value_field, count(*) as n_records
        from ${relation(c)}
        where ${identifier(column)} not in (${join(
          values.map(({ text }) => (quote === false ? sqlOf(text, 'values') : literal(text))),
          ', ',
        )})
        group by ${identifier(column)}
        order by n_records desc, value_field
      `,
      explain: (row) =>
        `${column} = ${shown(row['value_field'])} in ${plural(countOf(row['n_records']), 'row')} is not in the list`,
    }),
  }),
})
