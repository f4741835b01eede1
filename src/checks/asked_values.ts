/** The values that filters of reports ask for, held against all that their property has. */
import { called } from '../graph/called.ts'
import type { Catalog } from '../graph/catalog.ts'
import { isPlain, isPlainOfGroup, textForm } from '../graph/filter_values.ts'
import type { ModelContext } from '../graph/model.ts'
import type { Filter } from '../project/report_schema.ts'
import { identifier, literal, sql, type Sql } from '../sql/sql.ts'

/** The relation that has the values. */
export function modelOf({ of, properties }: Filter, { groupKeys }: Catalog): string {
  if (of === 'event') return 'events'
  if (of === 'user') return 'user_profiles'
  const noun = called(groupKeys, of)?.noun ?? of
  return `${noun}_${properties === 'as_of' ? 'history' : 'profiles'}`
}

export const PARTS = ['contains', 'not_contains', 'starts_with']
const WHOLE = ['eq', 'neq', 'in', 'not_in']

/** Sizes and times may well lie beyond all that there is. */
export const asksForValues = ({ op }: Filter) => [...PARTS, ...WHOLE].includes(op)

export interface Asked {
  readonly property: string
  readonly of: string
  readonly op: Filter['op']
  readonly value: Filter['value']
  readonly written: string
  /** Against numbers and truth values, where that is another text. */
  readonly plain: string | undefined
}

/** Each of the values of a filter. */
export const askedBy = ({ property, of, op, value }: Filter): Asked[] =>
  (value === undefined ? [] : [value].flat()).map(({ text, plain }) => ({
    property,
    of,
    op,
    value: { text, plain },
    written: text,
    plain: plain === text ? undefined : plain,
  }))

export function valueOf(asked: Pick<Asked, 'property' | 'of'>, c: ModelContext): Sql {
  const { property, of } = asked
  if (of === 'event' || of === 'user') return c.fn.propertyText(sql`properties`, property)
  return c.fn.valueText(textForm(identifier(property), asked, c))
}

/** As the filter itself decides. */
export const plainOf = (asked: Asked, c: ModelContext): Sql =>
  asked.of === 'event' || asked.of === 'user'
    ? isPlain(asked.property, c)
    : (isPlainOfGroup(asked, { id: identifier(asked.of), column: identifier(asked.property) }, c) ??
      sql`false`)

export function isLike(
  value: Sql,
  isPlainValue: Sql,
  { op, written, plain }: Asked,
  { fn }: ModelContext,
): Sql {
  const given = literal(written)
  if (!PARTS.includes(op))
    return plain === undefined
      ? sql`${value} = ${given}`
      : sql`(${value} = ${given} or ${isPlainValue} and ${value} = ${literal(plain)})`
  const [text, part] = [fn.folded(value), fn.folded(given)]
  return op === 'starts_with' ? sql`starts_with(${text}, ${part})` : sql`strpos(${text}, ${part}) > 0`
}
