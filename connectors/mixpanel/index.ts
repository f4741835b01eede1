/**
 * Mixpanel's own layouts: the raw export (NDJSON lines of `event` and `properties`), the tables of its
 * pipelines, and group profiles as update lines (`$set`) or as an Engage export (`$properties`).
 * An export holds events twice where its windows overlap; `events` deduplicates by `$insert_id`.
 */
import * as z from 'zod'
import { connector } from '../../src/mapping/connector.ts'
import type { EventMapping } from '../../src/mapping/events.ts'
import { groupKeysOption, propertiesOption, text } from '../../src/mapping/options.ts'
import {
  chosen,
  column,
  firstOf,
  instant,
  member,
  textColumn,
  type ColumnValue,
  type Value,
} from '../../src/mapping/values.ts'

const eventOptions = z.object({
  layout: z
    .enum(['export', 'pipeline'])
    .default('export')
    .describe(
      'export: raw export lines {event, properties}. pipeline: columns event_name, time, distinct_id, insert_id, properties.',
    ),
  time_in_ms: z
    .boolean()
    .default(false)
    .describe('The export was made with time_in_ms: times are milliseconds.'),
  restore_hotshards: z
    .boolean()
    .default(true)
    .describe('Give events that Mixpanel renamed to $hotshard_events their name and user back.'),
  group_keys: groupKeysOption,
})

const groupOptions = z.object({
  group_key: text.describe(
    'The registered group key whose profiles are read; lines of other keys are left out.',
  ),
  layout: z
    .enum(['updates', 'engage'])
    .default('updates')
    .describe(
      'updates: lines {$group_key, $group_id, $set}. engage: lines {$distinct_id, $properties} of one group key.',
    ),
  properties: propertiesOption,
})

const userOptions = z.object({
  layout: z
    .enum(['engage', 'pipeline'])
    .default('engage')
    .describe(
      'engage: lines {$distinct_id, $properties}. pipeline: the people table {distinct_id, properties}.',
    ),
  group_keys: groupKeysOption,
})

const severalOptions = z.object({
  time_in_ms: eventOptions.shape.time_in_ms,
  restore_hotshards: eventOptions.shape.restore_hotshards,
  group_keys: groupKeysOption,
  properties: z
    .record(text, propertiesOption)
    .default({})
    .describe('By group key: the properties of its profiles to keep.'),
})

/** A column of the layout. */
const fixed = (name: string): ColumnValue => column(name, ['layout'])

function eventsOf(o: z.output<typeof eventOptions>): EventMapping {
  const object = fixed('properties')
  const exported = o.layout === 'export'
  const event = textColumn(exported ? 'event' : 'event_name', ['layout'])
  const restored = (original: string, value: Value): Value =>
    o.restore_hotshards
      ? chosen({ column: event, is: '$hotshard_events' }, member(object, original), value)
      : value
  const time = exported
    ? instant(member(object, 'time'), o.time_in_ms ? 'epoch_ms' : 'epoch_s')
    : instant(fixed('time'))
  const arrived = instant(member(object, 'mp_processing_time_ms'), 'epoch_ms')
  return {
    name: restored('mp_original_event_name', event),
    time,
    arrived,
    user: restored(
      'mp_original_distinct_id',
      exported ? member(object, 'distinct_id') : fixed('distinct_id'),
    ),
    device: exported ? member(object, '$device_id') : fixed('device_id'),
    insertId: exported ? member(object, '$insert_id') : fixed('insert_id'),
    keys: o.group_keys,
    properties: [],
    object,
    fresh: [arrived, time],
  }
}

/** Name and times of a profile, under the names that Mixpanel reserves for them. */
const profileOf = (id: string, properties: string) => {
  const object = fixed(properties)
  return {
    id: fixed(id),
    name: firstOf(member(object, '$name'), member(object, 'name')),
    created: instant(member(object, '$created')),
    // When the user or group was active, not when the profile came to be what it is.
    updated: instant(member(object, '$last_seen')),
    versions: false,
    object,
  }
}

export const mixpanel = connector({
  name: 'mixpanel',
  description: "Mixpanel's raw export, pipeline tables and profile exports.",
  detect: [
    { type: 'events', options: { layout: 'export' }, columns: ['event', 'properties'] },
    {
      type: 'events',
      options: { layout: 'pipeline' },
      columns: ['event_name', 'time', 'distinct_id', 'device_id', 'insert_id', 'properties'],
    },
    { type: 'group_table', options: { layout: 'updates' }, columns: ['$group_key', '$group_id', '$set'] },
    { type: 'user_table', options: { layout: 'engage' }, columns: ['$distinct_id', '$properties'] },
  ],
  events: {
    options: eventOptions,
    map: eventsOf,
    excludeEvents: ['$hotshard_record', '$identify', '$create_alias', '$merge'],
  },
  group_table: {
    options: groupOptions,
    map: (o) => ({
      ...(o.layout === 'updates'
        ? {
            ...profileOf('$group_id', '$set'),
            when: { column: textColumn('$group_key', ['layout']), is: o.group_key },
          }
        : profileOf('$distinct_id', '$properties')),
      key: o.group_key,
      properties: o.properties,
    }),
  },
  user_table: {
    options: userOptions,
    map: (o) => ({
      ...(o.layout === 'engage'
        ? profileOf('$distinct_id', '$properties')
        : profileOf('distinct_id', 'properties')),
      keys: o.group_keys,
      properties: [],
    }),
  },
  several: {
    options: severalOptions,
    relations: {
      export: 'The raw export of events.',
      groups: 'Updates of group profiles, of all group keys together.',
      people: 'The Engage export of users.',
    },
    outputs: ({ time_in_ms, restore_hotshards, group_keys, properties }, registered) => [
      {
        name: 'events',
        type: 'events',
        relation: 'export',
        options: { time_in_ms, restore_hotshards, ...(group_keys && { group_keys }) },
      },
      // One that is not registered is a problem of its output.
      ...[...new Set([...registered, ...Object.keys(properties)])].map((key) => ({
        name: key,
        type: 'group_table' as const,
        relation: 'groups',
        options: { group_key: key, properties: properties[key] ?? [] },
        from: ['properties', key],
      })),
      {
        name: 'people',
        type: 'user_table',
        relation: 'people',
        options: group_keys ? { group_keys } : {},
      },
    ],
  },
})
