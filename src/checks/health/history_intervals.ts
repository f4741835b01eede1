import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import type { Plan } from '../../graph/plan.ts'
import { join, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, type Row } from '../check.ts'
import { check } from '../definition.ts'
import { profilesModel } from '../group_tables.ts'
import { visibly } from '../sentences.ts'

/**
 * Times of profile rows that make no history. Where a report reads properties as of an event, two rows of one
 * time leave no time for one of them, and a row without a time was never in force.
 */
export const historyIntervals = check({
  name: 'history_intervals',
  description:
    'No group is updated before it is created and, where a report reads the history, every version has a time of its own.',
  severity: 'warn',
  testsOf: (plan) =>
    plan.catalog
      .sourcesOf('group_table')
      .filter((table) => table.hasHistory)
      .map((table) => {
        const { profiles, history } = modelsOf(plan, table)
        return {
          name: `history_intervals_${table.name}`,
          description: `The times of the rows of \`${table.name}\` make a history.`,
          models: [profiles, ...(history === undefined ? [] : [history])],
          sources: [table.name],
          rowsIn: 'rows_of_id',
          failures: (c) => failures(table, history !== undefined, c),
          explain: (row) => explain(row, table),
          fix: 'Correct the times in the Group Table. Of rows of one time one is taken, settled by content.',
        }
      }),
})

function modelsOf(plan: Plan, table: Source): { profiles: string; history: string | undefined } {
  const noun = plan.catalog.groupKeys.find(({ name }) => name === table.groupKey)?.noun ?? ''
  return { profiles: profilesModel(plan.catalog, table), history: plan.model(`${noun}_history`)?.name }
}

function failures(table: Source, readsHistory: boolean, { fn, ...c }: ModelContext): Sql {
  const kinds = [
    sql`
      select 'created_later' as problem, group_id, created_at, updated_at, count(*) as rows_of_id
      from profile_rows
      where created_at > updated_at
      group by group_id, created_at, updated_at
    `,
    ...(readsHistory
      ? [
          sql`
            select 'same_time' as problem, group_id, min(created_at) as created_at, updated_at, count(*) as rows_of_id
            from profile_rows
            where updated_at is not null
            group by group_id, updated_at
            having count(*) > 1
          `,
          sql`
            select 'no_time' as problem, group_id, min(created_at) as created_at, updated_at, count(*) as rows_of_id
            from profile_rows
            where updated_at is null
            group by group_id, updated_at
          `,
        ]
      : []),
  ]
  return sql`
    with
    profile_rows as (
      select group_id, created_at, updated_at
      from (
        ${c.read(table.name)}
      ) as all_rows
      where group_id is not null
    )
    select problem, group_id, created_at, updated_at, rows_of_id
    from (
      ${join(kinds, '\nunion all\n')}
    ) as problems
    order by problem, ${fn.byBytes(sql`group_id`)}, updated_at
  `
}

function explain(row: Row, table: Source): string {
  const time = (column: string) =>
    row[column] instanceof Date ? row[column].toISOString() : 'an unknown time'
  const id = visibly(row['group_id'])
  const rows = plural(countOf(row['rows_of_id']), 'row')
  switch (row['problem']) {
    case 'created_later':
      return `${id} is created at ${time('created_at')}, after its update at ${time('updated_at')}, in ${rows} of ${table.name}`
    case 'same_time':
      return `${id} has ${rows} of ${table.name} with updated_at ${time('updated_at')}: only one of them can be in force`
    default:
      return `${id} has ${rows} of ${table.name} without updated_at, in no history`
  }
}
