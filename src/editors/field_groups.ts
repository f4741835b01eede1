/** Fields that many maps of a JSON Schema have in the same way, said once. */
import type { JsonSchema } from './json_schema.ts'
import { canonical, withParts } from './schema_parts.ts'

export type Fields = Readonly<Record<string, JsonSchema>>

/**
 * Maps that have all fields of a group name it; that they take these fields and no others stays with them.
 * @param groups by the names under which they are defined
 */
export function withFieldGroups(schema: JsonSchema, groups: Readonly<Record<string, Fields>>): JsonSchema {
  const grouped = Object.entries(groups).reduce(
    (given, [name, fields]) => withGroup(given, name, fields),
    schema,
  )
  const definitions = Object.entries(groups).map(([name, fields]) => [name, { properties: fields }] as const)
  return { ...grouped, definitions: { ...grouped.definitions, ...Object.fromEntries(definitions) } }
}

function withGroup(schema: JsonSchema, name: string, fields: Fields): JsonSchema {
  const given = withParts(schema, (inner) => withGroup(inner, name, fields))
  const { properties = {}, allOf = [] } = given
  const isOfGroup = Object.entries(fields).every(
    ([field, inner]) => canonical(properties[field]) === canonical(inner),
  )
  if (!isOfGroup) return given
  return {
    ...given,
    properties: Object.fromEntries(
      Object.entries(properties).map(([field, inner]) => [field, Object.hasOwn(fields, field) ? {} : inner]),
    ),
    allOf: [{ $ref: `#/definitions/${name}` }, ...allOf],
  }
}
