/** Which values a filter holds its own against: texts as they are spelled, numbers and truth values by what they are. */
import type { Filter, Property } from '../project/report_schema.ts'
import { identifier, literal, sql, type Sql } from '../sql/sql.ts'
import { called } from './called.ts'
import type { Catalog, Source } from './catalog.ts'
import type { FullCatalog } from './report.ts'
import { PROFILE_TIMES, type PropertyDoc } from './connector.ts'
import type { ModelContext } from './model.ts'

/** A condition: the property of an event or a user, in `properties`, is a number or a truth value and not a text. */
export const isPlain = (property: string, { fn }: Pick<ModelContext, 'fn'>): Sql =>
  sql`${fn.jsonKind(fn.jsonField(sql`properties`, property))} in ('number', 'boolean')`

/** A filter on a property of groups. */
type Asked = Pick<Filter, 'property' | 'of' | 'op' | 'value'>

const BY_VALUE: readonly Filter['op'][] = ['eq', 'neq', 'in', 'not_in']

/** Whether a filter names a number or a truth value in another spelling than its text: `10.0`, `1e1`, `True`. */
const isSpelledOtherwise = ({ op, value }: Pick<Filter, 'op' | 'value'>): boolean =>
  BY_VALUE.includes(op) &&
  (value === undefined ? [] : [value].flat()).some(({ text, plain }) => plain !== undefined && plain !== text)

/** The Group Table that a property of groups comes from. */
function tableOf(
  { property, of }: Pick<Property, 'property' | 'of'>,
  catalog: Catalog,
): { table: Source; doc: PropertyDoc } | undefined {
  const tables = catalog.sourcesOf('group_table').filter(({ groupKey }) => groupKey === of)
  return tables
    .flatMap((table) => table.properties.map((doc) => ({ table, doc })))
    .find(({ doc }) => doc.name === property)
}

/** A property of groups, by its column in their profiles, as texts have it: instants without an offset. */
export function textForm(
  column: Sql,
  property: Pick<Property, 'property' | 'of'>,
  { fn, catalog }: Pick<ModelContext, 'fn' | 'catalog'>,
): Sql {
  const type = tableOf(property, catalog)?.doc.type
  return type === 'timestamp' || PROFILE_TIMES.includes(property.property) ? fn.utcClock(column) : column
}

/** The relation that says which values of properties in JSON are numbers and truth values. */
export const jsonScalarsOf = (noun: string): string => `${noun}_json_scalars`

/** Whether a filter has to know what a value is in JSON, of which the profiles have the text. */
export const asksWhatItIs = (filter: Asked, catalog: Catalog): boolean =>
  isSpelledOtherwise(filter) && tableOf(filter, catalog)?.doc.isOfJson === true

/** The properties of a key of which filters of reports ask that. */
export function propertiesAskedFor(
  catalog: FullCatalog,
  key: string,
): { readonly source: Source; readonly property: string }[] {
  const names = new Set<string>()
  const look = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    if (isFilter(value) && value.of === key && asksWhatItIs(value, catalog)) names.add(value.property)
    Object.values(value).forEach(look)
  }
  for (const { options, where } of catalog.reports) look([options, where])
  return [...names].flatMap((property) => {
    const found = tableOf({ property, of: key }, catalog)
    return found ? [{ source: found.table, property }] : []
  })
}

const isFilter = (value: object): value is Asked => 'property' in value && 'of' in value && 'op' in value

/**
 * A condition: the property of groups, a column of their profiles, is a number or a truth value and not a text. Where
 * the project gives it no type, the type of the column decides, for `007` and `7` are two texts in a table as well;
 * of JSON, the type that the value has there.
 * @param id the group in the same relation as the column
 * @returns undefined where it never is, or where it does not matter
 */
export function isPlainOfGroup(
  filter: Asked,
  { id, column }: { readonly id: Sql; readonly column: Sql },
  c: Pick<ModelContext, 'fn' | 'catalog' | 'ref'>,
): Sql | undefined {
  const { table, doc } = tableOf(filter, c.catalog) ?? {}
  if (asksWhatItIs(filter, c.catalog)) {
    const noun = called(c.catalog.groupKeys, filter.of)?.noun ?? filter.of
    return sql`
      (${id}, ${column}) in (
        select ${identifier(filter.of)}, value
        from ${c.ref(jsonScalarsOf(noun))}
        where property = ${literal(filter.property)}
      )
    `
  }
  const type = doc?.type
  const isCsv = table?.relation.kind === 'files' && table.relation.format === 'csv'
  if (type === 'text' || (type === 'source' && isCsv)) return undefined
  return type === 'integer' || type === 'number' || type === 'boolean' ? sql`true` : c.fn.isPlain(column)
}
