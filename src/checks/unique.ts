import { identifier, join, sql } from '../sql/sql.ts'
import { countOf, shown, type Check, type DataTest } from './check.ts'
import { declared } from './declared.ts'

/** The grain of every relation that gwh builds, and columns declared `unique` (nulls do not count there). */
export const unique: Check = {
  name: 'unique',
  description: 'No two rows have the same value, or the same values in the columns of the grain.',
  testsOf: (plan) => [
    ...plan.models
      .filter((model) => model.grain.length > 0)
      .map((model) =>
        test(
          `unique_${model.name}_grain`,
          model.name,
          model.grain,
          `One row per ${model.grain.join(', ')}.`,
          false,
        ),
      ),
    ...declared(plan, 'unique').map(({ model, column, severity, at }) => ({
      ...test(`unique_${model}_${column}`, model, [column], `\`${column}\` has no value twice.`, true),
      severity,
      at,
    })),
  ],
}

function test(
  name: string,
  model: string,
  columns: readonly string[],
  description: string,
  ignoreNulls: boolean,
): DataTest {
  const names = join(
    columns.map((column) => identifier(column)),
    ', ',
  )
  const notNull = join(
    columns.map((column) => sql`${identifier(column)} is not null`),
    '\n  and ',
  )
  return {
    name,
    check: 'unique',
    description,
    severity: 'error',
    models: [model],
    failures: (c) => sql`
      select ${names}, count(*) as copies
      from ${c.ref(model)}
      ${ignoreNulls ? sql`where ${notNull}` : sql``}
      group by ${names}
      having count(*) > 1
    `,
    explain: (row) =>
      `${columns.map((column) => `${column} = ${shown(row[column])}`).join(', ')} is there ${countOf(row['copies'])} times`,
  }
}
