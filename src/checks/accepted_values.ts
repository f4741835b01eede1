import * as z from 'zod'
import { identifier, join, literal, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { check, countOf, shown } from './check.ts'
import { declarable } from './declarable.ts'

/** Null is always accepted, as in dbt. Values compare as text. */
export const acceptedValues = check({
  name: 'accepted_values',
  description: 'A column holds only values of a list.',
  severity: 'error',
  testsOf: () => [],
  declared: declarable({
    arguments: z.object({
      values: z
        .array(z.union([z.string(), z.number(), z.boolean()]))
        .min(1)
        .describe('The values.'),
      quote: z.boolean().optional().describe('Taken as dbt writes it; values always compare as text.'),
    }),
    onColumn: ({ model, relation, named }, column, { values }) => ({
      name: named('accepted_values', model, column),
      description: `\`${column}\` is one of ${values.map(shown).join(', ')}.`,
      models: [model],
      rowsIn: 'n_records',
      failures: (c) => {
        const value = c.fn.text(identifier(column))
        return sql`
          select ${value} as value_field, count(*) as n_records
          from ${relation(c)}
          where ${value} not in (${join(
            values.map((v) => literal(String(v))),
            ', ',
          )})
          group by 1
        `
      },
      explain: (row) =>
        `${column} = ${shown(row['value_field'])} in ${plural(countOf(row['n_records']), 'row')} is not in the list`,
    }),
  }),
})
