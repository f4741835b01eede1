/** Operations on profiles: what they make of groups, against a plain loop and by the rules, on both engines. */
import { describe, expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { folded, randomOperations, textOf, type Json, type OperationRow } from './oracle/operations.ts'
import { ENGINES, optionsFor, type Engine } from './support/engines.ts'
import { findings } from './support/findings.ts'
import { build, problemsOf, writeProject, type Files } from './support/projects.ts'

const SETTINGS = `name: operations
target: dev
targets:
  dev: { type: duckdb, path: target/operations_of.duckdb }
  postgres: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
limits: { profile: none }
group_keys: [{ name: company_id, noun: company }, { name: team }]
sources:
  - { name: app, type: events, file: events.csv, columns: { event: event, time: time, user: user_id }, group_keys: [company_id] }
`

const EVENTS = `event,time,user_id,company_id
log in,2024-03-01T10:00:00Z,ann,acme
log in,2024-03-01T10:00:00Z,bob,gone
`

const project = (sources: string, files: Files = {}): Files => ({
  'project.yml': SETTINGS + sources.trimStart().replaceAll(/^(?=.)/gm, '  '),
  'events.csv': EVENTS,
  ...files,
})

async function rowsOf(files: Files, engine: Engine, select: string): Promise<Record<string, unknown>[]> {
  const loading = await optionsFor(engine)
  const dir = writeProject(files)
  const outcome = await build(dir, loading)
  const failed = outcome.results.filter(({ status }) => status === 'error' || status === 'fail')
  expect(failed.map(({ name, message }) => `${name}: ${message}`)).toEqual([])
  const { plan } = load(dir, loading)
  await using warehouse = await openWarehouse(plan.catalog.project, { readOnly: true })
  return await warehouse.query(select)
}

const json = (value: unknown): Json =>
  typeof value === 'string' ? (JSON.parse(value) as Json) : (value as Json)

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** mulberry32: the same numbers for the same seed. */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const LOG = `
- name: log
  type: operations
  file: log.ndjson
  group_key: company_id
  columns: { id: group, operation: operation, object: object, updated_at: updatedAt, ingested_at: ingestedAt, insert_id: insertId }
  time_format: epoch_ms
  ingested_at_format: epoch_ms
  add: true
`

function byGroup(rows: readonly OperationRow[]): Map<string, OperationRow[]> {
  const groups = new Map<string, OperationRow[]>()
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
  return groups
}

describe.each(ENGINES)('on %s', (engine) => {
  test.each([1, 2, 3])('operations at random are what a plain loop makes of them (%i)', async (seed) => {
    const log = randomOperations(numbersOf(seed), 600)
    const rows = await rowsOf(
      project(LOG, { 'log.ndjson': lines(log) }),
      engine,
      'select group_id, updated_at, properties from gwh.log_folded',
    )
    const told = (group: string, updatedAt: unknown, properties: Json) =>
      `${group} ${updatedAt instanceof Date ? updatedAt.toISOString() : String(updatedAt)} ${textOf(properties)}`
    const expected = [...byGroup(log)].flatMap(([group, own]) => {
      const profile = folded(own)
      if (profile === undefined) return []
      const { updatedAt, properties } = profile
      return [told(group, updatedAt === null ? null : new Date(updatedAt), properties)]
    })
    expect(expected.length).toBeGreaterThan(300)
    expect(
      rows.map((row) => told(String(row['group_id']), row['updated_at'], json(row['properties']))).sort(),
    ).toEqual(expected.sort())
  })

  test('profiles have what operations make, and groups that were deleted last have none', async () => {
    const at = (minute: number) => `2024-03-10T09:0${minute}:00Z`
    const rows = await rowsOf(
      project(
        `
- name: crm
  type: operations
  file: crm.ndjson
  group_key: company_id
  columns: { id: id, operation: op, object: o, updated_at: at }
  properties: { plan: plan, seats: { type: integer }, tags: { type: json } }
`,
        {
          'crm.ndjson': lines([
            { id: 'acme', op: '$set', o: { name: 'Acme', plan: 'free', seats: '3' }, at: at(0) },
            { id: 'acme', op: '$set', o: { plan: 'pro' }, at: at(2) },
            { id: 'acme', op: '$set', o: { plan: 'late' }, at: at(1) },
            { id: 'acme', op: '$set_once', o: { plan: 'never', createdAt: '2020-01-01' }, at: at(3) },
            { id: 'acme', op: '$union', o: { tags: ['a', 'b'] }, at: at(3) },
            { id: 'acme', op: '$remove', o: { tags: 'a' }, at: at(4) },
            { id: 'gone', op: '$set', o: { plan: 'pro' }, at: at(0) },
            { id: 'gone', op: '$delete', o: '', at: at(1) },
            { id: 'back', op: '$set', o: { plan: 'pro', created_at: '2019-01-01' }, at: at(0) },
            { id: 'back', op: '$delete', o: null, at: at(1) },
            { id: 'back', op: '$set', o: { seats: 2 }, at: at(2) },
          ]),
        },
      ),
      engine,
      `select company_id, display_name, has_profile, cast(created_at as date) as created, plan, seats, cast(tags as varchar) as tags
       from gwh.company_profiles order by company_id`,
    )
    const none = { created: null, plan: null, seats: null, tags: null }
    expect(rows.map((row) => ({ ...row, created: row['created'] === null ? null : row['created'] }))).toEqual(
      [
        {
          company_id: 'acme',
          display_name: 'Acme',
          has_profile: true,
          created: expect.anything() as unknown,
          plan: 'pro',
          seats: 3,
          tags: '["b"]',
        },
        { ...none, company_id: 'back', display_name: 'back', has_profile: true, seats: 2 },
        { ...none, company_id: 'gone', display_name: 'gone', has_profile: false },
      ],
    )
  })

  test('calls of group() with traits: null overwrites, what is absent keeps', async () => {
    const rows = await rowsOf(
      project(
        `
- name: calls
  type: operations
  file: calls.ndjson
  group_key: company_id
  operation: set
  columns: { id: group_id, object: traits, updated_at: timestamp }
  properties: [plan, emp]
`,
        {
          'calls.ndjson': lines([
            { group_id: 'acme', traits: { plan: 'a', emp: 1 }, timestamp: '2024-03-01T00:00:00Z' },
            { group_id: 'acme', traits: { plan: 'b' }, timestamp: '2024-03-02T00:00:00Z' },
            { group_id: 'acme', traits: null, timestamp: '2024-03-03T00:00:00Z' },
            { group_id: 'beta', traits: { plan: 'a', emp: 1 }, timestamp: '2024-03-01T00:00:00Z' },
            { group_id: 'beta', traits: { plan: null }, timestamp: '2024-03-02T00:00:00Z' },
            { group_id: 'cold', traits: null, timestamp: '2024-03-02T00:00:00Z' },
          ]),
        },
      ),
      engine,
      'select company_id, has_profile, plan, emp from gwh.company_profiles order by company_id',
    )
    expect(rows).toEqual([
      { company_id: 'acme', has_profile: true, plan: 'b', emp: '1' },
      { company_id: 'beta', has_profile: true, plan: null, emp: '1' },
      { company_id: 'cold', has_profile: true, plan: null, emp: null },
      { company_id: 'gone', has_profile: false, plan: null, emp: null },
    ])
  })

  test('rows that cannot be applied are told of, each with its reason, and fail', async () => {
    const at = '2024-03-10T09:00:00Z'
    const files = project(
      `
- name: crm
  type: operations
  file: crm.ndjson
  group_key: company_id
  columns: { id: id, operation: op, object: o, updated_at: at }
`,
      {
        'crm.ndjson': lines([
          { id: 'acme', op: 'add', o: { seats: 1 }, at },
          { id: 'acme', op: '$increment', o: { seats: 1 }, at },
          { id: 'acme', op: 'set', o: ['seats'], at },
          { id: 'acme', op: 'unset', o: { seats: 1 }, at },
          { id: 'acme', op: 'set', o: { plan: 'pro' }, at: 'soon' },
          { id: 'acme', op: 'set', o: { plan: 'pro' }, at },
          { id: null, op: '$append', o: { tags: 'a' }, at },
        ]),
      },
    )
    const { found } = await findings(files, engine, ['readable_operations', 'null_profile_ids'])
    expect(found['null_profile_ids_crm']?.slice(1)).toEqual([
      '1 of 7 rows of crm has no id, and no profile comes of them',
    ])
    expect(found['readable_operations_crm']).toEqual([
      'fail: 5 failures, 5 wrong rows',
      "1 row 'add' of crm has an operation that is off: it is no longer right where a row comes twice",
      `1 row 'unset' of crm has no list of names to be done with, such as '{"seats":1}'`,
      `1 row 'set' of crm has no JSON object to be done with, such as '["seats"]'`,
      "1 row 'set' of crm has a time that cannot be read, such as 'soon'",
      "1 row '$increment' of crm has an operation that is not known",
    ])
  })
})

describe('what project.yml says', () => {
  const columns = (more: string) =>
    project(`
- { name: crm, type: operations, table: raw.crm, group_key: company_id, ${more} }
`)

  test.each([
    ['no operation', 'columns: { id: id, object: o, updated_at: at }', 'say exactly one of `operation`'],
    [
      'two ways',
      'operation: set, columns: { id: id, operation: op, object: o, updated_at: at }',
      'say exactly one of `operation`',
    ],
    ['no object', 'columns: { id: id, operation: op, updated_at: at }', 'name `columns.object`'],
    [
      'a value of no column',
      'operation: set, group_key_value: company, columns: { id: id, object: o, updated_at: at }',
      'name the column that says so',
    ],
  ])('%s is refused', async (_, more, said) => {
    expect(await problemsOf(columns(more))).toContain(said)
  })

  test('a source may not be called as what is made of operations, and a property has one source', async () => {
    const source =
      'type: operations, table: raw.crm, operation: set, columns: { id: id, object: o, updated_at: at }'
    const found = await problemsOf(
      project(`
- { name: crm, group_key: company_id, ${source}, properties: [plan] }
- { name: crm_folded, group_key: company_id, ${source}, properties: [plan] }
- { name: other, group_key: compny_id, ${source} }
`),
    )
    expect(found).toContain('The source `crm_folded` is called as what gwh makes of the operations of `crm`.')
    expect(found).toContain(
      'The property `plan` of `company_id` comes from `crm_folded` and `crm_folded_folded`.',
    )
    expect(found).toContain('the group key `compny_id` is not registered')
  })
})
