/** Turns what zod found into problems with a place in the file, and a name to use instead where one is near. */
import * as z from 'zod'
import { quotedList, nearest, suggest, type Location, type Problem } from '../problems.ts'
import { suggestField } from './dbt_hints.ts'
import type { Path } from './path.ts'
import { definition, fitting, schemasAt, unwrapped } from './introspect.ts'

export interface Locator {
  locate(path: Path): Location
  locateKey(path: Path): Location
  /** The path as its own file counts, where several files are read as one. */
  written?(path: Path): Path
}

type Issue = z.core.$ZodIssue

/** What to write instead of a value that is of no form at all, for fields that take several forms. */
export const FIXES = z.registry<{ fix: string }>()

/** `schema` is asked for the fields that exist where an unknown one was found. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, locator: Locator): Problem[] {
  return withoutConsequences(issues).flatMap((issue) => problemsOfIssue(issue, schema, locator))
}

/** The same for an entry of the project. @param what it is, before each message: Source `app` */
export const problemsOfEntry = (
  issues: readonly Issue[],
  schema: z.ZodType,
  project: Pick<Locator, 'locate' | 'locateKey'>,
  at: Path,
  what: string,
): Problem[] =>
  problemsOf(issues, schema, {
    locate: (field) => project.locate([...at, ...field]),
    locateKey: (field) => project.locateKey([...at, ...field]),
  }).map((problem) => ({ ...problem, message: `${what}: ${problem.message}` }))

/** An entry without the fields that it cannot have; undefined where something else is wrong with it. */
export function knownFields<Entry extends object>(
  given: Entry,
  issues: readonly Issue[],
): Partial<Entry> | undefined {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [undefined],
  )
  if (unknown.includes(undefined)) return undefined
  return Object.fromEntries(
    Object.entries(given).filter(([field]) => !unknown.includes(field)),
  ) as Partial<Entry>
}

/** A field that is not known is often what a rule of the same map misses. */
function withoutConsequences(issues: readonly Issue[]): Issue[] {
  const unknown = new Set(
    issues.flatMap((i) => (i.code === 'unrecognized_keys' ? [pathText(i.path as Path)] : [])),
  )
  return issues.filter(
    (issue) => issue.code !== 'custom' || !unknown.has(pathText(issue.path.slice(0, -1) as Path)),
  )
}

function problemsOfIssue(issue: Issue, schema: z.ZodType, locator: Locator): Problem[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, path, issue.input)
    const isOfConfig = (key: string) =>
      known.includes('config') && fieldsAt(schema, [...path, 'config'], undefined).includes(key)
    return issue.keys.map((key) => ({
      code: 'unknown_field',
      message: `\`${shown([...path, key], locator)}\` is not a known field.`,
      at: locator.locateKey([...path, key]),
      fix: isOfConfig(key)
        ? `Write it under \`config\`: \`config: {${key}: …}\`.`
        : suggestField(key, known, 'The fields here are'),
    }))
  }
  if (isMissing(issue)) {
    return [
      {
        code: 'missing_field',
        message: `\`${shown(path, locator)}\` is missing.`,
        at: locator.locate(path.slice(0, -1)),
        fix: `Add \`${String(path.at(-1))}:\` (${expectation(issue, schema)}).`,
      },
    ]
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest says most about what was meant.
    const furthest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? []
    if (depth(furthest) > 0) {
      const nested = withoutConsequences(furthest).map((inner) => ({
        ...inner,
        path: [...path, ...inner.path],
      }))
      return nested.flatMap((inner) => problemsOfIssue(inner, schema, locator))
    }
    const fields = fieldsAt(schema, path, undefined)
    const expected = [...new Set(issue.errors.flat().map((inner) => expectation(inner, schema)))].map(
      (form) => (form === 'a map' && isShort(fields) ? `a map of ${quotedList(fields)}` : form),
    )
    return [invalid(path, `must be ${expected.join(', or ')}`, issue, schema, locator)]
  }
  return [invalid(path, `must be ${expectation(issue, schema)}`, issue, schema, locator)]
}

/** Few enough to be said in passing. */
const isShort = (fields: readonly string[]) => fields.length > 0 && fields.length <= 4

/** zod reports a field that is not there as one whose value is of the wrong type, or none of the right ones. */
function isMissing(issue: Issue): boolean {
  if (!discriminated(issue)) {
    return (
      ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code) && issue.input === undefined
    )
  }
  // Of a choice by `type` it hands over the whole map.
  const map = issue.input
  const field = issue.path.at(-1)
  return map !== null && typeof map === 'object' && field !== undefined && !Object.hasOwn(map, field)
}

const discriminated = (issue: Issue) => issue.code === 'invalid_union' && issue.errors.length === 0

function invalid(path: Path, what: string, issue: Issue, schema: z.ZodType, locator: Locator): Problem {
  const values = valuesOf(issue, schema)
  const input = discriminated(issue)
    ? (issue.input as Record<string, unknown> | undefined)?.[String(path.at(-1))]
    : issue.input
  const custom =
    issue.code === 'custom' ||
    issue.code === 'invalid_format' ||
    (issue.code === 'too_small' && issue.origin === 'string')
  return {
    code: 'invalid_value',
    message: custom
      ? `\`${shown(path, locator)}\` is not valid: ${issue.message}.`
      : `\`${shown(path, locator)}\` ${what}.`,
    at: locator.locate(path),
    fix:
      typeof input === 'string' && nearest(input, values)
        ? suggest(input, values)
        : (hintOfRule(issue) ?? hintOfField(schema, path) ?? hintOfQuotes(issue, locator.locate(path))),
  }
}

/** Rules that schemas add say how to mend what breaks them as `params: {fix}`. */
function hintOfRule(issue: Issue): string | undefined {
  const fix: unknown = issue.code === 'custom' ? issue.params?.['fix'] : undefined
  return typeof fix === 'string' ? fix : undefined
}

/** What is in quotes is a text, and so is what a variable stands for. */
function hintOfQuotes(issue: Issue, { excerpt = '' }: Location): string | undefined {
  const wanted = issue.code === 'invalid_union' ? issue.errors.flat() : [issue]
  const takes = (...types: string[]) =>
    wanted.some((inner) => inner.code === 'invalid_type' && types.includes(inner.expected))
  const { input } = issue
  if (input === null && takes('string')) return 'Put it into quotes if it is a text.'
  if (typeof input !== 'string' || excerpt.includes('${')) return undefined
  const text = input.trim()
  if (takes('number', 'int') && /^[-+]?[\d_,]*\.?\d+$/.test(text))
    return `Write ${text.replaceAll(/[_,]/g, '')} without quotes${/[_,]/.test(text) ? ', as digits alone' : ''}.`
  if (takes('boolean') && /^(true|false|yes|no|on|off)$/i.test(text))
    return `Write \`${/^(true|yes|on)$/i.test(text)}\`, without quotes.`
  return undefined
}

const hintOfField = (schema: z.ZodType, path: Path): string | undefined =>
  schemasAt(schema, path).flatMap((s) => FIXES.get(s)?.fix ?? [])[0]

/** The texts that would have been right. */
function valuesOf(issue: Issue, schema: z.ZodType): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code !== 'invalid_union') return []
  if (!discriminated(issue)) return issue.errors.flat().flatMap((inner) => valuesOf(inner, schema))
  return schemasAt(schema, issue.path as Path).flatMap((s) => (definition(s).values ?? []).map(String))
}

const shown = (path: Path, locator: Locator) => pathText(locator.written?.(path) ?? path)

function expectation(issue: Issue, schema: z.ZodType): string {
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS[issue.expected] ?? `a ${issue.expected}`
    case 'invalid_value':
      return issue.values.length === 1
        ? `\`${String(issue.values[0])}\``
        : `one of ${quotedList(issue.values.map(String))}`
    case 'unrecognized_keys':
      return `a map without ${quotedList(issue.keys)}`
    case 'invalid_union':
      return discriminated(issue)
        ? `one of ${quotedList(valuesOf(issue, schema))}`
        : [...new Set(issue.errors.flat().map((inner) => expectation(inner, schema)))].join(' or ')
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`
      if (!issue.message.startsWith('Too small')) return issue.message
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'array') return `a list of at most ${issue.maximum}`
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
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

/** The names of the fields that the schema allows at a path, of the kind of map that is there. */
function fieldsAt(schema: z.ZodType, path: Path, input: unknown): string[] {
  const given = (input ?? {}) as Readonly<Record<string, unknown>>
  const kinds = schemasAt(schema, path)
    .flatMap(unwrapped)
    .filter((kind) => definition(kind).shape)
  return [...new Set(fitting(kinds, given).flatMap((kind) => Object.keys(definition(kind).shape ?? {})))]
}
