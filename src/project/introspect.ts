/** What a zod schema allows at a place: the schemas behind optional fields, choices, lists and maps. */
import type * as z from 'zod'
import type { Path } from './path.ts'

export interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly innerType?: z.ZodType
  /** Of a pipe: what is read before it is transformed. */
  readonly in?: z.ZodType
  /** Of an object: what fields may hold that it does not name. */
  readonly catchall?: z.ZodType
  /** Of a literal. */
  readonly values?: readonly unknown[]
}

export const definition = (schema: z.ZodType) => schema.def as unknown as Definition

/** Schemas are made once, and asked for each value of a project. */
const known = new WeakMap<z.ZodType, readonly z.ZodType[]>()

/** The schemas that a value may meet, without `optional` and the like around them. */
export function unwrapped(schema: z.ZodType): readonly z.ZodType[] {
  const schemas = known.get(schema) ?? unwrap(schema)
  known.set(schema, schemas)
  return schemas
}

function unwrap(schema: z.ZodType): readonly z.ZodType[] {
  const def = definition(schema)
  const inner = def.innerType ?? def.in
  if (inner) return unwrapped(inner)
  if (def.options) return def.options.flatMap(unwrapped)
  return [schema]
}

/** The schemas of what is called `part` in a map, or is a member of a list. */
export function inside(schema: z.ZodType, part: string | number): z.ZodType[] {
  return unwrapped(schema).flatMap((s) => {
    const { shape = {}, element, valueType } = definition(s)
    const next = (Object.hasOwn(shape, part) ? shape[part] : undefined) ?? element ?? valueType
    return next ? [next] : []
  })
}

export const schemasAt = (schema: z.ZodType, path: Path): z.ZodType[] =>
  path.reduce<z.ZodType[]>((schemas, part) => schemas.flatMap((s) => inside(s, part)), [schema])

/** Of several kinds of map those that the given one can be, by the fields that have one value in each kind. */
export function fitting(
  kinds: readonly z.ZodType[],
  given: Readonly<Record<string, unknown>>,
): readonly z.ZodType[] {
  const found = kinds.filter((kind) =>
    Object.entries(definition(kind).shape ?? {}).every(
      ([field, s]) => definition(s).values?.includes(given[field]) ?? true,
    ),
  )
  return found.length > 0 ? found : kinds
}
