import * as z from 'zod'
import { identifier, sql } from '../sql/sql.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/** As in dbt_utils: of a relation without rows it fails. */
export const atLeastOne = check({
  name: 'at_least_one',
  description: 'A column has a value in at least one row.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({}),
    onColumn: ({ model, relation, named }, column) => ({
      name: named('at_least_one', model, column),
      description: `\`${column}\` has a value in at least one row.`,
      models: [model],
      fix: `Check whether \`${model}\` still reads \`${column}\` from where it is filled in, and whether it has rows at all.`,
      failures: (c) => sql`
        select count(${identifier(column)}) as rows_with
        from ${relation(c)}
        having count(${identifier(column)}) = 0
      `,
      explain: () => `${column} is null in every row`,
    }),
  }),
})
