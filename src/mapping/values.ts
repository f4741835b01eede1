/**
 * Values of a source's rows, before anything is read of them: what a connector's description is made of. Where a
 * value is kept, and where project.yml names that place; no SQL yet.
 */
import type { TimeFormat } from '../engines/index.ts'
import type { ColumnUse } from '../graph/connector.ts'
import type { Path } from '../project/path.ts'

/** A column of the source's table or file, byte for byte. */
export interface ColumnValue {
  readonly kind: 'column'
  readonly name: string
  /** Where the source's entry in project.yml names it, or the option that stands for it. */
  readonly path: Path
  /** It holds text whatever the source is, so that nothing has to be made of it. */
  readonly isText: boolean
}

/** A member of a column with a JSON object. */
export interface MemberValue {
  readonly kind: 'member'
  readonly object: ColumnValue
  readonly name: string
}

/** The same text in every row. */
export interface ConstantValue {
  readonly kind: 'constant'
  readonly text: string
}

/** One value in the rows where a column holds a text, another one in all others. */
export interface ChosenValue {
  readonly kind: 'chosen'
  readonly when: Condition
  readonly then: Value
  readonly otherwise: Value
}

/** The first of several values that is there and not empty. */
export interface FirstValue {
  readonly kind: 'first'
  readonly of: readonly Value[]
}

/** Members that stand for one another: a time may have one of several names. */
export interface FirstOfMembers extends FirstValue {
  readonly of: readonly [MemberValue, ...MemberValue[]]
}

export type Value = ColumnValue | MemberValue | ConstantValue | ChosenValue | FirstValue

/** A column of text that holds this text. */
export interface Condition {
  readonly column: ColumnValue
  readonly is: string
}

/** A value that is read as a time. */
export interface Instant {
  readonly value: ColumnValue | MemberValue | FirstOfMembers
  readonly format: TimeFormat
  /** IANA time zone of times that do not say theirs. */
  readonly zone: string
}

export const column = (name: string, path: Path): ColumnValue => ({
  kind: 'column',
  name,
  path,
  isText: false,
})

/** A column that is read as text wherever it comes from: of names, not of ids, whose kind matters. */
export const textColumn = (name: string, path: Path): ColumnValue => ({ ...column(name, path), isText: true })

export const member = (object: ColumnValue, name: string): MemberValue => ({ kind: 'member', object, name })

export const constant = (text: string): ConstantValue => ({ kind: 'constant', text })

export const chosen = (when: Condition, then: Value, otherwise: Value): ChosenValue => ({
  kind: 'chosen',
  when,
  then,
  otherwise,
})

export const firstOf = (...of: readonly Value[]): FirstValue => ({ kind: 'first', of })

/** @param format `timestamp` takes timestamps, dates and ISO 8601 text */
export const instant = (
  value: Instant['value'],
  format: TimeFormat = 'timestamp',
  zone = 'UTC',
): Instant => ({ value, format, zone })

/** The first of several members of one object, by their names. */
export const firstMember = (
  object: ColumnValue,
  name: string,
  ...names: readonly string[]
): FirstOfMembers => ({
  kind: 'first',
  of: [member(object, name), ...names.map((other) => member(object, other))],
})

/** What a time is called in the source; of several names, the first. */
export const nameOf = ({ value }: Pick<Instant, 'value'>): string =>
  value.kind === 'first' ? value.of[0].name : value.name

/** The columns that a value is read from as they are. */
export function flatColumns(value: Value): ColumnValue[] {
  switch (value.kind) {
    case 'column':
      return [value]
    case 'chosen':
      return [value.when.column, ...flatColumns(value.then), ...flatColumns(value.otherwise)]
    case 'first':
      return value.of.flatMap(flatColumns)
    default:
      return []
  }
}

/** The columns with objects that a value is a member of. */
export function objectColumns(value: Value): ColumnValue[] {
  switch (value.kind) {
    case 'member':
      return [value.object]
    case 'chosen':
      return [...objectColumns(value.then), ...objectColumns(value.otherwise)]
    case 'first':
      return value.of.flatMap(objectColumns)
    default:
      return []
  }
}

/** What says which rows there are, without the places in project.yml that say it. */
export const unplaced = (
  ...said: readonly (Value | Condition | Pick<Instant, 'value' | 'format'>)[]
): unknown => JSON.parse(JSON.stringify(said, (key, inner: unknown) => (key === 'path' ? undefined : inner)))

/** What a value is in most rows, if it has a name in the source. */
export function usually(value: Value): (ColumnValue | MemberValue)[] {
  if (value.kind === 'chosen') return usually(value.otherwise)
  return value.kind === 'column' || value.kind === 'member' ? [value] : []
}

/** The same columns with the place that names each, none twice from one place. */
export function uses(columns: readonly ColumnValue[]): ColumnUse[] {
  const found = new Map(
    columns.map(({ name, path }) => [JSON.stringify([name, path]), { column: name, path }] as const),
  )
  return [...found.values()]
}
