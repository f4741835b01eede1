import * as z from 'zod'
import type { ModelContext } from '../graph/model.ts'
import { STANDARD, textFor } from '../sql/spelling.ts'
import { type Sql, identifier, sql } from '../sql/sql.ts'
import { shownRow, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { genericTest } from './generic_test.ts'

const EXPRESSION = z.object({
  expression: z
    .string()
    .min(1, 'must not be empty')
    .describe('SQL that is true in every row; on a column what follows its name, such as `> 0`.'),
})

/** As in dbt_utils: an expression that is null passes. */
export const expressionIsTrue = check({
  name: 'expression_is_true',
  description: 'An SQL expression is true in every row.',
  severity: 'error',
  testsOf: () => [],
  generic: genericTest({
    arguments: EXPRESSION,
    onModel: ({ model, relation, sql: given, named }, { expression }) =>
      test(named('expression_is_true', model, expression), model, relation, given(expression, 'expression')),
    onColumn: ({ model, relation, sql: given, named }, column, { expression }) =>
      test(
        named('expression_is_true', model, column, expression),
        model,
        relation,
        sql`${identifier(column)} ${given(expression, 'expression')}`,
      ),
  }),
})

function test(
  name: string,
  model: string,
  relation: (c: ModelContext) => Sql,
  expression: Sql,
): TestDefinition {
  return {
    name,
    description: `\`${said(expression)}\` is true in every row.`,
    models: [model],
    fix: 'Correct these rows where they come from, or the expression; a `where:` of the test leaves out rows that it is not about.',
    // A comment at the end of the expression ends with its line.
    failures: (c) => sql`
      select *
      from ${relation(c)}
      where not (
        ${expression}
      )
    `,
    explain: (row) => `\`${said(expression)}\` is not true where ${shownRow(row)}`,
  }
}

const said = (expression: Sql) => textFor(expression, { spelling: STANDARD }).replaceAll(/\s+/g, ' ').trim()
