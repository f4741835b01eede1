/** What `npm run generate` writes is up to date, and says something about everything. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { fieldsOf } from '../scripts/generate/fields.ts'
import { generatedFiles, ROOT, SCHEMA_FILE } from '../scripts/generate/files.ts'
import { projectJsonSchema, strictProjectSchema, type JsonSchema } from '../scripts/generate/json_schema.ts'

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
      const choice = choiceOf(schema.properties?.['sources']?.items?.anyOf, source)
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

test('texts of a given form may be variables', () => {
  const { properties = {}, definitions } = projectJsonSchema()
  expect(properties['week_start']?.anyOf?.[1]).toEqual({ $ref: '#/definitions/variable' })
  const variable = new RegExp(definitions?.['variable']?.pattern ?? '')
  expect('${GWH_POSTGRES_URL}').toMatch(variable)
  expect('a${NAME:-fallback}').toMatch(variable)
  expect('monday').not.toMatch(variable)
})

/** Fields that say nothing more than their name, or whose members say it all. */
const PLAIN =
  /(^|\.)(description|type|name|columns|config|materialized|data_tests)$|^limits\.|\bdata_tests\[\]/

test('every field has a description, and every description is a sentence', () => {
  const project = strictProjectSchema()
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
