/** A canary in every field that the schema has: what comes from a secret's variable is printed by no command. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { knownWith, projectJsonSchema, type JsonSchema } from '../../src/editors/json_schema.ts'
import { junitXml } from '../../src/artifacts/junit.ts'
import { compileCommand } from '../../src/cli/compile.ts'
import { debugCommand } from '../../src/cli/debug.ts'
import { secrets } from '../../src/cli/door.ts'
import { reportError } from '../../src/cli/errors.ts'
import { lsCommand } from '../../src/cli/ls.ts'
import { ProblemError } from '../../src/problems.ts'
import { secretAt } from '../../src/project/secret_fields.ts'
import { GOOD } from '../support/projects.ts'

const SCHEMA = projectJsonSchema(knownWith([]))
const CANARY = Symbol('canary')

interface Sample {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

const resolved = (schema: JsonSchema): JsonSchema =>
  schema.$ref === undefined ? schema : (SCHEMA.definitions?.[schema.$ref.split('/').at(-1) ?? ''] ?? {})

/** The least that the schema takes. */
function least(given: JsonSchema): unknown {
  const schema = resolved(given)
  const [choice] = schema.anyOf ?? schema.oneOf ?? []
  if (choice) return least(choice)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, least(schema.properties?.[name] ?? {})]),
      )
    case 'array':
      return [least(schema.items ?? {})]
    case 'number':
    case 'integer':
      return 1
    case 'boolean':
      return true
    default:
      return 'some_text'
  }
}

/** Values of the form that the schema has, each with the canary in one field. */
function samples(given: JsonSchema, depth = 0): Sample[] {
  const schema = resolved(given)
  if (depth > 9) return []
  const within = (inner: JsonSchema, step: string | number, wrap: (value: unknown) => unknown) =>
    samples(inner, depth + 1).map(({ path: rest, value }) => ({ path: [step, ...rest], value: wrap(value) }))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.flatMap((choice) => samples(choice, depth))
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    within(inner, name, (value) => ({ ...(least(schema) as object), [name]: value })),
  )
  const more =
    typeof schema.additionalProperties === 'object'
      ? within(schema.additionalProperties, 'other', (value) => ({
          ...(least(schema) as object),
          other: value,
        }))
      : []
  const items = schema.items ? within(schema.items, 0, (value) => [value]) : []
  const nested = [...own, ...more, ...items]
  return nested.length > 0 ? nested : [{ path: [], value: CANARY }]
}

/** A field that many reports and tests have, such as `where`, is one: of a section and its name, where it is nearest. */
function distinct(all: readonly Sample[]): Sample[] {
  const key = ({ path: [section, ...rest] }: Sample) =>
    [section, ...rest.filter((step) => typeof step === 'string').slice(-1)].join(' ')
  const deepestFirst = all.toSorted((a, b) => b.path.length - a.path.length)
  return [...new Map(deepestFirst.map((sample) => [key(sample), sample])).values()]
}

const SAMPLES = distinct(samples(SCHEMA))

const BASE = {
  name: 'small',
  target: 'dev',
  targets: { dev: { type: 'duckdb', path: 'target/small.duckdb' } },
  group_keys: [{ name: 'company_id' }],
  sources: [
    {
      name: 'app',
      type: 'events',
      file: 'events.csv',
      columns: { event: 'event', time: 'time', user: 'user_id' },
    },
  ],
}

let dir = ''
let written: string[] = []
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-canary-'))
  writeFileSync(path.join(dir, 'events.csv'), GOOD['events.csv'] ?? '')
  const write = (chunk: string | Uint8Array) => {
    written.push(String(chunk))
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
  vi.stubEnv('GITHUB_ACTIONS', 'true')
  written = []
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true, force: true })
})

/** All that commands print of a project and leave behind. */
async function tracesOf(
  { path: at, value }: Sample,
  canary: string,
): Promise<{ said: string; failed: ProblemError[] }> {
  const [section = ''] = at
  const given = (value as Record<string, unknown>)[section]
  const target = section === 'targets' ? { target: 'other' } : {}
  const project = { ...BASE, ...target, [section]: given }
  const text = JSON.stringify(project, (_, item: unknown) => (item === CANARY ? canary : item), 2)
  writeFileSync(path.join(dir, 'project.yml'), text)
  written = []
  const failed: ProblemError[] = []
  const options = { projectDir: dir, debug: true }
  for (const logFormat of ['text', 'json'] as const) {
    const both = { ...options, logFormat }
    const list = () => lsCommand({ ...both, output: 'table' })
    for (const command of logFormat === 'json'
      ? [list]
      : [list, () => compileCommand(both), () => debugCommand(both)]) {
      try {
        await Promise.resolve(command())
      } catch (error) {
        reportError(error, both)
        if (!(error instanceof ProblemError)) throw error
        failed.push(error)
        const report = { project: 'x', results: [], startedAt: new Date(), seconds: 0, secrets }
        written.push(junitXml({ ...report, problems: error.problems }))
        // The others would say the same.
        break
      }
    }
  }
  const left = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => `${entry.name}: ${readFileSync(path.join(entry.parentPath, entry.name), 'utf8')}`)
  rmSync(path.join(dir, 'target'), { recursive: true, force: true })
  return { said: [...written, ...left].join('\n'), failed }
}

/** Wherever the field says the canary. */
async function leaks(
  canaryOf: (i: number) => { written: string; canary: string },
  isMeant: (sample: Sample, failed: readonly ProblemError[]) => boolean,
): Promise<{ found: string[]; asked: number }> {
  const found: string[] = []
  let asked = 0
  for (const [i, sample] of SAMPLES.entries()) {
    const { written: text, canary } = canaryOf(i)
    const { said, failed } = await tracesOf(sample, text)
    if (!isMeant(sample, failed)) continue
    asked += 1
    if (said.includes(canary))
      found.push(`${sample.path.join('.')}: ${said.split('\n').find((line) => line.includes(canary))}`)
  }
  return { found, asked }
}

/** What a variable of this name has; each field has a canary of its own, for what is hidden once stays hidden. */
function fromVariable(name: string) {
  return (i: number) => {
    const canary = `canary-${name.toLowerCase()}-${i}-x`
    vi.stubEnv(name, canary)
    return { written: `\${${name}}`, canary }
  }
}

describe('of a canary in each field', () => {
  test('the fields are all that the schema has', () => {
    const paths = new Set(
      SAMPLES.map(({ path: at }) => at.filter((step) => typeof step === 'string').join('.')),
    )
    expect(paths.size).toBeGreaterThan(200)
    for (const field of ['targets.other.url', 'sources.file', 'reports.steps', 'unit_tests.given.input'])
      expect(paths).toContain(field)
  })

  test('nothing is printed of a variable whose name says so', { timeout: 300_000 }, async () => {
    const { found, asked } = await leaks(fromVariable('MY_TOKEN'), () => true)
    expect(found).toEqual([])
    expect(asked).toBe(SAMPLES.length)
  })

  test(
    'nothing is printed of any variable where it is in a field that does not take it',
    { timeout: 300_000 },
    async () => {
      const { found, asked } = await leaks(fromVariable('SETTING'), (_, failed) =>
        failed.some(({ problems }) => {
          const codes = new Set(problems.map(({ code }) => code))
          // The keys that the smallest reports and sources name are registered nowhere.
          codes.delete('key_not_registered')
          return codes.size === 1 && codes.has('invalid_value')
        }),
      )
      expect(found).toEqual([])
      expect(asked).toBeGreaterThan(100)
    },
  )

  test('nothing is printed of it where the field is a secret', { timeout: 300_000 }, async () => {
    const { found, asked } = await leaks(
      (i) => ({ written: `canary-literal-${i}-x`, canary: `canary-literal-${i}-x` }),
      ({ path: at }) => secretAt(at) !== undefined,
    )
    expect(found).toEqual([])
    expect(asked).toBeGreaterThan(0)
  })
})
