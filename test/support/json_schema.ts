/** Whether a value has the form that a JSON Schema describes: its types, fields and choices, not its least sizes. */
import type { JsonSchema } from '../../scripts/generate/json_schema.ts'

export function accepts(schema: JsonSchema, value: unknown, root: JsonSchema = schema): boolean {
  const within = (inner: JsonSchema, item: unknown) => accepts(inner, item, root)
  if (schema.$ref !== undefined)
    return within(root.definitions?.[schema.$ref.split('/').at(-1) ?? ''] ?? {}, value)
  const types = schema.type === undefined ? undefined : [schema.type].flat()
  return (
    (schema.anyOf?.some((choice) => within(choice, value)) ?? true) &&
    (schema.oneOf === undefined || schema.oneOf.filter((choice) => within(choice, value)).length === 1) &&
    (schema.const === undefined || value === schema.const) &&
    (schema.enum?.includes(value) ?? true) &&
    (types?.some((type) => isOfType(value, type)) ?? true) &&
    (typeof value !== 'string' || new RegExp(schema.pattern ?? '').test(value)) &&
    (typeof value !== 'number' || value <= (schema.maximum ?? Infinity)) &&
    (!Array.isArray(value) || value.every((item) => within(schema.items ?? {}, item))) &&
    (!isMap(value) || acceptsMap(schema, value, within))
  )
}

function acceptsMap(
  { properties = {}, required = [], additionalProperties: others = true }: JsonSchema,
  map: Record<string, unknown>,
  within: (schema: JsonSchema, value: unknown) => boolean,
): boolean {
  return (
    required.every((key) => Object.hasOwn(map, key)) &&
    Object.entries(map).every(([key, value]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : others
      return typeof schema === 'object' ? within(schema, value) : schema !== false
    })
  )
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
