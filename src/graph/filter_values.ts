/** Which values a filter holds its own against: texts as they are spelled, numbers and truth values by what they are. */
import { sql, type Sql } from '../sql/sql.ts'
import type { Property } from '../project/report_schema.ts'
import type { Catalog } from './catalog.ts'
import type { ModelContext } from './model.ts'

/** A condition: the property of an event or a user, in `properties`, is a number or a truth value and not a text. */
export const isPlain = (property: string, { fn }: Pick<ModelContext, 'fn'>): Sql =>
  sql`${fn.jsonKind(fn.jsonField(sql`properties`, property))} in ('number', 'boolean')`

/** Whether a property of groups can be a number or a truth value: of CSV, only where the project says so. */
export function mayBePlain({ property, of }: Pick<Property, 'property' | 'of'>, catalog: Catalog): boolean {
  const table = catalog
    .sourcesOf('group_table')
    .find(({ groupKey, properties }) => groupKey === of && properties.some(({ name }) => name === property))
  const type = table?.properties.find(({ name }) => name === property)?.type
  if (type !== 'source') return type !== 'text'
  return table?.relation.kind !== 'files' || table.relation.format !== 'csv'
}
