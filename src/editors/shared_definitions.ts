/** What stands in a JSON Schema more than once, said once under `definitions`. */
import type { JsonSchema } from './json_schema.ts'
import { canonical, withParts } from './schema_parts.ts'

interface Form {
  count: number
  readonly text: string
  /** The names of the fields that it is of, and of those around them. */
  readonly fields: Set<string>
  readonly around: Set<string>
  /** It, with what is said of it at each place. */
  readonly said: Set<string>
}

/**
 * @param schema may have definitions, which keep their names; those that nothing names are left out
 * @param known names for what would else be named after the field where it stands
 */
export function withSharedDefinitions(
  schema: JsonSchema,
  known: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  const { definitions = {}, ...root } = schema
  const forms = formsOf(schema)
  const names = new Map<string, string>()
  for (const [name, inner] of [...Object.entries(definitions), ...Object.entries(known)])
    if (!names.has(formOf(inner))) names.set(formOf(inner), name)
  const taken = new Set(names.values())
  const made = new Map<string, JsonSchema>()

  const inner = (given: JsonSchema): JsonSchema => withParts(given, shortened)
  function shortened(given: JsonSchema): JsonSchema {
    const form = forms.get(formOf(given))
    if (!form || !isWorth(form)) return inner(given)
    const name = names.get(formOf(given)) ?? named(form, taken)
    names.set(formOf(given), name)
    taken.add(name)
    const isSaidAlike = form.said.size === 1
    if (!made.has(name)) {
      made.set(name, {})
      made.set(name, inner(isSaidAlike ? given : split(given).form))
    }
    return { ...(isSaidAlike ? {} : split(given).said), $ref: `#/definitions/${name}` }
  }

  const short = inner(root)
  for (const [name, given] of Object.entries(definitions)) made.set(name, inner(given))
  return { ...short, definitions: reached(short, made) }
}

/** What a schema says to people, and what it takes. */
function split({ title, description, default: value, ...form }: JsonSchema) {
  const said: JsonSchema = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
  }
  return { said, form }
}

const formOf = (schema: JsonSchema): string => canonical(split(schema).form)

/** What is inside of a form counts once, however often the form itself stands there. */
function formsOf(root: JsonSchema): Map<string, Form> {
  const forms = new Map<string, Form>()
  const visit = (schema: JsonSchema, field: string, around: string): JsonSchema => {
    const key = formOf(schema)
    const form = forms.get(key) ?? {
      count: 0,
      text: key,
      fields: new Set(),
      around: new Set(),
      said: new Set(),
    }
    form.count += 1
    form.fields.add(field)
    form.around.add(around)
    form.said.add(canonical(schema))
    forms.set(key, form)
    if (form.count > 1) return schema
    return withParts(schema, (inner, name) =>
      name === undefined ? visit(inner, field, around) : visit(inner, plainName(name), field),
    )
  }
  withParts(root, (inner, name) => visit(inner, plainName(name ?? ''), ''))
  return forms
}

/** `dbt_utils.unique` is another name of `unique`. */
const plainName = (field: string): string => field.split('.').at(-1) ?? field

/** About as long as a reference is. */
const REFERENCE = 40

const isWorth = ({ text, count }: Form): boolean => (count - 1) * text.length > count * REFERENCE + REFERENCE

/** Named after its field where that is the only one, else after what is around, so that names stay the same. */
function named({ fields, around }: Form, taken: ReadonlySet<string>): string {
  const [field = '', ...others] = fields
  const [outer = ''] = around
  const plain = others.length === 0 ? field : `field_of_${outer}`
  const candidates = [
    plain,
    `${outer}_${plain}`,
    ...Array.from({ length: 100 }, (_, i) => `${plain}_${i + 2}`),
  ]
  const free = candidates.find((name) => !taken.has(name))
  if (free === undefined) throw new RangeError(`no name is left for ${plain}`)
  return free
}

/** Those that are named from the root on, by their names. */
function reached(root: JsonSchema, made: ReadonlyMap<string, JsonSchema>): Record<string, JsonSchema> {
  const found = new Set<string>()
  const visit = (schema: JsonSchema): JsonSchema => {
    const name = schema.$ref?.split('/').at(-1)
    if (name !== undefined && !found.has(name)) {
      found.add(name)
      visit(made.get(name) ?? {})
    }
    return withParts(schema, visit)
  }
  visit(root)
  return Object.fromEntries(
    [...made].filter(([name]) => found.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
