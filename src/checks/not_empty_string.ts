import * as z from 'zod'
import type { ModelContext } from '../graph/model.ts'
import { identifier, literal, sql, type Sql } from '../sql/sql.ts'
import { shownRow } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/** As in dbt_utils: null passes. */
export const notEmptyString = check({
  name: 'not_empty_string',
  description: 'A column of text is never empty.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({
      trim_whitespace: z.boolean().default(true).describe('Text of nothing but white space is empty, too.'),
    }),
    onColumn: ({ model, relation, named }, column, { trim_whitespace }) => {
      const empty = (c: ModelContext): Sql => {
        const text = c.fn.text(identifier(column))
        // `trim` takes away blanks only.
        return trim_whitespace
          ? sql`translate(${text}, ${literal(' ')} || chr(9) || chr(10) || chr(13), '') = ''`
          : sql`${text} = ''`
      }
      return {
        name: named('not_empty_string', model, column),
        description: `\`${column}\` is never an empty text.`,
        models: [model],
        fix: `Fill in \`${column}\` where it comes from, or make it null where there is nothing to say.`,
        prefilter: { model, when: empty },
        failures: (c) => sql`
          select *
          from ${relation(c)}
          where ${empty(c)}
        `,
        explain: (row) => `${column} is empty where ${shownRow(row)}`,
      }
    },
  }),
})
