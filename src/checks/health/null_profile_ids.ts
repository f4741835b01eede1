import { sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { modelRead } from '../group_tables.ts'

/**
 * Rows that belong to nobody are left out of profiles. A warning, not an error: what is published is right
 * without them, and one nameless row of a CRM should not keep a day's numbers from being published. A mapping
 * to the wrong column shows as well: then all rows lack an id.
 */
export const nullProfileIds = check({
  name: 'null_profile_ids',
  description: 'Every row of a group table, user table or source of operations has an id.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.sources
      .filter(({ type }) => type === 'group_table' || type === 'operations' || type === 'user_table')
      .map((table) => {
        const id = table.type === 'user_table' ? sql`user_id` : sql`group_id`
        return {
          name: `null_profile_ids_${table.name}`,
          description: `Every row of \`${table.name}\` has an id.`,
          models: [modelRead(catalog, table)],
          sources: [table.name],
          rowsIn: 'rows_without_id',
          failures: (c) => sql`
            select count(case when ${id} is null then 1 end) as rows_without_id, count(*) as all_rows
            from (
              ${c.read(table.name)}
            ) as profile_rows
            having count(case when ${id} is null then 1 end) > 0
          `,
          explain: (row) =>
            `${countOf(row['rows_without_id'])} of ${plural(countOf(row['all_rows']), 'row')} of ${table.name} ${countOf(row['rows_without_id']) === 1 ? 'has' : 'have'} no id, and no profile comes of them`,
          fix: 'Give these rows an id, or check whether `columns.id` names the right column.',
        }
      }),
})
