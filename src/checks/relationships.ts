import { identifier, sql } from '../sql/sql.ts'
import { plural } from '../problems.ts'
import { countOf, shown, type Check } from './check.ts'
import { declared } from './declared.ts'

/** Columns declared `relationships`; null refers to nothing and passes, as in dbt. */
export const relationships: Check = {
  name: 'relationships',
  description: 'Every value of a column is there in the column of another relation.',
  testsOf: (plan) =>
    declared(plan, 'relationships').flatMap(({ model, column, severity, to, at }) =>
      to === undefined
        ? []
        : [
            {
              name: `relationships_${model}_${column}__${to.field}__${to.model}`,
              check: 'relationships',
              description: `Every \`${column}\` is a \`${to.field}\` of \`${to.model}\`.`,
              severity,
              at,
              models: [model, to.model],
              rowsIn: 'copies',
              failures: (c) => sql`
                select child.${identifier(column)} as value, count(*) as copies
                from ${c.ref(model)} as child
                left join ${c.ref(to.model)} as parent on parent.${identifier(to.field)} = child.${identifier(column)}
                where child.${identifier(column)} is not null
                  and parent.${identifier(to.field)} is null
                group by 1
              `,
              explain: (row) =>
                `${column} = ${shown(row['value'])} in ${plural(countOf(row['copies']), 'row')} is no ${to.field} of ${to.model}`,
            },
          ],
    ),
}
