/**
 * Mixpanel's own layouts: the raw export (NDJSON lines of `event` and `properties`), the tables of its
 * pipelines, and group profiles as update lines (`$set`) or as an Engage export (`$properties`).
 * An export holds events twice where its windows overlap; `events` deduplicates by `$insert_id`.
 */
import * as z from 'zod'
import type { SqlFunctions } from '../src/engines/index.ts'
import { reader, type Connector, type ConnectorContext, type ProfileTime } from '../src/graph/connector.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import {
  carriedKeys,
  groupKeysOption,
  idLists,
  keysRead,
  propertiesOf,
  propertiesOption,
  text,
  typed,
  typedValues,
  typedWhereJson,
  untypedObject,
  withObject,
} from './options.ts'

const layout = z
  .enum(['export', 'pipeline'])
  .default('export')
  .describe(
    'export: raw export lines {event, properties}. pipeline: columns event_name, time, distinct_id, insert_id, properties.',
  )

type Layout = z.output<typeof layout>

/** The columns of each layout. */
const COLUMNS: Readonly<Record<Layout, readonly string[]>> = {
  export: ['event', 'properties'],
  pipeline: ['event_name', 'time', 'distinct_id', 'device_id', 'insert_id', 'properties'],
}

/**
 * What the two layouts call the same things.
 * @param json the object with the properties
 */
function fields(
  o: { layout: Layout; time_in_ms: boolean; restore_hotshards: boolean },
  { fn }: Pick<ConnectorContext, 'fn'>,
  json = fn.json(identifier('properties')),
) {
  const member = (name: string) => fn.jsonText(json, name)
  const exported = o.layout === 'export'
  const name = exported ? identifier('event') : identifier('event_name')
  const idOf = (property: string) => fn.id(fn.jsonField(json, property))
  const user = exported ? idOf('distinct_id') : fn.id(identifier('distinct_id'))
  const hotshard = sql`${name} = '$hotshard_events'`
  const restored = (original: Sql, value: Sql) =>
    o.restore_hotshards ? sql`case when ${hotshard} then ${original} else ${value} end` : value
  const epoch = o.time_in_ms ? 'epoch_ms' : 'epoch_s'
  const rawIngestedAt = member('mp_processing_time_ms')
  const rawTime = exported ? member('time') : identifier('time')
  return {
    eventName: restored(member('mp_original_event_name'), name),
    rawTime,
    time: fn.instant(rawTime, exported ? epoch : 'timestamp', 'UTC'),
    rawIngestedAt,
    ingestedAt: fn.instant(rawIngestedAt, 'epoch_ms', 'UTC'),
    user: restored(idOf('mp_original_distinct_id'), user),
    device: exported ? idOf('$device_id') : fn.id(identifier('device_id')),
    insertId: exported ? idOf('$insert_id') : fn.id(identifier('insert_id')),
  }
}

const events = reader({
  options: z.object({
    layout,
    time_in_ms: z
      .boolean()
      .default(false)
      .describe('The export was made with time_in_ms: times are milliseconds.'),
    restore_hotshards: z
      .boolean()
      .default(true)
      .describe('Give events that Mixpanel renamed to $hotshard_events their name and user back.'),
    group_keys: groupKeysOption,
  }),
  fileColumns: (o) =>
    o.layout === 'export'
      ? { event: 'VARCHAR', properties: 'JSON' }
      : {
          event_name: 'VARCHAR',
          time: 'VARCHAR',
          distinct_id: 'JSON',
          device_id: 'JSON',
          insert_id: 'JSON',
          properties: 'JSON',
        },
  excludeEvents: ['$hotshard_record', '$identify', '$create_alias', '$merge'],
  columnsRead: (o) => COLUMNS[o.layout].map((column) => ({ column, path: ['layout'] })),
  groupKeys: (o) => carriedKeys(o.group_keys),
  time(o, c) {
    const { rawTime, time } = fields(o, c)
    return { raw: rawTime, read: time }
  },
  loadedAt(o, c, field) {
    if (field !== undefined) {
      const raw = identifier(field)
      return { raw, read: c.fn.instant(raw, 'timestamp', 'UTC') }
    }
    const { rawIngestedAt, ingestedAt, rawTime, time } = fields(o, c)
    return {
      raw: sql`coalesce(${rawIngestedAt}, ${c.fn.text(rawTime)})`,
      read: sql`coalesce(${ingestedAt}, ${time})`,
    }
  },
  rawValues(o, c) {
    const { object, from } = withObject('properties', COLUMNS[o.layout], c)
    const ids = keysRead(o.group_keys, c.groupKeys).map((key) => key.from)
    return {
      from,
      typed: [],
      ids: [
        ...(o.layout === 'export' ? [] : [{ name: 'distinct_id', raw: identifier('distinct_id') }]),
        ...[...(o.layout === 'export' ? ['distinct_id'] : []), ...ids].map((name) => ({
          name,
          raw: c.fn.jsonField(object, name),
        })),
      ],
      object: { name: 'properties', raw: identifier('properties'), read: object },
    }
  },
  select(o, c) {
    const others = COLUMNS[o.layout].filter((column) => column !== 'properties')
    const { object, from } = withObject('properties', others, c)
    const f = fields(o, c, object)
    const ids = idLists(keysRead(o.group_keys, c.groupKeys), (name) => c.fn.jsonField(object, name), c)
    return sql`
      select
        ${f.eventName} as event_name,
        ${f.time} as occurred_at,
        ${f.ingestedAt} as ingested_at,
        ${f.user} as user_id,
        ${f.device} as device_id,
        ${f.insertId} as insert_id,
        ${join([sql`${object} as properties`, ...ids], ',\n')}
      from ${from}
    `
  },
})

const profileLayout = z
  .enum(['updates', 'engage'])
  .default('updates')
  .describe(
    'updates: lines {$group_key, $group_id, $set}. engage: lines {$distinct_id, $properties} of one group key.',
  )

const PROFILE_FIELDS = {
  updates: { id: '$group_id', properties: '$set' },
  engage: { id: '$distinct_id', properties: '$properties' },
} as const

/** @param when which rows have profiles of their own */
const profileTimes = (json: Sql, fn: SqlFunctions, when: Sql): ProfileTime[] =>
  ['$created', '$last_seen'].map((from) => {
    const raw = sql`case when ${when} then ${fn.jsonText(json, from)} end`
    return { from, raw, read: fn.instant(raw, 'timestamp', 'UTC') }
  })

/** Name and times of a profile, under the names that Mixpanel reserves for them. */
const profileFields = (json: Sql, fn: SqlFunctions): Sql[] => [
  sql`coalesce(nullif(${fn.jsonText(json, '$name')}, ''), nullif(${fn.jsonText(json, 'name')}, '')) as display_name`,
  sql`${fn.instant(fn.jsonText(json, '$created'), 'timestamp', 'UTC')} as created_at`,
  sql`${fn.instant(fn.jsonText(json, '$last_seen'), 'timestamp', 'UTC')} as updated_at`,
]

/** Lines of updates may be of any key. */
const isOfKey = (o: { layout: keyof typeof PROFILE_FIELDS; group_key: string }): Sql =>
  o.layout === 'updates' ? sql`${identifier('$group_key')} = ${literal(o.group_key)}` : sql`true`

/** The rows of profiles with their object. */
function profileObject(o: { layout: keyof typeof PROFILE_FIELDS }, c: ConnectorContext) {
  const names = PROFILE_FIELDS[o.layout]
  const others = [names.id, names.properties, ...(o.layout === 'updates' ? ['$group_key'] : [])]
  const raw = identifier(names.properties)
  return { id: identifier(names.id), raw, ...withObject(names.properties, others, c) }
}

const groupTable = reader({
  options: z.object({
    group_key: text.describe(
      'The registered group key whose profiles are read; lines of other keys are left out.',
    ),
    layout: profileLayout,
    properties: propertiesOption,
  }),
  fileColumns: (o) => ({
    ...(o.layout === 'updates' ? { $group_key: 'VARCHAR' } : {}),
    [PROFILE_FIELDS[o.layout].id]: 'JSON',
    [PROFILE_FIELDS[o.layout].properties]: 'JSON',
  }),
  columnsRead: (o) =>
    [...(o.layout === 'updates' ? ['$group_key'] : []), ...Object.values(PROFILE_FIELDS[o.layout])].map(
      (column) => ({
        column,
        path: ['layout'],
      }),
    ),
  groupKeys: (o) => [{ key: o.group_key, path: ['group_key'] }],
  properties: (o) => typedWhereJson(propertiesOf(o.properties), true),
  profileTimes: (o, { fn }) =>
    profileTimes(fn.json(identifier(PROFILE_FIELDS[o.layout].properties)), fn, isOfKey(o)),
  rawValues(o, c) {
    const { id, object, raw, from } = profileObject(o, c)
    const names = PROFILE_FIELDS[o.layout]
    return {
      from,
      typed: typedValues(propertiesOf(o.properties), (name) => c.fn.jsonField(object, name), c.fn),
      ids: [{ name: names.id, raw: id }],
      object: { name: names.properties, raw, read: object },
    }
  },
  select(o, c) {
    const { fn } = c
    const { id, object, from } = profileObject(o, c)
    const properties = typedWhereJson(propertiesOf(o.properties), true).map(
      (p) => sql`${typed(p, fn.jsonField(object, p.from), fn)} as ${identifier(p.name)}`,
    )
    return sql`
      select
        ${fn.id(id)} as group_id,
        ${join([...profileFields(object, fn), ...properties], ',\n')}
      from ${from}
      where ${isOfKey(o)}
    `
  },
  objects(o, { fn, relation }) {
    const names = PROFILE_FIELDS[o.layout]
    return sql`
      select
        ${fn.id(identifier(names.id))} as group_id,
        ${fn.json(identifier(names.properties))} as properties
      from ${relation}
      where ${isOfKey(o)}
    `
  },
  untyped(o, c) {
    const { fn } = c
    const { id, object, from } = profileObject(o, c)
    return untypedObject(
      o.properties,
      (name) => fn.jsonField(object, name),
      fn,
      (properties) => sql`
      select ${fn.id(id)} as group_id, ${properties} as properties
      from ${from}
      where ${isOfKey(o)}
    `,
    )
  },
})

const USER_FIELDS = {
  engage: { id: '$distinct_id', properties: '$properties' },
  pipeline: { id: 'distinct_id', properties: 'properties' },
} as const

const userTable = reader({
  options: z.object({
    layout: z
      .enum(['engage', 'pipeline'])
      .default('engage')
      .describe(
        'engage: lines {$distinct_id, $properties}. pipeline: the people table {distinct_id, properties}.',
      ),
    group_keys: groupKeysOption,
  }),
  fileColumns: (o) => ({ [USER_FIELDS[o.layout].id]: 'JSON', [USER_FIELDS[o.layout].properties]: 'JSON' }),
  columnsRead: (o) => Object.values(USER_FIELDS[o.layout]).map((column) => ({ column, path: ['layout'] })),
  groupKeys: (o) => carriedKeys(o.group_keys),
  profileTimes: (o, { fn }) =>
    profileTimes(fn.json(identifier(USER_FIELDS[o.layout].properties)), fn, sql`true`),
  rawValues(o, c) {
    const names = USER_FIELDS[o.layout]
    const { object, from } = withObject(names.properties, [names.id, names.properties], c)
    return {
      from,
      typed: [],
      ids: [
        { name: names.id, raw: identifier(names.id) },
        ...keysRead(o.group_keys, c.groupKeys).map((key) => ({
          name: key.from,
          raw: c.fn.jsonField(object, key.from),
        })),
      ],
      object: { name: names.properties, raw: identifier(names.properties), read: object },
    }
  },
  select(o, c) {
    const { fn } = c
    const names = USER_FIELDS[o.layout]
    const { object, from } = withObject(names.properties, [names.id], c)
    const ids = idLists(keysRead(o.group_keys, c.groupKeys), (name) => fn.jsonField(object, name), c)
    return sql`
      select
        ${fn.id(identifier(names.id))} as user_id,
        ${join([...profileFields(object, fn), sql`${object} as properties`, ...ids], ',\n')}
      from ${from}
    `
  },
})

export const mixpanel: Connector = {
  name: 'mixpanel',
  description: "Mixpanel's raw export, pipeline tables and profile exports.",
  events,
  group_table: groupTable,
  user_table: userTable,
}
