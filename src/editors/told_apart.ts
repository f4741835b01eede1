/**
 * Choices by what tells them apart. Of an `anyOf` that nothing fits editors guess which choice was meant, and
 * complain of another one; of `if` and `then` they know it, and say what is wrong in there.
 */
import type { Constant, JsonSchema } from './json_schema.ts'
import { canonical, withParts } from './schema_parts.ts'

/** Takes the same documents as the schema. Choices that nothing tells apart stay as they are. */
export function toldApart(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, ...rest } = withParts(schema, toldApart)
  const choices = anyOf ?? oneOf
  if (!choices) return rest
  const told = byType(oneMap(choices)) ?? byConstant(choices) ?? byPresence(choices)
  return told ? { ...rest, ...told } : { ...rest, ...(anyOf && { anyOf }), ...(oneOf && { oneOf }) }
}

/** Maps that have one field each, with a name of its own, become one map, and constants one list of them. */
function oneMap(choices: readonly JsonSchema[]): JsonSchema[] {
  const fields = choices.map(onlyField)
  const names = choices.flatMap((choice) => (typeof choice.const === 'string' ? [choice.const] : []))
  const given = new Map(fields.filter((field) => field !== undefined))
  if (given.size < 2 || given.size + names.length < choices.length) return [...choices]
  const map: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(given),
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  }
  return [...(names.length > 0 ? [{ type: 'string', enum: names }] : []), map]
}

function onlyField({
  properties = {},
  required,
  additionalProperties,
}: JsonSchema): [string, JsonSchema] | undefined {
  const [field, ...others] = Object.entries(properties)
  const isOnly = field && others.length === 0 && required?.[0] === field[0] && additionalProperties === false
  return isOnly ? field : undefined
}

const typesOf = ({ type }: JsonSchema): string[] => (type === undefined ? [] : [type].flat())

/**
 * Texts, lists and maps. Maps come last: what is not written yet is of the last choice, and then editors complete
 * the fields of the map.
 */
function byType(choices: readonly JsonSchema[]): JsonSchema | undefined {
  const [only, ...others] = choices
  if (only && others.length === 0) return only
  const types = choices.flatMap(typesOf)
  const isTold = choices.every((choice) => typesOf(choice).length > 0) && new Set(types).size === types.length
  if (!isTold || !types.some((type) => type === 'object' || type === 'array')) return undefined
  if (types.includes('integer') && types.includes('number')) return undefined
  const rank = (choice: JsonSchema) => Math.max(...typesOf(choice).map((type) => LAST.indexOf(type)))
  // Editors complete values from examples, and do not look into conditions for them.
  const examples = choices.flatMap(
    ({ const: value, enum: values }) => values ?? (value === undefined ? [] : [value]),
  )
  return {
    type: types,
    ...(examples.length > 0 && { examples }),
    ...conditions([...choices].sort((a, b) => rank(a) - rank(b))),
  }
}

const LAST = ['array', 'object']

function conditions([first = {}, ...others]: readonly JsonSchema[]): JsonSchema {
  const { type, ...form } = first
  if (others.length === 0 || type === undefined) return form
  return {
    if: { type },
    ...(Object.keys(form).length > 0 && { then: form }),
    else: conditions(others),
  }
}

/** Maps by a field that is another constant in each, as `type` is, or in groups of them. */
function byConstant(choices: readonly JsonSchema[]): JsonSchema | undefined {
  if (!choices.every(isClosed)) return undefined
  const named = Object.keys(choices[0]?.properties ?? {})
    .map((field) => ({ field, groups: groupsBy(field, choices) }))
    .filter(({ groups }) => groups.size > 1)
    .sort((a, b) => a.groups.size - b.groups.size)[0]
  if (!named) return undefined
  const { field, groups } = named
  const isGiven = (choice: JsonSchema) => choice.required?.includes(field) === true
  const open = [...groups].filter(([, group]) => !group.every(isGiven))
  if (open.length > 1) return undefined

  const shared = sharedFields(choices)
  // Another constant stays with the choices: they may be told apart by it, too.
  const required = (choices[0]?.required ?? []).filter((name) =>
    choices.every(
      (choice) =>
        choice.required?.includes(name) && (name === field || choice.properties?.[name]?.const === undefined),
    ),
  )
  const saying = new Set(choices.map((choice) => choice.properties?.[field]?.description))
  const [description, ...others] = saying
  const cases = [...groups].map(([value, group]): JsonSchema => {
    const rest = group.map((choice) => without(choice, field, others.length > 0, shared, required))
    return {
      if: {
        properties: { [field]: { const: value } },
        ...(group.every(isGiven) && { required: [field] }),
      },
      then: rest.length === 1 ? (rest[0] ?? {}) : (byConstant(rest) ?? { anyOf: rest }),
    }
  })
  const [fallback] = choices.flatMap((choice) => choice.properties?.[field]?.default ?? [])
  return {
    type: 'object',
    properties: {
      [field]: {
        ...(description !== undefined && others.length === 0 && { description }),
        ...(fallback !== undefined && { default: fallback }),
        enum: [...groups.keys()],
      },
      ...shared,
    },
    ...(required.length > 0 && { required }),
    allOf: cases,
  }
}

const isClosed = ({ properties, additionalProperties }: JsonSchema) =>
  properties !== undefined && additionalProperties === false

/** Empty where the field is not a constant of all choices. */
function groupsBy(field: string, choices: readonly JsonSchema[]): Map<Constant, JsonSchema[]> {
  const groups = new Map<Constant, JsonSchema[]>()
  for (const choice of choices) {
    const value = choice.properties?.[field]?.const
    if (value === undefined) return new Map()
    groups.set(value, [...(groups.get(value) ?? []), choice])
  }
  return groups
}

/** Those that all choices have in the same way. */
function sharedFields([first, ...others]: readonly JsonSchema[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(first?.properties ?? {}).filter(
      ([name, inner]) =>
        inner.const === undefined &&
        Object.keys(inner).length > 0 &&
        others.every(({ properties }) => canonical(properties?.[name]) === canonical(inner)),
    ),
  )
}

/** What a choice says beyond what all do. The names stay: there are no other fields. */
function without(
  { type: _, required: given = [], ...choice }: JsonSchema,
  field: string,
  isSaid: boolean,
  shared: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): JsonSchema {
  const left = given.filter((name) => !required.includes(name))
  return {
    ...choice,
    properties: Object.fromEntries(
      Object.entries(choice.properties ?? {}).map(([name, inner]) => [
        name,
        name === field ? saidOf(inner, isSaid) : Object.hasOwn(shared, name) ? {} : inner,
      ]),
    ),
    ...(left.length > 0 ? { required: left } : {}),
  }
}

const saidOf = ({ description }: JsonSchema, isSaid: boolean): JsonSchema =>
  isSaid && description !== undefined ? { description } : {}

/** Two maps, of which the second has a field that the first cannot have. */
function byPresence(choices: readonly JsonSchema[]): JsonSchema | undefined {
  const [first, second, ...others] = choices
  if (!first || !second || others.length > 0 || !choices.every(isClosed)) return undefined
  const own = second.required?.find((name) => !Object.hasOwn(first.properties ?? {}, name))
  if (own === undefined) return undefined
  const [{ type: _, ...plain }, { type: __, ...special }] = [first, second]
  return { type: 'object', if: { required: [own] }, then: special, else: plain }
}
