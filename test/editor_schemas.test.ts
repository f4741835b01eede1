/** The schemas that editors read take what the spelled-out one takes, and say what is wrong where it is. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT, SCHEMA_FILE } from '../scripts/generate/files.ts'
import { knownWith, projectJsonSchema, type JsonSchema } from '../src/editors/json_schema.ts'
import { mergedJsonSchema } from '../src/editors/schema_files.ts'
import { compile, load } from '../src/gwh.ts'
import { randomOf, type Random } from './fuzz/random.ts'
import { VALID } from './fuzz/valid_projects.ts'
import { accepts, complaints } from './support/json_schema.ts'
import { goodBut, writeProject } from './support/projects.ts'

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const schemaIn = (file: string) => JSON.parse(read(file)) as JsonSchema

const SPELLED_OUT = projectJsonSchema(knownWith([]))
/** By the file of a project that they are of: what is published, and the same spelled out. */
const SCHEMAS = {
  project: { published: schemaIn(SCHEMA_FILE), plain: SPELLED_OUT },
  models: {
    published: schemaIn('schemas/models.schema.json'),
    plain: mergedJsonSchema(SPELLED_OUT, 'models'),
  },
  connectors: {
    published: schemaIn('schemas/connectors.schema.json'),
    plain: mergedJsonSchema(SPELLED_OUT, 'connectors'),
  },
}
type Kind = keyof typeof SCHEMAS

const kindOf = (file: string): Kind =>
  file.includes('models/') ? 'models' : file.includes('connectors/') ? 'connectors' : 'project'

function filesBelow(folder: string): string[] {
  const files = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.yml')).map((file) => path.join(folder, file))
}

/** What the YAML files of this repository and of its tests say, and lists of project.yml in files of their own. */
const DOCUMENTS: readonly (readonly [Kind, unknown])[] = [
  ...['project.yml', ...['models', 'test/fixtures', 'test/scenarios'].flatMap(filesBelow)].map(
    (file) => [file, read(file)] as const,
  ),
  ...VALID.flatMap((files) => Object.entries(files).filter(([file]) => file.endsWith('.yml'))),
].flatMap(([file, text]): [Kind, unknown][] => {
  const value: unknown = parse(text, { merge: true })
  const { sources } = value as { sources?: unknown }
  return [
    [kindOf(file), value],
    ...(sources === undefined ? [] : [['connectors', { sources }] as [Kind, unknown]]),
  ]
})

describe('what is published and what is spelled out', () => {
  test.each(DOCUMENTS.map(([kind, document], i) => [kind, i, document] as const))(
    'agree on %s document %i',
    (kind, _, document) => {
      const { published, plain } = SCHEMAS[kind]
      expect(accepts(published, document)).toBe(accepts(plain, document))
    },
  )

  test('agree on documents with one to three changes', { timeout: 120_000 }, () => {
    const counts = { taken: 0, refused: 0 }
    const names = namesIn(SPELLED_OUT)
    for (let run = 0; run < RUNS; run++) {
      const random = randomOf(run)
      const [kind, document] = random.pick(DOCUMENTS)
      let changed = document
      for (let times = 1 + random.below(3); times > 0; times--) changed = mutated(changed, names, random)
      const { published, plain } = SCHEMAS[kind]
      const isTaken = accepts(plain, changed)
      counts[isTaken ? 'taken' : 'refused'] += 1
      if (accepts(published, changed) !== isTaken)
        expect.fail(`run ${run}: ${kind} ${JSON.stringify(changed)} is ${isTaken ? 'refused' : 'taken'}`)
    }
    expect(counts.taken).toBeGreaterThan(RUNS / 10)
    expect(counts.refused).toBeGreaterThan(RUNS / 10)
  })
})

const RUNS = Number(process.env['GWH_SCHEMA_RUNS'] ?? 1_000)

/** All names and constants that the schema knows: what is wrong at one place may be right at another. */
function namesIn(schema: JsonSchema): string[] {
  const names = new Set<string>()
  JSON.stringify(schema, (key, value: unknown) => {
    if (key === 'properties') for (const name of Object.keys(value as object)) names.add(name)
    if (key === 'const' || key === 'enum') for (const name of [value].flat()) names.add(String(name))
    return value
  })
  return [...names]
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  '',
  'x',
  'unlimited',
  '${NAME}',
  '> 3',
  '2024-01-31',
  [],
  {},
  ['x'],
  [1],
  { value: 1, unit: 'day' },
  { event: 'x' },
  { any_event: true },
  { property: 'x' },
  { users_who_did: 'x', value: 1 },
  { unique: {} },
  { unique: null },
  { not_null: {}, unique: {} },
  'unique',
  { 'dbt_utils.not_null': { severity: 'warn' } },
]

/** The value with a change at one place in it. */
function mutated(value: unknown, names: readonly string[], random: Random): unknown {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : []
  if (entries.length === 0 || random.once(6))
    return random.once(3) ? random.pick(names) : structuredClone(random.pick(VALUES))
  const at = random.below(entries.length)
  const [key = '', item] = entries[at] ?? []
  const others = entries.filter((_, i) => i !== at)
  const changed = (): [string, unknown][] => {
    if (random.below(4) > 0) return entries.map(([k, v], i) => [k, i === at ? mutated(v, names, random) : v])
    switch (random.below(3)) {
      case 0:
        return others
      case 1:
        return [...others, [random.pick(names), item]]
      default:
        return [...entries, [random.pick(names), random.once(2) ? item : random.pick(VALUES)]]
    }
  }
  const made = changed()
  return Array.isArray(value) ? made.map(([, v]) => v) : Object.fromEntries(key === '' ? entries : made)
}

describe('an editor says where it is wrong', () => {
  const HEAD = 'name: x\ntargets: { dev: { type: duckdb } }\n'
  const TYPES =
    'is none of company_health, funnel, lifecycle, number_of_users_who_did, retention, stickiness, uniques'
  const report = (text: string) => `${HEAD}reports: [${text}]`
  const source = (text: string) => `${HEAD}sources: [${text}]`
  const column = (text: string) =>
    `${HEAD}models: [{ name: m, columns: [{ name: c, data_tests: [${text}] }] }]`
  const ON_COLUMN = 'models.0.columns.0.data_tests.0'

  test.each([
    ['no fault', report('{ name: f, type: funnel, by: user, steps: [a, { event: b }] }'), []],
    [
      'a type of report',
      report('{ name: f, type: funel, by: user, steps: [a] }'),
      [['reports.0.type', TYPES]],
    ],
    ['no type of report', report('{ name: f, by: user }'), [['reports.0', 'has no type']]],
    [
      'a field of a step',
      report('{ name: f, type: funnel, by: user, steps: [a, { any_evnt: true }] }'),
      [['reports.0.steps.1.any_evnt', 'is not a known field']],
    ],
    [
      'a field of a condition',
      report('{ name: r, type: retention, by: user, start: { any_evnt: true } }'),
      [['reports.0.start.any_evnt', 'is not a known field']],
    ],
    [
      'a field of a report',
      report('{ name: s, type: stickiness, by: user, any_evnt: true }'),
      [['reports.0.any_evnt', 'is not a known field']],
    ],
    [
      'a word for a window',
      report('{ name: f, type: funnel, by: user, steps: [a, b], window: endless }'),
      [['reports.0.window', 'is not unlimited']],
    ],
    [
      'an operator of users who did',
      report(
        '{ name: u, type: uniques, event: a, by: user, where: [{ users_who_did: d, op: contains, value: 1 }] }',
      ),
      [['reports.0.where.0.op', 'fits no choice']],
    ],
    [
      'a type of source',
      source('{ name: a, type: event, file: a.csv }'),
      [['sources.0.type', 'is none of events, group_table, operations, user_table, links, discards']],
    ],
    [
      'a type that the connector lacks',
      source('{ name: a, type: discards, connector: mixpanel, file: a.csv }'),
      [['sources.0.type', 'is none of events, group_table, user_table, several']],
    ],
    [
      'a connector',
      source('{ name: a, type: events, connector: mixpanl, file: a.csv }'),
      [['sources.0.connector', 'is none of columns, mixpanel']],
    ],
    [
      'a type of target',
      'name: x\ntargets: { dev: { type: postgress, url: x } }',
      [['targets.dev.type', 'is none of duckdb, postgres']],
    ],
    [
      'a field of a target',
      'name: x\ntargets: { dev: { type: duckdb, pth: x } }',
      [['targets.dev.pth', 'is not a known field']],
    ],
    [
      'the name of a test',
      column('uniqe'),
      [[ON_COLUMN, 'is none of unique, not_null, accepted_range, not_empty_string, at_least_one']],
    ],
    [
      'the name of a test with fields',
      column('{ uniqe: {} }'),
      [[`${ON_COLUMN}.uniqe`, 'is not a known field']],
    ],
    [
      'a field of a test',
      column('{ not_null: { severty: warn } }'),
      [[`${ON_COLUMN}.not_null.severty`, 'is not a known field']],
    ],
    [
      'a field of the settings of a test',
      `${HEAD}data_tests: { not_null: { where: x } }`,
      [['data_tests.not_null.where', 'is not a known field']],
    ],
    [
      'a list of files',
      source('{ name: a, type: discards, file: [] }'),
      [['sources.0.file', 'is out of bounds']],
    ],
  ])('%s', (_, text, expected) => {
    expect(complaints(SCHEMAS.project.published, parse(text))).toEqual(expected)
  })
})

describe('files that are merged into project.yml', () => {
  const cases: [file: string, text: string, isTaken: boolean][] = [
    ['models/a.yml', '', true],
    ['models/a.yml', 'version: 2', true],
    ['models/a.yml', 'version: 3', false],
    ['models/a.yml', "version: '2'", false],
    ['models/a.yml', 'models:\nreports: []\nunit_tests:', true],
    ['models/a.yml', 'reports: [{ name: h, type: company_health }]', true],
    ['models/a.yml', 'reports: { name: h, type: company_health }', false],
    ['models/a.yml', 'sources: []', false],
    ['models/a.yml', 'reports: text', false],
    ['models/a.yml', '[]', false],
    ['connectors/a.yml', '', true],
    ['connectors/a.yml', 'version: 2\nsources:', true],
    [
      'connectors/a.yml',
      'sources: [{ name: b, type: events, file: events.csv, columns: { event: event, time: time, user: user_id } }]',
      true,
    ],
    ['connectors/a.yml', 'models: []', false],
    ['connectors/a.yml', 'sources: 5', false],
  ]
  test.each(cases)('%s with %j', (file, text, isTaken) => {
    expect(accepts(SCHEMAS[kindOf(file)].published, parse(text))).toBe(isTaken)
    const dir = writeProject(
      goodBut({ '- name: company_id': '- name: company_id\n    b2b: true' }, { [file]: text }),
    )
    const build = () => compile(load(dir, { env: {}, offline: true }))
    if (isTaken) expect(build).not.toThrow()
    else expect(build).toThrow(file)
  })
})

test('the reports of this repository name their schema in the first line', () => {
  const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(read('models/reports.yml'))?.[1] ?? ''
  expect(path.join('models', named)).toBe('schemas/models.schema.json')
})

describe('the files', () => {
  const KINDS = Object.entries(SCHEMAS)

  test('are short', () => {
    expect(read(SCHEMA_FILE).length).toBeLessThan(85_000)
  })

  test.each(KINDS)('of %s define what they name, and nothing else', (_, { published }) => {
    const text = JSON.stringify(published)
    const named = new Set([...text.matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name]) => name ?? ''))
    expect(named).toEqual(new Set(Object.keys(published.definitions ?? {})))
  })

  test.each(KINDS)('of %s have names that do not count', (_, { published }) => {
    expect(Object.keys(published.definitions ?? {}).filter((name) => /_\d+$/.test(name))).toEqual([])
  })
})
