/** Options that several connectors share: group keys, properties, times. */
import * as z from 'zod'
import type { PropertyType, SqlFunctions } from '../src/engines/index.ts'
import type { ConnectorContext, PropertyDoc, RawValues } from '../src/graph/connector.ts'
import { isTimeZone } from '../src/project/local_time.ts'
import { identifier, join, sql, type Sql } from '../src/sql/sql.ts'

export const text = z.string().min(1, 'must not be empty')

/** `[company_id, area]`, or `{company_id: org_domain}` where the upstream name differs. */
export const groupKeysOption = z
  .union([z.array(text), z.record(text, text)])
  .optional()
  .describe(
    'The group keys that the rows carry; a map where upstream names differ (key: upstream name). Default: all.',
  )

export type GroupKeysOption = z.output<typeof groupKeysOption>

export interface CarriedKey {
  readonly key: string
  /** The column or property that holds the ids. */
  readonly from: string
  readonly path: (string | number)[]
}

/** The keys that a source says it carries; empty when it says nothing. */
export function carriedKeys(option: GroupKeysOption): CarriedKey[] {
  if (Array.isArray(option)) return option.map((key, i) => ({ key, from: key, path: ['group_keys', i] }))
  return Object.entries(option ?? {}).map(([key, from]) => ({ key, from, path: ['group_keys', key] }))
}

/** The keys that are read: those named, or all registered ones by their own names. */
export function keysRead(option: GroupKeysOption, registered: readonly string[]): CarriedKey[] {
  return option === undefined
    ? carriedKeys([...registered]).map((k) => ({ ...k, path: ['group_keys'] }))
    : carriedKeys(option)
}

/** `<list of ids> as <group key>` for every registered key; an empty list for keys that the source has not. */
export function idLists(
  carried: readonly CarriedKey[],
  value: (from: string) => Sql,
  c: ConnectorContext,
): Sql[] {
  return c.groupKeys.map((key) => {
    const from = carried.find((k) => k.key === key)?.from
    return sql`${from === undefined ? c.fn.noIds() : c.fn.idList(value(from))} as ${identifier(key)}`
  })
}

const propertyType = z.enum(['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'json'])

/** `[plan, seats]`, or a map from the property's name to its upstream name or to `{column, type, description}`. */
export const propertiesOption = z
  .union([
    z.array(text),
    z.record(
      text,
      z.union([
        text,
        z.strictObject({
          column: text.optional().describe('The upstream column or JSON property; default: the same name.'),
          type: propertyType
            .optional()
            .describe(
              'Read the value as this type; values that are none of it are null, and a data test counts them. Default: as it is, which in CSV is text.',
            ),
          description: z.string().optional(),
        }),
      ]),
    ),
  ])
  .default([])
  .describe('Properties to keep: a list, or a map from new name to upstream name.')

export type PropertiesOption = z.output<typeof propertiesOption>

export interface Property extends PropertyDoc {
  readonly from: string
  readonly path: (string | number)[]
}

export function propertiesOf(option: PropertiesOption): Property[] {
  if (Array.isArray(option)) {
    return option.map((name, i) => ({
      name,
      from: name,
      type: 'source',
      description: '',
      path: ['properties', i],
    }))
  }
  return Object.entries(option).map(([name, given]) => {
    const detail: {
      column?: string | undefined
      type?: PropertyDoc['type'] | undefined
      description?: string | undefined
    } = typeof given === 'string' ? { column: given } : given
    const { column = name, type = 'source' as const, description = '' } = detail
    return { name, from: column, type, description, path: ['properties', name] }
  })
}

/** The types that values of columns are read by: `timestamp` for those of `times`, and what properties say. */
export function valueTypes(
  times: readonly (string | undefined)[],
  properties: PropertiesOption,
): Record<string, PropertyType> {
  const named = propertiesOf(properties).flatMap(({ from, type }) =>
    type === 'source' ? [] : [[from, type] as const],
  )
  const read = times.flatMap((column) => (column === undefined ? [] : [[column, 'timestamp'] as const]))
  return Object.fromEntries<PropertyType>([...named, ...read])
}

/** A JSON member has no type of its own: it is text unless the project says otherwise. */
export function typedWhereJson(properties: readonly Property[], json: boolean): Property[] {
  return properties.map((p) => (p.type === 'source' && json ? { ...p, type: 'text', isOfJson: true } : p))
}

/** A property's value, read as the type that the project gives it; as it is where it gives none. */
export const typed = (property: Property, value: Sql, fn: SqlFunctions): Sql =>
  property.type === 'source' ? value : fn.typed(fn.valueText(value), property.type)

/**
 * The rows of a source with the JSON object of one of its columns as `object`, which is read once for each row.
 * @param columns the columns that are read besides it
 */
export function withObject(
  column: string,
  columns: readonly string[],
  { fn, relation }: Pick<ConnectorContext, 'fn' | 'relation'>,
): { readonly object: Sql; readonly from: Sql } {
  const taken = new Set([column, ...columns].map((name) => name.toLowerCase()))
  let name = 'object'
  while (taken.has(name)) name += '_'
  const others = [...new Set(columns)].map((other) => identifier(other))
  const object = identifier(name)
  return {
    object,
    from: sql`
      (
        select
          ${join([...others, sql`${fn.json(identifier(column))} as ${object}`], ',\n')}
        from ${relation}
        ${fn.once}
      ) as given
    `,
  }
}

/** Properties with a type of their own, before and after they are read as it. */
export const typedValues = (
  properties: readonly Property[],
  value: (from: string) => Sql,
  fn: SqlFunctions,
): RawValues['typed'] =>
  properties.flatMap(({ from, type }) => {
    if (type === 'source' || type === 'text') return []
    const raw = fn.valueText(value(from))
    return [{ name: from, type, raw, read: fn.typed(raw, type) }]
  })

/** What `rows` makes of a JSON object of the properties that nobody gave a type; undefined where all have one. */
export function untypedObject(
  option: PropertiesOption,
  value: (from: string) => Sql,
  fn: SqlFunctions,
  rows: (properties: Sql) => Sql,
): Sql | undefined {
  const untyped = propertiesOf(option).filter(({ type }) => type === 'source')
  if (untyped.length === 0) return undefined
  return rows(fn.jsonObject(untyped.map(({ name, from }) => [name, value(from)] as const)))
}

export const timeOptions = {
  time_format: z
    .enum(['timestamp', 'epoch_s', 'epoch_ms', 'epoch_us'])
    .default('timestamp')
    .describe(
      'How times are written: timestamps, dates or ISO 8601 text; or seconds, milli- or microseconds since 1970.',
    ),
  time_zone: text
    .refine(isTimeZone, 'use an IANA time zone such as Europe/Paris')
    .default('UTC')
    .describe('The time zone of times that do not say theirs.'),
}
