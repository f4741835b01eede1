/** The command line as people call it: what it prints, its exit codes, and what it loads. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyOf, tempFolder } from './support/engines.ts'

const CLI = path.resolve('dist/cli.js')

function gwh(dir: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, GWH_TARGET: '', NO_COLOR: '1', npm_command: '' },
  })
  return { status, stdout, stderr }
}

const acme = () => copyOf('test/fixtures/acme')

test('what to try next works without the names that go', { timeout: 120_000 }, () => {
  const dir = acme()
  expect(readFileSync(path.join(dir, 'project.yml'), 'utf8')).toContain('\ndeprecated_names: false\n')
  const { stdout } = gwh(dir, 'build')
  const query = /show --inline "([^"]+)"/.exec(stdout)?.[1] ?? 'none'
  expect(gwh(dir, 'show', '--inline', query)).toMatchObject({ status: 0, stderr: '' })
})

describe('a first build', () => {
  const dir = acme()
  let built: ReturnType<typeof gwh>
  beforeAll(() => {
    built = gwh(dir, 'build')
  })

  test('says what it made, where, and what to try next', () => {
    expect(built.stderr).toBe('')
    expect(built.status).toBe(0)
    expect(built.stdout).toMatch(/^acme → dev: DuckDB target\/warehouse\.duckdb, schema acme\n/)
    expect(built.stdout).toMatch(/✓ events +table +24 rows +[\d.]+ s/)
    expect(built.stdout).toMatch(/acme\.company_profiles +table +11 +company_id/)
    expect(built.stdout).toMatch(/67 models built, \d{3} data tests passed, 9 warned in [\d.]+ s\./)
    expect(built.stdout).toMatch(
      /Published 67 relations in schema acme of target\/warehouse\.duckdb, all at once\./,
    )
    expect(built.stdout).toMatch(/Next:\n {2}gwh show company_profiles\n/)
  })

  test('leaves compiled SQL and run results behind', () => {
    expect(readFileSync(path.join(dir, 'target/compiled/models/group_events_daily.sql'), 'utf8')).toMatch(
      /^-- acme\.group_events_daily\n[^]*count\(\*\) as events,/,
    )
    const results = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
      args: { which: string }
      results: { status: string; unique_id: string }[]
    }
    expect(results.args.which).toBe('build')
    expect(results.results.find((r) => r.unique_id === 'model.acme.events')?.status).toBe('success')
    expect(new Set(results.results.map((r) => r.status))).toEqual(new Set(['success', 'pass', 'warn']))
  })

  test('show is an event in a log of JSON', () => {
    const { stdout } = gwh(dir, 'show', 'company_profiles', '--limit', '2', '--log-format', 'json')
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const { info, data } = JSON.parse(stdout) as {
      info: { name: string; msg: string }
      data: { columns: string[]; rows: Record<string, unknown>[]; more: boolean }
    }
    expect(info).toMatchObject({ name: 'rows', msg: '2 rows' })
    expect(data.more).toBe(true)
    expect(data.rows.map((row) => Object.keys(row))).toEqual([data.columns, data.columns])
  })

  test('show prints a relation as a table, JSON and CSV', () => {
    expect(gwh(dir, 'show', 'company_profiles', '--limit', '2').stdout).toMatch(
      /^ {2}company_id +display_name +has_profile .*\n.*\n.*\n\n {2}The first 2 rows/,
    )
    const json = JSON.parse(
      gwh(dir, 'show', '-s', 'company_profiles', '--output', 'json', '--limit', '100').stdout,
    ) as { company_id: string; events: number }[]
    expect(json.find((row) => row.company_id === 'acme')?.events).toBe(14)
    const csv = gwh(
      dir,
      'show',
      '--inline',
      "select group_id, events from {{ ref('group_profiles') }} where group_id in ('acme', ' acme') order by 1",
      '--output',
      'csv',
    )
    expect(csv.stdout).toBe('group_id,events\n acme,1\nacme,14\n')
  })

  test('test runs on what is published', () => {
    const tested = gwh(dir, 'test', '-s', 'group_events_daily', 'group_id_case', 'placeholder_ids_of_groups')
    expect(tested.stdout).toMatch(/^\d+ data tests passed, 2 warned in/m)
    expect(tested.status).toBe(0)
  })

  test('debug says what is there', () => {
    const { stdout, status } = gwh(dir, 'debug')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ {4}path +\S+\.duckdb\n {4}schema +acme$/m)
    expect(stdout).toMatch(/connection +✓ DuckDB v/)
    expect(stdout).toMatch(/published +67 relations in acme/)
    expect(stdout).toMatch(/All in order\.\n$/)
  })

  test('a part can be built again', () => {
    const { stdout, status } = gwh(
      dir,
      'build',
      '-s',
      'group_events_daily',
      'report:active*',
      '--exclude',
      'active_weeks',
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/^3 models built/m)
    expect(stdout).not.toMatch(/✓ events /)
  })

  test('clean removes what can be made again, never a database', () => {
    expect(gwh(dir, 'clean').stdout).toBe(
      'Removed target/compiled, target/run_results.json. Databases stay.\n',
    )
    expect(existsSync(path.join(dir, 'target/warehouse.duckdb'))).toBe(true)
  })
})

describe('output for machines', () => {
  test('--log-format json prints one object a line with stable names', () => {
    const { stdout, status } = gwh(acme(), 'build', '--log-format', 'json')
    expect(status).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { info: { name: string; level: string }; data: Record<string, unknown> },
      )
    expect(new Set(lines.map((line) => line.info.name))).toEqual(
      new Set(['node_started', 'node_finished', 'test_summary', 'run_finished']),
    )
    expect(lines.at(-1)?.data).toMatchObject({ ok: true, published: true, command: 'build' })
  })

  test('problems are events too, on standard output, with their place', () => {
    const { stdout, stderr, status } = gwh(acme(), 'build', '--log-format', 'json', '-s', 'nope')
    expect(status).toBe(2)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout.trimEnd())).toMatchObject({ info: { name: 'empty_selection', level: 'error' } })
  })

  test('--quiet prints nothing when all is well', () => {
    expect(gwh(acme(), 'build', '-q')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('no colour codes where no terminal is', () => {
    expect(gwh(acme(), 'build').stdout).not.toContain('\u001b[')
  })
})

describe('exit codes', () => {
  test.each([
    [2, ['bild'], /unknown command 'bild'\n\(Did you mean build\?\)/],
    [2, ['build', '--traget', 'dev'], /unknown option '--traget'\n\(Did you mean --target\?\)/],
    [2, ['build', '-t', 'pord'], /There is no target `pord`/],
    [2, ['show'], /Name a relation, or write SQL after --inline/],
    [2, ['show', 'events'], /There is no database target\/warehouse\.duckdb yet/],
    [2, ['--vars', '[1]', 'ls'], /--vars must be a map/],
    [0, ['--vars', '', 'ls', '-s', 'events'], /events/],
    [0, ['--version'], /^\d+\.\d+\.\d+\n$/],
    [0, ['--help'], /Usage: gwh/],
  ] as const)('%i for gwh %j', (code, args, message) => {
    const { status, stdout, stderr } = gwh(acme(), ...args)
    expect(stdout + stderr).toMatch(message)
    expect(status).toBe(code)
  })

  test('2 where there is no project', () => {
    const { status, stderr } = gwh(tempFolder(), 'build')
    expect(stderr).toMatch(/project_not_found\n {2}There is no project\.yml in/)
    expect(status).toBe(2)
  })
})

describe('what is loaded', () => {
  // The bundle alone, with no node_modules anywhere above it.
  const bundle = tempFolder()
  beforeAll(() => {
    mkdirSync(path.join(bundle, 'dist'))
    cpSync('dist', path.join(bundle, 'dist'), { recursive: true })
    cpSync('package.json', path.join(bundle, 'package.json'))
  })
  const alone = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(bundle, 'dist/cli.js'), ...args], {
      cwd: acme(),
      encoding: 'utf8',
    })

  test.each([['--help'], ['ls'], ['compile'], ['compile', '-t', 'postgres']])(
    '%s %s %s needs no database driver',
    (...args) => {
      const { status, stderr } = spawnSync(process.execPath, [path.join(bundle, 'dist/cli.js'), ...args], {
        cwd: acme(),
        encoding: 'utf8',
      })
      expect(stderr).toBe('')
      expect(status).toBe(0)
    },
  )

  test('build says that the driver is missing', () => {
    const { status, stderr } = alone('build')
    expect(stderr).toMatch(
      /driver_missing\n {2}DuckDB is not installed here\.\n(.*\n)* {2}Install it with `npm install @duckdb\/node-api`\./,
    )
    expect(status).toBe(2)
  })
})

describe('ls', () => {
  test('lists data tests with descriptions', () => {
    const { stdout } = gwh(acme(), 'ls', '--resource-type', 'test')
    expect(stdout).toMatch(/test +unique_events_grain +unique +One row per event_id\./)
    expect(stdout).toMatch(
      /test +no_negative_events +singular +`tests\/no_negative_events\.sql` returns no row\./,
    )
  })

  test('prints names and JSON', () => {
    const dir = acme()
    expect(gwh(dir, 'ls', '--output', 'name', '-s', '*_profiles', '--resource-type', 'model').stdout).toBe(
      'user_profiles\ncompany_profiles\nteam_profiles\ngroup_profiles\n',
    )
    const [first] = gwh(dir, 'ls', '--output', 'json', '-s', 'group_events_daily').stdout.split('\n')
    expect(JSON.parse(first ?? '')).toMatchObject({
      name: 'group_events_daily',
      resource_type: 'model',
      depends_on: ['event_groups', 'group_surrogate_keys'],
    })
  })
})
