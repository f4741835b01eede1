import * as z from 'zod'
import { identifier, sql } from '../sql/sql.ts'
import { shown } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

/** Null refers to nothing and passes, as in dbt. */
export const relationships = check({
  name: 'relationships',
  description: 'Every value of a column is there in the column of another relation.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: z.object({
      to: z.string().min(1, 'must not be empty').describe("The parent relation, as ref('company_profiles')."),
      field: z.string().min(1, 'must not be empty').describe('The column of the parent relation.'),
    }),
    onColumn: (target, column, { to, field }) => {
      const { model, relation } = target
      const { name: parent, column: columnOfParent } = target.reference(to, 'to')
      const key = columnOfParent(field, 'field')
      return {
        name: target.named('relationships', model, column, '', field, '', parent),
        description: `Every \`${column}\` is a \`${field}\` of \`${parent}\`.`,
        models: [model, parent],
        fix: `Add what is missing to \`${parent}\`, or correct \`${column}\`; a \`where:\` of the test leaves out rows that need no parent.`,
        failures: (c) => sql`
          select child.${identifier(column)} as from_field
          from ${relation(c, 'child')}
          left join ${c.ref(parent)} as parent on parent.${key} = child.${identifier(column)}
          where child.${identifier(column)} is not null
            and parent.${key} is null
        `,
        explain: (row) => `${column} = ${shown(row['from_field'])} is no ${field} of ${parent}`,
      }
    },
  }),
})
