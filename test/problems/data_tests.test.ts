/** What is wrong with data tests, as it is shown. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { GOOD, goodBut, problemsOf, writeProject } from '../support/projects.ts'

const onColumn = (...tests: readonly string[]) =>
  problemsOf({
    ...GOOD,
    'models/docs.yml': `models:\n  - name: events\n    columns:\n      - name: user_id\n        data_tests:\n${tests.map((t) => `          - ${t}\n`).join('')}`,
  })
const onModel = (...tests: readonly string[]) =>
  problemsOf({
    ...GOOD,
    'models/docs.yml': `models:\n  - name: events\n    tests:\n${tests.map((t) => `      - ${t}\n`).join('')}`,
  })
const settings = (text: string) =>
  problemsOf(goodBut({ 'group_keys:\n': `data_tests:\n${text}\ngroup_keys:\n` }))

describe('data_tests of project.yml', () => {
  test('names a check that there is not', async () => {
    expect(await settings('  not_nul: { severity: warn }')).toMatchInlineSnapshot(`
      "project.yml:7:3  unknown_field
        There is no check \`not_nul\`.
          7 |   not_nul: { severity: warn }
            |   ^
        Did you mean \`not_null\`?

      exit code 2"
    `)
  })

  test('has an option that there is not', async () => {
    expect(await settings('  unique: { severty: warn }')).toMatchInlineSnapshot(`
      "project.yml:7:13  unknown_field
        \`data_tests.unique.severty\` is not a known field.
          7 |   unique: { severty: warn }
            |             ^
        Did you mean \`severity\`?

      exit code 2"
    `)
  })

  test('has a field of dbt that gwh has in another form', async () => {
    const fix =
      "dbt's `store_failures_as` is not supported: failures are kept as a table. Write `store_failures: true`"
    expect(await settings('  unique: { store_failures_as: view }')).toContain(fix)
    expect(await onColumn('not_null: { store_failures_as: table }')).toContain(fix)
    expect(await onColumn('not_null: { config: { store_failures_as: table } }')).toContain(fix)
    const singular = "{{ config(store_failures_as='table') }}\nselect 1 as n"
    expect(await problemsOf({ ...GOOD, 'tests/one.sql': singular })).toMatchInlineSnapshot(`
      "tests/one.sql:1:11  unknown_field
        \`store_failures_as\` is not a known field.
          1 | {{ config(store_failures_as='table') }}
            |           ^
        dbt's \`store_failures_as\` is not supported: failures are kept as a table. Write \`store_failures: true\`, or \`false\` in place of \`ephemeral\`.

      exit code 2"
    `)
  })

  test('has values that are none', async () => {
    expect(
      await settings('  unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }'),
    ).toMatchInlineSnapshot(`
      "project.yml:7:23  invalid_value
        \`data_tests.unique.severity\` is not valid: use error or warn.
          7 |   unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }
            |                       ^

      project.yml:7:39  invalid_value
        \`data_tests.unique.warn_if\` is not valid: compare with a whole number, as in \`> 10\`, \`!= 0\` or \`between 1 and 5\`.
          7 |   unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }
            |                                       ^

      project.yml:7:55  invalid_value
        \`data_tests.unique.error_if\` is not valid: compare with a whole number, as in \`> 10\`, \`!= 0\` or \`between 1 and 5\`.
          7 |   unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }
            |                                                       ^

      project.yml:7:70  invalid_value
        \`data_tests.unique.limit\` must be more than 0.
          7 |   unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }
            |                                                                      ^

      project.yml:7:80  invalid_value
        \`data_tests.unique.tags[0]\` is not valid: must not be empty.
          7 |   unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }
            |                                                                                ^

      exit code 2"
    `)
  })

  test('has a where, which is of declared tests only', async () => {
    expect(await settings('  not_null: { where: "1 = 1" }')).toMatchInlineSnapshot(`
      "project.yml:7:15  unknown_field
        \`data_tests.not_null.where\` is not a known field.
          7 |   not_null: { where: "1 = 1" }
            |               ^
        The fields here are: \`enabled\`, \`severity\`, \`warn_if\`, \`error_if\`, \`limit\`, \`store_failures\`, \`store_failures_limit\`, \`tags\`.

      exit code 2"
    `)
  })

  test('is applied where a test says nothing of its own', () => {
    const { tests } = load(
      writeProject({
        ...goodBut({
          'group_keys:\n':
            'data_tests:\n  not_null: { severity: Warn, error_if: ">= 5", tags: ids }\n  readable_times: { enabled: false }\ngroup_keys:\n',
        }),
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - name: user_id\n        data_tests:\n          - not_null: { severity: ERROR, tags: [mine] }\n',
      }),
      { env: {} },
    )
    const config = (name: string) => tests.find((t) => t.name === name)?.config
    expect(config('not_null_events_event_id')).toMatchObject({
      severity: 'warn',
      errorIf: { operator: '>=', value: 5 },
      warnIf: { operator: '!=', value: 0 },
      tags: ['ids'],
    })
    expect(config('not_null_events_user_id')).toMatchObject({ severity: 'error', tags: ['ids', 'mine'] })
    expect(config('unique_events_grain')).toMatchObject({ severity: 'error', tags: [] })
    expect(config('readable_times_app')).toBeUndefined()
  })
})

describe('a declared test', () => {
  test('has fields that there are not', async () => {
    expect(
      await onColumn(
        'accepted_values: { values: [a], whre: x }',
        'not_null: { config: { severty: warn } }',
        'relationships: { arguments: { to: events, feild: user_id } }',
      ),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:6:45  unknown_field
        \`models[0].columns[0].data_tests[0].accepted_values.whre\` is not a known field.
          6 |           - accepted_values: { values: [a], whre: x }
            |                                             ^
        Did you mean \`where\`?

      models/docs.yml:7:35  unknown_field
        \`severty\` is not a known field of \`config\`.
          7 |           - not_null: { config: { severty: warn } }
            |                                   ^
        Did you mean \`severity\`?

      models/docs.yml:8:28  missing_field
        \`models[0].columns[0].data_tests[2].relationships.field\` is missing.
          8 |           - relationships: { arguments: { to: events, feild: user_id } }
            |                            ^
        Add \`field:\` (a text).

      models/docs.yml:8:55  unknown_field
        \`feild\` is not a known field of \`arguments\`.
          8 |           - relationships: { arguments: { to: events, feild: user_id } }
            |                                                       ^
        Did you mean \`field\`?

      exit code 2"
    `)
  })

  test('has values that are none', async () => {
    expect(
      await onColumn('not_null: { config: { severity: info, error_if: "10" } }', 'unique: { name: a-b }'),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:6:45  invalid_value
        \`models[0].columns[0].data_tests[0].not_null.config.severity\` is not valid: use error or warn.
          6 |           - not_null: { config: { severity: info, error_if: "10" } }
            |                                             ^

      models/docs.yml:6:61  invalid_value
        \`models[0].columns[0].data_tests[0].not_null.config.error_if\` is not valid: compare with a whole number, as in \`> 10\`, \`!= 0\` or \`between 1 and 5\`.
          6 |           - not_null: { config: { severity: info, error_if: "10" } }
            |                                                             ^

      models/docs.yml:7:29  invalid_value
        \`models[0].columns[0].data_tests[1].unique.name\` is not valid: use letters, digits and _, not starting with a digit.
          7 |           - unique: { name: a-b }
            |                             ^

      exit code 2"
    `)
  })

  test('says a thing twice', async () => {
    expect(await onColumn('unique: { severity: warn, config: { severity: error } }')).toMatchInlineSnapshot(`
      "models/docs.yml:6:49  contradiction
        \`severity\` is there twice: as \`severity\`, \`config.severity\`.
          6 |           - unique: { severity: warn, config: { severity: error } }
            |                                                 ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('is indented as a sibling of its fields', async () => {
    expect(await onColumn('unique:\n            config: { severity: warn }')).toMatchInlineSnapshot(`
      "models/docs.yml:6:13  invalid_value
        A data test is a name, or a map from one name to its fields.
          6 |           - unique:
            |             ^
        Indent the other fields below \`unique:\`.

      exit code 2"
    `)
  })

  test('refers to a relation or a column that there is not', async () => {
    expect(await onColumn("relationships: { to: ref('user_profile'), field: user_id }"))
      .toMatchInlineSnapshot(`
      "models/docs.yml:6:34  missing_reference
        There is no model \`user_profile\`.
          6 |           - relationships: { to: ref('user_profile'), field: user_id }
            |                                  ^
        Did you mean \`user_profiles\`?

      exit code 2"
    `)
    expect(await onColumn("relationships: { to: ref('user_profiles'), field: usr_id }"))
      .toMatchInlineSnapshot(`
      "models/docs.yml:6:63  missing_column
        \`user_profiles\` has no column \`usr_id\`.
          6 |           - relationships: { to: ref('user_profiles'), field: usr_id }
            |                                                               ^
        Did you mean \`user_id\`?

      exit code 2"
    `)
    expect(
      await problemsOf({
        ...GOOD,
        'models/docs.yml': `models:
  - name: events
    columns:
      - name: usr_id
        data_tests:
          - relationships: { to: ref('user_profiles'), field: user_id }
`,
      }),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:4:15  missing_column
        \`events\` has no column \`usr_id\`.
          4 |       - name: usr_id
            |               ^
        Did you mean \`user_id\`?

      exit code 2"
    `)
    // What a query of the user's own returns is not known yet.
    const own = {
      ...GOOD,
      'models/mine.sql': 'select 1 as n',
      'models/docs.yml':
        'models: [{ name: mine, columns: [{ name: n, data_tests: [relationships: { to: mine, field: m }] }] }]',
    }
    expect(load(writeProject(own), { env: {} }).tests.map(({ check }) => check)).toContain('relationships')
    expect(await onModel('unique_combination_of_columns: { combination_of_columns: [event_id, user] }'))
      .toMatchInlineSnapshot(`
        "models/docs.yml:4:77  missing_column
          \`events\` has no column \`user\`.
            4 |       - unique_combination_of_columns: { combination_of_columns: [event_id, user] }
              |                                                                             ^
          Its columns are: \`event_id\`, \`source\`, \`event_name\`, \`occurred_at\`, \`day\`, \`ingested_at\`, \`user_id\`, \`device_id\`, \`insert_id\`, \`properties\`, \`source_rows\`, \`company_id\`, \`copies\`.

        exit code 2"
      `)
  })

  test('stands where it cannot', async () => {
    expect(await onModel('unique')).toMatchInlineSnapshot(`
      "models/docs.yml:4:9  invalid_value
        \`unique\` is a test of a column, not of a relation.
          4 |       - unique
            |         ^
        Put it under \`data_tests:\` of a column.

      exit code 2"
    `)
    expect(await onColumn('recency: { datepart: day, interval: 1, field: occurred_at }'))
      .toMatchInlineSnapshot(`
      "models/docs.yml:6:22  invalid_value
        \`recency\` is a test of a relation, not of a column.
          6 |           - recency: { datepart: day, interval: 1, field: occurred_at }
            |                      ^
        Put it under \`data_tests:\` of the relation, beside \`columns:\`.

      exit code 2"
    `)
    expect(await onColumn('readable_times')).toMatchInlineSnapshot(`
      "models/docs.yml:6:13  invalid_value
        There is no data test \`readable_times\` to declare.
          6 |           - readable_times
            |             ^
        gwh brings it by itself; settings go under \`data_tests:\` of project.yml.

      exit code 2"
    `)
  })

  test('has a range without an end', async () => {
    expect(await onColumn('accepted_range: { inclusive: true }')).toMatchInlineSnapshot(`
      "models/docs.yml:6:29  invalid_value
        \`models[0].columns[0].data_tests[0].accepted_range.min_value\` is not valid: give \`min_value\`, \`max_value\` or both.
          6 |           - accepted_range: { inclusive: true }
            |                             ^

      exit code 2"
    `)
  })

  test('has a broken template, or one that reads a relation', async () => {
    expect(
      await onColumn(
        'not_null: { where: "user_id = {{ var(\'nobody\') }}" }',
        'unique: { where: "user_id in (select user_id from {{ ref(\'user_profiles\') }})" }',
      ),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:6:32  template_error
        The variable \`nobody\` is not set.
          6 |           - not_null: { where: "user_id = {{ var('nobody') }}" }
            |                                ^
        Set it under \`vars:\`, with --vars, or write a default: var('nobody', …).

      models/docs.yml:7:30  template_error
        Here a template knows var(), env_var() and target only.
          7 |           - unique: { where: "user_id in (select user_id from {{ ref('user_profiles') }})" }
            |                              ^
        For a condition on other relations write a query into tests/.

      exit code 2"
    `)
  })

  test('is there twice', async () => {
    expect(await onColumn('unique', 'unique: { where: "user_id is not null" }')).toMatchInlineSnapshot(`
      "models/docs.yml:7:13  duplicate_name
        \`unique_events_user_id\` is the name of a data test and of another one.
          7 |           - unique: { where: "user_id is not null" }
            |             ^
        Give it a \`name:\` of its own, or remove one of the two.

      exit code 2"
    `)
  })

  test('has a condition where gwh tests all rows', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - name: event_id\n        data_tests:\n          - not_null: { where: user_id is not null }\n',
      }),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:6:13  duplicate_name
        \`not_null_events_event_id\` is the name of a data test and of one that gwh brings.
          6 |           - not_null: { where: user_id is not null }
            |             ^
        Give it a \`name:\` of its own, or remove one of the two.

      exit code 2"
    `)
  })

  test('is under data_tests and tests', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - { name: user_id, data_tests: [unique], tests: [not_null] }\n',
      }),
    ).toMatchInlineSnapshot(`
      "models/docs.yml:4:48  contradiction
        \`tests\` is the old name of \`data_tests\`, and both are there.
          4 |       - { name: user_id, data_tests: [unique], tests: [not_null] }
            |                                                ^
        Put them into one list, \`data_tests\`.

      exit code 2"
    `)
  })
})

describe('a query in tests/', () => {
  test('has settings that there are not, or that are wrong', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'tests/one.sql': "{{ config(severty='warn') }}\nselect 1 as one\n",
        'tests/two.sql': "{{ config(error_if='often',\n  limit=0) }}\nselect 1 as one\n",
      }),
    ).toMatchInlineSnapshot(`
      "tests/one.sql:1:11  unknown_field
        \`severty\` is not a known field.
          1 | {{ config(severty='warn') }}
            |           ^
        Did you mean \`severity\`?

      tests/two.sql:1:11  invalid_value
        \`error_if\` is not valid: compare with a whole number, as in \`> 10\`, \`!= 0\` or \`between 1 and 5\`.
          1 | {{ config(error_if='often',
            |           ^

      tests/two.sql:2:3  invalid_value
        \`limit\` must be more than 0.
          2 |   limit=0) }}
            |   ^

      exit code 2"
    `)
  })

  test('has the name of a model', async () => {
    expect(await problemsOf({ ...GOOD, 'tests/events.sql': 'select 1 as one\n' })).toMatchInlineSnapshot(`
      "tests/events.sql:1:1  duplicate_name
        \`events\` is the name of a data test and of a model.
        Rename the file.

      exit code 2"
    `)
  })
})
