/** What a CI server reads: JUnit XML, GitHub's annotations and the summary of tests. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { junitXml, type JunitReport } from '../src/artifacts/junit.ts'
import { problemAnnotations, resultAnnotations } from '../src/cli/github.ts'
import { Secrets } from '../src/project/secrets.ts'
import type { NodeResult } from '../src/run/result.ts'
import { gwh } from './support/cli.ts'
import { GOOD, goodBut, writeProject, type Files } from './support/projects.ts'
import { readXml, type Element } from './support/xml.ts'

const result = (given: Partial<NodeResult>): NodeResult => ({
  name: 'a',
  type: 'test',
  kind: 'unique',
  status: 'pass',
  seconds: 0.25,
  startedAt: new Date(0),
  ...given,
})

function secretsOf(...values: readonly string[]): Secrets {
  const secrets = new Secrets()
  for (const value of values) secrets.add(value)
  return secrets
}

const report = (results: readonly NodeResult[], more: Partial<JunitReport> = {}): JunitReport => ({
  project: 'small',
  results,
  startedAt: new Date('2024-01-31T12:00:00Z'),
  seconds: 1.5,
  secrets: secretsOf(),
  ...more,
})

/** Tests of every outcome: one that fails, one that warns, one that passes, one that is wrong. */
const MIXED: Files = goodBut(
  {},
  {
    'models/named.yml': `models:
  - name: company_profiles
    columns:
      - name: display_name
        data_tests:
          - accepted_values: { values: ['<none> & "no", 100%'], severity: warn }
      - name: company_id
        data_tests:
          - accepted_values: { values: [acme] }
unit_tests:
  - name: no_event
    model: group_events_daily
    description: Without an event there is no day.
    given: []
    expect: { rows: [{ group_id: acme, events: 1 }] }
  - name: nothing
    model: group_events_daily
    given: []
    expect: { rows: [] }
`,
    'tests/broken.sql': "select nope from {{ ref('events') }}",
  },
)

const cases = (root: Element) => root.children.flatMap(({ children }) => children)
const outcomes = (root: Element) =>
  Object.fromEntries(cases(root).map((c) => [c.attributes['name'] ?? '', c.children[0]?.name ?? 'passed']))

describe('JUnit XML', () => {
  test('has models and files that failed, so that a run without any result of tests is no success', () => {
    const root = readXml(
      junitXml(
        report([
          result({ name: 'app', type: 'seed', kind: 'csv', status: 'error', message: 'no room' }),
          result({ name: 'crm', type: 'seed', kind: 'csv', status: 'success' }),
          result({ name: 'events', type: 'model', kind: 'table', status: 'error', message: 'timeout' }),
          result({ name: 'user_profiles', type: 'model', kind: 'table', status: 'skipped' }),
          result({ name: 'good', status: 'skipped' }),
        ]),
      ),
    )
    expect(outcomes(root)).toEqual({ app: 'error', events: 'error', good: 'skipped' })
    expect(root.attributes).toMatchObject({ tests: '3', errors: '2', skipped: '1' })
  })

  test('has a case for each data test and unit test, with time and place', () => {
    const at = { file: 'models/a.yml', line: 3, column: 5 }
    const root = readXml(
      junitXml(
        report([
          result({ name: 'events', type: 'model', status: 'success' }),
          result({ name: 'good' }),
          result({
            name: 'bad',
            status: 'fail',
            message: '2 wrong rows',
            examples: ['x is there', 'y'],
            more: 1234,
            fix: 'Take one away.',
            compiledFile: 'target/compiled/tests/bad.sql',
            at,
          }),
          result({ name: 'hm', status: 'warn', message: '1 wrong row', examples: ['z'] }),
          result({ name: 'left', status: 'skipped', message: '`events` is not built.' }),
          result({ name: 'broken', status: 'error', message: 'no such column\n  at line 3' }),
          result({ name: 'unit', type: 'unit_test', kind: 'busy', description: 'Busy.' }),
        ]),
      ),
    )
    expect(root.name).toBe('testsuites')
    expect(root.attributes).toEqual({
      name: 'small',
      tests: '6',
      failures: '1',
      errors: '1',
      skipped: '1',
      time: '1.500',
    })
    expect(root.children.map(({ name, attributes: a }) => [name, a['name'], a['tests'], a['time']])).toEqual([
      ['testsuite', 'small.unit_tests', '1', '0.250'],
      ['testsuite', 'small.data_tests', '5', '1.250'],
    ])
    expect(root.children[0]?.attributes['timestamp']).toBe('2024-01-31T12:00:00')
    expect(outcomes(root)).toEqual({
      unit: 'passed',
      good: 'passed',
      bad: 'failure',
      hm: 'system-out',
      left: 'skipped',
      broken: 'error',
    })
    const bad = cases(root).find(({ attributes }) => attributes['name'] === 'bad')
    expect(bad?.attributes).toEqual({
      name: 'bad',
      classname: 'small.unique',
      time: '0.250',
      file: 'models/a.yml',
      line: '3',
    })
    expect(bad?.children[0]).toMatchObject({
      attributes: { message: '2 wrong rows' },
      text: '2 wrong rows\nx is there\ny\n… and 1,234 more\nTake one away.\nThe query: target/compiled/tests/bad.sql',
    })
  })

  test('is well-formed whatever the messages hold, and hides secrets', () => {
    const nasty = `<b a="1">&amp; ]]> ' \u0000\u001b[31m\uffff \ud800 \udc00 😀😀\r\n\t`
    const xml = junitXml(
      report([result({ status: 'fail', message: nasty, examples: ['pa<ss'], name: nasty })], {
        secrets: secretsOf('pa<ss', '😀😀'),
        project: '"',
      }),
    )
    const [only] = cases(readXml(xml))
    expect(only?.children[0]?.text).toBe(
      `<b a="1">&amp; ]]> ' \\x00\\x1b[31m\ufffd \ufffd \ufffd *****\n\\t\n*****`,
    )
  })

  test.each([
    '<a>',
    '<a></b>',
    '<a/><a/>',
    '<a b="1" b="2"/>',
    '<a>&x;</a>',
    '<a>&</a>',
    '<a>\u0001</a>',
    '<a b=1/>',
  ])('the reader of these tests refuses %j', (xml) => {
    expect(() => readXml(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`)).toThrow()
  })

  test('is written by build and test, to a file beside where one is', async () => {
    const dir = writeProject(MIXED)
    const args = ['build', '--exclude', 'no_event', '--junit', 'out/report.xml']
    expect((await gwh(dir, args)).code).toBe(1)
    expect(readdirSync(path.join(dir, 'out'))).toEqual(['report.xml'])
    const file = path.join(dir, 'out/report.xml')
    const root = readXml(readFileSync(file, 'utf8'))
    const found = outcomes(root)
    expect(found).toMatchObject({ nothing: 'passed', broken: 'error', unique_events_grain: 'passed' })
    expect(Object.values(found).filter((outcome) => outcome === 'failure')).toHaveLength(1)
    expect(Object.values(found).filter((outcome) => outcome === 'system-out')).toHaveLength(1)
    expect(cases(root).find(({ children }) => children[0]?.name === 'failure')?.children[0]?.text).toMatch(
      /wrong row[\s\S]*'beta'[\s\S]*\nCorrect these values .*\nThe query: target\/compiled\/tests\/\w+\.sql:\d+$/,
    )
    // The count says how often it stands there, and no case is left out.
    expect(cases(root)).toHaveLength(Number(root.attributes['tests']))
    const python = spawnSync(
      'python3',
      ['-c', 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])', file],
      {
        encoding: 'utf8',
      },
    )
    if (!python.error && !/No module|not found/.test(python.stderr)) expect(python.stderr).toBe('')
  })

  test('says what kept a run from its end, so that an old report never stands for a new run', async () => {
    const dir = writeProject(MIXED)
    const args = ['test', '--junit', 'report.xml']
    expect((await gwh(dir, [...args, '-s', 'test_type:unit'])).code).toBe(1)
    expect((await gwh(dir, args)).code).toBe(2)
    const root = readXml(readFileSync(path.join(dir, 'report.xml'), 'utf8'))
    expect(outcomes(root)).toEqual({ no_event: 'failure', nothing: 'passed', not_built: 'error' })
    expect((await gwh(dir, [...args, '-t', 'nope'])).code).toBe(2)
    expect(outcomes(readXml(readFileSync(path.join(dir, 'report.xml'), 'utf8')))).toEqual({
      unknown_target: 'error',
    })
    // Each of them finds the report of the one before.
    const problem = async (where: string, ...more: string[]) => {
      expect((await gwh(where, [...args, ...more])).code).toBe(2)
      return outcomes(readXml(readFileSync(path.join(where, 'report.xml'), 'utf8')))
    }
    expect(await problem(dir, '--vars', '[1]')).toEqual({ usage: 'error' })
    expect(await problem(dir, '--project-dir', 'nowhere')).toEqual({ project_not_found: 'error' })
    expect(await problem(dir, '--selct', 'events')).toEqual({ usage: 'error' })
    const wrong = goodBut({ 'group_keys:': 'gruop_keys:' }, { 'report.xml': '<testsuites name="old"/>' })
    expect(await problem(writeProject(wrong))).toEqual({ unknown_field: 'error' })

    // The other commands write none.
    const before = readFileSync(path.join(dir, 'report.xml'), 'utf8')
    expect((await gwh(dir, ['run', '--junit', 'report.xml'])).stderr).toMatch(/unknown option '--junit'/)
    expect(readFileSync(path.join(dir, 'report.xml'), 'utf8')).toBe(before)
  })
})

describe('the file for --junit', () => {
  test.each([
    ['the YAML of models', 'models/named.yml'],
    ['the project', 'project.yml'],
    ['XML of another kind', 'pom.xml'],
  ])('is refused where it is %s, which stays as it was', async (_, file) => {
    const dir = writeProject({ ...MIXED, 'pom.xml': '<?xml version="1.0"?>\n<project/>\n' })
    const before = readFileSync(path.join(dir, file), 'utf8')
    for (const more of [[], ['--selct', 'events']]) {
      const { code, stderr } = await gwh(dir, ['build', '--junit', file, ...more])
      expect(code).toBe(2)
      expect(stderr).toContain(`usage
  --junit ${file}: \`${file}\` is there, and is not a JUnit report. Nothing was changed.
  Name a file that is not there yet, or one that an earlier run wrote, such as --junit target/junit.xml.
`)
      expect(readFileSync(path.join(dir, file), 'utf8')).toBe(before)
    }
  })

  test('is refused where no file can be', async () => {
    const dir = writeProject(MIXED)
    const refused = async (file: string) => {
      const { code, stderr } = await gwh(dir, ['test', '--junit', file])
      expect(code).toBe(2)
      return stderr.split('\n')[1]
    }
    expect(await refused('models')).toBe('  --junit models: `models` is a folder. Nothing was changed.')
    spawnSync('mkfifo', [path.join(dir, 'pipe')])
    expect(await refused('pipe')).toBe('  --junit pipe: `pipe` is not a file. Nothing was changed.')
    expect(await refused('project.yml/report.xml')).toMatch(/ cannot be written \(E[A-Z]+\)\./)
  })

  test.each(['', '<testsuite name="of another tool"></testsuite>', '<!-- x -->\n<testsuites/>'])(
    'may be there as %j',
    async (text) => {
      const dir = writeProject({ ...MIXED, 'report.xml': text })
      expect((await gwh(dir, ['test', '-s', 'nothing', '--junit', 'report.xml'])).code).toBe(0)
      expect(outcomes(readXml(readFileSync(path.join(dir, 'report.xml'), 'utf8')))).toEqual({
        nothing: 'passed',
      })
    },
  )
})

describe("GitHub's annotations", () => {
  const at = { file: 'models/a,b:c.yml', line: 3, column: 5 }

  test('are escaped as workflow commands are', () => {
    expect(
      resultAnnotations(
        [
          result({}),
          result({ name: 'x', status: 'fail', message: '50%\r\nlost: a, b', examples: ['c'], at }),
          result({
            name: 'y',
            status: 'warn',
            description: 'All is well.',
            message: 'no',
            fix: 'Mend it.',
            compiledFile: 'target/compiled/tests/y.sql',
          }),
          result({
            name: 'm',
            type: 'model',
            status: 'error',
            message: 'no',
            description: 'Left out.',
            compiledFile: 'm.sql',
          }),
          result({ name: 's', status: 'skipped' }),
        ],
        'sub',
      ),
    ).toEqual([
      '::error file=sub/models/a%2Cb%3Ac.yml,line=3,col=5,title=data test x::50%25%0Alost: a, b%0Ac',
      '::warning title=data test y::All is well.%0Ano%0AMend it.%0AThe query: target/compiled/tests/y.sql',
      '::error title=model m::no',
    ])
    expect(
      problemAnnotations([{ code: 'invalid_value', message: 'No.\nReally.', fix: 'Mend it.', at }], '.'),
    ).toEqual([
      '::error file=models/a%2Cb%3Ac.yml,line=3,col=5,title=invalid_value::No.%0AReally.%0AMend it.',
    ])
  })

  const onGitHub = { GITHUB_ACTIONS: 'true' }
  const annotations = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('::'))

  test('stand for failed tests and for problems, with paths from the working directory', async () => {
    const dir = writeProject(MIXED)
    const parent = path.dirname(dir)
    const name = path.basename(dir)
    const unit = await gwh(parent, ['--project-dir', name, 'test', '-s', 'test_type:unit'], onGitHub)
    expect(annotations(unit.stdout)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^::error file=${name}/models/named\\.yml,line=11,col=11,title=unit test no_event::Without an event there is no day\\.%0A1 row is missing \\(-\\)`,
        ),
      ),
    ])
    const built = await gwh(dir, ['build', '--exclude', 'no_event'], onGitHub)
    expect(annotations(built.stdout).sort()).toEqual([
      expect.stringMatching(/^::error file=models\/named\.yml,line=9,col=\d+,title=data test accepted/),
      expect.stringMatching(/^::error file=tests\/broken\.sql,line=1,col=1,title=data test broken::/),
      expect.stringMatching(
        /^::warning file=models\/named\.yml,line=6,col=\d+,title=data test accepted.*'beta'/,
      ),
    ])
    const quiet = await gwh(dir, ['build', '--exclude', 'no_event', '-q'], onGitHub)
    expect(quiet.stdout.trimEnd().split('\n')).toEqual(annotations(built.stdout))

    const wrong = writeProject(goodBut({ 'group_keys:': 'gruop_keys:' }))
    expect(annotations((await gwh(wrong, ['ls'], onGitHub)).stdout)).toEqual([
      '::error file=project.yml,line=6,col=1,title=unknown_field::`gruop_keys` is not a known field.%0ADid you mean `group_keys`?',
    ])
  })

  test('are not written elsewhere, nor among lines of JSON', async () => {
    const dir = writeProject(MIXED)
    const args = ['test', '-s', 'test_type:unit']
    expect(annotations((await gwh(dir, args)).stdout)).toEqual([])
    const { stdout } = await gwh(dir, [...args, '--log-format', 'json'], onGitHub)
    expect(annotations(stdout)).toEqual([])
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => JSON.parse(line) !== null),
    ).toBe(true)
  })
})

describe('the summary', () => {
  test('lists tests that did not pass, and counts all', async () => {
    const dir = writeProject(MIXED)
    const { stdout } = await gwh(dir, ['build', '--exclude', 'no_event'])
    const [head, ...rows] =
      /\n( {2}test +status +failures +seconds\n[\s\S]*?)\n\n/.exec(stdout)?.[1]?.split('\n') ?? []
    expect(head).toBeDefined()
    expect(rows.map((row) => row.trim().split(/ {2,}/).slice(1, 3))).toEqual([
      ['warn', '2'],
      ['fail', '1'],
      ['error', expect.stringMatching(/^[\d.]+ s$/)],
    ])
    expect(stdout).toMatch(/\n {2}passed \d+, warned 1, failed 1, broken 1, all \d+\n/)
    const { stdout: json } = await gwh(dir, ['build', '--exclude', 'no_event', '--log-format', 'json'])
    const summary = json
      .trimEnd()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { info: { name: string }; data: { counts: object; tests: object[] } },
      )
      .find(({ info }) => info.name === 'test_summary')
    expect(summary?.data.counts).toMatchObject({ warn: 1, fail: 1, error: 1, skipped: 0 })
    expect(summary?.data.tests).toMatchObject([
      { status: 'warn', failures: 2 },
      { status: 'fail', failures: 1 },
      { name: 'broken', status: 'error', failures: null, type: 'test' },
    ])
  })

  test('is short where all is well', async () => {
    const dir = writeProject(GOOD)
    const { stdout, code } = await gwh(dir, ['build'])
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/status/)
    expect(existsSync(path.join(dir, 'target/run_results.json'))).toBe(true)
  })
})
