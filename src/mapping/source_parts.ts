/** What the descriptions of all outputs have in common: which columns they read, and as what. */
import type { LineType, SqlFunctions } from '../engines/index.ts'
import type {
  ColumnUse,
  ConnectorContext,
  RawValues,
  Reading,
  ReadTime,
  SourceReader,
} from '../graph/connector.ts'
import { identifier, join, sql, type Sql } from '../sql/sql.ts'
import {
  keysRead,
  propertiesOf,
  type GroupKeysOption,
  type PropertiesOption,
  type Property,
} from './options.ts'
import { asText, kept, rowsOf, timeOf, plainRows, type Rows, type Shape } from './reading.ts'
import {
  column,
  flatColumns,
  member,
  nameOf,
  objectColumns,
  uses,
  type ColumnValue,
  type Condition,
  type Instant,
  type MemberValue,
  type Value,
} from './values.ts'

/** A description, taken apart by what its values are read as. */
export interface Parts {
  /** Read as text: names. */
  readonly texts: readonly Value[]
  readonly times: readonly Instant[]
  /** Ids of users, devices, groups and rows. */
  readonly ids: readonly Value[]
  /** Those among the ids that no object should stand for, by the name that the source gives them. */
  readonly entities: readonly (ColumnValue | MemberValue)[]
  readonly keys: GroupKeysOption | 'none'
  readonly properties: PropertiesOption
  /** The column with a JSON object that group keys and properties are members of; undefined where they are columns. */
  readonly object: ColumnValue | undefined
  readonly when?: Condition | undefined
  /** Time zone of properties that are times and do not say theirs. */
  readonly zone: string
}

/** A group key or property that a row carries. */
export interface Carried {
  readonly name: string
  readonly from: string
  readonly value: ColumnValue | MemberValue
}

const placed = ({ object }: Parts, from: string, path: ColumnUse['path']): ColumnValue | MemberValue =>
  object === undefined ? column(from, path) : member(object, from)

/** The group keys that rows carry, each with the value that holds its ids. */
export const keysOf = (parts: Parts, registered: readonly string[]): Carried[] =>
  parts.keys === 'none'
    ? []
    : keysRead(parts.keys, registered).map(({ key, from, path }) => ({
        name: key,
        from,
        value: placed(parts, from, path),
      }))

/** The properties that are named, each with its value. */
export const membersOf = (parts: Parts): (Property & { readonly value: ColumnValue | MemberValue })[] =>
  propertiesOf(parts.properties).map((property) => ({
    ...property,
    value: placed(parts, property.from, property.path),
  }))

/** All columns that a description reads, in its order; an object comes last. */
function columnsRead(parts: Parts, fixed: readonly Value[], registered: readonly string[]): ColumnUse[] {
  const carried = [...keysOf(parts, registered), ...membersOf(parts)].map(({ value }) => value)
  const all = [...fixed, ...carried]
  const objects = [...all.flatMap(objectColumns), ...(parts.object === undefined ? [] : [parts.object])]
  return uses([
    ...all.flatMap(flatColumns),
    ...(parts.when === undefined ? [] : [parts.when.column]),
    ...objects,
  ])
}

/**
 * How the columns of a description are read: alike for every kind of output.
 * @param fixed the values that it names besides group keys and properties
 */
export const columnReaders = (
  parts: (options: never) => Parts,
  fixed: (options: never) => readonly Value[],
): Pick<SourceReader, 'fileColumns' | 'readings' | 'columnsRead'> => ({
  fileColumns: (o, registered) => lineColumns(parts(o), registered),
  readings: (o, registered) => readings(parts(o), registered),
  columnsRead: (o, registered) => columnsRead(parts(o), fixed(o), registered),
})

/** The rows that a description reads: with its object read once, and with the columns that are no members of it. */
export function shapeOf(parts: Parts, fixed: readonly Value[], registered: readonly string[]): Shape {
  const carried = [...keysOf(parts, registered), ...membersOf(parts)].map(({ value }) => value)
  const { object, when } = parts
  const all = [...fixed, ...carried]
  const others = all.flatMap(objectColumns).filter(({ name }) => name !== object?.name)
  return { object, when, columns: [...all.flatMap(flatColumns), ...others] }
}

/** A property's value, read as the type that the project gives it; as it is where it gives none. */
export const typed = ({ type }: Property, value: Sql, zone: string, fn: SqlFunctions): Sql =>
  type === 'source' ? value : fn.typed(fn.valueText(value), type, zone)

/** The same as a member of an object, where instants are texts without an offset. */
export function typedMember(property: Property, value: Sql, zone: string, fn: SqlFunctions): Sql {
  const read = typed(property, value, zone, fn)
  return property.type === 'timestamp' ? fn.utcClock(read) : read
}

/** Members of lines of JSON: `json` where the kind of a value matters, else `text`, which changes no spelling. */
function lineColumns(parts: Parts, registered: readonly string[]): Record<string, LineType> {
  const texts = [...parts.texts, ...parts.times.map(({ value }) => value)].flatMap(flatColumns)
  const carried = [...keysOf(parts, registered), ...membersOf(parts)].map(({ value }) => value)
  const kinds = [...parts.ids, ...carried].flatMap(flatColumns).filter(({ isText }) => !isText)
  const objects = [...parts.texts, ...parts.ids, ...parts.times.map(({ value }) => value)].flatMap(
    objectColumns,
  )
  return Object.fromEntries([
    ...[...texts, ...(parts.when === undefined ? [] : [parts.when.column])].map(
      ({ name }) => [name, 'text'] as const,
    ),
    ...[...kinds, ...objects, ...(parts.object === undefined ? [] : [parts.object])].map(
      ({ name }) => [name, 'json'] as const,
    ),
  ])
}

/** What each column of a flat file is read as: several things, where the project says so. */
function readings(parts: Parts, registered: readonly string[]): (readonly [column: string, as: Reading])[] {
  const as = (reading: Reading, values: readonly Value[]) =>
    values.flatMap(flatColumns).map(({ name }) => [name, reading] as const)
  return [
    ...as('name', parts.texts),
    ...as(
      'time',
      parts.times.map(({ value }) => value),
    ),
    ...as('id', [...parts.ids, ...keysOf(parts, registered).map(({ value }) => value)]),
    ...membersOf(parts).flatMap(({ type, value }) => as(type === 'source' ? 'as_written' : type, [value])),
  ]
}

/** A member is looked at in the object as it is written: a number in it may be spelled otherwise once it is read. */
const isRounded = (value: ColumnValue | MemberValue, { fn }: Rows): Sql =>
  value.kind === 'column'
    ? fn.isRounded(identifier(value.name))
    : fn.isRoundedMember(identifier(value.object.name), value.name)

/** @param times times of which the project names the column, and which are null where they cannot be read */
export function rawValues(
  parts: Parts,
  shape: Shape,
  times: readonly Instant[],
  c: ConnectorContext,
): RawValues {
  const { object } = parts
  const rows = rowsOf(shape, c, object === undefined ? [] : [object.name])
  const { fn } = c
  return {
    from: rows.from,
    typed: [
      ...membersOf(parts).flatMap((property) => {
        if (property.type === 'source' || property.type === 'text') return []
        const raw = fn.valueText(kept(property.value, rows))
        return [
          { name: property.from, type: property.type, raw, read: fn.typed(raw, property.type, parts.zone) },
        ]
      }),
      ...times.map((time) => ({
        name: nameOf(time),
        type: 'time',
        raw: asText(time.value, rows),
        read: timeOf(time, rows).read,
      })),
    ],
    ids: [
      ...parts.entities.map((value) => ({ name: value.name, value })),
      ...keysOf(parts, c.groupKeys).map(({ from, value }) => ({ name: from, value })),
    ].map(({ name, value }) => ({ name, raw: kept(value, rows), isRounded: isRounded(value, rows) })),
    object:
      object === undefined
        ? undefined
        : { name: object.name, raw: identifier(object.name), read: rows.object(object.name) },
  }
}

/**
 * When a row came in.
 * @param field the column that the project names for it
 * @param own the times that say so where it names none: the first that a row has
 */
export function loadedAt(
  parts: Parts,
  own: readonly Instant[],
  c: ConnectorContext,
  field: string | undefined,
): ReadTime | undefined {
  const rows = plainRows(c)
  if (field !== undefined) {
    const known = parts.times.find(({ value }) => value.kind === 'column' && value.name === field)
    const zone = parts.times[0]?.zone ?? 'UTC'
    return timeOf(known ?? { value: column(field, ['loaded_at_field']), format: 'timestamp', zone }, rows)
  }
  const [first, ...others] = own.map((time) => timeOf(time, rows))
  if (first === undefined || others.length === 0) return first
  const all = [first, ...others]
  const either = (values: readonly Sql[]) => sql`coalesce(${join(values, ', ')})`
  return { raw: either(all.map(({ raw }) => c.fn.text(raw))), read: either(all.map(({ read }) => read)) }
}
