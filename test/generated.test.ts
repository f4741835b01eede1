/** What `npm run generate` writes is up to date, and says something about everything. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { fieldsOf } from '../scripts/generate/fields.ts'
import { generatedFiles, ROOT, SCHEMA_FILE } from '../scripts/generate/files.ts'
import {
  knownWith,
  projectJsonSchema,
  strictProjectSchema,
  type JsonSchema,
} from '../src/editors/json_schema.ts'
import { accepts } from './support/json_schema.ts'

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const generated = await generatedFiles()

test.each([...generated.keys()])('%s is up to date (else: npm run generate)', (file) => {
  expect(read(file)).toBe(generated.get(file))
})

describe('the sample project', () => {
  const text = read('project.yml')
  const project = parse(text) as Record<string, unknown> & {
    targets: Record<string, Entry>
    group_keys: Entry[]
    sources: Entry[]
  }
  const schema = JSON.parse(read(SCHEMA_FILE)) as JsonSchema
  const fields = (s: JsonSchema | undefined) => Object.keys(s?.properties ?? {})

  test('names the schema in its first line', () => {
    const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(text.split('\n')[0] ?? '')?.[1]
    expect(named).toBe(SCHEMA_FILE)
    expect(existsSync(path.join(ROOT, SCHEMA_FILE))).toBe(true)
  })

  test('uses only fields that the schema has', () => {
    expect(fields(schema)).toEqual(expect.arrayContaining(Object.keys(project)))
    expect(Object.keys(project)).toEqual(expect.arrayContaining(schema.required ?? []))
    for (const key of project.group_keys) {
      expect(fields(schema.properties?.['group_keys']?.items)).toEqual(
        expect.arrayContaining(Object.keys(key)),
      )
    }
  })

  test.each(project.sources.map((source) => [source.name, source] as const))(
    'source %s is one of the choices',
    (_, source) => {
      const choice = choiceOf(projectJsonSchema(knownWith([])).properties?.['sources']?.items?.anyOf, source)
      expect(choice?.additionalProperties).toBe(false)
      expect(fields(choice)).toEqual(expect.arrayContaining(Object.keys(source)))
      expect(Object.keys(source)).toEqual(expect.arrayContaining(choice?.required ?? []))
    },
  )
})

interface Entry {
  name: string
  type: string
  connector?: string
}

function choiceOf(choices: JsonSchema[] | undefined, { type, connector }: Entry): JsonSchema | undefined {
  return choices?.find(({ properties = {} }) => {
    const { const: name, default: fallback } = properties['connector'] ?? {}
    return properties['type']?.const === type && name === (connector ?? fallback)
  })
}

describe('the schema', () => {
  const schema = JSON.parse(read(SCHEMA_FILE)) as JsonSchema

  test.each(['.', 'test/fixtures/acme'])('accepts the project and the reports in %s', (folder) => {
    const project = parse(read(path.join(folder, 'project.yml'))) as Record<string, unknown>
    const { reports } = parse(read(path.join(folder, 'models/reports.yml'))) as { reports: unknown[] }
    expect(accepts(schema, project)).toBe(true)
    expect(accepts(schema, { ...project, reports })).toBe(true)
    const spelledOut = projectJsonSchema(knownWith([]))
    const choices = spelledOut.properties?.['reports']?.items?.anyOf ?? []
    for (const report of reports) {
      expect(choices.filter((choice) => accepts(choice, report, spelledOut))).toHaveLength(1)
    }
  })

  const report = schema.properties?.['reports']?.items ?? {}

  test.each([
    '{ name: f, type: funnel, by: user, steps: [a, { event: b, where: [{ property: p, value: 1 }] }] }',
    '{ name: f, type: funnel, by: user, steps: [a, b], window: unlimited, trend: false }',
    '{ name: r, type: retention, by: company_id, start: { any_event: true }, brackets: [1, 3] }',
    '{ name: u, type: uniques, event: a, by: user, breakdown: { users_who_did: n } }',
    '{ name: h, type: company_health }',
    "{ name: '${NAME}', type: stickiness, by: user, any_event: true, interval: '${INTERVAL}' }",
  ])('accepts %s', (text) => {
    expect(accepts(report, parse(text), schema)).toBe(true)
  })

  test.each([
    ['an unknown type', '{ name: f, type: funel, by: user, steps: [a, b] }'],
    ['no type', '{ name: f, by: user, steps: [a, b] }'],
    ['a field of another type', '{ name: h, type: company_health, steps: [a, b] }'],
    ['nothing to count', '{ name: f, type: funnel, steps: [a, b] }'],
    ['no steps', '{ name: f, type: funnel, by: user }'],
    ['an unknown field in a step', '{ name: f, type: funnel, by: user, steps: [{ evnt: a }, b] }'],
    [
      'an unknown unit',
      '{ name: f, type: funnel, by: user, steps: [a, b], window: { value: 1, unit: days } }',
    ],
    ['an unknown operator', '{ name: h, type: company_health, where: [{ property: p, op: is, value: 1 }] }'],
    ['a range in words', '{ name: h, type: company_health, range: { from: last week } }'],
    ['half a bracket', '{ name: r, type: retention, by: user, start: a, brackets: [1.5] }'],
  ])('does not accept a report with %s', (_, text) => {
    expect(accepts(report, parse(text), schema)).toBe(false)
  })
})

describe('a data test', () => {
  const schema = projectJsonSchema(knownWith([]))
  const fits = (text: string, of: 'column' | 'relation') =>
    accepts({ $ref: `#/definitions/test_of_${of}` }, parse(text), schema)

  test.each([
    'unique',
    '{ not_null: { severity: WARN, warn_if: "> 3", tags: [a, b] } }',
    '{ not_null: { config: { where: id > 1, store_failures: true } } }',
    '{ accepted_values: { values: [a, 1, true] } }',
    '{ accepted_values: { arguments: { values: [a] }, config: { severity: warn } } }',
    '{ dbt_utils.accepted_range: { min_value: 0 } }',
  ])('of a column may be %s', (text) => {
    expect(fits(text, 'column')).toBe(true)
  })

  test.each(['uniqe', 'accepted_values', '{ not_null: { severty: warn } }', '{ unique: {}, config: {} }'])(
    'of a column may not be %s',
    (text) => {
      expect(fits(text, 'column')).toBe(false)
    },
  )

  test('of a relation is another one', () => {
    expect(fits('{ unique_combination_of_columns: { combination_of_columns: [a, b] } }', 'relation')).toBe(
      true,
    )
    expect(fits('unique', 'relation')).toBe(false)
    expect(fits('{ recency: { datepart: day, field: at, interval: 1 } }', 'column')).toBe(false)
  })
})

test('texts of a given form may be variables', () => {
  const { properties = {}, definitions } = projectJsonSchema(knownWith([]))
  expect(properties['week_start']?.anyOf?.[1]).toEqual({ $ref: '#/definitions/variable' })
  const variable = new RegExp(definitions?.['variable']?.pattern ?? '')
  expect('${GWH_POSTGRES_URL}').toMatch(variable)
  expect('a${NAME:-fallback}').toMatch(variable)
  expect('monday').not.toMatch(variable)
})

/** Fields that say nothing more than their name, or whose members say it all. */
const PLAIN = /(^|\.)(description|type|name|columns|config|materialized|(data_)?tests)$|^limits\./

test('every field has a description, and every description is a sentence', () => {
  const project = strictProjectSchema(knownWith([]))
  const given: string[] = []
  JSON.parse(JSON.stringify(project), (key, value: unknown) => {
    if (key === 'description' && typeof value === 'string') given.push(value)
    return value
  })
  expect(given.length).toBeGreaterThan(100)
  expect(given.filter((text) => !/^\S.*\.$/s.test(text))).toEqual([])
  const silent = fieldsOf(project).filter(({ name, description }) => description === '' && !PLAIN.test(name))
  expect(silent.map(({ name }) => name)).toEqual([])
})
