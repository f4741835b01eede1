/** What others have hung on tables of gwh, and loses with them: on DuckDB every table is made anew. */
import { plural, quotedList } from '../../problems.ts'
import { identifier, literal, join, sql, toText } from '../../sql/sql.ts'
import type { PublishNote, RelationInfo, StagedRelation, Warehouse } from '../warehouse.ts'

/** @param kinds what is published now, by full name */
export async function lostWith(
  warehouse: Pick<Warehouse, 'columns' | 'query'>,
  relations: readonly StagedRelation[],
  kinds: ReadonlyMap<string, RelationInfo['kind']>,
): Promise<PublishNote[]> {
  const replaced = relations.filter(({ published }) => kinds.get(published.join('.')) === 'table')
  const indexes = await indexesIn(warehouse, replaced)
  const notes: PublishNote[] = []
  for (const { name, published, staged } of replaced) {
    const table = published.join('.')
    const own = indexes.get(table) ?? []
    if (own.length > 0)
      notes.push({
        relation: name,
        text: `\`${table}\` is made anew, as all tables on DuckDB are: ${quotedList(own)}, ${own.length === 1 ? 'an index' : 'indexes'} of yours, went with the old one.`,
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
  const schemas = new Set(relations.map(({ published: [schema = ''] }) => schema))
  const rows = await warehouse.query<{ table: string; name: string }>(
    toText(sql`
      select schema_name || '.' || table_name as ${identifier('table')}, index_name as name
      from duckdb_indexes()
      where schema_name in (${join([...schemas].map(literal), ', ')})
      order by all
    `),
  )
  for (const { table, name } of rows) found.set(table, [...(found.get(table) ?? []), name])
  return found
}
