/** Options that several connectors share: group keys, properties, times. */
import * as z from 'zod'
import type { PropertyDoc } from '../graph/connector.ts'
import { isTimeZone } from '../project/local_time.ts'

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

/** The keys that a source says it carries, which may be none; undefined when it says nothing. */
export function carriedKeys(option: GroupKeysOption): CarriedKey[] | undefined {
  if (option === undefined) return undefined
  if (Array.isArray(option)) return option.map((key, i) => ({ key, from: key, path: ['group_keys', i] }))
  return Object.entries(option).map(([key, from]) => ({ key, from, path: ['group_keys', key] }))
}

/** The keys that are read: those named, or all registered ones by their own names. */
export const keysRead = (option: GroupKeysOption, registered: readonly string[]): CarriedKey[] =>
  carriedKeys(option) ?? registered.map((key) => ({ key, from: key, path: ['group_keys'] }))

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

/** A JSON member has no type of its own: it is text unless the project says otherwise. */
export function typedWhereJson<P extends Property>(properties: readonly P[], json: boolean): P[] {
  return properties.map((p) => (p.type === 'source' && json ? { ...p, type: 'text', isOfJson: true } : p))
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
