import { identifier, join, literal, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { countOf, shown, type Check } from './check.ts'
import { declared } from './declared.ts'

/** Columns declared `accepted_values`; null is always accepted, as in dbt. Values compare as text. */
export const acceptedValues: Check = {
  name: 'accepted_values',
  description: 'A column holds only values of a list.',
  testsOf: (plan) =>
    declared(plan, 'accepted_values').map(({ model, column, severity, values = [], at }) => ({
      name: `accepted_values_${model}_${column}`,
      check: 'accepted_values',
      description: `\`${column}\` is one of ${values.map(shown).join(', ')}.`,
      severity,
      at,
      models: [model],
      rowsIn: 'copies',
      failures: (c) => {
        const value = c.fn.text(identifier(column))
        return sql`
          select ${value} as value, count(*) as copies
          from ${c.ref(model)}
          where ${value} not in (${join(
            values.map((v) => literal(String(v))),
            ', ',
          )})
          group by 1
        `
      },
      explain: (row) =>
        `${column} = ${shown(row['value'])} in ${plural(countOf(row['copies']), 'row')} is not in the list`,
    })),
}
