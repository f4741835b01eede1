/** The fields of a JSON Schema as rows of a table, nested ones by their path. */
import type { JsonSchema } from '../../src/editors/json_schema.ts'
import { code, table } from './markdown.ts'

export interface Field {
  /** `columns.time`; `<name>` stands for a key of a map and `[]` for a member of a list. */
  readonly name: string
  readonly type: string
  readonly default: string
  readonly description: string
}

export const fieldsTable = (fields: readonly Field[]): string =>
  table(
    ['field', 'values', 'default', 'what it means'],
    fields.map((field) => [code(field.name), field.type, field.default, field.description]),
  )

/** A field that several choices have in the same way is there once. */
export function fieldsOf(schema: JsonSchema): Field[] {
  const rows = new Map(fieldsWithin(schema, '').map((field) => [JSON.stringify(field), field]))
  return [...rows.values()]
}

function fieldsWithin(schema: JsonSchema, prefix: string): Field[] {
  const { properties = {}, required = [], additionalProperties, items, anyOf = [], oneOf = [] } = schema
  const own = Object.entries(properties).flatMap(([key, property]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`
    const field: Field = {
      name,
      type: typeOf(property),
      default: required.includes(key) ? 'required' : defaultOf(property),
      description: property.description ?? '',
    }
    return [field, ...fieldsWithin(property, name)]
  })
  return [
    ...own,
    ...(typeof additionalProperties === 'object'
      ? fieldsWithin(additionalProperties, `${prefix}.<name>`)
      : []),
    ...(items ? fieldsWithin(items, `${prefix}[]`) : []),
    ...[...anyOf, ...oneOf].flatMap((choice) => fieldsWithin(choice, prefix)),
  ]
}

function defaultOf({ default: value }: JsonSchema): string {
  const isEmpty = value !== null && typeof value === 'object' && Object.keys(value).length === 0
  if (value === undefined || isEmpty) return ''
  return code(typeof value === 'string' ? value : JSON.stringify(value))
}

/** The form of names, which the reference explains. */
const NAME = '^[a-z_][a-z0-9_]*$'

/** What may be written, in words. */
function typeOf(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ')
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ')
  switch (schema.type) {
    case 'string':
      return schema.pattern === NAME ? 'name' : 'text'
    case 'integer':
      return 'whole number'
    case 'array':
      return `list of ${membersOf(schema.items ?? {})}`
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map to ${membersOf(schema.additionalProperties)}`
        : 'fields'
    case undefined:
      return 'anything'
    default:
      return [schema.type]
        .flat()
        .map((type) => (type === 'string' ? 'text' : type))
        .join(' or ')
  }
}

const membersOf = (schema: JsonSchema) => {
  const text = typeOf(schema)
  return text.includes(' or ') ? `(${text})` : text
}
