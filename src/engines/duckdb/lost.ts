/** What others have hung on tables of gwh, and loses with them: on DuckDB every table is made anew. */
import { plural, ProblemError, quotedList } from '../../problems.ts'
import { identifier, literal, join, sql, toText } from '../../sql/sql.ts'
import type { PublishNote, RelationInfo, StagedRelation, Warehouse } from '../warehouse.ts'

/**
 * @param kinds what is published now, by full name
 * @throws ProblemError `dependents_in_the_way` where a foreign key of others refers to a table, which cannot go then
 */
export async function lostWith(
  warehouse: Pick<Warehouse, 'columns' | 'query'>,
  relations: readonly StagedRelation[],
  kinds: ReadonlyMap<string, RelationInfo['kind']>,
): Promise<PublishNote[]> {
  const replaced = relations.filter(({ published }) => kinds.get(published.join('.')) === 'table')
  await refuseReferred(warehouse, replaced)
  const indexes = await indexesIn(warehouse, replaced)
  const rules = await rulesIn(warehouse, replaced)
  const notes: PublishNote[] = []
  for (const { name, published, staged } of replaced) {
    const table = published.join('.')
    const own = indexes.get(table) ?? []
    if (own.length > 0)
      notes.push({
        relation: name,
        text: `\`${table}\` is made anew, as all tables on DuckDB are: ${quotedList(own)}, ${own.length === 1 ? 'an index' : 'indexes'} of yours, went with the old one.`,
      })
    const held = rules.get(table) ?? []
    if (held.length > 0)
      notes.push({
        relation: name,
        text: `\`${table}\` is made anew, as all tables on DuckDB are: ${quotedList(held)} of yours went with the old one.`,
      })
    const now = new Set(((await warehouse.columns(staged)) ?? []).map((column) => column.name))
    const gone = ((await warehouse.columns(published)) ?? [])
      .map((column) => column.name)
      .filter((c) => !now.has(c))
    if (gone.length === 0) continue
    notes.push({
      relation: name,
      text: `\`${table}\` has ${plural(gone.length, 'column')} less: ${quotedList(gone)}. A view of yours that asks for ${gone.length === 1 ? 'it' : 'one of them'} cannot be read any more.`,
    })
  }
  return notes
}

async function indexesIn(
  warehouse: Pick<Warehouse, 'query'>,
  relations: readonly StagedRelation[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  if (relations.length === 0) return found
  const rows = await warehouse.query<{ table: string; name: string }>(
    toText(sql`
      select schema_name || '.' || table_name as ${identifier('table')}, index_name as name
      from duckdb_indexes()
      where schema_name in (${join(schemasOf(relations).map(literal), ', ')})
      order by all
    `),
  )
  for (const { table, name } of rows) found.set(table, [...(found.get(table) ?? []), name])
  return found
}

/** Constraints and defaults, which gwh gives to no table: `primary key (company_id)`, `not null of plan`, `default of plan`. */
async function rulesIn(
  warehouse: Pick<Warehouse, 'query'>,
  relations: readonly StagedRelation[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (relations.length === 0) return new Map()
  const rows = await warehouse.query<{ table: string; rule: string }>(
    toText(sql`
      select schema_name || '.' || table_name as ${identifier('table')}, rule
      from (
        select
          schema_name,
          table_name,
          case constraint_type
            when 'NOT NULL' then 'not null of ' || array_to_string(constraint_column_names, ', ')
            when 'CHECK' then constraint_text
            else lower(constraint_type) || ' (' || array_to_string(constraint_column_names, ', ') || ')'
          end as rule
        from duckdb_constraints()
        union all
        select schema_name, table_name, 'default of ' || column_name as rule
        from duckdb_columns()
        where column_default is not null
      ) as rules
      where schema_name in (${join(schemasOf(relations).map(literal), ', ')})
      order by all
    `),
  )
  const found = new Map<string, string[]>()
  for (const { table, rule } of rows) found.set(table, [...(found.get(table) ?? []), rule])
  return found
}

/** A table that is referred to cannot be dropped, and DuckDB takes no foreign key back. */
async function refuseReferred(
  warehouse: Pick<Warehouse, 'query'>,
  relations: readonly StagedRelation[],
): Promise<void> {
  const tables = new Set(relations.map(({ published }) => published.join('.')))
  const rows = await warehouse.query<{ referring: string; key: string }>(
    toText(sql`
      select schema_name || '.' || table_name as referring, constraint_text as ${identifier('key')}
      from duckdb_constraints()
      where constraint_type = 'FOREIGN KEY'
      order by all
    `),
  )
  const found = rows.flatMap(({ referring, key }) => {
    const to = /REFERENCES (.*)\(/s.exec(key)?.[1]?.replaceAll('"', '') ?? ''
    return tables.has(to) ? [{ referring, to }] : []
  })
  if (found.length === 0) return
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `Nothing was published, since every build makes tables of DuckDB anew, and a table cannot go while a foreign key refers to it: ${found.map(({ referring, to }) => `\`${referring}\` refers to \`${to}\``).join(', ')}.`,
    fix: 'Make your table anew without the foreign key (`create table … as`), or keep it in another database file.',
  })
}

const schemasOf = (relations: readonly StagedRelation[]): string[] => [
  ...new Set(relations.map(({ published: [schema = ''] }) => schema)),
]
