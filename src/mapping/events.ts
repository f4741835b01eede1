/** Events as a connector describes them, and what follows: the columns that are read, their types, and the select. */
import type { ConnectorContext, SourceReader } from '../graph/connector.ts'
import { identifier, join, sql, type Sql } from '../sql/sql.ts'
import { carriedKeys, propertiesOf, type GroupKeysOption, type PropertiesOption } from './options.ts'
import { asId, asText, kept, plainRows, rowsOf, timeOf, type Rows, type Shape } from './reading.ts'
import {
  columnReaders,
  keysOf,
  loadedAt,
  membersOf,
  rawValues,
  shapeOf,
  typedMember,
  type Parts,
} from './source_parts.ts'
import { unplaced, usually, type ColumnValue, type Instant, type Value } from './values.ts'

/** What the rows of a source say of events. One row is one event. */
export interface EventMapping {
  readonly name: Value
  readonly time: Instant
  /** When the row came in; the latest arrival of an event wins. */
  readonly arrived?: Instant | undefined
  readonly user?: Value | undefined
  /** The device or anonymous visitor. */
  readonly device?: Value | undefined
  /** An id that makes a resent event the same event. */
  readonly insertId?: Value | undefined
  /** Group keys, as the project says which and where: members of `object` where there is one, else columns. */
  readonly keys: GroupKeysOption
  /** Properties to keep; of an `object` all of them, where none is named. */
  readonly properties: PropertiesOption
  /** The column with a JSON object that has group keys and properties. */
  readonly object?: ColumnValue | undefined
  /** Members of the object that get another name: `{old: new}`. */
  readonly rename?: Readonly<Record<string, string>> | undefined
  /** The times that say how fresh the rows are: the first that a row has. Default: `arrived`, else `time`. */
  readonly fresh?: readonly Instant[] | undefined
}

const present = (values: readonly (Value | undefined)[]) => values.filter((value) => value !== undefined)

const fixedOf = (m: EventMapping): Value[] =>
  present([m.name, m.time.value, m.user, m.device, m.insertId, m.arrived?.value])

const partsOf = (m: EventMapping): Parts => ({
  texts: [m.name],
  times: [m.time, ...(m.arrived === undefined ? [] : [m.arrived])],
  ids: present([m.user, m.device, m.insertId]),
  // What SDKs call a device is text of their own making; a column may hold anything.
  entities: [
    ...present([m.user]).flatMap(usually),
    ...present([m.device]).filter((value) => value.kind === 'column'),
  ],
  keys: m.keys,
  properties: m.properties,
  object: m.object,
  zone: m.time.zone,
})

const shapeOfEvents = (m: EventMapping, registered: readonly string[]): Shape =>
  shapeOf(partsOf(m), fixedOf(m), registered)

/** The reader of a connector's events. */
export function eventsReader(map: (options: never) => EventMapping): Omit<SourceReader, 'options'> {
  const parts = (o: never) => partsOf(map(o))
  return {
    ...columnReaders(parts, (o) => fixedOf(map(o))),
    // Of what is left out by name the name is part, and events without a time count nowhere.
    countedBy(o) {
      const { name, time } = map(o)
      return unplaced(name, { value: time.value, format: time.format })
    },
    groupKeys: (o) => carriedKeys(map(o).keys),
    keptProperties: (o) => keptProperties(parts(o)),
    keepsSomeOf(o) {
      const { object } = parts(o)
      const members = membersOf(parts(o)).map(({ from }) => from)
      return object === undefined || members.length === 0 ? undefined : { column: object.name, members }
    },
    time: (o, c) => timeOf(map(o).time, plainRows(c)),
    loadedAt(o, c, field) {
      const { arrived, time, fresh = [arrived ?? time] } = map(o)
      return loadedAt(parts(o), fresh, c, field)
    },
    rawValues(o, c) {
      const { arrived } = map(o)
      // A time that is a member of an object belongs to the layout, and not every row need have it.
      const named = arrived?.value.kind === 'column' ? [arrived] : []
      return rawValues(parts(o), shapeOfEvents(map(o), c.groupKeys), named, c)
    },
    select: (o, c) => selectEvents(map(o), c),
  }
}

/** The properties that are kept; undefined for all that there are. */
export function keptProperties({ object, properties }: Parts): string[] | undefined {
  const named = propertiesOf(properties).map(({ name }) => name)
  return object !== undefined && named.length === 0 ? undefined : named
}

function selectEvents(m: EventMapping, c: ConnectorContext): Sql {
  const { fn } = c
  const rows = rowsOf(shapeOfEvents(m, c.groupKeys), c)
  const id = (value: Value | undefined) =>
    value === undefined ? sql`cast(null as ${fn.type('text')})` : asId(value, rows)
  return sql`
    select
      ${asText(m.name, rows)} as event_name,
      ${timeOf(m.time, rows).read} as occurred_at,
      ${m.arrived === undefined ? sql`cast(null as ${fn.type('timestamp')})` : timeOf(m.arrived, rows).read} as ingested_at,
      ${id(m.user)} as user_id,
      ${id(m.device)} as device_id,
      ${id(m.insertId)} as insert_id,
      ${join([sql`${propertiesObject(partsOf(m), rows, m.rename)} as properties`, ...idLists(partsOf(m), rows, c)], ',\n')}
    from ${rows.from}
  `
}

/** The JSON object of all properties that are kept. */
export function propertiesObject(
  parts: Parts,
  rows: Rows,
  rename: Readonly<Record<string, string>> = {},
): Sql {
  const members = membersOf(parts).map(
    (property) =>
      [property.name, typedMember(property, kept(property.value, rows), parts.zone, rows.fn)] as const,
  )
  if (parts.object === undefined || members.length > 0) return rows.fn.jsonObject(members)
  const object = rows.object(parts.object.name)
  const renamed = Object.entries(rename)
  return renamed.length > 0 ? rows.fn.jsonRenamed(object, renamed) : object
}

/** `<list of ids> as <group key>` for every registered key; an empty list for keys that the source has not. */
export function idLists(parts: Parts, rows: Rows, { fn, groupKeys }: ConnectorContext): Sql[] {
  const carried = keysOf(parts, groupKeys)
  return groupKeys.map((key) => {
    const found = carried.find(({ name }) => name === key)
    return sql`${found === undefined ? fn.noIds() : fn.idList(kept(found.value, rows))} as ${identifier(key)}`
  })
}
