/** Any table or file whose columns the project names: flat columns, or a JSON column of properties. */
import * as z from 'zod'
import {
  reader,
  type ColumnUse,
  type Connector,
  type ConnectorContext,
  type ProfileTime,
  type RawValues,
  type ReadTime,
} from '../src/graph/connector.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import {
  carriedKeys,
  groupKeysOption,
  idLists,
  keysRead,
  propertiesOf,
  propertiesOption,
  text,
  timeOptions,
  typed,
  typedValues,
  typedWhereJson,
  untypedObject,
  valueTypes,
  withObject,
} from './options.ts'

const jsonOption = {
  properties_column: text
    .optional()
    .describe(
      'A column with a JSON object: group keys and properties are then its members. Without `properties`, all are kept.',
    ),
}

/** A JSON object is kept whole where no members of it are named. */
function keptProperties(o: {
  properties: z.output<typeof propertiesOption>
  properties_column?: string | undefined
}): string[] | undefined {
  const named = propertiesOf(o.properties).map(({ name }) => name)
  return o.properties_column !== undefined && named.length === 0 ? undefined : named
}

const events = reader({
  options: z
    .object({
      columns: z
        .strictObject({
          event: text.optional().describe('Column with the name of the event.'),
          time: text.describe('Column with the time of the event.'),
          user: text.optional().describe('Column with the user id.'),
          device: text.optional().describe('Column with the id of the device or anonymous visitor.'),
          insert_id: text.optional().describe('Column with an id that makes a resent event the same event.'),
          ingested_at: text
            .optional()
            .describe('Column with the time of arrival; the latest arrival of an event wins.'),
        })
        .describe('Which columns are what.'),
      event_name: text.optional().describe('The name of the event, where all rows are of one.'),
      ...timeOptions,
      ingested_at_format: timeOptions.time_format,
      group_keys: groupKeysOption,
      properties: propertiesOption,
      ...jsonOption,
      rename: z
        .record(text, text)
        .default({})
        .describe('Members of properties_column to rename: {old: new}.'),
    })
    .refine((o) => (o.event_name === undefined) !== (o.columns.event === undefined), {
      message: 'name exactly one of `columns.event` and `event_name`',
      path: ['columns'],
    }),
  fileColumns: (o, registered) => ({
    ...jsonMembers(o.columns, ['event', 'time', 'ingested_at']),
    ...(o.properties_column === undefined
      ? Object.fromEntries(
          [...keysRead(o.group_keys, registered), ...propertiesOf(o.properties)].map(({ from }) => [
            from,
            'JSON',
          ]),
        )
      : { [o.properties_column]: 'JSON' }),
  }),
  textColumns: (o, registered) => [
    ...Object.values(o.columns).filter((column) => column !== undefined),
    ...(o.properties_column === undefined ? keysRead(o.group_keys, registered).map(({ from }) => from) : []),
  ],
  valueTypes: (o) =>
    valueTypes(
      [o.columns.time, o.columns.ingested_at],
      o.properties_column === undefined ? o.properties : [],
    ),
  columnsRead(o, registered): ColumnUse[] {
    const canonical = columnUses(o.columns)
    const json = o.properties_column
    if (json !== undefined) return [...canonical, { column: json, path: ['properties_column'] }]
    return [
      ...canonical,
      ...keysRead(o.group_keys, registered).map(({ from, path }) => ({ column: from, path })),
      ...propertiesOf(o.properties).map(({ from, path }) => ({ column: from, path })),
    ]
  },
  groupKeys: (o) => carriedKeys(o.group_keys),
  keptProperties,
  keepsSomeOf(o) {
    const members = propertiesOf(o.properties).map(({ from }) => from)
    const column = o.properties_column
    return column === undefined || members.length === 0 ? undefined : { column, members }
  },
  time: (o, c) => {
    const raw = identifier(o.columns.time)
    return { raw, read: c.fn.instant(raw, o.time_format, o.time_zone) }
  },
  loadedAt(o, c, field) {
    const column = field ?? o.columns.ingested_at ?? o.columns.time
    const format =
      column === o.columns.ingested_at
        ? o.ingested_at_format
        : column === o.columns.time
          ? o.time_format
          : 'timestamp'
    const raw = identifier(column)
    return { raw, read: c.fn.instant(raw, format, o.time_zone) }
  },
  rawValues(o, c) {
    const values = rawValues(o, c, [o.columns.user, o.columns.device], keysRead(o.group_keys, c.groupKeys))
    const arrived = o.columns.ingested_at
    if (arrived === undefined) return values
    const raw = identifier(arrived)
    const read = c.fn.instant(raw, o.ingested_at_format, o.time_zone)
    return {
      ...values,
      typed: [...values.typed, { name: arrived, type: 'time', raw: c.fn.valueText(raw), read }],
    }
  },
  select(o, c) {
    const { fn } = c
    const { json, value, from } = given(o, c)
    const column = (name: string | undefined, read: (value: Sql) => Sql, type: 'text' | 'timestamp') =>
      name === undefined ? sql`cast(null as ${fn.type(type)})` : read(identifier(name))
    const renamed = Object.entries(o.rename)
    const members = propertiesOf(o.properties).map((p) => [p.name, typed(p, value(p.from), fn)] as const)
    const everything = json && (renamed.length > 0 ? fn.jsonRenamed(json, renamed) : json)
    const properties = everything && members.length === 0 ? everything : fn.jsonObject(members)
    return sql`
      select
        ${o.columns.event === undefined ? literal(o.event_name ?? '') : fn.valueText(identifier(o.columns.event))} as event_name,
        ${fn.instant(identifier(o.columns.time), o.time_format, o.time_zone)} as occurred_at,
        ${column(o.columns.ingested_at, (v) => fn.instant(v, o.ingested_at_format, o.time_zone), 'timestamp')} as ingested_at,
        ${column(o.columns.user, fn.id, 'text')} as user_id,
        ${column(o.columns.device, fn.id, 'text')} as device_id,
        ${column(o.columns.insert_id, fn.id, 'text')} as insert_id,
        ${join([sql`${properties} as properties`, ...idLists(keysRead(o.group_keys, c.groupKeys), value, c)], ',\n')}
      from ${from}
    `
  },
})

const profileColumns = z.strictObject({
  id: text.describe('Column with the id of the group or user.'),
  name: text.optional().describe('Column with the name to display.'),
  created_at: text.optional().describe('Column with the time when the group or user came to be.'),
  updated_at: text.optional().describe('Column with the time of the row; the latest row of an id wins.'),
})

const groupTable = reader({
  options: z.object({
    group_key: text.describe('The registered group key whose groups the rows are.'),
    columns: profileColumns,
    ...timeOptions,
    properties: propertiesOption,
    properties_column: text
      .optional()
      .describe(
        'A column with a JSON object: properties are then its members. Limits are those of all its members.',
      ),
  }),
  fileColumns: (o) => profileMembers(o, []),
  textColumns: (o) => Object.values(o.columns).filter((column) => column !== undefined),
  valueTypes: profileValueTypes,
  columnsRead: (o) => profileColumnsRead(o),
  groupKeys: (o) => [{ key: o.group_key, path: ['group_key'] }],
  hasHistory: (o) => o.columns.updated_at !== undefined,
  hasCreation: (o) => o.columns.created_at !== undefined,
  properties: (o, json) =>
    typedWhereJson(propertiesOf(o.properties), json || o.properties_column !== undefined),
  profileTimes,
  loadedAt: profileLoadedAt,
  rawValues: (o, c) => rawValues(o, c, [o.columns.id], []),
  select(o, c) {
    const { json, value, from } = given(o, c)
    const properties = typedWhereJson(propertiesOf(o.properties), c.json || json !== undefined).map(
      (p) => sql`${typed(p, value(p.from), c.fn)} as ${identifier(p.name)}`,
    )
    return sql`
      select
        ${c.fn.id(identifier(o.columns.id))} as group_id,
        ${join([...profileFields(o, c), ...properties], ',\n')}
      from ${from}
    `
  },
  objects: (o, c) =>
    o.properties_column === undefined
      ? undefined
      : sql`
          select
            ${c.fn.id(identifier(o.columns.id))} as group_id,
            ${c.fn.json(identifier(o.properties_column))} as properties
          from ${c.relation}
        `,
  untyped(o, c) {
    if (o.properties_column === undefined && !c.json) return undefined
    const { value, from } = given(o, c)
    return untypedObject(
      o.properties,
      value,
      c.fn,
      (properties) => sql`
      select ${c.fn.id(identifier(o.columns.id))} as group_id, ${properties} as properties
      from ${from}
    `,
    )
  },
})

const userTable = reader({
  options: z.object({
    columns: profileColumns,
    ...timeOptions,
    group_keys: groupKeysOption,
    properties: propertiesOption,
    ...jsonOption,
  }),
  fileColumns: (o, registered) => profileMembers(o, keysRead(o.group_keys, registered)),
  textColumns: (o, registered) => [
    ...Object.values(o.columns).filter((column) => column !== undefined),
    ...(o.properties_column === undefined ? keysRead(o.group_keys, registered).map(({ from }) => from) : []),
  ],
  valueTypes: profileValueTypes,
  columnsRead: (o, registered) => [
    ...profileColumnsRead(o),
    ...(o.properties_column === undefined
      ? keysRead(o.group_keys, registered).map(({ from, path }) => ({ column: from, path }))
      : []),
  ],
  groupKeys: (o) => carriedKeys(o.group_keys),
  hasCreation: (o) => o.columns.created_at !== undefined,
  keptProperties,
  profileTimes,
  loadedAt: profileLoadedAt,
  rawValues: (o, c) => rawValues(o, c, [o.columns.id], keysRead(o.group_keys, c.groupKeys)),
  select(o, c) {
    const { fn } = c
    const { json, value, from } = given(o, c)
    const members = propertiesOf(o.properties).map((p) => [p.name, typed(p, value(p.from), fn)] as const)
    const properties = json && members.length === 0 ? json : fn.jsonObject(members)
    return sql`
      select
        ${fn.id(identifier(o.columns.id))} as user_id,
        ${join(profileFields(o, c), ',\n')},
        ${join([sql`${properties} as properties`, ...idLists(keysRead(o.group_keys, c.groupKeys), value, c)], ',\n')}
      from ${from}
    `
  },
})

interface Given {
  /** The JSON object that has the properties, where they are not columns. */
  readonly json: Sql | undefined
  /** A property or group key, by the name that the source gives it. */
  readonly value: (from: string) => Sql
  readonly from: Sql
}

/** The rows of a source, and where their properties are. */
function given(
  o: { columns: Readonly<Record<string, string | undefined>>; properties_column?: string | undefined },
  c: ConnectorContext,
): Given {
  if (o.properties_column === undefined)
    return { json: undefined, value: (from) => identifier(from), from: c.relation }
  const columns = Object.values(o.columns).filter((column) => column !== undefined)
  const { object, from } = withObject(o.properties_column, [...columns, o.properties_column], c)
  return { json: object, value: (name) => c.fn.jsonField(object, name), from }
}

/** The names are those of RudderStack's `rudder_discards`. */
const discardColumns = z.strictObject({
  table: text.default('table_name').describe('Column with the table that the value was meant for.'),
  column: text.default('column_name').describe('Column with the column that it was meant for.'),
  value: text.default('column_value').describe('Column with the value that was discarded.'),
  reason: text.default('reason').describe('Column that says why.'),
  received_at: text.default('received_at').describe('Column with the time of arrival.'),
})

const discards = reader({
  options: z.object({
    columns: discardColumns.prefault({}).describe('Which columns are what.'),
    ...timeOptions,
  }),
  fileColumns: (o) => Object.fromEntries(Object.values(o.columns).map((column) => [column, 'VARCHAR'])),
  textColumns: (o) => Object.values(o.columns),
  valueTypes: (o) => valueTypes([o.columns.received_at], []),
  columnsRead: (o) => columnUses(o.columns),
  select(o, { fn, relation }) {
    const { table, column, value, reason, received_at } = o.columns
    return sql`
      select
        ${fn.valueText(identifier(table))} as table_name,
        ${fn.valueText(identifier(column))} as column_name,
        ${fn.valueText(identifier(value))} as discarded_value,
        ${fn.valueText(identifier(reason))} as reason,
        ${fn.instant(identifier(received_at), o.time_format, o.time_zone)} as received_at
      from ${relation}
    `
  },
})

type ProfileOptions = {
  columns: z.output<typeof profileColumns>
  time_format: 'timestamp' | 'epoch_s' | 'epoch_ms' | 'epoch_us'
  time_zone: string
  properties: z.output<typeof propertiesOption>
  properties_column?: string | undefined
}

function profileTimes(o: ProfileOptions, { fn }: ConnectorContext): ProfileTime[] {
  const columns = [o.columns.created_at, o.columns.updated_at].filter((column) => column !== undefined)
  return [...new Set(columns)].map((from) => {
    const raw = identifier(from)
    return { from, raw, read: fn.instant(raw, o.time_format, o.time_zone) }
  })
}

function profileLoadedAt(
  o: ProfileOptions,
  c: ConnectorContext,
  field: string | undefined,
): ReadTime | undefined {
  const column = field ?? o.columns.updated_at
  if (column === undefined) return undefined
  const own = [o.columns.updated_at, o.columns.created_at].includes(column)
  const raw = identifier(column)
  return { raw, read: c.fn.instant(raw, own ? o.time_format : 'timestamp', o.time_zone) }
}

/**
 * @param ids columns with ids, besides those of group keys
 * @param keys the group keys that the rows carry
 */
function rawValues(
  o: Parameters<typeof given>[0] & { properties: z.output<typeof propertiesOption> },
  c: ConnectorContext,
  ids: readonly (string | undefined)[],
  keys: readonly { from: string }[],
): RawValues {
  const { value, from, json } = given(o, c)
  const columns = ids.filter((column) => column !== undefined)
  const object = o.properties_column
  return {
    from,
    typed: typedValues(propertiesOf(o.properties), value, c.fn),
    ids: [
      ...columns.map((name) => ({ name, raw: identifier(name) })),
      ...keys.map((key) => ({ name: key.from, raw: value(key.from) })),
    ],
    object:
      object === undefined || json === undefined
        ? undefined
        : { name: object, raw: identifier(object), read: json },
  }
}

function profileValueTypes(o: ProfileOptions) {
  const flat = o.properties_column === undefined ? o.properties : []
  return valueTypes([o.columns.created_at, o.columns.updated_at], flat)
}

function columnUses(columns: Readonly<Record<string, string | undefined>>): ColumnUse[] {
  return Object.entries(columns).flatMap(([field, column]) =>
    column === undefined ? [] : [{ column, path: ['columns', field] }],
  )
}

function profileColumnsRead(o: ProfileOptions): ColumnUse[] {
  const canonical = columnUses(o.columns)
  if (o.properties_column !== undefined)
    return [...canonical, { column: o.properties_column, path: ['properties_column'] }]
  return [...canonical, ...propertiesOf(o.properties).map(({ from, path }) => ({ column: from, path }))]
}

function profileFields(o: ProfileOptions, { fn }: ConnectorContext): Sql[] {
  const instant = (name: string | undefined) =>
    name === undefined
      ? sql`cast(null as ${fn.type('timestamp')})`
      : fn.instant(identifier(name), o.time_format, o.time_zone)
  const name = o.columns.name
  return [
    sql`${name === undefined ? sql`cast(null as ${fn.type('text')})` : sql`${fn.id(identifier(name))}`} as display_name`,
    sql`${instant(o.columns.created_at)} as created_at`,
    sql`${instant(o.columns.updated_at)} as updated_at`,
  ]
}

/** Types of the members of NDJSON lines: texts where they are read as text, JSON where their kind matters. */
function jsonMembers(
  columns: Readonly<Record<string, string | undefined>>,
  texts: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([field, column]) =>
      column === undefined ? [] : [[column, texts.includes(field) ? 'VARCHAR' : 'JSON']],
    ),
  )
}

function profileMembers(o: ProfileOptions, keys: readonly { from: string }[]): Record<string, string> {
  const members =
    o.properties_column === undefined
      ? [...keys, ...propertiesOf(o.properties)]
      : [{ from: o.properties_column }]
  return {
    ...Object.fromEntries(members.map(({ from }) => [from, 'JSON'])),
    ...jsonMembers(o.columns, ['name', 'created_at', 'updated_at']),
  }
}

export const columns: Connector = {
  name: 'columns',
  description: 'Any table or file; the project names its columns.',
  events,
  group_table: groupTable,
  user_table: userTable,
  discards,
}
