/** Compiled data tests: one file for the tests of a relation, and how a failure points into it. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { compile, load } from '../src/gwh.ts'
import { modelsOf } from '../src/checks/index.ts'
import { gwh } from './support/cli.ts'
import { GOOD, writeProject } from './support/projects.ts'

const SINGULAR = {
  ...GOOD,
  'tests/mine.sql': "select 1 as x from {{ ref('events') }} where false -- the end\n",
}
const FOLDER = 'target/compiled/tests'

test('the tests of a relation, or of a report, are in one file, each with its name and its end', () => {
  const dir = writeProject(SINGULAR)
  const loaded = load(dir, { env: {} })
  compile(loaded)
  const files = readdirSync(path.join(dir, FOLDER))
  const withTests = new Set(loaded.tests.map((test) => modelsOf(test)[0]))
  // Queries of users keep files of their own.
  expect(files.length).toBeLessThanOrEqual(withTests.size + 1)
  const text = files.map((file) => readFileSync(path.join(dir, FOLDER, file), 'utf8')).join('\n')
  for (const { name } of loaded.tests) expect(text.split(`-- ${name}\n`)).toHaveLength(2)
  expect(text.match(/;$/gm)).toHaveLength(loaded.tests.length)
  expect(readFileSync(path.join(dir, FOLDER, 'mine.sql'), 'utf8')).toMatch(/-- the end\n;\n$/)
})

test('the tests of all relations of a report are in one file, what it matches among them', () => {
  const dir = writeProject({
    ...GOOD,
    'project.yml': `${GOOD['project.yml'] ?? ''}
reports:
  - { name: to_pay, type: funnel, by: company_id, steps: [sign_up, pay], window: unlimited }
`,
  })
  const loaded = load(dir, { env: {} })
  compile(loaded)
  const ofReport = loaded.tests.filter(({ name }) => /^(unique|not_null|report_matches)_to_pay/.test(name))
  const text = readFileSync(path.join(dir, FOLDER, 'to_pay.sql'), 'utf8')
  expect(ofReport.length).toBeGreaterThan(5)
  for (const { name } of ofReport) expect(text.split(`-- ${name}\n`)).toHaveLength(2)
  expect(readdirSync(path.join(dir, FOLDER)).filter((file) => file.startsWith('to_pay'))).toEqual([
    'to_pay.sql',
  ])
})

test('a file is the same, however few of its tests are selected', () => {
  const dir = writeProject(GOOD)
  const loaded = load(dir, { env: {} })
  compile(loaded)
  const file = path.join(dir, FOLDER, 'events.sql')
  const whole = readFileSync(file, 'utf8')
  rmSync(file)
  const { files } = compile(loaded, { select: ['not_null_events_event_id'] })
  expect(files).toContain(`${FOLDER}/events.sql`)
  expect(readFileSync(file, 'utf8')).toBe(whole)
})

test(
  'a failure points at its query, also where `test` is the first to write it',
  { timeout: 60_000 },
  async () => {
    const wrong = "select 1 as x from {{ ref('events') }} limit 1\n"
    const dir = writeProject({ ...GOOD, 'tests/wrong.sql': wrong })
    await gwh(dir, ['run'])
    rmSync(path.join(dir, 'target/compiled'), { recursive: true })
    const { stdout, stderr } = await gwh(dir, ['test', '-s', 'wrong', 'events'])
    const [, file = '', line] = /The query: (\S+):(\d+)/.exec(stdout + stderr) ?? []
    const lines = readFileSync(path.join(dir, file), 'utf8').split('\n')
    expect(lines.slice(Number(line) - 2, Number(line))).toEqual([
      '-- wrong',
      'select 1 as x from gwh.events limit 1;',
    ])
  },
)
