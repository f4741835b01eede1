/** Sources that lose most of their rows stop publishing, whichever command publishes. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load, run, type RunOptions, type RunOutcome } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { changedParts, definitionOf } from '../src/run/source_definition.ts'
import { gwh } from './support/cli.ts'
import { ENGINES, optionsFor } from './support/engines.ts'
import { project } from './support/findings.ts'
import { problems, writeFiles, writeProject } from './support/projects.ts'

const yml = project(`
group_keys: [{ name: company_id, noun: company }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
  - name: web
    type: events
    file: web.csv
    columns: { event: event, time: time, user: user_id }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id }
    group_keys: []
`)

const events = (rows: number) =>
  `event,time,user_id,company_id\n${'A,2024-03-01T10:00:00Z,ann,acme\n'.repeat(rows)}`
const ids = (rows: number) => `id\n${Array.from({ length: rows }, (_, i) => `id${String(i)}\n`).join('')}`

const FULL = {
  'project.yml': yml,
  'app.csv': events(10),
  'web.csv': events(4),
  'crm.csv': ids(3),
  'people.csv': ids(5),
}

const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, '<time>')
const lost = ({ results }: RunOutcome) =>
  results.filter(({ type }) => type === 'source').map(({ message = '' }) => timeless(message))
const notes = (outcome: RunOutcome) => outcome.notes.map(timeless)

describe.each(ENGINES)('lost rows on %s', (engine) => {
  test('stop publishing until they are accepted', { timeout: 120_000 }, async () => {
    const dir = writeProject(FULL)
    const options = await optionsFor(engine)
    const go = (command: 'build' | 'run', given: Partial<RunOptions> = {}) =>
      run(load(dir, options), { command, ...given })
    expect((await go('build')).published).toBe(true)

    // Half of the rows is not more than half.
    writeFiles(dir, { 'app.csv': events(5), 'web.csv': events(0), 'crm.csv': ids(0), 'people.csv': ids(2) })
    if (engine === 'postgres') await go('build')
    const stopped = await go('run')
    expect([stopped.ok, stopped.published]).toEqual([false, false])
    expect(lost(stopped)).toEqual([
      'Source `web` has no rows and had 4 when it was last published, at <time> UTC.',
      'Source `crm` has no rows and had 3 when it was last published, at <time> UTC.',
      'Source `people` has 2 rows and had 5 when it was last published, at <time> UTC. That is 60 % fewer; 50 % may be lost (`max_loss`).',
    ])
    expect(stopped.results.find(({ name, type }) => name === 'web' && type === 'source')).toMatchObject({
      kind: 'events',
      status: 'fail',
      rows: 0,
      at: { file: 'project.yml', line: 13 },
      fix: 'Look at what was delivered. If it is right, let it pass once with `--accept-loss web`, or set `max_loss:` of the source: the share that may be lost, 1 for all of it.',
    })
    // What none of the selected relations holds is not looked at.
    expect(lost(await go('run', { select: ['company_profiles'] }))).toHaveLength(1)
    expect(lost(await go('build', { acceptLoss: ['web'] }))).toHaveLength(2)

    const accepted = await go('run', { acceptLoss: ['web', 'crm', 'people'] })
    expect([accepted.published, lost(accepted)]).toEqual([true, []])
    // What was accepted is what counts from now on.
    expect((await go('run')).published).toBe(true)
    writeFiles(dir, { 'people.csv': ids(0) })
    if (engine === 'postgres') await go('build')
    expect(lost(await go('run'))).toEqual([
      'Source `people` has no rows and had 2 when it was last published, at <time> UTC.',
    ])
  })

  test('stop what else is made of profiles, built by itself', { timeout: 120_000 }, async () => {
    const dir = writeProject({
      ...FULL,
      'project.yml': `${yml
        .replace('columns: { id: id }', 'columns: { id: id, updated_at: at }\n    properties: [plan]')
        .replace('group_keys: []', 'group_keys: [company_id]')}
reports:
  - name: r
    type: uniques
    by: user
    any_event: true
    where: [{ property: plan, of: company_id, properties: as_of, value: pro }]
`,
      'crm.csv': 'id,at,plan\nacme,2024-01-01,pro\n',
      'people.csv': 'id,company_id\nann,acme\n',
    })
    const options = await optionsFor(engine)
    const go = (select?: readonly string[]) => run(load(dir, options), { command: 'build', select })
    expect((await go()).published).toBe(true)
    writeFiles(dir, { 'crm.csv': 'id,at,plan\n', 'people.csv': 'id,company_id\n' })
    expect(lost(await go(['company_history']))).toEqual([
      'Source `crm` has no rows and had 1 when it was last published, at <time> UTC.',
    ])
    expect(lost(await go(['user_groups']))).toEqual([
      'Source `people` has no rows and had 1 when it was last published, at <time> UTC.',
    ])
  })

  test(
    'are those of the same definition, and as many as the project says',
    { timeout: 120_000 },
    async () => {
      const dir = writeProject(FULL)
      const options = await optionsFor(engine)
      const go = (acceptLoss: readonly string[] = []) =>
        run(load(dir, options), { command: 'build', acceptLoss })
      await go()
      const less = { 'app.csv': events(9), 'web.csv': events(0), 'crm.csv': ids(0), 'people.csv': ids(4) }

      // Another file, another key, another setting; a description says nothing of the rows.
      const changed = yml
        .replace('file: web.csv', 'file: site.csv')
        .replace('file: crm.csv', 'file: crm.csv\n    max_loss: 1')
        .replace('file: people.csv', 'file: people.csv\n    description: Of people\n    max_loss: 0.1')
      writeFiles(dir, { ...less, 'site.csv': events(1), 'project.yml': changed })
      expect(lost(await go())).toEqual([
        'Source `people` has 4 rows and had 5 when it was last published, at <time> UTC. That is 20 % fewer; 10 % may be lost (`max_loss`).',
      ])
      expect((await go(['people'])).published).toBe(true)
      const again = `${changed}max_loss: 0\n`
      writeFiles(dir, { 'app.csv': events(8), 'project.yml': again })
      expect(lost(await go())).toEqual([
        'Source `app` has 8 rows and had 9 when it was last published, at <time> UTC. That is 11.1 % fewer; 0 % may be lost (`max_loss`).',
      ])
    },
  )

  test('are lost however the definition is written', { timeout: 120_000 }, async () => {
    const dir = writeProject(FULL)
    const options = await optionsFor(engine)
    const go = () => run(load(dir, options), { command: 'build' })
    await go()
    const otherwise = yml
      .replace(
        'file: app.csv',
        "file: [./app.csv]\n    format: csv\n    csv: { quote: '\"' }\n    properties: [event]",
      )
      .replace('{ event: event, time: time, user: user_id }', '{ user: user_id, time: time, event: event }')
      .replace('{ id: id }', '{ id: id, name: id }')
    writeFiles(dir, {
      'project.yml': `exclude_events: [Nope]\nservice_user_ids: [robot]\n${otherwise}`,
      'app.csv': events(1),
      'web.csv': events(1),
      'crm.csv': ids(1),
      'people.csv': ids(1),
    })
    const stopped = await go()
    expect([stopped.published, lost(stopped).length, notes(stopped)]).toEqual([false, 4, []])
  })

  test('are told of where they were not compared', { timeout: 120_000 }, async () => {
    const dir = writeProject({ ...FULL, 'app.csv': events(10).replace('A,', 'B,'), 'people.csv': ids(2) })
    const options = await optionsFor(engine)
    const go = (command: 'build' | 'run') => run(load(dir, options), { command })
    expect(notes(await go('build'))).toEqual([])
    const changed = yml
      .replace('file: web.csv', 'file: site.csv')
      .replace('file: crm.csv', 'file: crm.csv\n    csv: { nulls: [id1, id2] }')
    writeFiles(dir, {
      'site.csv': events(1),
      'project.yml': `exclude_events: [A]\nservice_user_ids: [id0, id1]\n${changed}`,
    })
    if (engine === 'postgres') await go('build')
    else {
      const told = await go('run')
      expect([told.ok, told.published, notes(told)]).toEqual([
        true,
        true,
        [
          'Source `app` has 1 row and had 10 when it was last published, at <time> UTC; not compared, because its definition changed: `exclude_events`.',
          'Source `web` has no rows and had 4 when it was last published, at <time> UTC; not compared, because its definition changed: `file`, `exclude_events`.',
          'Source `crm` has 1 row and had 3 when it was last published, at <time> UTC; not compared, because its definition changed: `csv`.',
          'Source `people` has no rows and had 2 when it was last published, at <time> UTC; not compared, because its definition changed: `service_user_ids`.',
        ],
      ])
    }
    // What is on record now is what is compared from now on.
    expect(notes(await go('build'))).toEqual([])
  })

  test('are not compared with what another version has counted', { timeout: 120_000 }, async () => {
    const dir = writeProject(FULL)
    const loaded = load(dir, await optionsFor(engine))
    await run(loaded, { command: 'build' })
    {
      await using warehouse = await openWarehouse(loaded.plan.catalog.project)
      await warehouse.execute("update gwh_gwh.sources set fingerprint = '0123456789abcdef0123456789abcdef'")
    }
    writeFiles(dir, { 'app.csv': events(1) })
    const first = await run(loaded, { command: 'build' })
    expect([first.published, lost(first), notes(first)]).toEqual([
      true,
      [],
      [
        'Source `app` has 1 row and had 10 when it was last published, at <time> UTC; not compared, because another version of gwh counted them.',
      ],
    ])
    writeFiles(dir, { 'app.csv': events(0) })
    expect(lost(await run(loaded, { command: 'build' }))).toHaveLength(1)
  })

  test('are not known of what an earlier version published', { timeout: 120_000 }, async () => {
    const dir = writeProject(FULL)
    const loaded = load(dir, await optionsFor(engine))
    await run(loaded, { command: 'build' })
    {
      await using warehouse = await openWarehouse(loaded.plan.catalog.project)
      await warehouse.execute('drop table gwh_gwh.sources')
    }
    writeFiles(dir, { 'app.csv': events(1) })
    const outcome = await run(loaded, { command: 'build' })
    expect([outcome.published, lost(outcome)]).toEqual([true, []])
    await using warehouse = await openWarehouse(loaded.plan.catalog.project, { readOnly: true })
    expect(
      await warehouse.query('select source, row_count as rows from gwh_gwh.sources order by source'),
    ).toEqual([
      { source: 'app', rows: 1 },
      { source: 'crm', rows: 3 },
      { source: 'people', rows: 5 },
      { source: 'web', rows: 4 },
    ])
  })
})

describe('the definition of a source', () => {
  const one = (source: string, rest = '') =>
    project(`
group_keys: [{ name: company_id, noun: company }]
sources:
  - { name: app, ${source} }
${rest}`)
  const EVENTS = 'type: events, file: data/app.csv, columns: { event: event, time: time, user: user_id }'
  const definition = (text: string, files: Readonly<Record<string, string>> = {}) => {
    const { plan } = load(writeProject({ 'project.yml': text, ...files }), { env: {} })
    const source = plan.catalog.sources.find(({ name }) => name === 'app')
    return source ? definitionOf(source, plan) : ''
  }
  const changed = (before: string, after: string) => changedParts(definition(before), definition(after))

  test.each([
    ['a path with a dot', EVENTS.replace('data/app.csv', './data/../data/app.csv')],
    ['a list of one file', EVENTS.replace('data/app.csv', '[data/app.csv, data/app.csv]')],
    ['columns in another order', EVENTS.replace('event: event, time: time', 'time: time, event: event')],
    [
      'columns that are only kept',
      EVENTS.replace('user: user_id', 'insert_id: id, device: d, ingested_at: at'),
    ],
    ['group keys', `${EVENTS}, group_keys: { company_id: company }`],
    [
      'defaults',
      `${EVENTS}, connector: columns, format: csv, time_format: timestamp, time_zone: UTC, max_loss: 0.5`,
    ],
    ['defaults of CSV', `${EVENTS}, csv: { quote: '"', escape: '"', header: true, nulls: [''] }`],
    ['properties', `${EVENTS}, properties: { kind: { type: integer } }`],
    ["types for users' own SQL", `${EVENTS}, column_types: { kind: integer }`],
    ['a description', `${EVENTS}, description: Of the app, loaded_at_field: at`],
  ])('is the same with %s', (_, after) => {
    expect(changed(one(EVENTS), one(after))).toEqual([])
  })

  test.each([
    ['another file', EVENTS.replace('app.csv', 'web.csv'), ['file']],
    ['another format', `${EVENTS}, format: ndjson`, ['format', 'csv']],
    ['a table', EVENTS.replace('file: data/app.csv', 'table: raw.app'), ['table', 'file', 'format', 'csv']],
    ['other CSV', `${EVENTS}, csv: { skip: 1 }`, ['csv']],
    ['another time', EVENTS.replace('time: time', 'time: sent_at'), ['columns']],
    ['another form of times', `${EVENTS}, time_format: epoch_s`, ['columns']],
    ['another name', EVENTS.replace('event: event', 'event: kind'), ['columns']],
  ])('is another one with %s', (_, after, parts) => {
    expect(changed(one(EVENTS), one(after))).toEqual(parts)
  })

  test('is that of the files behind a model, too', () => {
    const feed = (file: string) =>
      one(
        EVENTS.replace('file: data/app.csv', 'table: staged'),
        `  - { name: raw, type: links, file: ${file}, columns: { user: u } }`,
      )
    const files = (text: string) => ({ 'models/staged.sql': text })
    const select = "select * from {{ source('raw') }}"
    const before = definition(feed('data/raw.csv'), files(select))
    expect(changedParts(before, definition(feed('[./data/raw.csv]'), files(select)))).toEqual([])
    expect(changedParts(before, definition(feed('data/other.csv'), files(select)))).toEqual(['model'])
    expect(changedParts(before, definition(feed('data/raw.csv'), files(`${select} where true`)))).toEqual([
      'model',
    ])
  })
})

test('the rows of each of several tables are counted apart', { timeout: 60_000 }, async () => {
  const more = `${yml}
  - name: billing
    type: group_table
    file: billing.csv
    group_key: company_id
    columns: { id: id }
`
  const dir = writeProject({ ...FULL, 'project.yml': more, 'billing.csv': ids(3) })
  const go = () => run(load(dir, { env: {} }), { command: 'run' })
  await go()
  writeFiles(dir, { 'billing.csv': ids(0) })
  expect(lost(await go())).toEqual([
    'Source `billing` has no rows and had 3 when it was last published, at <time> UTC.',
  ])
})

test('a model that feeds a source is part of its definition', { timeout: 60_000 }, async () => {
  const staged = yml.replace('file: web.csv', 'table: web_events')
  const model = (where: string) => `select * from {{ source('app') }} ${where}`
  const dir = writeProject({ ...FULL, 'project.yml': staged, 'models/web_events.sql': model('') })
  const go = () => run(load(dir, { env: {} }), { command: 'run' })
  await go()
  writeFiles(dir, { 'app.csv': events(6), 'models/web_events.sql': model("where event = 'B'") })
  expect((await go()).published).toBe(true)
  writeFiles(dir, { 'models/web_events.sql': model('') })
  await go()
  writeFiles(dir, { 'app.csv': events(2) })
  expect(lost(await go())).toHaveLength(2)
})

test('reports say it as of other failures', { timeout: 60_000 }, async () => {
  const dir = writeProject(FULL)
  await gwh(dir, ['build'])
  writeFiles(dir, { 'app.csv': events(0) })
  const said = await gwh(dir, ['build', '--junit', 'junit.xml'], { GITHUB_ACTIONS: 'true' })
  expect(said.code).toBe(1)
  expect(said.stdout).toContain(
    '::error file=project.yml,line=9,col=11,title=source app::Source `app` has no rows',
  )
  expect(said.stdout).toContain('1 source lost rows')
  const text = (file: string) => readFileSync(path.join(dir, file), 'utf8')
  expect(text('junit.xml')).toMatch(
    /<testsuite name="small.sources" tests="1" failures="1"[^]*<testcase name="app" classname="small.events"[^]*<failure message="Source `app` has no rows/,
  )
  const { results } = JSON.parse(text('target/run_results.json')) as { results: { unique_id: string }[] }
  expect(results.find(({ unique_id }) => unique_id === 'source.small.app')).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('Source `app` has no rows and had 10') as string,
  })
  const again = await gwh(dir, ['run', '--accept-loss', 'app', '--accept-loss', 'web'])
  expect(again.code).toBe(0)
})

test('sources to accept are those of the project', async () => {
  const dir = writeProject({
    ...FULL,
    'project.yml': `${FULL['project.yml']}  - { name: mp, type: several, connector: mixpanel, relations: { export: { table: raw.mp } } }\n`,
  })
  const said = await problems(dir, () =>
    run(load(dir, { env: {} }), { command: 'run', acceptLoss: ['ap', 'nothing', 'mp'] }),
  )
  expect(said).toBe(`usage
  --accept-loss: there is no source \`ap\`.
  Did you mean \`app\`?

usage
  --accept-loss: there is no source \`nothing\`.
  The sources are: \`app\`, \`web\`, \`crm\`, \`people\`, \`mp_events\`.

usage
  --accept-loss: there is no source \`mp\`.
  Name what is made of it: \`mp_events\`.

exit code 2`)
})
