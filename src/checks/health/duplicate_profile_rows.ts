import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { profilesModel } from '../group_tables.ts'
import { visibly } from '../sentences.ts'

/** Rows of which nothing says which is the latest: the one that wins is settled by its content. */
export const duplicateProfileRows = check({
  name: 'duplicate_profile_rows',
  description:
    'No id has several rows in a Group Table or user table that say different things at the same `updated_at`, or several rows without one.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    [...catalog.sourcesOf('group_table'), ...catalog.sourcesOf('user_table')].map((table) => ({
      name: `duplicate_profile_rows_${table.name}`,
      description: `The rows of \`${table.name}\` say which of an id is the latest.`,
      models: [profilesModel(catalog, table)],
      sources: [table.name],
      rowsIn: 'rows_of_id',
      failures: (c) => failures(table, c),
      explain: (row) => {
        const columns = String(row['differing_columns'])
        const when =
          row['updated_at'] instanceof Date
            ? `with updated_at ${row['updated_at'].toISOString()}`
            : 'without updated_at'
        return `${visibly(row[idOf(table)])} has ${plural(countOf(row['rows_of_id']), 'row')} ${when} in ${table.name}${columns === '' ? ', all alike' : ` that differ in ${columns}`}`
      },
      fix: 'Name a column with the time of the row as `updated_at`, or leave one row of each id in the table.',
    })),
})

const idOf = (table: Source) => (table.type === 'user_table' ? 'user_id' : 'group_id')

/** What a row says of its id, as texts that are equal where it says the same. */
function said(table: Source, { fn, catalog }: ModelContext): { name: string; text: Sql }[] {
  const plain = (name: string) => ({ name, text: fn.valueText(identifier(name)) })
  const own = ['display_name', 'created_at'].map(plain)
  if (table.type === 'group_table') return [...own, ...table.properties.map(({ name }) => plain(name))]
  const keys = catalog.groupKeys.filter(({ name }) => table.groupKeys.includes(name))
  return [
    ...own,
    { name: 'properties', text: fn.orderedText(sql`properties`) },
    ...keys.map(({ name }) => plain(name)),
  ]
}

/** Rows of service users are nobody's. */
function isSomebody(table: Source, { catalog }: ModelContext): Sql {
  const id = identifier(idOf(table))
  const services = table.type === 'user_table' ? catalog.project.service_user_ids : []
  if (services.length === 0) return sql`${id} is not null`
  return sql`${id} not in (${join(services.map(literal), ', ')})`
}

function failures(table: Source, c: ModelContext): Sql {
  const { fn } = c
  const id = identifier(idOf(table))
  const columns = said(table, c)
  const texts = columns.map(({ name, text }) => sql`${text} as ${identifier(name)}`)
  const differs = columns.map(({ name }) => {
    const text = fn.byBytes(identifier(name))
    // some without a value, or two values
    return sql`case when count(${identifier(name)}) not in (0, count(*)) or min(${text}) <> max(${text}) then ${literal(name)} end`
  })
  return sql`
    select ${id}, updated_at, rows_of_id, differing_columns
    from (
      select
        ${id},
        updated_at,
        count(*) as rows_of_id,
        concat_ws(
          ', ',
          ${join(differs, ',\n')}
        ) as differing_columns
      from (
        select
          ${id},
          updated_at,
          ${join(texts, ',\n')}
        from (
          ${c.read(table.name)}
        ) as profile_rows
        where ${isSomebody(table, c)}
      ) as texts
      group by ${id}, updated_at
      having count(*) > 1
    ) as several
    where differing_columns <> '' or updated_at is null
    order by rows_of_id desc, ${fn.byBytes(id)}
  `
}
