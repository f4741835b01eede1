/** Sources whose `table:` is a model of the project: built first, and read from where they are built. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load, run, type RunOptions, type RunOutcome } from '../src/gwh.ts'
import { ENGINES, optionsFor, type Row } from './support/engines.ts'
import { project } from './support/findings.ts'
import { problems, problemsOf, writeProject, type Files } from './support/projects.ts'
import { openWarehouse } from '../src/engines/index.ts'

const STAGED: Files = {
  'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - name: app
    type: events
    table: gwh.staged_events
    columns: { event: event, time: happened_at, user: user_id }
    properties: [plan]
  - name: crm
    type: group_table
    table: staged_companies
    group_key: company_id
    columns: { id: id }
    properties: [plan]
`),
  'models/staged_events.sql': `{{ config(materialized='table') }}
select 'A' as event, '2024-03-01' as happened_at, 'ann' as user_id, 'acme' as company_id, 'pro' as plan
`,
  'models/staged_companies.sql': `
select company_id as id, plan
from {{ ref('staged_events') }}
`,
}

const MORE = `
union all
select 'B', '2024-03-02', 'bob', 'beta', 'free'
`

const append = (dir: string, file: string, text: string) =>
  writeFileSync(path.join(dir, file), `${STAGED[file] ?? ''}${text}`)

async function rowsOf(dir: string, options: Parameters<typeof load>[1], relation: string): Promise<Row[]> {
  await using warehouse = await openWarehouse(load(dir, options).plan.catalog.project, { readOnly: true })
  return await warehouse.query<Row>(`select * from gwh.${relation} order by 1`)
}

const models = ({ results }: RunOutcome) =>
  results.filter(({ type }) => type === 'model').map(({ name, status }) => `${status} ${name}`)

describe.each(ENGINES)('models as sources on %s', (engine) => {
  test('are built before what reads them, in the same build', { timeout: 60_000 }, async () => {
    const dir = writeProject(STAGED)
    const options = await optionsFor(engine)
    const go = (given: Partial<RunOptions> = {}) => run(load(dir, options), { command: 'build', ...given })
    const first = await go()
    expect(first.published).toBe(true)
    const order = models(first)
    expect(order.indexOf('success staged_events')).toBeLessThan(order.indexOf('success events'))
    expect(order.indexOf('success staged_companies')).toBeLessThan(order.indexOf('success company_profiles'))
    expect(await rowsOf(dir, options, 'company_profiles')).toMatchObject([
      { company_id: 'acme', has_profile: true, plan: 'pro', events: 1 },
    ])

    append(dir, 'models/staged_events.sql', MORE)
    await go({ command: 'run' })
    expect(await rowsOf(dir, options, 'company_profiles')).toMatchObject([
      { company_id: 'acme', events: 1 },
      { company_id: 'beta', has_profile: true, plan: 'free', events: 1 },
    ])

    // A part reads what is published, a larger part what is built.
    append(dir, 'models/staged_events.sql', '')
    expect(models(await go({ command: 'run', select: ['events'] }))).toEqual(['success events'])
    expect(await rowsOf(dir, options, 'events')).toHaveLength(2)
    expect(models(await go({ command: 'run', select: ['+events'] }))).toEqual([
      'success staged_events',
      'success events',
    ])
    expect(await rowsOf(dir, options, 'events')).toHaveLength(1)
  })

  test('are said to lack columns once they are built, all at once', { timeout: 60_000 }, async () => {
    const dir = writeProject({
      ...STAGED,
      'models/staged_events.sql':
        "select 'A' as event, '2024-03-01' as happend_at, 'ann' as user_id, 'x' as company_id, 'y' as plan",
      'models/staged_companies.sql': "select 'acme' as id, 'pro' as tier",
    })
    const options = await optionsFor(engine)
    expect(await problems(dir, () => run(load(dir, options), { command: 'build' }))).toBe(
      `project.yml:12:36  missing_column
  Source \`app\` has no column \`happened_at\`.
    12 |     columns: { event: event, time: happened_at, user: user_id }
       |                                    ^
  Did you mean \`happend_at\`? Its columns are: \`event\`, \`happend_at\`, \`user_id\`, \`company_id\`, \`plan\`.

project.yml:19:18  missing_column
  Source \`crm\` has no column \`plan\`.
    19 |     properties: [plan]
       |                  ^
  Its columns are: \`id\`, \`tier\`.

exit code 2`,
    )
  })

  test('have to be built once', { timeout: 60_000 }, async () => {
    const dir = writeProject(STAGED)
    const options = await optionsFor(engine)
    const said = await problems(dir, () => run(load(dir, options), { command: 'run', select: ['events'] }))
    expect(said.replace(/ in .*\.$/m, ' in <place>.')).toBe(
      `project.yml:11:12  not_built
  Source \`app\`: the model \`staged_events\` is not built yet in <place>.
    11 |     table: gwh.staged_events
       |            ^
  Build it with \`gwh build\`, or select it too: \`gwh build -s +staged_events\`.

exit code 2`,
    )
  })
})

test('a circle through a source is named with the place of its table', async () => {
  expect(
    await problemsOf({
      ...STAGED,
      'models/staged_events.sql': "select * from {{ ref('events') }}",
    }),
  ).toBe(`project.yml:11:12  cycle
  Models depend on themselves in a circle: events → staged_events → events. \`events\` reads \`staged_events\` as the source \`app\`.
    11 |     table: gwh.staged_events
       |            ^
  If the source is another relation of that name, write its schema too: \`table: schema.staged_events\`. A model that feeds a source reads other sources, with source().

exit code 2`)
})

test('so is a relation of gwh that is its own source', async () => {
  const yml = STAGED['project.yml']?.replace('gwh.staged_events', 'gwh.events')
  expect(await problemsOf({ ...STAGED, 'project.yml': yml })).toContain(
    'Models depend on themselves in a circle: events → events. `events` reads `events` as the source `app`.',
  )
})

test('an ephemeral model is no relation to read', async () => {
  expect(
    await problemsOf({
      ...STAGED,
      'models/staged_companies.sql':
        "{{ config(materialized='ephemeral') }} select 'acme' as id, 'pro' as plan",
    }),
  ).toBe(`project.yml:16:12  invalid_value
  Source \`crm\`: the model \`staged_companies\` is ephemeral, so there is no relation to read.
    16 |     table: staged_companies
       |            ^
  Give the model \`materialized='view'\` or \`materialized='table'\`.

exit code 2`)
})

test('a raw table may be called as a relation that gwh brings, or as a model in another schema', () => {
  const yml = STAGED['project.yml']
    ?.replace('gwh.staged_events', 'events')
    .replace('table: staged', 'table: raw.staged')
  const { plan } = load(writeProject({ ...STAGED, 'project.yml': yml }), { env: {} })
  expect(plan.catalog.sources.map(({ relation }) => relation)).toEqual([
    { kind: 'table', parts: ['events'] },
    { kind: 'table', parts: ['raw', 'staged_companies'] },
  ])
})

test('a unit test of a relation gives rows of the source, not of the model', async () => {
  const unit = `
unit_tests:
  - name: counts_the_events
    model: events
    given:
      - input: source('app')
        rows: [{ event: A, happened_at: 2024-03-01, user_id: ann, company_id: acme }]
    expect: { rows: [{ event_name: A, user_id: ann }] }
`
  const dir = writeProject({ ...STAGED, 'project.yml': `${STAGED['project.yml']}${unit}` })
  const { results } = await run(load(dir, { env: {} }), { command: 'test', select: ['counts_the_events'] })
  expect(results.map(({ name, status }) => [name, status])).toEqual([['counts_the_events', 'pass']])
})
