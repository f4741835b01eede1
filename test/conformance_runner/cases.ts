/**
 * Reads a folder of cases. Strict: what a case says and this runner does not know would be left out of the
 * comparison without a word, so it is an error that names the file, the case and the field.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import type { Kind } from './kind.ts'
import { KINDS } from './kinds.ts'

/** Everything that the runner cannot read, one line each. */
export class FormatError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.name = 'FormatError'
  }
}

const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not an instant')
const id = z.union([z.string(), z.number(), z.boolean()])
const properties = z.record(z.string(), z.unknown())

const eventSchema = z.strictObject({
  event: z.string(),
  user: id.nullish(),
  time: instant,
  groups: z.record(z.string(), z.union([id, z.array(id.nullable())]).nullable()).nullish(),
  properties: properties.nullish(),
})

const profiles = z.record(
  z.string(),
  z.strictObject({ created_at: instant.nullish(), properties: properties.nullish() }),
)

const caseSchema = z.strictObject({
  id: z.string(),
  from: z.string().optional(),
  note: z.string().optional(),
  priority: z.number().optional(),
  entity: z.string(),
  events: z.array(eventSchema),
  group_profiles: z.record(z.string(), profiles).optional(),
  user_profiles: profiles.optional(),
  query: z
    .looseObject({
      type: z.enum(Object.keys(KINDS)),
      timezone: z.string().optional(),
      range: z.looseObject({ timezone: z.string().optional() }).optional(),
    })
    .refine(
      ({ timezone, range }) =>
        timezone === undefined || range?.timezone === undefined || range.timezone === timezone,
      'has two time zones',
    ),
  expected: z.looseObject({}).refine((e) => Object.keys(e).length > 0, 'says nothing'),
})

const fileSchema = z.strictObject({ area: z.string(), cases: z.array(z.unknown()) })

type Described = z.output<typeof caseSchema>

export type CaseEvent = z.output<typeof eventSchema>
export type Profiles = z.output<typeof profiles>

export interface Case extends Omit<Described, 'query' | 'expected'> {
  /** `area/id` */
  readonly name: string
  readonly file: string
  readonly kind: Kind
  /** As its kind describes them. */
  readonly query: object
  readonly expected: object
}

/** @throws FormatError when there are no cases, or some that cannot be read */
export function readCases(folder: string): Case[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new FormatError([`There is no folder ${folder}.`])
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
  if (files.length === 0) throw new FormatError([`${folder} holds no .json files.`])
  const wrong: string[] = []
  const cases = files.flatMap((file) => casesOf(file, path.join(folder, file), wrong))
  if (wrong.length > 0) throw new FormatError(wrong)
  if (cases.length === 0) throw new FormatError([`${folder} holds no cases.`])
  return cases
}

function casesOf(file: string, place: string, wrong: string[]): Case[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(place, 'utf8'))
  } catch (error) {
    wrong.push(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
  const described = decoded(fileSchema, content, file, wrong)
  return (described?.cases ?? []).flatMap((value, i) => {
    const name = (value as { id?: unknown } | null)?.id
    const where = `${file}: case ${typeof name === 'string' ? name : `number ${i + 1}`}`
    const given = decoded(caseSchema, value, where, wrong)
    const kind = given && KINDS[given.query.type]
    if (!described || !given || !kind) return []
    const query = decoded<object>(kind.query, given.query, where, wrong, ['query'])
    const expected = decoded<object>(kind.expected, given.expected, where, wrong, ['expected'])
    if (!query || !expected) return []
    return [{ ...given, name: `${described.area}/${given.id}`, file, kind, query, expected }]
  })
}

function decoded<T>(
  schema: z.ZodType<T>,
  value: unknown,
  where: string,
  wrong: string[],
  at: readonly PropertyKey[] = [],
): T | undefined {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  wrong.push(
    ...result.error.issues.flatMap((issue) => described(issue, at).map((line) => `${where}: ${line}`)),
  )
  return undefined
}

/** An issue in words that name the field and its value. */
function described(issue: z.core.$ZodIssue, at: readonly PropertyKey[]): string[] {
  const place = [...at, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `the field ${dotted([...place, key])} is not known.`)
  const field = dotted(place) || 'the content'
  if (issue.input === undefined) return [`the field ${field} is missing.`]
  const value = JSON.stringify(issue.input)
  const shown = value.length > 80 ? `${value.slice(0, 79)}…` : value
  return [
    issue.code === 'custom'
      ? `the field ${field} ${issue.message}: ${shown}`
      : `the field ${field} has a value that is not known: ${shown}`,
  ]
}

/** `query.steps[0].event` */
const dotted = (place: readonly PropertyKey[]): string =>
  place.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('')
