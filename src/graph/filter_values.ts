/** Which values a filter holds its own against: texts as they are spelled, numbers and truth values by what they are. */
import { sql, type Sql } from '../sql/sql.ts'
import type { Property } from '../project/report_schema.ts'
import type { ModelContext } from './model.ts'

/** A condition: the property of an event or a user, in `properties`, is a number or a truth value and not a text. */
export const isPlain = (property: string, { fn }: Pick<ModelContext, 'fn'>): Sql =>
  sql`${fn.jsonKind(fn.jsonField(sql`properties`, property))} in ('number', 'boolean')`

/**
 * A condition: the property of groups, a column of their profiles, is a number or a truth value and not a text. Where
 * the project gives it no type, the type of the column decides, for `007` and `7` are two texts in a table as well.
 * @returns undefined where it never is
 */
export function isPlainOfGroup(
  { property, of }: Pick<Property, 'property' | 'of'>,
  column: Sql,
  { fn, catalog }: Pick<ModelContext, 'fn' | 'catalog'>,
): Sql | undefined {
  const table = catalog
    .sourcesOf('group_table')
    .find(({ groupKey, properties }) => groupKey === of && properties.some(({ name }) => name === property))
  const type = table?.properties.find(({ name }) => name === property)?.type
  const isCsv = table?.relation.kind === 'files' && table.relation.format === 'csv'
  if (type === 'text' || (type === 'source' && isCsv)) return undefined
  return type === 'integer' || type === 'number' || type === 'boolean' ? sql`true` : fn.isPlain(column)
}
