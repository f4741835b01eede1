/** Any table or file whose columns the project names: flat columns, or a JSON column of properties. */
import * as z from 'zod'
import { OPERATIONS } from '../../src/graph/connector.ts'
import { connector } from '../../src/mapping/connector.ts'
import type { OperationMapping } from '../../src/mapping/operations.ts'
import { groupKeysOption, propertiesOption, text, timeOptions } from '../../src/mapping/options.ts'
import {
  column,
  constant,
  instant,
  textColumn,
  type ColumnValue,
  type Instant,
} from '../../src/mapping/values.ts'

const jsonOption = {
  properties_column: text
    .optional()
    .describe(
      'A column with a JSON object: group keys and properties are then its members. Without `properties`, all are kept.',
    ),
}

const eventOptions = z
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
    rename: z.record(text, text).default({}).describe('Members of properties_column to rename: {old: new}.'),
  })
  .refine((o) => (o.event_name === undefined) !== (o.columns.event === undefined), {
    message: 'name exactly one of `columns.event` and `event_name`',
    path: ['columns'],
  })

const profileColumns = z.strictObject({
  id: text.describe('Column with the id of the group or user.'),
  name: text.optional().describe('Column with the name to display.'),
  created_at: text.optional().describe('Column with the time when the group or user came to be.'),
  updated_at: text.optional().describe('Column with the time of the row; the latest row of an id wins.'),
})

const groupOptions = z.object({
  group_key: text.describe('The registered group key whose groups the rows are.'),
  columns: profileColumns,
  ...timeOptions,
  properties: propertiesOption,
  properties_column: text
    .optional()
    .describe(
      'A column with a JSON object: properties are then its members. Limits are those of all its members.',
    ),
})

const operationColumns = z
  .strictObject({
    id: text.describe('Column with the id of the group.'),
    group_key: text
      .optional()
      .describe('Column that says of which group key a row is; rows of others are left out.'),
    operation: text
      .optional()
      .describe('Column with the name of the operation: set, set_once, union, remove, unset, delete, add.'),
    object: text
      .optional()
      .describe('Column with what it is done with, as JSON: an object, for unset a list of names.'),
    updated_at: text.describe('Column with the time of the operation; later ones win.'),
    ingested_at: text.optional().describe('Column with the time of arrival; settles equal times.'),
    insert_id: text.optional().describe('Column with an id that makes a resent row the same one.'),
  })
  .describe('Which columns are what.')

const operationOptions = z
  .object({
    group_key: text.describe('The registered group key whose profiles are changed.'),
    group_key_value: text
      .optional()
      .describe('What `columns.group_key` says of this group key; default: its name.'),
    columns: operationColumns,
    operation: z
      .enum(OPERATIONS)
      .optional()
      .describe('The operation, where all rows are one: set for calls of group() with their traits.'),
    operation_columns: z
      .partialRecord(z.enum([...OPERATIONS, 'append']), text)
      .optional()
      .describe(
        'A column of JSON for each operation, where rows have them side by side: {set: $set, unset: $unset}.',
      ),
    add: z.boolean().default(false).describe('Whether add is applied; otherwise it blocks publishing.'),
    ...timeOptions,
    ingested_at_format: timeOptions.time_format,
    properties: propertiesOption,
  })
  .refine(
    ({ operation, operation_columns: given, columns: { operation: column } }) =>
      [operation, given, column].filter((said) => said !== undefined).length === 1,
    {
      message: 'say exactly one of `operation`, `columns.operation` and `operation_columns`',
      path: ['columns'],
    },
  )
  .refine((o) => (o.operation_columns === undefined) !== (o.columns.object === undefined), {
    message: 'name `columns.object`, or the columns of `operation_columns` in its place',
    path: ['columns'],
  })
  .refine((o) => o.group_key_value === undefined || o.columns.group_key !== undefined, {
    message: 'name the column that says so: `columns.group_key`',
    path: ['group_key_value'],
  })

const userOptions = z.object({
  columns: profileColumns,
  ...timeOptions,
  group_keys: groupKeysOption,
  properties: propertiesOption,
  ...jsonOption,
})

const linkOptions = z.object({
  columns: z
    .strictObject({
      user: text.describe('Column with the user id.'),
      time: text.optional().describe('Column with the time when it was said; for freshness.'),
    })
    .describe('Which columns are what.'),
  ...timeOptions,
  group_keys: groupKeysOption,
  properties_column: text
    .optional()
    .describe('A column with a JSON object: group keys are then its members.'),
})

/** The names are those of RudderStack's `rudder_discards`. */
const discardOptions = z.object({
  columns: z
    .strictObject({
      table: text.default('table_name').describe('Column with the table that the value was meant for.'),
      column: text.default('column_name').describe('Column with the column that it was meant for.'),
      value: text.default('column_value').describe('Column with the value that was discarded.'),
      reason: text.default('reason').describe('Column that says why.'),
      received_at: text.default('received_at').describe('Column with the time of arrival.'),
    })
    .prefault({})
    .describe('Which columns are what.'),
  ...timeOptions,
})

/** A column that `columns` of a source names under `field`. */
const named = (field: string, name: string): ColumnValue => column(name, ['columns', field])

const optional = (field: string, name: string | undefined): ColumnValue | undefined =>
  name === undefined ? undefined : named(field, name)

type TimeOptions = Pick<z.output<typeof userOptions>, 'time_format' | 'time_zone'>

const time = (field: string, name: string, o: TimeOptions): Instant =>
  instant(named(field, name), o.time_format, o.time_zone)

/** The JSON column of a source, where it has one. */
const objectOf = ({ properties_column: name }: { properties_column?: string | undefined }) =>
  name === undefined ? undefined : column(name, ['properties_column'])

/** What profiles of groups and of users have in common. */
function profileOf(o: Omit<z.output<typeof userOptions>, 'group_keys'>) {
  const { id, name, created_at: created, updated_at: updated } = o.columns
  return {
    id: named('id', id),
    name: optional('name', name),
    created: created === undefined ? undefined : time('created_at', created, o),
    updated: updated === undefined ? undefined : time('updated_at', updated, o),
    properties: o.properties,
    object: objectOf(o),
    zone: o.time_zone,
  }
}

function operationsOf(o: z.output<typeof operationOptions>): OperationMapping {
  const { id, group_key: key, operation, object, ingested_at: ingested, insert_id: insertId } = o.columns
  const updated = time('updated_at', o.columns.updated_at, o)
  return {
    key: o.group_key,
    when:
      key === undefined
        ? undefined
        : {
            column: textColumn(key, ['columns', 'group_key']),
            is: o.group_key_value ?? o.group_key,
          },
    id: named('id', id),
    change:
      o.operation_columns === undefined
        ? {
            operation:
              operation === undefined
                ? constant(o.operation ?? 'set')
                : textColumn(operation, ['columns', 'operation']),
            object: named('object', object ?? ''),
          }
        : {
            columns: Object.fromEntries(
              Object.entries(o.operation_columns).map(([name, from]) => [
                name,
                column(from, ['operation_columns', name]),
              ]),
            ),
          },
    updated,
    ingested:
      ingested === undefined
        ? undefined
        : instant(named('ingested_at', ingested), o.ingested_at_format, o.time_zone),
    insertId: optional('insert_id', insertId),
    adds: o.add,
    properties: o.properties,
    zone: o.time_zone,
  }
}

export const columns = connector({
  name: 'columns',
  description: 'Any table or file; the project names its columns.',
  events: {
    options: eventOptions,
    map: (o) => ({
      name: optional('event', o.columns.event) ?? constant(o.event_name ?? ''),
      time: time('time', o.columns.time, o),
      arrived:
        o.columns.ingested_at === undefined
          ? undefined
          : instant(named('ingested_at', o.columns.ingested_at), o.ingested_at_format, o.time_zone),
      user: optional('user', o.columns.user),
      device: optional('device', o.columns.device),
      insertId: optional('insert_id', o.columns.insert_id),
      keys: o.group_keys,
      properties: o.properties,
      object: objectOf(o),
      rename: o.rename,
    }),
  },
  group_table: {
    options: groupOptions,
    map: (o) => ({ ...profileOf(o), key: o.group_key }),
  },
  operations: { options: operationOptions, map: operationsOf },
  user_table: {
    options: userOptions,
    map: (o) => ({ ...profileOf(o), keys: o.group_keys }),
  },
  links: {
    options: linkOptions,
    map: (o) => ({
      user: named('user', o.columns.user),
      at: o.columns.time === undefined ? undefined : time('time', o.columns.time, o),
      keys: o.group_keys,
      object: objectOf(o),
    }),
  },
  discards: {
    options: discardOptions,
    map: (o) => ({
      table: named('table', o.columns.table),
      column: named('column', o.columns.column),
      value: named('value', o.columns.value),
      reason: named('reason', o.columns.reason),
      received: time('received_at', o.columns.received_at, o),
    }),
  },
})
