/** The schemas inside of a JSON Schema, wherever a keyword may hold one. */
import type { JsonSchema } from './json_schema.ts'

/** `field` is the name of the field that the inner schema is of; undefined: that of the outer one. */
export type Change = (inner: JsonSchema, field?: string) => JsonSchema

/** The same schema with each schema right inside of it changed. */
export function withParts(schema: JsonSchema, change: Change): JsonSchema {
  const parts: [string, unknown][] = Object.entries(schema).map(([keyword, part]) => [
    keyword,
    withPart(keyword, part, change),
  ])
  return Object.fromEntries(parts)
}

function withPart(keyword: string, part: unknown, change: Change): unknown {
  switch (keyword) {
    case 'properties':
    case 'definitions':
      return Object.fromEntries(
        Object.entries(part as Record<string, JsonSchema>).map(([name, inner]) => [
          name,
          change(inner, name),
        ]),
      )
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
      return (part as JsonSchema[]).map((inner) => change(inner))
    case 'items':
    case 'additionalProperties':
    case 'propertyNames':
    case 'if':
    case 'then':
    case 'else':
      return typeof part === 'object' ? change(part as JsonSchema) : part
    default:
      return part
  }
}

/** The same text for schemas that say the same, whatever the order of their keywords. */
export const canonical = (schema: unknown): string =>
  JSON.stringify(schema, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
