/** Sources of links, and sources that their connector takes apart into several. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openWarehouse } from '../src/engines/index.ts'
import { load } from '../src/gwh.ts'
import { ENGINES, optionsFor, type Engine } from './support/engines.ts'
import { build, problemsOf, writeProject, type Files } from './support/projects.ts'

const TARGETS = `target: dev
targets:
  dev: { type: duckdb, path: target/outputs.duckdb }
  pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
`

async function built(files: Files, engine: Engine) {
  const loading = { ...(await optionsFor(engine)), target: engine === 'postgres' ? 'pg' : 'dev' }
  const dir = writeProject(files)
  const outcome = await build(dir, loading)
  const { plan } = load(dir, loading)
  const rows = async (select: string) => {
    await using warehouse = await openWarehouse(plan.catalog.project, { readOnly: true })
    return (await warehouse.query(select)).map((row) => Object.values(row).map(String).join(' '))
  }
  return { dir, loading, outcome, rows }
}

const LINKED: Files = {
  'project.yml': `name: linked
${TARGETS}group_keys: [{ name: company_id, b2b: true }, { name: team }]
service_user_ids: [robot]
sources:
  - { name: app, type: events, file: events.csv, columns: { event: event, time: time, user: user_id }, group_keys: [company_id] }
  - { name: crm, type: group_table, file: companies.csv, group_key: company_id, columns: { id: id }, properties: [plan] }
  - { name: people, type: user_table, file: people.csv, columns: { id: id }, group_keys: [company_id] }
  - { name: calls, type: links, file: calls.csv, columns: { user: who, time: at }, group_keys: { company_id: group_id } }
reports:
  - name: by_plan
    type: uniques
    interval: month
    range: { from: 2024-03-01, to: 2024-03-31 }
    metrics: [{ name: m, by: user, any_event: true }]
    breakdown: { of: company_id, property: plan, through: user }
`,
  'events.csv': `event,time,user_id,company_id
log_in,2024-03-01T10:00:00Z,ann,acme
log_in,2024-03-01T10:00:00Z,bob,
log_in,2024-03-01T10:00:00Z,cat,
`,
  'companies.csv': 'id,plan\nacme,old\nbeta,new\n',
  'people.csv': 'id,company_id\ncat,acme\n',
  // said twice, said of several, by nobody, by a machine, of nothing
  'calls.csv': `who,group_id,at
ann,beta,2024-01-01
ann,beta,2024-01-02
bob,"[""acme"", ""beta""]",2024-01-01
cat,acme,2024-01-01
,acme,2024-01-01
robot,acme,2024-01-01
eve,,2024-01-01
`,
}

describe.each(ENGINES)('links on %s', (engine) => {
  const project = built(LINKED, engine)

  test('stand beside those of events and profiles', async () => {
    const { outcome, rows } = await project
    expect(outcome.ok).toBe(true)
    const select =
      'select user_id, group_id, from_events, from_profile, from_link from gwh.user_groups order by 1, 2'
    expect(await rows(select)).toEqual([
      'ann acme true false false',
      'ann beta false false true',
      'bob acme false false true',
      'bob beta false false true',
      'cat acme false true true',
    ])
  })

  test('are asked by reports through users', async () => {
    const { rows } = await project
    expect(await rows('select segment, entities from gwh.by_plan order by 1')).toEqual(['new 2', 'old 2'])
  })

  test('move no event', async () => {
    const { rows } = await project
    expect(await rows('select user_id, group_id from gwh.event_groups')).toEqual(['ann acme'])
  })
})

test('a delivery without links is not published over one with links', async () => {
  const { dir, loading } = await built(LINKED, 'duckdb')
  writeFileSync(path.join(dir, 'calls.csv'), 'who,group_id,at\n')
  const outcome = await build(dir, loading)
  expect(outcome.published).toBe(false)
  expect(outcome.results.map(({ message = '' }) => message).join('\n')).toContain(
    'Source `calls` has no rows',
  )
})

const lines = (...rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

const SEVERAL: Files = {
  'project.yml': `name: whole
${TARGETS}group_keys: [{ name: company_id, b2b: true }, { name: team }]
sources:
  - name: mp
    type: several
    connector: mixpanel
    relations:
      export: { file: export.ndjson, max_loss: 0.2 }
      groups: { file: groups.ndjson }
      people: { file: people.ndjson }
    group_keys: [company_id]
    properties: { company_id: { plan: Plan } }
`,
  'export.ndjson': lines({
    event: 'log_in',
    properties: { time: 1710061200, distinct_id: 'ann', $insert_id: 'i1', company_id: 'acme' },
  }),
  'groups.ndjson': lines(
    { $group_key: 'company_id', $group_id: 'acme', $set: { $name: 'Acme', Plan: 'pro' } },
    { $group_key: 'team', $group_id: 'red', $set: { $name: 'Red' } },
  ),
  'people.ndjson': lines({ $distinct_id: 'ann', $properties: { $name: 'Ann', company_id: 'beta' } }),
}

describe.each(ENGINES)('several outputs of one source on %s', (engine) => {
  test('are sources of their own, each of its relation', async () => {
    const { outcome, rows } = await built(SEVERAL, engine)
    expect(outcome.ok).toBe(true)
    expect(await rows('select source, event_name, user_id from gwh.events')).toEqual(['mp_events log_in ann'])
    expect(await rows('select company_id, display_name, plan from gwh.company_profiles order by 1')).toEqual([
      'acme Acme pro',
      'beta beta null',
    ])
    expect(await rows('select team, display_name from gwh.team_profiles')).toEqual(['red Red'])
    expect(await rows('select user_id, group_id from gwh.user_groups order by 2')).toEqual([
      'ann acme',
      'ann beta',
    ])
  })
})

test('relations that are left out make nothing, and the others are what they were', () => {
  const text = SEVERAL['project.yml']?.replace(/ {6}(groups|people): .*\n/g, '') ?? ''
  const { plan } = load(writeProject({ ...SEVERAL, 'project.yml': text }))
  expect(plan.catalog.sources.map(({ name, type, maxLoss }) => [name, type, maxLoss])).toEqual([
    ['mp_events', 'events', 0.2],
  ])
})

test('what is wrong with them is told where it is written', async () => {
  const wrong = SEVERAL['project.yml']
    ?.replace('people: { file: people.ndjson }', 'persons: { file: people.ndjson }')
    .replace('max_loss: 0.2', 'max_lost: 0.2')
    .replace('group_keys: [company_id]\n', 'group_keys: [company]\n')
  const text = await problemsOf({ ...SEVERAL, 'project.yml': wrong ?? '' })
  expect(text).toContain('project.yml:12:38  unknown_field\n  Source `mp`: `relations.export.max_lost`')
  expect(text).toContain('project.yml:14:7  unknown_field\n  Source `mp`: `relations.persons`')
  expect(text).toContain('Did you mean `max_loss`?')
  expect(text).toContain('The fields here are: `export`, `groups`, `people`.')
  // The names of the outputs stand for the source.
  const later = SEVERAL['project.yml']
    ?.replace('group_keys: [company_id]\n', 'group_keys: [company]\n')
    .replace('groups: { file: groups.ndjson }', 'groups: { file: groups.xml }')
  const found = await problemsOf({ ...SEVERAL, 'project.yml': later ?? '' })
  expect(found).toMatch(/project\.yml:15:18 {2}key_not_registered/)
  expect(found).toMatch(/project\.yml:13:23 {2}unreadable_file/)
  expect(found).toContain('Source `mp_events`: the group key `company` is not registered.')
})

test('group keys that are not registered, and relations that say two things, are told of', async () => {
  const wrong = SEVERAL['project.yml']
    ?.replace('{ company_id: { plan: Plan } }', '{ company: { plan: Plan } }')
    .replace('people: { file: people.ndjson }', 'people: { file: people.ndjson, table: people }')
  const text = await problemsOf({ ...SEVERAL, 'project.yml': wrong ?? '' })
  expect(text).toMatch(/project\.yml:16:28 {2}key_not_registered\n {2}Source `mp_company`: the group key/)
  expect(text).toMatch(/project\.yml:14:15 {2}invalid_value\n {2}Source `mp_people` needs exactly one/)
})

test('a connector without several outputs says what it reads', async () => {
  const text = SEVERAL['project.yml']?.replace('connector: mixpanel', 'connector: columns') ?? ''
  const found = await problemsOf({ ...SEVERAL, 'project.yml': text })
  expect(found).toContain('The connector `columns` does not read sources of type `several`.')
  expect(found).toContain(
    'It reads `events`, `group_table`, `operations`, `user_table`, `links`, `discards`.',
  )
})

test('a source without a relation that something is made of is a problem', async () => {
  const text = SEVERAL['project.yml']?.replace(/relations:\n( {6}.*\n)+/, 'relations: {}\n') ?? ''
  const found = await problemsOf({ ...SEVERAL, 'project.yml': text })
  expect(found).toContain('Source `mp` has no relation that something is made of.')
  expect(found).toContain('Its connector `mixpanel` reads `export`, `groups`, `people`.')
})
