import { identifier, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { countOf, type Check, type DataTest } from './check.ts'
import { declared } from './declared.ts'

/** The ids that everything is joined by, and columns declared `not_null`. */
export const notNull: Check = {
  name: 'not_null',
  description: 'A column has a value in every row.',
  testsOf: (plan) => [
    ...plan.models.flatMap((model) =>
      model.grain.map((column) => test(model.name, column, `not_null_${model.name}_${column}`)),
    ),
    ...declared(plan, 'not_null')
      .filter(({ model, column }) => !plan.model(model)?.grain.includes(column))
      .map(({ model, column, severity, at }) => ({
        ...test(model, column, `not_null_${model}_${column}`),
        severity,
        at,
      })),
  ],
}

function test(model: string, column: string, name: string): DataTest {
  return {
    name,
    check: 'not_null',
    description: `\`${column}\` is never null.`,
    severity: 'error',
    models: [model],
    rowsIn: 'rows_without',
    failures: (c) => sql`
      select count(*) as rows_without
      from ${c.ref(model)}
      where ${identifier(column)} is null
      having count(*) > 0
    `,
    explain: (row) => `${column} is null in ${plural(countOf(row['rows_without']), 'row')}`,
  }
}
