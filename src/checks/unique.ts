import * as z from 'zod'
import { identifier, join, sql } from '../sql/sql.ts'
import { countOf, shown } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'
import { FIX_OF_OWN_ROWS } from './sentences.ts'

/** The grain of every relation that gwh builds, and columns declared `unique`, where nulls do not count. */
export const unique = check({
  name: 'unique',
  description: 'No two rows have the same value, or the same values in the columns of the grain.',
  severity: 'error',
  testsOf: (plan) =>
    plan.models
      .filter((model) => model.grain.length > 0)
      .map(({ name, grain }) => {
        const columns = join(
          grain.map((column) => identifier(column)),
          ', ',
        )
        return {
          name: `unique_${name}_grain`,
          description: `One row per ${grain.join(', ')}.`,
          models: [name],
          fix: FIX_OF_OWN_ROWS,
          // Numbers are told apart several times faster than texts. Equal rows have equal hashes; other rows may.
          candidates: (c) => sql`
            select hashed
            from (
              select ${c.fn.hash(grain.map((column) => identifier(column)))} as hashed
              from ${c.ref(name)}
            ) as hashes
            group by hashed
            having count(*) > 1
            limit 1
          `,
          failures: (c) => sql`
            select ${columns}, count(*) as n_records
            from ${c.ref(name)}
            group by ${columns}
            having count(*) > 1
          `,
          explain: (row) =>
            `${grain.map((column) => `${column} = ${shown(row[column])}`).join(', ')} is there ${countOf(row['n_records'])} times`,
        }
      }),
  generic: genericTest({
    arguments: z.object({}),
    onColumn: ({ model, relation, named }, column) => ({
      name: named('unique', model, column),
      description: `\`${column}\` has no value twice.`,
      models: [model],
      fix: `Leave one row of each \`${column}\`, or test what makes a row one of a kind with \`unique_combination_of_columns\`.`,
      // Names of columns as in dbt, for `fail_calc`.
      failures: (c) => sql`
        select ${identifier(column)} as unique_field, count(*) as n_records
        from ${relation(c)}
        where ${identifier(column)} is not null
        group by ${identifier(column)}
        having count(*) > 1
      `,
      explain: (row) =>
        `${column} = ${shown(row['unique_field'])} is there ${countOf(row['n_records'])} times`,
    }),
  }),
})
