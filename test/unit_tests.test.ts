/** Unit tests of models: given rows, expected rows, on DuckDB in memory. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load, run, type RunOutcome } from '../src/gwh.ts'
import { readCsv, type CsvError } from '../src/project/csv.ts'
import { canonical, difference, differenceText } from '../src/run/unit_test_diff.ts'
import { gwh, screen } from './support/cli.ts'
import { GOOD, goodBut, writeProject, type Files } from './support/projects.ts'

const BUSY = `{{ config(materialized='table') }}
select company_id, events, events / {{ var('per', 1) }} as share, first_seen_at
from {{ ref('company_profiles') }}
where events >= {{ env_var('FROM', 2) }}
`

const unit = (yaml: string, more: Files = {}): Files => ({
  ...GOOD,
  'models/busy.sql': BUSY,
  'models/tests.yml': `unit_tests:\n${yaml}`,
  ...more,
})

/** Runs the unit tests alone. */
async function outcome(files: Files, options: Partial<Parameters<typeof load>[1]> = {}): Promise<RunOutcome> {
  const dir = writeProject(files)
  return run(load(dir, { env: {}, ...options }), { command: 'test', select: ['test_type:unit'] })
}

const statuses = ({ results }: RunOutcome) => results.map(({ name, status }) => [name, status])
const messages = ({ results }: RunOutcome) => results.map(({ message }) => message)

describe("a user's model", () => {
  const busy = (given: string, expected: string, more = '') =>
    unit(`  - name: busy_ones
    model: busy
${more}    given:
      - input: ref('company_profiles')
${given}
    expect:
${expected}
`)

  test('is rendered with the overrides, and only the expected columns are compared', async () => {
    const result = await outcome(
      busy(
        `        rows:
          - { company_id: acme, events: 3, first_seen_at: '2024-01-01T00:00:00+01:00' }
          - { company_id: beta, events: 2 }`,
        `      rows:
        - { first_seen_at: '2023-12-31 23:00', company_id: acme, share: 0.75 }`,
        '    overrides: { vars: { per: 4 }, env_vars: { FROM: 3 } }\n',
      ),
    )
    expect(statuses(result)).toEqual([['busy_ones', 'pass']])
    expect(result.results[0]).toMatchObject({ type: 'unit_test', kind: 'busy', failures: 0 })
  })

  test('without overrides makes other rows, which are shown beside those that are missing', async () => {
    const result = await outcome(
      busy(
        `        rows:
          - { company_id: acme, events: 3 }
          - { company_id: beta, events: 2 }
          - { company_id: gone, events: 1 }
          - { company_id: null, events: 9 }`,
        `      rows:
        - { company_id: beta, events: 2.0 }
        - { company_id: acme, events: 4 }
        - { company_id: '', events: 9 }`,
      ),
    )
    expect(result.ok).toBe(false)
    expect(result.results[0]).toMatchObject({ status: 'fail', failures: 4 })
    expect(messages(result)[0]).toMatchInlineSnapshot(`
      "2 rows are missing (-), 2 rows are unexpected (+); 1 row is as expected.
          company_id  events
        - ""          9
        + null        9
        - acme        4
        + acme        3"
    `)
  })

  test.each([
    [
      'csv',
      '        format: csv\n        rows: |\n          company_id,events\n          acme,3\n          0012,2',
    ],
    [
      'sql',
      "        format: sql\n        rows: |\n          select 'acme' as company_id, 3 as events union all select '0012', 2;",
    ],
  ])('is given rows as %s', async (_, given) => {
    const csv = '      format: csv\n      rows: |\n        company_id,events\n        0012,2\n        acme,3'
    const sql =
      "      format: sql\n      rows: select 3.0 as events, 'acme' as company_id union all select 2, '0012'"
    expect(statuses(await outcome(busy(given, csv)))).toEqual([['busy_ones', 'pass']])
    expect(statuses(await outcome(busy(given, sql)))).toEqual([['busy_ones', 'pass']])
  })

  test('is given rows of files in tests/fixtures, which are no data tests', async () => {
    const files = {
      ...busy('        fixture: profiles', '      fixture: busy\n      format: sql'),
      'tests/fixtures/profiles.csv': 'company_id,events\r\n"a, ""b""",2\r\n',
      'tests/fixtures/busy.sql': `select 'a, "b"' as company_id, 2 as events;\n`,
    }
    expect(statuses(await outcome(files))).toEqual([['busy_ones', 'pass']])
    const { tests } = load(writeProject(files), { env: {} })
    expect(tests.filter(({ check }) => check === 'singular')).toEqual([])
  })

  test('with a row too many of the same kind fails: rows are counted', async () => {
    const row = '        - { company_id: acme }'
    const given =
      '        rows:\n          - { company_id: acme, events: 3 }\n          - { company_id: acme, events: 3 }'
    expect(messages(await outcome(busy(given, `      rows:\n${row}`)))[0]).toMatch(
      /^1 row is unexpected \(\+\); 1 row is as expected\./,
    )
    expect((await outcome(busy(given, `      rows:\n${row}\n${row}`))).ok).toBe(true)
  })

  test('that makes no row is what rows: [] expects', async () => {
    expect((await outcome(busy('        rows: []', '      rows: []'))).ok).toBe(true)
    const one = await outcome(busy('        rows: [{ events: 5 }]', '      rows: []'))
    expect(messages(one)[0]).toMatch(/company_id +events +share +first_seen_at\n +\+ null +5 +5 +null/)
  })

  test('that is wrong SQL is an error with the line of the file', async () => {
    const files = busy('        rows: [{ events: 5 }]', '      rows: []')
    const result = await outcome({
      ...files,
      'models/busy.sql': "select company_id,\n  evens + 1 as more\nfrom {{ ref('company_profiles') }}\n",
    })
    expect(statuses(result)).toEqual([['busy_ones', 'error']])
    expect(messages(result)[0]).toMatch(/"evens" not found[\s\S]*from models\/busy\.sql:2$/)
    expect(messages(result)[0]).not.toContain('unit_test_')
    // The columns of a relation of gwh are known.
    expect(result.results[0]?.fix).toBeUndefined()
  })

  test('has no column that is expected: an error that says which it has', async () => {
    const result = await outcome(busy('        rows: [{ events: 5 }]', '      rows: [{ evnts: 5 }]'))
    expect(messages(result)).toEqual(['`busy` returns no column `evnts`. Did you mean `events`?'])
    expect(statuses(result)).toEqual([['busy_ones', 'error']])
  })
})

describe('what a model reads', () => {
  test('may be a source as it is, ephemeral models, and the relation itself', async () => {
    const files = unit(
      `  - name: own_rows
    model: mine
    given:
      - input: source('app')
        rows:
          - { id: 1, since: 2024-02-29, tags: [a, b], more: { k: [1] }, on: true }
          - { id: 2.5, since: 2024-03-01 }
      - input: this
        rows: [{ id: 7 }]
    expect:
      rows:
        - { id: 1, month: 2024-02-01, tag: b, k: 1, on: true }
        - { id: 2.50, month: 2024-03-01 }
        - { id: 7 }
  - name: given_ephemeral
    model: mine
    given:
      - { input: ref('short'), rows: [{ id: 3, since: 2024-01-31, tags: [x], more: null, on: false }] }
      - { input: this, format: sql, rows: select 1 as id where false }
    expect: { rows: [{ id: 3, month: 2024-01-01, on: false }] }
`,
      {
        'models/short.sql': "{{ config(materialized='ephemeral') }}\nselect * from {{ source('app') }}",
        'models/mine.sql': `select id, cast(date_trunc('month', since) as date) as month, tags[2] as tag, more -> '$.k[0]' as k, "on"
from {{ ref('short') }}
union all
select id, null, null, null, null from {{ this }}
`,
      },
    )
    const result = await outcome(files)
    expect(messages(result)).toEqual([undefined, undefined])
    expect(statuses(result)).toEqual([
      ['own_rows', 'pass'],
      ['given_ephemeral', 'pass'],
    ])
  })

  test('is rendered for DuckDB, whatever the target', async () => {
    const files = unit(
      `  - name: on_duckdb
    model: kind
    given: []
    expect: { rows: [{ engine: duckdb, target: pg }] }
`,
      { 'models/kind.sql': "select '{{ target.type }}' as engine, '{{ target.name }}' as target" },
    )
    expect(
      statuses(await outcome(files, { target: 'pg', env: { GWH_POSTGRES_URL: 'postgres://u@nowhere/x' } })),
    ).toEqual([['on_duckdb', 'pass']])
  })
})

describe('a relation of gwh', () => {
  test('is made of a source by its connector: ids, times and resent events', async () => {
    const files = unit(
      `  - name: read_events
    model: events
    given:
      - input: source('app')
        format: csv
        rows: |
          event,time,user_id,company_id,id
          a,2024-01-01 10:00:00,007,"[beta, acme]",x
          a,2024-01-01 10:00:00,007,"[beta, acme]",x
          b,2024-06-01T10:00:00+02:00,,acme,
    expect:
      rows:
        - { event_name: a, occurred_at: '2024-01-01T09:00:00Z', user_id: '007', company_id: [acme, beta], insert_id: x, day: 2024-01-01 }
        - { event_name: b, occurred_at: '2024-06-01T08:00:00.000Z', user_id: null, company_id: [acme], insert_id: null }
`,
      {
        'project.yml': (GOOD['project.yml'] ?? '').replace(
          'user: user_id }',
          'user: user_id, insert_id: id }\n    time_zone: Europe/Paris',
        ),
      },
    )
    const result = await outcome(files)
    // What is not said about a column of one row is null.
    expect(messages(result)[0]).toMatch(
      /1 row is missing \(-\), 1 row is unexpected \(\+\); 1 row is as expected/,
    )
    const said = (files['models/tests.yml'] ?? '').replace(', day: 2024-01-01', '')
    expect((await outcome({ ...files, 'models/tests.yml': said })).ok).toBe(true)
  })

  test('or of a report counts rows of others, which have the types of the contract and are empty if not given', async () => {
    const files = unit(
      `  - name: two_companies
    model: active
    given:
      - input: ref('group_activity_daily')
        rows:
          - { group_key: company_id, group_id: a, day: 2024-01-30, events: '2', first_at: 2024-01-30, last_at: 2024-01-30 }
          - { group_key: company_id, group_id: b, day: 2024-01-30, events: 1, first_at: 2024-01-30, last_at: 2024-01-30 }
          - { group_key: other, group_id: b, day: 2024-01-31, events: 1, first_at: 2024-01-30, last_at: 2024-01-30 }
      - input: ref('active_entities')
        rows: [{ metric: companies, first_at: 2024-01-30T01:00:00Z, last_at: 2024-01-30T02:00:00Z }]
      - input: ref('events_daily')
        rows: [{ last_at: 2024-01-30T02:00:00Z }, { last_at: 2024-01-31T02:00:00Z }]
    expect:
      rows:
        - { period_start: 2024-01-30, entities: 2, events: 3 }
        - { period_start: 2024-01-31, entities: 0, events: 0 }
  - name: nobody
    model: company_profiles
    given: []
    expect: { rows: [] }
`,
      {
        'models/reports.yml':
          'reports:\n  - { name: active, type: uniques, metrics: [{ name: companies, by: company_id, any_event: true }] }\n',
      },
    )
    const result = await outcome(files)
    expect(messages(result)).toEqual([undefined, undefined])
    expect(result.ok).toBe(true)
  })
})

describe('rows that a query makes', () => {
  const crm = goodBut({
    'columns: { event: event, time: time, user: user_id }': `columns: { event: event, time: time, user: user_id }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
    properties: [plan, seats]`,
  })
  const given = (model: string, input: string, query: string, expected: string): Files =>
    unit(
      `  - name: made
    model: ${model}
    given:
      - input: ${input}
        format: sql
        rows: ${query}
    expect: { rows: [${expected}] }
`,
      {
        'project.yml': crm['project.yml'],
        'crm.csv': 'id,plan,seats\nacme,pro,3\n',
        'models/plans.sql': "select company_id, plan, seats from {{ ref('company_profiles') }}",
      },
    )

  test('that fails names the inputs that it leaves without rows', async () => {
    const files = unit(`  - name: days
    model: group_events_daily
    given:
      - input: ref('event_groups')
        rows: [{ group_key: company_id, group_id: acme, event_name: A, day: 2024-01-01 }]
    expect: { rows: [{ group_id: acme, events: 1 }] }
`)
    const [message] = messages(await outcome(files))
    expect(message).toContain("Not given, and so without rows: `ref('group_surrogate_keys')`.")
  })

  test('may have declared properties of a group; those that it does not return are null', async () => {
    const result = await outcome(
      given(
        'plans',
        "ref('company_profiles')",
        "select 'acme' as company_id, 'pro' as plan",
        '{ company_id: acme, plan: pro, seats: null }',
      ),
    )
    expect(messages(result)).toEqual([undefined])
    expect(statuses(result)).toEqual([['made', 'pass']])
  })

  test('of a source need not have every column that gwh reads of it', async () => {
    const result = await outcome(
      given(
        'company_profiles',
        "source('crm')",
        "select 'acme' as ID, 'pro' as plan",
        '{ company_id: acme, plan: pro, seats: null }',
      ),
    )
    expect(messages(result)).toEqual([undefined])
    expect(statuses(result)).toEqual([['made', 'pass']])
  })

  test.each(['amount', 'app.amount'])(
    '%s that no row names is an error that says where to give it',
    async (column) => {
      const reading = (given: string) =>
        outcome(
          unit(
            `  - name: made
    model: totals
    given:
      - { input: source('app'), rows: [{ event: open }] }
${given}    expect: { rows: [] }
`,
            {
              'models/mine.sql': "select 1 as id from {{ ref('events') }}",
              'models/totals.sql': `select ${column}\nfrom {{ source('app') }} as app${given === '' ? '' : ", {{ ref('mine') }} as mine"}`,
            },
          ),
        )
      const [only] = (await reading('')).results
      expect(only?.status).toBe('error')
      expect(only?.message).toMatch(/"amount"[\s\S]*from models\/totals\.sql:1$/)
      expect(only?.fix).toBe(
        "If `amount` is a column of `source('app')`, give it a value in one of the rows there: of columns that the project does not name, only what the rows say is known.",
      )
      expect(only?.at).toMatchObject({ file: 'models/tests.yml', line: 5 })
      const [either] = (await reading("      - { input: ref('mine'), rows: [{ id: 1 }] }\n")).results
      expect(either?.fix).toContain("a column of `source('app')` or `ref('mine')`, give it")
      expect(either?.at).toMatchObject({ file: 'models/tests.yml', line: 2 })
    },
  )

  test('of a relation of gwh with a column that it has not are an error', async () => {
    const result = await outcome(
      given(
        'plans',
        "ref('company_profiles')",
        "select 'acme' as company_id, 'pro' as plann",
        '{ company_id: acme }',
      ),
    )
    expect(statuses(result)).toEqual([['made', 'error']])
    expect(messages(result)[0]).toContain(
      "The rows of ref('company_profiles') have the columns `plann`, which it does not have. Did you mean `plan`?",
    )
  })
})

describe('where they run', () => {
  const failing = unit(`  - name: wrong
    model: busy
    description: Nothing is busy.
    config: { tags: [fast] }
    given: [{ input: ref('company_profiles'), rows: [{ company_id: acme, events: 3 }] }]
    expect: { rows: [] }
  - name: right
    model: busy
    given: [{ input: ref('company_profiles'), rows: [{ company_id: acme, events: 1 }] }]
    expect: { rows: [] }
  - name: off
    model: busy
    config: { enabled: false }
    given: [{ input: ref('company_profiles'), rows: [{ company_id: acme, events: 1 }] }]
    expect: { rows: [{ company_id: never }] }
`)

  test('before a build: one that fails keeps everything from being built', async () => {
    const dir = writeProject(failing)
    const said = await gwh(dir, ['build'])
    expect(screen(dir, said)).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

        ✗ wrong                 busy            1 row is unexpected (+); none is as expected.

      ✗ wrong  (unit test of busy)
        Expected: Nothing is busy.
        1 row is unexpected (+); none is as expected.
            company_id  events  share  first_seen_at
          + acme        3       3      null
        at models/tests.yml:2:11

        test   status  failures  seconds
        wrong  fail           1 … s

        passed 1, failed 1, all 2

      1 unit test passed, 1 failed in … s.
      Nothing was published; what was published before stays as it was.
      exit code 1"
    `)
    expect(existsSync(path.join(dir, 'target/small.duckdb'))).toBe(false)
    const { results } = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
      results: { unique_id: string; status: string; failures: number }[]
    }
    expect(results.map(({ unique_id, status, failures }) => [unique_id, status, failures])).toEqual([
      ['unit_test.small.busy.wrong', 'fail', 1],
      ['unit_test.small.busy.right', 'pass', 0],
    ])
    expect((await gwh(dir, ['build', '--exclude', 'wrong'])).stdout).toMatch(
      /^1 unit test passed, 1\d models built, \d+ data tests passed/m,
    )
  })

  test('before data tests, which run all the same', async () => {
    const dir = writeProject(failing)
    await gwh(dir, ['run'])
    const { stdout, code } = await gwh(dir, ['test'])
    expect(stdout).toMatch(/^1 unit test passed, 1 failed, \d+ data tests passed in/m)
    expect(code).toBe(1)
  })

  test.each([
    ['test_type:unit', 1],
    ['resource_type:unit_test', 1],
    ['wrong right', 1],
    ['busy,test_type:unit', 1],
    ['tag:fast', 0],
  ])('alone, with -s %s, they open no warehouse', async (selector, passed) => {
    const dir = writeProject(failing)
    const nowhere = { GWH_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/nothing' }
    const { stdout, stderr, code } = await gwh(dir, ['test', '-t', 'pg', '-s', selector], nowhere)
    expect(stderr).toBe('')
    expect(stdout).toMatch(new RegExp(`^${passed} unit tests? passed, 1 failed in`, 'm'))
    expect(code).toBe(1)
    expect((await gwh(dir, ['test', '-t', 'pg'], nowhere)).stderr).toMatch(/ connection_failed\n/)
  })

  test('ls lists them with the model that they test', async () => {
    const dir = writeProject(failing)
    expect((await gwh(dir, ['ls', '--resource-type', 'unit_test'])).stdout).toBe(
      `  type       name   kind  description
  unit_test  wrong  busy  Nothing is busy.
  unit_test  right  busy
`,
    )
  })

  test('many take milliseconds each', async () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => `  - name: t${i}
    model: busy
    given: [{ input: ref('company_profiles'), rows: [{ company_id: acme, events: ${i} }] }]
    expect: { rows: ${i < 2 ? '[]' : `[{ events: ${i} }]`} }
`,
    )
    const { results, ok } = await outcome(unit(many.join('')))
    expect(ok).toBe(true)
    expect(results.reduce((sum, { seconds }) => sum + seconds, 0) / 40).toBeLessThan(0.25)
  })
})

describe('values', () => {
  test.each([
    ['number', 2, '2.0'],
    ['number', 0.3, 0.1 + 0.2],
    ['number', '+9007199254740993', '9007199254740993'],
    ['number', '-0.0', 0],
    ['instant', '2024-01-01T01:00:00+01:00', '2024-01-01 00:00:00'],
    ['instant', '2024-01-01', '2024-01-01T00:00Z'],
    ['instant', '2024-01-01 00:00:00.120000', '2024-01-01T00:00:00.12Z'],
    ['instant', '2024-01-01 05:30:00+0530', '2024-01-01 00:00:00'],
    ['json', '{"b": 1, "a": [1,2]}', { a: [1, 2], b: 1 }],
    ['json', '"acme"', 'acme'],
    ['boolean', 'TRUE', true],
    ['text', '12', 12],
  ] as const)('as %s %j and %j are equal', (kind, a, b) => {
    expect(canonical(a, kind)).toBe(canonical(b, kind))
  })

  test.each([
    ['number', '9007199254740993', '9007199254740992'],
    ['number', 1, 2],
    ['instant', '2024-01-01 00:00:00.000001', '2024-01-01 00:00:00'],
    ['text', '', null],
    ['text', 'Acme', 'acme'],
    ['json', '[1,2]', [2, 1]],
  ] as const)('as %s %j and %j differ', (kind, a, b) => {
    expect(canonical(a, kind)).not.toBe(canonical(b, kind))
  })

  test('rows are compared as often as they are there', () => {
    const [a, b] = [
      ['a', null],
      ['b', ''],
    ]
    expect(difference([a, a, b], [b, a])).toEqual({ missing: [a], unexpected: [], same: 2 })
    expect(difference([a], [b, a, a])).toEqual({ missing: [], unexpected: [b, a], same: 1 })
  })

  test('of many rows the first are shown', () => {
    const rows = Array.from({ length: 30 }, (_, i) => [String(i)])
    const text = differenceText(['n'], difference(rows, []))
    expect(text.split('\n')).toHaveLength(23)
    expect(text).toMatch(/^30 rows are missing \(-\); none is as expected\.[\s\S]*… and 10 more rows$/)
  })
})

describe('CSV', () => {
  test('has quotes, line breaks, empty texts and nulls', () => {
    const { columns, rows } = readCsv('\ufeffa,b\r\n"x, ""y""\nz",\r\n"",2\r\n\r\n,')
    expect(columns).toEqual(['a', 'b'])
    expect(rows).toEqual([
      { line: 2, fields: ['x, "y"\nz', null] },
      { line: 4, fields: ['', '2'] },
      { line: 6, fields: [null, null] },
    ])
    expect(readCsv('a\nb\n\n').rows.map(({ fields }) => fields)).toEqual([['b'], [null]])
  })

  test.each([
    ['', /no heading/, 1],
    ['a,a\n1,2', /`a` is there twice/, 1],
    ['a,\n1,2', /no name/, 1],
    ['a,b\n1,2\n3', /1 field where the heading has 2/, 3],
    ['a,b\n1,"2\n3', /opened and not closed/, 2],
    ['a,b\n1,"2"3', /beside a quoted field/, 2],
  ])('%j is none', (text, message, line) => {
    const read = () => readCsv(text)
    expect(read).toThrow(message)
    try {
      read()
    } catch (error) {
      expect((error as CsvError).line).toBe(line)
    }
  })
})
