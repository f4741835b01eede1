/** Whatever goes wrong in a build, what was published before stays as it was, and so does what others own. */
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { load, run, type LoadedProject } from '../src/gwh.ts'
import { ProblemError, type ProblemCode } from '../src/problems.ts'
import type { LoadOptions } from '../src/project/load.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { withClient } from './support/postgres-url.ts'
import { GOOD, goodBut, writeFiles, writeProject, type Files } from './support/projects.ts'
import { leftovers, published } from './support/published.ts'

/** The good project with a model, a test and documentation of the user's own. */
const BEFORE: Files = {
  ...GOOD,
  'accounts.csv': 'id,plan\nacme,pro\n',
  'models/mine.sql': "{{ config(materialized='table') }}\nselect user_id, day\nfrom {{ ref('events') }}\n",
  'models/seen.sql': "select * from {{ ref('mine') }}\n",
  'models/docs.yml': 'models:\n  - name: mine\n    description: Who came when.\n',
  'tests/someone.sql':
    "select 1 as nobody from (select count(*) as n from {{ ref('mine') }}) as c where n = 0\n",
}

/** Other rows, so that whatever is published by mistake is noticed. */
const OTHER_ROWS = 'event,time,user_id,company_id\nlog_in,2024-02-02T10:00:00Z,cleo,gamma\n'

interface Sandbox {
  readonly dir: string
  readonly options: LoadOptions
  readonly loaded: LoadedProject
  readonly url: string
  build(): Promise<Outcome>
}

interface Outcome {
  readonly exitCode: number
  readonly code: ProblemCode | undefined
  /** Models and tests that failed. */
  readonly failed: readonly string[]
}

async function sandbox(engine: Engine, files = BEFORE): Promise<Sandbox> {
  const dir = writeProject(files)
  const url = engine === 'postgres' ? await freshPostgres() : ''
  const options =
    engine === 'postgres' ? { target: 'pg', env: { GWH_POSTGRES_URL: url } } : { target: 'dev', env: {} }
  return {
    dir,
    options,
    url,
    loaded: load(dir, options),
    async build() {
      try {
        const { ok, results } = await run(load(dir, options), { command: 'build' })
        const failed = results.filter(({ status }) => status === 'error' || status === 'fail')
        return { exitCode: ok ? 0 : 1, code: undefined, failed: failed.map(({ name }) => name) }
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        return { exitCode: error.exitCode, code: error.problems[0]?.code, failed: [] }
      }
    },
  }
}

const GOOD_BUILD: Outcome = { exitCode: 0, code: undefined, failed: [] }

const FAULTS: [string, Files, Outcome][] = [
  [
    'a model with an error in its SQL',
    { 'models/mine.sql': "select nothing, day\nfrom {{ ref('events') }}\n" },
    { exitCode: 1, code: undefined, failed: ['mine'] },
  ],
  [
    'a model that fails while it runs',
    {
      'models/mine.sql':
        "{{ config(materialized='table') }}\nselect cast(user_id as integer) as user_id, day from {{ ref('events') }}\n",
    },
    { exitCode: 1, code: undefined, failed: ['mine'] },
  ],
  [
    'a data test of a column that fails',
    {
      'models/docs.yml':
        'models:\n  - name: mine\n    columns:\n      - name: user_id\n        data_tests: [{ accepted_values: { values: [ann, bob] } }]\n',
    },
    { exitCode: 1, code: undefined, failed: ['accepted_values_mine_user_id'] },
  ],
  [
    'a query of the user that finds rows',
    { 'tests/someone.sql': "select * from {{ ref('mine') }}\n" },
    { exitCode: 1, code: undefined, failed: ['someone'] },
  ],
  [
    'a query of the user that is broken',
    { 'tests/someone.sql': "select nothing from {{ ref('mine') }}\n" },
    { exitCode: 1, code: undefined, failed: ['someone'] },
  ],
  [
    'a column that is missing',
    { 'events.csv': OTHER_ROWS.replace('user_id', 'person') },
    { exitCode: 2, code: 'missing_column', failed: [] },
  ],
  [
    'times that cannot be read',
    { 'events.csv': `${OTHER_ROWS}log_in,yesterday,cleo,gamma\n` },
    {
      exitCode: 1,
      code: undefined,
      failed: ['readable_times_app'],
    },
  ],
  [
    'broken YAML',
    { 'connectors/more.yml': 'sources:\n  - { name: web\n' },
    { exitCode: 2, code: 'invalid_yaml', failed: [] },
  ],
  [
    'a file that is missing',
    goodBut({ 'file: events.csv': 'file: [events.csv, more.csv]' }),
    { exitCode: 2, code: 'missing_file', failed: [] },
  ],
]

describe.each(ENGINES)('what is published on %s', (engine) => {
  describe.each(FAULTS)('after %s', (_, files, outcome) => {
    let box: Sandbox
    let before: Record<string, string>
    beforeAll(async () => {
      box = await sandbox(engine)
      expect(await box.build()).toEqual(GOOD_BUILD)
      before = await published(box.loaded)
    })

    test('is what it was, and nothing else is to be seen', async () => {
      expect(Object.keys(before)).toContain('mine')
      writeFiles(box.dir, { 'events.csv': OTHER_ROWS, ...files })
      expect(await box.build()).toEqual(outcome)
      expect(await published(box.loaded)).toEqual(before)
      expect(await leftovers(box.loaded)).toEqual([])
    })

    test('is new after the next good build', async () => {
      writeFiles(box.dir, { ...BEFORE, 'events.csv': OTHER_ROWS, 'connectors/more.yml': '{}' })
      expect(await box.build()).toEqual(GOOD_BUILD)
      const after = await published(box.loaded)
      expect(Object.keys(after)).toEqual(Object.keys(before))
      expect(after['mine']).not.toBe(before['mine'])
      expect(await leftovers(box.loaded)).toEqual([])
    })
  })

  test('is new after a test that only warns', async () => {
    const box = await sandbox(engine)
    await box.build()
    const before = await published(box.loaded)
    writeFiles(box.dir, {
      'events.csv': OTHER_ROWS,
      'tests/someone.sql': "{{ config(severity='warn') }}\nselect * from {{ ref('mine') }}\n",
    })
    expect(await box.build()).toEqual(GOOD_BUILD)
    expect((await published(box.loaded))['mine']).not.toBe(before['mine'])
  })

  test('does not contain what a build left behind that did not end', async () => {
    const box = await sandbox(engine)
    await box.build()
    const before = await published(box.loaded)
    {
      await using warehouse = await openWarehouse(box.loaded.plan.catalog.project)
      const [schema, name] = warehouse.staged('gwh', 'events')
      await warehouse.execute(`create table ${schema}."${name}" as select 1 as n`)
    }
    expect(await leftovers(box.loaded)).toHaveLength(1)
    expect(await box.build()).toEqual(GOOD_BUILD)
    expect(await leftovers(box.loaded)).toEqual([])
    expect(await published(box.loaded)).toEqual(before)
  })
})

describe('what others own on PostgreSQL', () => {
  const ACCOUNTS =
    'sources:\n  - { name: accounts, type: group_table, file: accounts.csv, group_key: company_id, columns: { id: id }, properties: [plan] }\n'

  test('a view stands in the way of a column that goes, and all stays as it was', async () => {
    const box = await sandbox('postgres', { ...BEFORE, 'connectors/crm.yml': ACCOUNTS })
    await box.build()
    await withClient(box.url, (client) =>
      client.query('create schema mine; create view mine.seen as select * from gwh.company_profiles'),
    )
    const before = await published(box.loaded)
    writeFiles(box.dir, { 'events.csv': OTHER_ROWS, 'connectors/crm.yml': '{}' })
    expect(await box.build()).toEqual({ exitCode: 1, code: 'dependents_in_the_way', failed: [] })
    expect(await published(box.loaded)).toEqual(before)
    expect(await leftovers(box.loaded)).toEqual([])

    await withClient(box.url, (client) => client.query('drop view mine.seen'))
    expect(await box.build()).toEqual(GOOD_BUILD)
    expect((await published(box.loaded))['company_profiles']).not.toContain('plan text')
  })

  test('a view, an index and a grant live through rebuilds', async () => {
    const box = await sandbox('postgres')
    await box.build()
    await withClient(box.url, async (client) => {
      await client.query(`
        create schema mine;
        create view mine.users as select user_id from gwh.events;
        create materialized view mine.kept as select count(*)::int as n from gwh.group_days;
        create index mine_day on gwh.events (day);
        grant select on gwh.events, gwh.seen to public`)
      for (const name of ['cleo', 'dora', 'emil']) {
        writeFiles(box.dir, { 'events.csv': OTHER_ROWS.replace('cleo', name) })
        expect(await box.build()).toEqual(GOOD_BUILD)
        expect((await client.query('select user_id from mine.users')).rows).toEqual([{ user_id: name }])
        expect((await client.query('select n from mine.kept')).rows).toEqual([{ n: 2 }])
        const { rows } = await client.query(`
          select to_regclass('gwh.mine_day') is not null as index,
            has_table_privilege('public', 'gwh.events', 'select') as table,
            has_table_privilege('public', 'gwh.seen', 'select') as view,
            has_table_privilege('public', 'gwh.mine', 'select') as other`)
        expect(rows).toEqual([{ index: true, table: true, view: true, other: false }])
      }
    })
  })

  test('a schema of the name that gwh builds in', async () => {
    const box = await sandbox('postgres')
    await withClient(box.url, (client) =>
      client.query('create schema gwh_stage; create table gwh_stage.orders as select 1 as n'),
    )
    expect(await box.build()).toEqual({ exitCode: 2, code: 'reserved_name', failed: [] })
    await withClient(box.url, async (client) => {
      expect((await client.query('select n from gwh_stage.orders')).rows).toEqual([{ n: 1 }])
    })
  })
})

describe('a relation that gwh did not make', () => {
  test.each(['table', 'view'])('is left alone on DuckDB, as a %s', async (kind) => {
    const box = await sandbox('duckdb')
    mkdirSync(path.join(box.dir, 'target'))
    const instance = await DuckDBInstance.create(path.join(box.dir, 'target/small.duckdb'))
    const connection = await instance.connect()
    await connection.run(`create schema gwh; create ${kind} gwh.events as select 42 as mine`)
    await connection.run('create table gwh._stage_orders as select 1 as n')
    connection.closeSync()
    instance.closeSync()
    const before = await published(box.loaded)
    expect(await box.build()).toEqual({ exitCode: 1, code: 'publish_failed', failed: [] })
    expect(await published(box.loaded)).toEqual(before)
  })

  test.each(['table', 'view', 'materialized view'])('is left alone on PostgreSQL, as a %s', async (kind) => {
    const box = await sandbox('postgres')
    await withClient(box.url, (client) =>
      client.query(`create schema gwh; create ${kind} gwh.events as select 42 as mine`),
    )
    const before = await published(box.loaded)
    expect(await box.build()).toEqual({ exitCode: 1, code: 'publish_failed', failed: [] })
    expect(await published(box.loaded)).toEqual(before)
  })
})
