/** What a JSON Schema of draft 07 says of a value, and where, as an editor would. */
import type { JsonSchema } from '../../src/editors/json_schema.ts'

/** The place, such as `steps.1.any_evnt`, and what is wrong there. */
export type Complaint = readonly [at: string, what: string]

export const accepts = (schema: JsonSchema, value: unknown, root: JsonSchema = schema): boolean =>
  complaints(schema, value, root).length === 0

export function complaints(
  schema: JsonSchema,
  value: unknown,
  root: JsonSchema = schema,
  at: readonly string[] = [],
): Complaint[] {
  const within = (inner: JsonSchema, item: unknown, step?: string) =>
    complaints(inner, item, root, step === undefined ? at : [...at, step])
  const fits = (inner: JsonSchema) => within(inner, value).length === 0
  if (schema.$ref !== undefined) {
    const named = root.definitions?.[schema.$ref.split('/').at(-1) ?? '']
    if (!named) throw new RangeError(`there is no ${schema.$ref}`)
    return within(named, value)
  }
  const here = (isRight: boolean, what: string): Complaint[] => (isRight ? [] : [[at.join('.'), what]])
  const { type, anyOf, oneOf, allOf = [], if: condition } = schema
  const branch = condition && (fits(condition) ? schema.then : schema.else)
  return [
    ...here(schema !== NOTHING, 'is not a known field'),
    ...here(
      type === undefined || [type].flat().some((name) => isOfType(value, name)),
      `is not of type ${[type].flat().join(', ')}`,
    ),
    ...here(schema.const === undefined || value === schema.const, `is not ${String(schema.const)}`),
    ...here(schema.enum?.includes(value) ?? true, `is none of ${schema.enum?.join(', ') ?? ''}`),
    ...here(anyOf?.some(fits) ?? true, 'fits no choice'),
    ...here(oneOf === undefined || oneOf.filter(fits).length === 1, 'does not fit one choice'),
    ...here(isInBounds(schema, value), 'is out of bounds'),
    ...allOf.flatMap((inner) => within(inner, value)),
    ...(branch ? within(branch, value) : []),
    ...(Array.isArray(value) ? value.flatMap((item, i) => within(schema.items ?? {}, item, String(i))) : []),
    ...(isMap(value) ? ofMap(schema, value, here, within) : []),
  ]
}

/** What no value fits. */
const NOTHING: JsonSchema = {}

function ofMap(
  { properties = {}, required = [], additionalProperties: others = true, propertyNames }: JsonSchema,
  map: Record<string, unknown>,
  here: (isRight: boolean, what: string) => Complaint[],
  within: (schema: JsonSchema, value: unknown, step?: string) => Complaint[],
): Complaint[] {
  return [
    ...required.flatMap((name) => here(Object.hasOwn(map, name), `has no ${name}`)),
    ...Object.entries(map).flatMap(([name, value]) => {
      const ofName = propertyNames ? within(propertyNames, name, name) : []
      const schema = Object.hasOwn(properties, name) ? properties[name] : others
      if (schema === false) return [...ofName, ...within(NOTHING, value, name)]
      return [...ofName, ...(typeof schema === 'object' ? within(schema, value, name) : [])]
    }),
  ]
}

function isInBounds(schema: JsonSchema, value: unknown): boolean {
  const isIn = (size: number, least = 0, most = Infinity) => size >= least && size <= most
  if (typeof value === 'string')
    return (
      new RegExp(schema.pattern ?? '').test(value) && isIn(value.length, schema.minLength, schema.maxLength)
    )
  if (typeof value === 'number')
    return (
      isIn(value, schema.minimum ?? -Infinity, schema.maximum) &&
      value > (schema.exclusiveMinimum ?? -Infinity) &&
      value < (schema.exclusiveMaximum ?? Infinity)
    )
  if (Array.isArray(value)) return isIn(value.length, schema.minItems, schema.maxItems)
  return !isMap(value) || isIn(Object.keys(value).length, schema.minProperties, schema.maxProperties)
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isMap(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}
