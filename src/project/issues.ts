/** Turns what zod found into problems with a place in the file, and a name to use instead where one is near. */
import type { z } from 'zod'
import { listed, suggest, type Location, type Problem } from '../problems.ts'
import type { Path } from './document.ts'

export interface Locator {
  locate(path: Path): Location
  locateKey(path: Path): Location
}

type Issue = z.core.$ZodIssue

/** `schema` is asked for the fields that exist where an unknown one was found. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, locator: Locator): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, schema, locator))
}

function problemsOfIssue(issue: Issue, schema: z.ZodType, locator: Locator): Problem[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, path)
    return issue.keys.map((key) => ({
      code: 'unknown_field',
      message: `\`${pathText([...path, key])}\` is not a known field.`,
      at: locator.locateKey([...path, key]),
      hint: suggest(key, known, 'The fields here are'),
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest says most about what was meant.
    const furthest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? []
    if (depth(furthest) > 0) {
      const nested = furthest.map((inner) => ({ ...inner, path: [...path, ...inner.path] }))
      return nested.flatMap((inner) => problemsOfIssue(inner, schema, locator))
    }
    const expected = [...new Set(issue.errors.flat().map(expectation))].join(', or ')
    return [invalid(path, `must be ${expected}`, locator)]
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [
      {
        code: 'missing_field',
        message: `\`${pathText(path)}\` is missing.`,
        at: locator.locate(path.slice(0, -1)),
        hint: `Add \`${String(path.at(-1))}:\` (${expectation(issue)}).`,
      },
    ]
  }
  return [invalid(path, `must be ${expectation(issue)}`, locator, issue)]
}

function invalid(path: Path, what: string, locator: Locator, issue?: Issue): Problem {
  const values = issue?.code === 'invalid_value' ? issue.values.map(String) : []
  const given = typeof issue?.input === 'string' ? issue.input : undefined
  const custom = issue?.code === 'custom' || issue?.code === 'invalid_format' || issue?.code === 'too_small'
  return {
    code: 'invalid_value',
    message: custom
      ? `\`${pathText(path)}\` is not valid: ${issue.message}.`
      : `\`${pathText(path)}\` ${what}.`,
    at: locator.locate(path),
    hint: given !== undefined && values.length > 0 ? suggest(given, values) : undefined,
  }
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS[issue.expected] ?? `a ${issue.expected}`
    case 'invalid_value':
      return issue.values.length === 1
        ? `\`${String(issue.values[0])}\``
        : `one of ${listed(issue.values.map(String))}`
    case 'unrecognized_keys':
      return `a map without ${listed(issue.keys)}`
    case 'invalid_union':
      return issue.errors.length > 0
        ? [...new Set(issue.errors.flat().map(expectation))].join(' or ')
        : 'one of the known types'
    default:
      return issue.message
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length))

/** `group_keys[1].label` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  )
}

/** The names of the fields that the schema allows at a path. */
function fieldsAt(schema: z.ZodType, path: Path): string[] {
  const found = path.reduce<z.ZodType[]>((schemas, part) => schemas.flatMap((s) => inside(s, part)), [schema])
  return [...new Set(found.flatMap((s) => objectsOf(s).flatMap((object) => Object.keys(object.shape))))]
}

interface Definition {
  type: string
  shape?: Record<string, z.ZodType>
  element?: z.ZodType
  valueType?: z.ZodType
  options?: readonly z.ZodType[]
  innerType?: z.ZodType
}

const definition = (schema: z.ZodType) => schema.def as unknown as Definition

function unwrapped(schema: z.ZodType): z.ZodType[] {
  const def = definition(schema)
  if (def.innerType) return unwrapped(def.innerType)
  if (def.options) return def.options.flatMap(unwrapped)
  return [schema]
}

function objectsOf(schema: z.ZodType): { shape: Record<string, z.ZodType> }[] {
  return unwrapped(schema)
    .map(definition)
    .flatMap((def) => (def.shape ? [{ shape: def.shape }] : []))
}

function inside(schema: z.ZodType, part: string | number): z.ZodType[] {
  return unwrapped(schema).flatMap((s) => {
    const def = definition(s)
    const next = def.shape?.[String(part)] ?? def.element ?? def.valueType
    return next ? [next] : []
  })
}
