/** What is wrong with files and tables of sources is told in the same round as what is wrong with the configuration. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadFor, type ReadingCommand } from '../../src/gwh.ts'
import { ProblemError } from '../../src/problems.ts'
import { freshPostgres } from '../support/databases.ts'
import { ENGINES, type Engine } from '../support/engines.ts'
import { gwh } from '../support/cli.ts'
import { build, GOOD, goodBut, writeFiles, writeProject, type Files } from '../support/projects.ts'

const TARGET = { duckdb: 'dev', postgres: 'pg' } as const

async function envFor(engine: Engine): Promise<Record<string, string>> {
  return engine === 'duckdb' ? {} : { GWH_POSTGRES_URL: await freshPostgres() }
}

const PROJECT = `${GOOD['project.yml']}  - name: web
    type: events
    file: web.csv
    columns: { event: event, time: time, user: user_id }
`

const RIGHT: Files = {
  'project.yml': PROJECT,
  'events.csv': GOOD['events.csv'],
  'web.csv': GOOD['events.csv'],
  'models/query.sql': 'select count(*) as n from {{ ref("events") }}\n',
  'models/docs.yml': 'models:\n  - { name: query, columns: [{ name: n, data_tests: [not_null] }] }\n',
  'models/reports.yml':
    'reports:\n  - { name: used, type: uniques, interval: day, event: sign_up, by: company_id }\n',
  'models/unit_tests.yml':
    'unit_tests:\n  - { name: counts, model: query, given: [{ input: ref("events"), rows: [{ event_name: a }] }], expect: { rows: [{ n: 1 }] } }\n',
}

const WRONG: Files = {
  'project.yml': PROJECT.replace('target: dev\n', 'target: dev\nnonsense: 1\n').replace(
    'columns: { event: event, time: time, user: user_id }',
    'columns: { event: event, time: tme, user: user_id }',
  ),
  'web.csv': undefined,
  'models/query.sql': RIGHT['models/query.sql'],
  'models/broken.sql': 'select {{ nothing() }} as n from {{ ref("evnts") }} join {{ source("webb") }}\n',
  'models/docs.yml':
    'models:\n  - { name: query, columns: [{ name: n, data_tests: [not_nul] }] }\n  - { name: qery }\n',
  'models/reports.yml':
    'reports:\n  - { name: used, type: uniques, interval: dayy, event: sign_up, by: company_id }\n',
  'models/unit_tests.yml': RIGHT['models/unit_tests.yml']?.replace('model: query', 'model: quer'),
}

/** Of each, its code and where it is. */
const told = ({ problems }: ProblemError): string[] =>
  problems.map(({ code, at }) => `${code} ${at === undefined ? '' : `${at.file}:${at.line}`}`.trim())

async function toldOf(work: Promise<unknown>): Promise<string[]> {
  try {
    await work
  } catch (error) {
    if (error instanceof ProblemError) return told(error)
    throw error
  }
  return []
}

const ask = (dir: string, env: Record<string, string>, target: string, command: ReadingCommand = 'build') =>
  toldOf(loadFor(command, dir, { env, target }, {}))

describe.each(ENGINES)('on %s', (engine) => {
  test('one round names faults of all kinds, and what is mended is built', async () => {
    const env = await envFor(engine)
    const dir = writeProject({ ...RIGHT, ...WRONG })
    expect(await ask(dir, env, TARGET[engine])).toEqual([
      'template_error models/broken.sql:1',
      'missing_reference models/broken.sql:1',
      'missing_reference models/broken.sql:1',
      'invalid_value models/docs.yml:2',
      'missing_reference models/docs.yml:3',
      'invalid_value models/reports.yml:2',
      'missing_reference models/unit_tests.yml:2',
      'unknown_field project.yml:3',
      'missing_column project.yml:13',
      'missing_file project.yml:16',
    ])
    // looked at, and nothing made
    expect(existsSync(path.join(dir, 'target'))).toBe(false)
    writeFiles(dir, { ...RIGHT, 'models/broken.sql': 'select 1 as n\n' })
    const said = await gwh(dir, ['--target', TARGET[engine], 'build'], env)
    expect(said).toMatchObject({ stderr: '', code: 0 })
  })

  test('of the command line, with what the database has not', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'project.yml': `${PROJECT.replace('target: dev\n', 'target: dev\nnonsense: 1\n')}  - name: tab
    type: events
    table: raw.tab
    columns: { event: event, time: time, user: user_id }
`,
      'web.csv': undefined,
    })
    const said = await gwh(dir, ['--target', TARGET[engine], 'build'], env)
    expect(said.code).toBe(2)
    expect(said.stderr).toContain('`nonsense` is not a known field.')
    expect(said.stderr).toContain('Source `tab`: there is no relation `raw.tab` in ')
    expect(said.stderr).toContain('Source `web`: the file `web.csv` does not exist.')
    expect(said.stderr).toMatch(/^3 problems\.$/m)
  })

  test('what is sound in the configuration is told of in one round too', async () => {
    const env = await envFor(engine)
    const dir = writeProject(goodBut({ 'file: events.csv': 'file: event.csv' }, {}))
    writeFiles(dir, {
      'connectors/tab.yml':
        'sources:\n  - { name: tab, type: events, table: raw.tab, columns: { event: event, time: time, user: user_id } }\n',
    })
    expect(await toldOf(build(dir, { env, target: TARGET[engine] }))).toEqual([
      'missing_relation connectors/tab.yml:2',
      'missing_file project.yml:11',
    ])
  })

  test('unit tests that fail hide no fault of files and tables', async () => {
    const env = await envFor(engine)
    const tab =
      '  - { name: tab, type: events, table: raw.tab, columns: { event: event, time: time, user: user_id } }\n'
    const dir = writeProject({
      ...RIGHT,
      'project.yml': PROJECT + tab,
      'events.csv': RIGHT['events.csv']?.replace('time', 'tme'),
      'web.csv': undefined,
      'models/unit_tests.yml': RIGHT['models/unit_tests.yml']?.replace('n: 1', 'n: 2'),
    })
    const go = () => gwh(dir, ['--target', TARGET[engine], 'build'], env)
    const both = await go()
    expect(both.code).toBe(2)
    expect(both.stdout).toContain('✗ counts  (unit test of query)')
    expect(both.stderr).toMatch(
      /^project\.yml:12:\d+ {2}missing_column$[^]*^project\.yml:15:\d+ {2}missing_file$/m,
    )
    expect(both.stderr).toContain('there is no relation `raw.tab` in ')
    expect(both.stderr).toMatch(/^3 problems\.$/m)
    writeFiles(dir, {
      'project.yml': PROJECT,
      'events.csv': RIGHT['events.csv'],
      'web.csv': RIGHT['web.csv'],
    })
    const alone = await go()
    expect([alone.code, alone.stderr]).toEqual([1, ''])
    expect(alone.stdout).toMatch(/1 failed in/)
  })

  test('a file that breaks off hides no other that does, nor what can be seen before', async () => {
    const env = await envFor(engine)
    const rows = 'event,time,user_id,company_id\nA,2024-01-01,u1,c1\n'
    const broken: Files = {
      'events.csv': `${rows}A,2024-01-01,u1\n`,
      'web.csv': `${rows}"A,2024-01-01,u1,c1\n`,
    }
    const more = (name: string) =>
      `  - { name: ${name}, type: events, file: ${name}.csv, columns: { event: event, time: time, user: user_id } }\n`
    const dir = writeProject({
      'project.yml': PROJECT + more('good') + more('other'),
      ...broken,
      'good.csv': rows,
      'other.csv': rows.replace('time', 'tme'),
    })
    const go = (...words: string[]) => gwh(dir, ['--target', TARGET[engine], ...words], env)
    const seen = await go('build')
    expect(seen.code).toBe(2)
    expect(seen.stderr).toContain('Source `other` has no column `time`')
    if (engine === 'postgres') {
      expect(seen.stderr).toMatch(/^3 problems\.$/m)
      expect(seen.stderr).toContain('Source `app`: its files cannot be read to the end.')
      expect(seen.stderr).toContain('Source `web`: its files cannot be read to the end.')
      // What is right is there already, and is not loaded again.
      expect(seen.stdout).toContain('✓ good')
      writeFiles(dir, { 'other.csv': rows })
      const seeded = await go('seed')
      expect([seeded.code, seeded.stdout.includes('✓ good'), seeded.stdout.includes('✓ other')]).toEqual([
        2,
        false,
        true,
      ])
    }
    writeFiles(dir, { 'events.csv': rows, 'web.csv': rows, 'other.csv': rows })
    expect(await go('build')).toMatchObject({ code: 0, stderr: '' })
  })

  test('a command tells of what it reads, and of no more', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'models/broken.sql': 'select {{ nothing() }}\n',
      'web.csv': undefined,
    })
    const of = (command: ReadingCommand, selection = {}) =>
      toldOf(loadFor(command, dir, { env, target: TARGET[engine] }, selection))
    const broken = 'template_error models/broken.sql:1'
    const file = 'missing_file project.yml:15'
    const seed = (line: number) => `seed_needed project.yml:${line}`
    const unread = engine === 'duckdb' ? [file] : [seed(11), seed(15)]
    expect(await of('build')).toEqual([broken, file])
    expect(await of('build', { select: ['query'] })).toEqual([broken])
    expect(await of('build', { select: ['no_such_model'] })).toEqual([broken])
    expect(await of('seed')).toEqual(engine === 'duckdb' ? [broken] : [broken, file])
    expect(await of('seed', { exclude: ['web'] })).toEqual([broken])
    expect(await of('run')).toEqual([broken, ...unread])
    expect(await of('test')).toEqual([broken, ...unread])
    expect(await of('debug')).toEqual([broken, ...unread])
    expect(await of('freshness')).toEqual([broken])
  })

  test('a source with a fault of its own is not looked at, nor what a model with a fault makes', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'project.yml': `${PROJECT.replace('file: web.csv', 'file: web.csv\n    nonsense: 1')}  - name: made
    type: events
    table: broken
    columns: { event: event, time: time, user: user_id }
`,
      'models/broken.sql': 'select {{ nothing() }}\n',
      'web.csv': undefined,
    })
    expect(await ask(dir, env, TARGET[engine])).toEqual([
      'template_error models/broken.sql:1',
      'unknown_field project.yml:16',
    ])
  })

  test('a file of connectors/ that cannot be read hides no file or column of another source', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'project.yml': WRONG['project.yml']?.replace('nonsense: 1\n', ''),
      'connectors/broken.yml': 'sources:\n  - { name: y1, type: events',
      'web.csv': undefined,
    })
    expect(await ask(dir, env, TARGET[engine])).toEqual([
      'invalid_yaml connectors/broken.yml:2',
      'missing_column project.yml:12',
      'missing_file project.yml:15',
    ])
  })

  test('a source whose group key is not registered is looked for all the same, but for its columns', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'project.yml': `${PROJECT.replace('file: web.csv', 'file: web.csv\n    group_keys: [compny_id]')}  - name: tab
    type: group_table
    table: raw.tab
    group_key: compny_id
    columns: { id: id }
  - name: gone
    type: links
    file: gone.csv
    group_keys: [compny_id]
    columns: { user: user_id }
`,
    })
    expect(await ask(dir, env, TARGET[engine])).toEqual([
      'key_not_registered project.yml:16',
      'missing_relation project.yml:20',
      'key_not_registered project.yml:21',
      'missing_file project.yml:25',
      'key_not_registered project.yml:26',
    ])
  })

  test('models in a circle keep nothing from being looked at', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'models/a.sql': "{{ config(materialized='ephemeral') }} select * from {{ ref('b') }}\n",
      'models/b.sql': "{{ config(materialized='ephemeral') }} select * from {{ ref('a') }}\n",
      'web.csv': undefined,
    })
    const of = (selection = {}) => toldOf(loadFor('build', dir, { env, target: TARGET[engine] }, selection))
    expect(await of()).toEqual(['cycle models/a.sql:1', 'missing_file project.yml:15'])
    expect(await of({ select: ['a'] })).toEqual(['cycle models/a.sql:1'])
  })

  test('files outside are not read where the folders that may be named have a fault', async () => {
    const env = await envFor(engine)
    const dir = writeProject({
      ...RIGHT,
      'project.yml':
        PROJECT.replace('file: web.csv', 'file: ../elsewhere/web.csv') + 'external_paths: { a: b }\n',
    })
    expect(await ask(dir, env, TARGET[engine])).toEqual(['invalid_value project.yml:17'])
  })
})

describe('where the warehouse cannot be opened', () => {
  const text = PROJECT.replace('target: dev\n', 'target: dev\nnonsense: 1\n')

  test('that is told too, without its password, and files are looked at', async () => {
    const dir = writeProject({ ...RIGHT, 'project.yml': text, 'web.csv': undefined })
    const env = { GWH_POSTGRES_URL: 'postgresql://ann:hush-hush-9@127.0.0.1:1/db' }
    const said = await gwh(dir, ['--target', 'pg', 'build'], env)
    expect(said.code).toBe(2)
    expect(said.stderr).toContain('No server answers at 127.0.0.1:1/db.')
    expect(said.stderr).toContain('Source `web`: the file `web.csv` does not exist.')
    expect(said.stderr).toMatch(/^3 problems\.$/m)
    expect(said.stdout + said.stderr).not.toMatch(/hush|ann:/)
  })

  test('files are looked at although the target has a fault', async () => {
    const dir = writeProject({
      ...RIGHT,
      'project.yml': text.replace('type: duckdb,', 'type: duckdb, thread: 1,'),
      'web.csv': undefined,
    })
    expect(await ask(dir, {}, 'dev')).toEqual([
      'unknown_field project.yml:3',
      'unknown_field project.yml:5',
      'missing_file project.yml:16',
    ])
    // the variable of its URL is not set
    expect(await ask(dir, {}, 'pg')).toEqual([
      'unknown_field project.yml:3',
      'unknown_field project.yml:5',
      'unset_variable project.yml:6',
      'missing_file project.yml:16',
    ])
  })

  test.each([
    ['is not there', text, 'prod', 'unknown_target project.yml:4'],
    [
      'has no type that there is',
      text.replace('type: duckdb', 'type: duckbd'),
      'dev',
      'invalid_value project.yml:5',
    ],
  ])(
    'files are looked at where the target %s, by commands that read them on any engine',
    async (_, project, target, told) => {
      const dir = writeProject({
        ...RIGHT,
        'project.yml': project.replace('nonsense: 1', 'max_loss: 1'),
        'web.csv': undefined,
      })
      expect(await ask(dir, {}, target)).toEqual([told, 'missing_file project.yml:16'])
      expect(await ask(dir, {}, target, 'run')).toEqual([told])
    },
  )

  test('a secret in the name of a file stays hidden', async () => {
    const project = text.replace('file: web.csv', 'file: "${WEB_TOKEN}.csv"')
    const dir = writeProject({ ...RIGHT, 'project.yml': project })
    const said = await gwh(dir, ['build'], { WEB_TOKEN: 'hush-hush-9' })
    expect(said.stderr).toContain('does not exist')
    expect(said.stdout + said.stderr).not.toContain('hush')
  })
})

test('commands that open no database look at no file', async () => {
  const dir = writeProject({
    ...RIGHT,
    'models/broken.sql': 'select {{ nothing() }}\n',
    'web.csv': undefined,
  })
  for (const command of ['compile', 'ls']) {
    const said = await gwh(dir, [command])
    expect(said.stderr).not.toContain('web.csv')
    expect(said.code).toBe(2)
  }
})

describe('what depends on nothing that is wrong', () => {
  const withReports = (sources: string, ...reports: string[]): Files => ({
    ...GOOD,
    'project.yml': `${GOOD['project.yml']?.replace('file: events.csv', 'file: events.csv\n    properties: [kind]')}${sources}`,
    'models/reports.yml': ['reports:', ...reports.map((report) => `  - { ${report} }`), ''].join('\n'),
  })
  const toldBy = async (files: Files) => {
    const said = await gwh(writeProject(files), ['compile'])
    return [...said.stderr.matchAll(/^(\S+):\d+  (\w+)$/gm)].map(([, place, code]) => `${code} ${place}`)
  }
  const KND =
    'name: a, type: uniques, interval: day, by: company_id, any_event: true, breakdown: { property: knd }'
  const ROLE =
    'name: b, type: uniques, interval: day, by: user, any_event: true, breakdown: { property: role, of: user }'
  const PLAN =
    'name: c, type: uniques, interval: day, by: user, any_event: true, breakdown: { property: plan, of: company_id }'

  test.each([
    [
      'a Group Table in a workbook',
      '{ name: x, type: group_table, file: c.xlsx, group_key: company_id, columns: { id: id } }',
      'unreadable_file',
      [KND, ROLE],
    ],
    [
      'a Group Table with another key',
      '{ name: x, type: group_table, file: c.csv, group_key: compny_id, columns: { id: id } }',
      'key_not_registered',
      [KND, ROLE],
    ],
    [
      'a Group Table with an unknown field',
      '{ name: x, type: group_table, file: c.csv, group_key: company_id, columns: { id: id }, nonsense: 1 }',
      'unknown_field',
      [KND, ROLE],
    ],
    [
      'a user table in a workbook',
      '{ name: x, type: user_table, file: c.xlsx, columns: { id: id } }',
      'unreadable_file',
      [KND, PLAN],
    ],
    [
      'a user table with a key',
      '{ name: x, type: user_table, file: c.csv, columns: { id: id }, group_keys: [compny_id] }',
      'key_not_registered',
      [KND, ROLE, PLAN],
    ],
    [
      'events in a workbook',
      '{ name: x, type: events, file: c.xlsx, columns: { event: e, time: t } }',
      'unreadable_file',
      [ROLE, PLAN],
    ],
    [
      'a source of no type',
      '{ name: x, type: evnts, file: c.csv, columns: { event: e, time: t } }',
      'invalid_value',
      [],
    ],
    [
      'an unknown connector',
      '{ name: x, type: events, connector: nope, file: c.csv }',
      'unknown_connector',
      [ROLE, PLAN],
    ],
  ] as const)('properties that %s cannot bring are missed', async (_, source, code, missed) => {
    const all = [KND, ROLE, PLAN]
    const told = await toldBy(withReports(`  - ${source}\n`, ...all))
    const places = told.filter((problem) => problem.startsWith('unknown_property'))
    expect(places).toEqual(
      missed.map((report) => `unknown_property models/reports.yml:${all.indexOf(report) + 2}`),
    )
    expect(told.filter((problem) => !places.includes(problem))).toEqual([
      expect.stringMatching(`^${code} project.yml:`),
    ])
  })

  test('of a report, beside a field that there is not: its group key, its range, its properties', async () => {
    const fields = KND.replace('company_id', 'compny_id')
    expect(
      await toldBy(
        withReports(
          '',
          `${fields}, windw: 3, range: { from: 2024-02-01, to: 2024-01-01 }`,
          // what the field that there is not may have been meant for is not missed
          'name: d, type: uniques, interval: day, bye: company_id, any_event: true',
          `${ROLE.replace('of: user', 'off: user')}`,
        ),
      ),
    ).toEqual([
      'key_not_registered models/reports.yml:2',
      'unknown_property models/reports.yml:2',
      'unknown_field models/reports.yml:2',
      'invalid_value models/reports.yml:2',
      'unknown_field models/reports.yml:3',
      'unknown_field models/reports.yml:4',
    ])
  })

  test('of a source, beside a field that there is not: its group keys', async () => {
    const source =
      '{ name: x, type: group_table, file: c.csv, group_key: compny_id, columns: { id: id }, nonsense: 1 }'
    expect(
      await toldBy(
        withReports(`  - ${source}\n`, 'name: a, type: uniques, interval: day, by: user, any_event: true'),
      ),
    ).toEqual(['key_not_registered project.yml:14', 'unknown_field project.yml:14'])
  })
})
