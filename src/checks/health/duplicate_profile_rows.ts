import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { check, countOf } from '../check.ts'
import { visibly } from '../said.ts'

/** Rows of which nothing says which is the latest: the one that wins is settled by its content. */
export const duplicateProfileRows = check({
  name: 'duplicate_profile_rows',
  description:
    'No id has several rows in a Group Table that say different things at the same `updated_at`, or several rows without one.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.sourcesOf('group_table').map((table) => ({
      name: `duplicate_profile_rows_${table.name}`,
      description: `The rows of \`${table.name}\` say which of an id is the latest.`,
      models: profilesOf(catalog.groupKeys, table),
      sources: [table.name],
      rowsIn: 'rows_of_id',
      failures: (c) => failures(table, c),
      explain: (row) => {
        const columns = String(row['differing_columns'])
        const when =
          row['updated_at'] instanceof Date
            ? `with updated_at ${row['updated_at'].toISOString()}`
            : 'without updated_at'
        return `${visibly(row['group_id'])} has ${plural(countOf(row['rows_of_id']), 'row')} ${when} in ${table.name}${columns === '' ? ', all alike' : ` that differ in ${columns}`}`
      },
      mend: 'Name a column with the time of the row as `updated_at`, or leave one row of each id in the table.',
    })),
})

const profilesOf = (keys: readonly { name: string; noun: string }[], table: Source): string[] =>
  keys.filter((key) => key.name === table.groupKey).map((key) => `${key.noun}_profiles`)

function failures(table: Source, { fn, ...c }: ModelContext): Sql {
  const names = ['display_name', 'created_at', ...table.properties.map(({ name }) => name)]
  const texts = names.map((name) => sql`${fn.text(identifier(name))} as ${identifier(name)}`)
  const differs = names.map((name) => {
    const text = fn.byBytes(identifier(name))
    // some without a value, or two values
    return sql`case when count(${identifier(name)}) not in (0, count(*)) or min(${text}) <> max(${text}) then ${literal(name)} end`
  })
  return sql`
    select group_id, updated_at, rows_of_id, differing_columns
    from (
      select
        group_id,
        updated_at,
        count(*) as rows_of_id,
        concat_ws(
          ', ',
          ${join(differs, ',\n')}
        ) as differing_columns
      from (
        select
          group_id,
          updated_at,
          ${join(texts, ',\n')}
        from (
          ${c.read(table.name)}
        ) as profile_rows
        where group_id is not null
      ) as texts
      group by group_id, updated_at
      having count(*) > 1
    ) as several
    where differing_columns <> '' or updated_at is null
    order by rows_of_id desc, ${fn.byBytes(sql`group_id`)}
  `
}
