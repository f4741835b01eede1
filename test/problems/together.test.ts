/** What is wrong in one part of a project does not hide what is wrong in another, and nothing follows from it. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { ProblemError, type ProblemCode } from '../../src/problems.ts'
import { problemsOf, writeProject, type Files } from '../support/projects.ts'

const PROJECT = `name: small
target: dev
targets:
  dev: { type: duckdb, path: target/small.duckdb }
group_keys:
  - { name: company_id, b2b: true }
sources:
  - name: app
    type: events
    file: events.csv
    columns: { event: event, time: time, user: user_id }
    properties: [plan]
`

interface Fault {
  readonly what: string
  readonly code: ProblemCode
  /** Appended to project.yml. */
  readonly project?: string
  readonly files?: Files
}

/** One of each stage; none has to do with another. */
const FAULTS: readonly Fault[] = [
  { what: 'an unknown field', code: 'unknown_field', project: 'nonsense: 1\n' },
  {
    what: 'a setting of a wrong type',
    code: 'invalid_value',
    files: { 'project.yml': PROJECT.replace('target: dev', 'target: dev\nweek_start: someday') },
  },
  {
    what: 'a source with an unknown connector',
    code: 'unknown_connector',
    files: {
      'connectors/more.yml':
        'sources:\n  - { name: web, type: events, connector: mixpanell, file: web.ndjson }\n',
    },
  },
  {
    what: 'a report with an invalid field',
    code: 'invalid_value',
    files: {
      'models/reports.yml':
        'reports:\n  - { name: used, type: uniques, interval: dayy, event: sign_up, by: company_id }\n',
    },
  },
  {
    what: 'a template that calls what there is not',
    code: 'template_error',
    files: { 'models/broken.sql': 'select {{ nothing() }} as n\n' },
  },
  {
    what: 'a reference to no model',
    code: 'missing_reference',
    files: { 'models/dangling.sql': "select * from {{ ref('evnts') }}\n" },
  },
  {
    what: 'an unknown data test',
    code: 'invalid_value',
    files: { 'models/docs.yml': 'models:\n  - { name: events, data_tests: [uniqe_rows] }\n' },
  },
  {
    what: 'a broken unit test',
    code: 'missing_reference',
    files: {
      'models/unit_tests.yml':
        'unit_tests:\n  - { name: t, model: nothing_of_the_kind, given: [], expect: { rows: [] } }\n',
    },
  },
  {
    what: 'a singular test with an unknown setting',
    code: 'unknown_field',
    files: { 'tests/orphans.sql': "{{ config(severty='warn') }}\nselect 1 as n\n" },
  },
  {
    what: 'a file of YAML that is none',
    code: 'invalid_yaml',
    files: { 'connectors/torn.yml': 'sources:\n  - name: "web\n' },
  },
]

const projectWith = (faults: readonly Fault[]): Files => {
  const files: Record<string, string | undefined> = Object.fromEntries(
    [
      { 'project.yml': PROJECT, 'events.csv': 'event,time,user_id,company_id,plan\n' },
      ...faults.map((fault) => fault.files ?? {}),
    ].flatMap((some) => Object.entries(some)),
  )
  return {
    ...files,
    'project.yml': `${files['project.yml']}${faults.map(({ project = '' }) => project).join('')}`,
  }
}

function codesOf(files: Files): string[] {
  try {
    load(writeProject(files), { env: {} })
    return []
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    expect(error.exitCode).toBe(2)
    return error.problems.map(({ code }) => code).sort()
  }
}

test('a project without a fault has no problem', () => {
  expect(codesOf(projectWith([]))).toEqual([])
})

test.each(FAULTS)('$what is one problem', (fault) => {
  expect(codesOf(projectWith([fault]))).toEqual([fault.code])
})

test('all of them are named by one run, each once', () => {
  expect(codesOf(projectWith(FAULTS))).toEqual(FAULTS.map(({ code }) => code).sort())
})

const PAIRS = FAULTS.flatMap((a, i) => FAULTS.slice(i + 1).map((b) => [a.what, b.what, a, b] as const))

test.each(PAIRS)('%s and %s are two', (_, __, a, b) => {
  expect(codesOf(projectWith([a, b]))).toEqual([a.code, b.code].sort())
})

test('six faults as they are shown', async () => {
  const faults = [0, 2, 3, 5, 6, 7].flatMap((i) => FAULTS[i] ?? [])
  expect(await problemsOf(projectWith(faults))).toMatchInlineSnapshot(`
    "connectors/more.yml:2:43  unknown_connector
      There is no connector \`mixpanell\`.
        2 |   - { name: web, type: events, connector: mixpanell, file: web.ndjson }
          |                                           ^
      Did you mean \`mixpanel\`?

    models/dangling.sql:1:23  missing_reference
      There is no model \`evnts\`.
        1 | select * from {{ ref('evnts') }}
          |                       ^
      Did you mean \`events\`?

    models/docs.yml:2:34  invalid_value
      There is no data test \`uniqe_rows\` to declare.
        2 |   - { name: events, data_tests: [uniqe_rows] }
          |                                  ^
      There is: \`unique\`, \`not_null\`, \`accepted_values\`, \`relationships\`, \`unique_combination_of_columns\`, \`accepted_range\`, \`not_empty_string\`, \`at_least_one\`, \`recency\`, \`expression_is_true\`. For others write a query into tests/.

    models/reports.yml:2:44  invalid_value
      Report \`used\`: \`interval\` must be one of \`hour\`, \`day\`, \`week\`, \`month\`.
        2 |   - { name: used, type: uniques, interval: dayy, event: sign_up, by: company_id }
          |                                            ^
      Did you mean \`day\`?

    models/unit_tests.yml:2:23  missing_reference
      There is no model \`nothing_of_the_kind\`.
        2 |   - { name: t, model: nothing_of_the_kind, given: [], expect: { rows: [] } }
          |                       ^
      The models are: \`events\`, \`user_profiles\`, \`events_daily\`, \`attribution_daily\`, \`event_properties\`, \`group_surrogate_keys\`, \`event_groups\`, \`group_events_daily\`, \`group_activity_daily\`, \`group_uniques\`, \`user_groups\`, \`company_profiles\`, \`group_profiles\`, \`group_activity\`, \`dangling\`.

    project.yml:13:1  unknown_field
      \`nonsense\` is not a known field.
        13 | nonsense: 1
           | ^
      The fields here are: \`name\`, \`description\`, \`timezone\`, \`week_start\`, \`target\`, \`targets\`, \`vars\`, \`plugins\`, \`external_paths\`, \`max_loss\`, \`limits\`, \`deprecated_names\`, \`group_keys\`, \`exclude_events\`, \`service_user_ids\`, \`sources\`, \`models\`, \`data_tests\`, \`reports\`, \`unit_tests\`.

    exit code 2"
  `)
})

test('two torn YAML files and a broken template are three', () => {
  const torn = 'models:\n  - name: "events\n'
  const template = { 'models/broken.sql': 'select {{ nothing() }} as n\n' }
  expect(codesOf({ ...projectWith([]), 'models/a.yml': torn, 'models/b.yml': torn, ...template })).toEqual([
    'invalid_yaml',
    'invalid_yaml',
    'template_error',
  ])
})

describe('nothing follows from', () => {
  const torn = PROJECT.replace('    type: events\n', '    type: evnts\n')
  const report =
    'reports:\n  - { name: used, type: uniques, interval: day, event: sign_up, by: company_id, where: [{ property: plan, value: x }] }\n'

  test.each([
    ['a source that fails, for a report of its property', { 'project.yml': torn, 'models/r.yml': report }],
    [
      'a source that fails, for a query of it',
      { 'project.yml': torn, 'models/q.sql': "select * from {{ source('app') }}\n" },
    ],
    [
      'a source that fails, for columns of profiles',
      {
        'project.yml': `${PROJECT}  - { name: companies, type: group_table, group_key: company_id, file: c.csv, columns: { id: id, nam: n }, properties: [plan] }\n`,
        'models/m.yml':
          'models:\n  - { name: company_profiles, columns: [{ name: plan, data_tests: [not_null] }] }\n',
      },
    ],
    [
      'a group key that fails, for what counts it',
      {
        'project.yml': PROJECT.replace('name: company_id', 'name: time'),
        'models/r.yml': report.replace('company_id', 'time').replace(/, where.*\]/, ''),
        'models/q.sql': "select * from {{ ref('time_profiles') }}\n",
      },
    ],
    [
      'a report that fails, for what reads its relations',
      {
        'project.yml': PROJECT,
        'models/r.yml': report.replace('interval: day', 'interval: dayy'),
        'models/q.sql': "select * from {{ ref('used_entities') }}\n",
      },
    ],
    [
      'a query that fails, for those that read it and their tests',
      {
        'project.yml': PROJECT,
        'models/q.sql': 'select {{ nothing() }} as n\n',
        'models/r.sql': "select * from {{ ref('q') }}\n",
        'models/m.yml':
          "models:\n  - { name: q, columns: [{ name: n, data_tests: [unique] }] }\nunit_tests:\n  - { name: t, model: r, given: [{ input: ref('q'), rows: [{ n: 1 }] }], expect: { rows: [{ n: 1 }] } }\n",
      },
    ],
    [
      'vars that are no map, for templates',
      { 'project.yml': `${PROJECT}vars: [1]\n`, 'models/q.sql': "select {{ var('least') }} as n\n" },
    ],
  ] satisfies [string, Files][])('%s', (_, files) => {
    expect(codesOf(files)).toHaveLength(1)
  })
})
