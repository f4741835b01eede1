import * as z from 'zod'
import { join, sql } from '../sql/sql.ts'
import { countOf, shown } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/** As in dbt_utils: null is a value like others here. */
export const uniqueCombinationOfColumns = check({
  name: 'unique_combination_of_columns',
  description: 'No two rows have the same values in several columns.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({
      combination_of_columns: z.array(z.string().min(1, 'must not be empty')).min(1).describe('The columns.'),
      quote_columns: z
        .boolean()
        .optional()
        .describe('Taken as dbt writes it; names are quoted where needed.'),
    }),
    onModel: ({ model, relation, column, named }, { combination_of_columns: names }) => {
      const columns = join(
        names.map((name, i) => column(name, 'combination_of_columns', i)),
        ', ',
      )
      return {
        name: named('unique_combination_of_columns', model, ...names),
        description: `One row per ${names.join(', ')}.`,
        models: [model],
        fix: 'Leave one row of each, or add the column that tells such rows apart to `combination_of_columns`.',
        failures: (c) => sql`
          select ${columns}, count(*) as n_records
          from ${relation(c)}
          group by ${columns}
          having count(*) > 1
        `,
        explain: (row) =>
          `${names.map((name) => `${name} = ${shown(row[name])}`).join(', ')} is there ${countOf(row['n_records'])} times`,
      }
    },
  }),
})
