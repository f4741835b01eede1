import * as z from 'zod'
import type { ModelContext } from '../graph/model.ts'
import { withFields } from '../graph/with_fields.ts'
import { identifier, sql, type Sql } from '../sql/sql.ts'
import { shownRow, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'
import { FIX_OF_OWN_ROWS } from './sentences.ts'

/** The ids that everything is joined by, and columns declared `not_null`. */
export const notNull = check({
  name: 'not_null',
  description: 'A column has a value in every row.',
  severity: 'error',
  testsOf: (plan) =>
    plan.models.flatMap(({ name, grain, columns }) =>
      grain.map((column) =>
        withFields(
          test(`not_null_${name}_${column}`, name, column, (c) => c.ref(name)),
          { needs: isTime(columns[column]?.type) ? ('times' as const) : undefined, fix: FIX_OF_OWN_ROWS },
        ),
      ),
    ),
  generic: genericTest({
    arguments: z.object({}),
    onColumn: ({ model, relation, named }, column) =>
      test(named('not_null', model, column), model, column, relation),
  }),
})

const isTime = (type: string | undefined) => type === 'date' || type === 'timestamp'

function test(
  name: string,
  model: string,
  column: string,
  relation: (c: ModelContext) => Sql,
): TestDefinition {
  return {
    name,
    description: `\`${column}\` is never null.`,
    models: [model],
    fix: `Fill in \`${column}\` where it comes from; a \`where:\` of the test leaves out rows that may be without it.`,
    prefilter: { model, when: () => sql`${identifier(column)} is null` },
    failures: (c) => sql`
      select *
      from ${relation(c)}
      where ${identifier(column)} is null
    `,
    explain: (row) => `${column} is null where ${shownRow(row) || 'all is null'}`,
  }
}
