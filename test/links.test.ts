/** What lies inside of a project is decided after its symbolic links: for all that is read, written and removed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { isInside, realPlace } from '../src/project/inside.ts'
import { gwh } from './support/cli.ts'
import { GOOD, goodBut, writeFiles, writeProject, type Files } from './support/projects.ts'

interface Linked {
  readonly dir: string
  readonly outside: string
}

/** A project, and a folder beside it with what is not its own; `links` from a path of the project to one of those. */
function linked(links: Readonly<Record<string, string>>, files: Files = GOOD, others: Files = {}): Linked {
  const outside = writeProject({ 'events.csv': GOOD['events.csv'], ...others })
  const dir = writeProject(files)
  for (const [name, to] of Object.entries(links)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    symlinkSync(path.join(outside, to), path.join(dir, name))
  }
  return { dir, outside }
}

const withFile = (file: string) => goodBut({ 'file: events.csv': `file: '${file}'` })

describe('a file that is outside by a link', () => {
  const unit = `unit_tests:
  - name: given_rows
    model: group_events_daily
    given: [{ input: ref('event_groups'), fixture: given }]
    expect: { rows: [] }
`
  test.each<[what: string, links: Record<string, string>, files: Files, others: Files, command: string[]]>([
    ['of rows', { 'data.csv': 'events.csv' }, withFile('data.csv'), {}, ['build']],
    ['that a pattern finds', { 'data/a.csv': 'events.csv' }, withFile('data/*.csv'), {}, ['build']],
    ['in a folder of rows', { data: '.' }, withFile('data/events.csv'), {}, ['build']],
    [
      'that a query of yours reads',
      { 'data/a.csv': 'events.csv' },
      withFile('data/*.csv'),
      {},
      ['show', '--inline', "select * from {{ source('app') }}"],
    ],
    ['of models', { 'models/a.sql': 'a.sql' }, GOOD, { 'a.sql': 'select 1 as canary' }, ['ls']],
    ['of descriptions', { 'models/a.yml': 'a.yml' }, GOOD, { 'a.yml': 'canary: 1' }, ['ls']],
    ['in a folder of models', { models: '.' }, GOOD, { 'a.yml': 'canary: 1' }, ['ls']],
    ['of data tests', { 'tests/a.sql': 'a.sql' }, GOOD, { 'a.sql': 'select 1 as canary' }, ['ls']],
    [
      'of a fixture',
      { 'tests/fixtures/given.csv': 'g.csv' },
      { ...GOOD, 'models/u.yml': unit },
      { 'g.csv': 'canary\n1\n' },
      ['ls'],
    ],
    [
      'that is the project',
      { 'project.yml': 'p.yml' },
      { ...GOOD, 'project.yml': undefined },
      { 'p.yml': 'canary: 1' },
      ['ls'],
    ],
    ['of variables', { '.env': 'v.env' }, GOOD, { 'v.env': 'CANARY=canary\n' }, ['ls']],
    ['that is the database', { 'target/small.duckdb': 'small.duckdb' }, GOOD, {}, ['build']],
  ])('%s is not read', async (_, links, files, others, command) => {
    const { dir, outside } = linked(links, files, others)
    const before = readdirSync(outside)
    if (command[0] === 'show') {
      // The database has to be there.
      writeFiles(dir, { 'project.yml': withFile('events.csv')['project.yml'] })
      expect((await gwh(dir, ['build'])).code).toBe(0)
      writeFiles(dir, { 'project.yml': files['project.yml'] })
    }
    const { code, stdout, stderr } = await gwh(dir, command)
    expect(stderr).toContain('path_outside_project')
    expect(`${stdout}${stderr}`).not.toContain('canary')
    expect(code).toBe(2)
    expect(readdirSync(outside)).toEqual(before)
  })

  test('is read where the project names its folder', async () => {
    const { dir, outside } = linked({ 'data/a.csv': 'events.csv', 'models/a.sql': 'a.sql' }, GOOD, {
      'a.sql': 'select 1 as one',
    })
    const named = goodBut({
      'file: events.csv': "file: 'data/*.csv'",
      'target: dev': `target: dev\nexternal_paths: ['${outside}']`,
    })
    writeFiles(dir, { 'project.yml': named['project.yml'] })
    expect(await gwh(dir, ['build'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('is read in a project that is itself a link, and where the link stays inside', async () => {
    const { dir } = linked({}, withFile('data.csv'))
    symlinkSync('events.csv', path.join(dir, 'data.csv'))
    const place = `${dir}-link`
    symlinkSync(dir, place)
    expect(await gwh(path.dirname(dir), ['--project-dir', place, 'build'])).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})

describe('a folder for what is made', () => {
  test.each([['build'], ['run'], ['test'], ['compile'], ['clean'], ['source', 'freshness']])(
    'is not written and not cleaned where it is a link: %s',
    async (...command) => {
      const files = goodBut({ 'target/small.duckdb': "':memory:'" })
      const { dir, outside } = linked({ target: 'elsewhere' }, files, {
        'elsewhere/compiled/kept.sql': 'select 1',
        'elsewhere/run_results.json': '{}',
      })
      const { code, stderr } = await gwh(dir, command)
      expect(stderr).toContain('`target` is a link, or in a folder that is one,')
      expect(code).toBe(2)
      expect(
        readdirSync(path.join(outside, 'elsewhere'), { recursive: true, encoding: 'utf8' }).sort(),
      ).toEqual(['compiled', 'compiled/kept.sql', 'run_results.json'])
    },
  )

  test('may be a part of it that is a link, which is not followed', async () => {
    const { dir, outside } = linked({ 'target/compiled': 'elsewhere' }, GOOD, {
      'elsewhere/kept.sql': 'select 1',
    })
    expect((await gwh(dir, ['clean'])).code).toBe(0)
    expect(existsSync(path.join(dir, 'target/compiled'))).toBe(false)
    expect(readdirSync(path.join(outside, 'elsewhere'))).toEqual(['kept.sql'])
  })

  test('has no half-written file of another that is followed', async () => {
    const { dir, outside } = linked({ 'target/run_results.json.tmp': 'kept.txt' }, GOOD, {
      'kept.txt': 'kept',
    })
    expect((await gwh(dir, ['build'])).code).toBe(0)
    expect(readFileSync(path.join(outside, 'kept.txt'), 'utf8')).toBe('kept')
  })
})

describe('a file that the command line names', () => {
  test.each([
    ['build', '--junit'],
    ['source freshness', '--output'],
  ])('%s %s is refused where a link leads it out of the project', async (command, option) => {
    const { dir, outside } = linked({ out: '.', 'report.x': 'new.x' })
    for (const file of ['out/report.x', 'report.x']) {
      const { code, stderr } = await gwh(dir, [...command.split(' '), option, file])
      expect(stderr).toContain(`${option} ${file}: \`${file}\` is a link, or in a folder that is one,`)
      expect(code).toBe(2)
    }
    expect(readdirSync(outside)).toEqual(['events.csv'])
    // By its name it is meant.
    expect((await gwh(dir, [...command.split(' '), option, path.join(outside, 'report.x')])).code).toBe(0)
    expect(readdirSync(outside)).toContain('report.x')
  })
})

test('a path leads where its links do, also to what is not there yet', () => {
  const { dir, outside } = linked({ a: '.', 'b/c': 'none/d' })
  const bounds = { dir, external_paths: [] }
  expect(realPlace(path.join(dir, 'a/x/y'))).toBe(path.join(outside, 'x/y'))
  expect(realPlace(path.join(dir, 'b/c/y'))).toBe(path.join(outside, 'none/d/y'))
  expect(isInside(bounds, 'x/y')).toBe(true)
  expect(isInside(bounds, 'b/c')).toBe(false)
  expect(isInside(bounds, '..')).toBe(false)
  symlinkSync('loop', path.join(dir, 'loop'))
  expect(realPlace(path.join(dir, 'loop'))).toBe(path.join(dir, 'loop'))
  writeFileSync(path.join(dir, 'file'), '')
  expect(isInside({ dir: `${dir}/file`, external_paths: [] }, '..')).toBe(false)
})
