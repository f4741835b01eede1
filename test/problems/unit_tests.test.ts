/** What is wrong with unit tests and with the freshness of sources, as the configuration says them. */
import { describe, expect, test } from 'vitest'
import { gwh, screen } from '../support/cli.ts'
import { GOOD, goodBut, problemsOf, writeProject, type Files } from '../support/projects.ts'

const unit = (yaml: string, more: Files = {}): Files => ({
  ...GOOD,
  'models/mine.sql':
    "select company_id, events from {{ ref('company_profiles') }} where events > {{ var('n', 1) }}",
  'models/tests.yml': `unit_tests:\n${yaml}`,
  ...more,
})

describe('names', () => {
  test('all that are wrong come at once', async () => {
    expect(
      await problemsOf(
        unit(`  - name: a
    model: mne
    expect: { rows: [] }
  - name: b
    model: mine
    given:
      - { input: ref('company_profile'), rows: [] }
      - { input: source('ap'), rows: [] }
      - { input: "source('raw', 'app')", rows: [] }
      - { input: company_profiles, rows: [] }
      - { input: ref('events'), rows: [] }
    expect: { rows: [] }
  - name: b
    model: events
    given:
      - { input: source('app'), rows: [] }
      - { input: "source( 'app' )", rows: [] }
      - { input: this, rows: [] }
    expect: { rows: [] }
  - name: mine
    model: events
    expect: { rows: [] }
`),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:3:12  missing_reference
        There is no model \`mne\`.
          3 |     model: mne
            |            ^
        Did you mean \`mine\`?

      models/tests.yml:8:18  missing_reference
        There is no model \`company_profile\`.
          8 |       - { input: ref('company_profile'), rows: [] }
            |                  ^
        Did you mean \`company_profiles\`?

      models/tests.yml:9:18  missing_reference
        There is no source \`ap\`.
          9 |       - { input: source('ap'), rows: [] }
            |                  ^
        Did you mean \`app\`?

      models/tests.yml:10:18  missing_reference
        There is no source \`raw.app\`.
          10 |       - { input: "source('raw', 'app')", rows: [] }
             |                  ^
        dbt's form with two names is not supported, but for a source with \`table: raw.app\`. Write source('app').

      models/tests.yml:11:18  invalid_value
        \`company_profiles\` is not an input.
          11 |       - { input: company_profiles, rows: [] }
             |                  ^
        Write ref('model'), source('name') or this.

      models/tests.yml:12:18  missing_reference
        \`mine\` does not read \`ref('events')\`.
          12 |       - { input: ref('events'), rows: [] }
             |                  ^
        It reads: \`ref('company_profiles')\`.

      models/tests.yml:14:11  duplicate_name
        The unit test \`b\` is there twice.
          14 |   - name: b
             |           ^
        Rename it.

      models/tests.yml:18:18  duplicate_name
        The input \`source( 'app' )\` is there twice.
          18 |       - { input: "source( 'app' )", rows: [] }
             |                  ^
        Put the rows of both into one.

      models/tests.yml:19:18  missing_reference
        \`events\` does not read \`this\`.
          19 |       - { input: this, rows: [] }
             |                  ^
        It reads: \`source('app')\`.

      models/tests.yml:21:11  duplicate_name
        The unit test \`mine\` has the name of a model, a source or a data test.
          21 |   - name: mine
             |           ^
        Rename it.

      exit code 2"
    `)
  })

  test('a model of the user needs every input, for its columns are not known otherwise', async () => {
    expect(
      await problemsOf(
        unit(
          `  - name: a
    model: other
    given:
      - { input: ref('mine'), rows: [] }
    expect: { rows: [] }
`,
          { 'models/other.sql': "select 1 as n from {{ ref('mine') }}, {{ source('app') }}, {{ this }}" },
        ),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:4:5  missing_input
        The unit test \`a\` gives no rows for \`source('app')\`, which \`other\` reads.
          4 |     given:
            |     ^
        Add \`- input: source('app')\` with its rows under \`given:\`; its columns are not known otherwise.

      models/tests.yml:4:5  missing_input
        The unit test \`a\` gives no rows for \`this\`, which \`other\` reads.
          4 |     given:
            |     ^
        Add \`- input: this\` with its rows under \`given:\`; its columns are not known otherwise.

      models/tests.yml:5:37  missing_input
        The columns of \`ref('mine')\` are not known, and no row says them.
          5 |       - { input: ref('mine'), rows: [] }
            |                                     ^
        Write \`format: csv\` with a heading alone, or \`format: sql\` with a query that returns no row.

      exit code 2"
    `)
  })

  test('columns of relations whose columns are known', async () => {
    expect(
      await problemsOf(
        unit(`  - name: a
    model: group_events_daily
    given:
      - input: ref('event_groups')
        rows:
          - { group_id: a, grup_key: company_id }
          - { group_id: a, day: yesterday }
      - input: ref('events')
        rows: []
    expect:
      format: csv
      rows: |
        group_id,evnts
        a,1
`),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:7:38  missing_column
        \`event_groups\` has no column \`grup_key\`.
          7 |           - { group_id: a, grup_key: company_id }
            |                                      ^
        Did you mean \`group_key\`?

      models/tests.yml:8:33  invalid_value
        \`day\` of ref('event_groups') is a date such as 2024-01-31, not \`yesterday\`.
          8 |           - { group_id: a, day: yesterday }
            |                                 ^

      models/tests.yml:9:16  missing_reference
        \`group_events_daily\` does not read \`ref('events')\`.
          9 |       - input: ref('events')
            |                ^
        It reads: \`ref('event_groups')\`, \`ref('group_surrogate_keys')\`.

      models/tests.yml:13:13  missing_column
        \`group_events_daily\` has no column \`evnts\`.
          13 |       rows: |
             |             ^
        Did you mean \`events\`?

      exit code 2"
    `)
  })
})

describe('rows', () => {
  test('are written once, in a form that can be read', async () => {
    const expected = (text: string, i: number) =>
      `  - { name: t${i}, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: ${text} }\n`
    expect(
      await problemsOf(
        unit(
          [
            '{}',
            '{ rows: [], fixture: good }',
            '{ fixture: god }',
            '{ fixture: none, format: sql }',
            '{ fixture: good, format: dict }',
            '{ fixture: broken }',
            '{ rows: "a,b" }',
            '{ rows: [], format: csv }',
            '{ rows: "a,b\\n1", format: csv }',
            '{ rows: [{}] }',
          ]
            .map(expected)
            .join(''),
          {
            'tests/fixtures/good.csv': 'events\n1\n',
            'tests/fixtures/broken.csv': 'events,company_id\n1,a\n2\n',
          },
        ),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:2:106  missing_field
        There are no rows here.
          2 |   - { name: t0, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: {} }
            |                                                                                                          ^
        Add \`rows:\` or \`fixture:\`; \`rows: []\` is none.

      models/tests.yml:3:118  contradiction
        There are both \`rows\` and a \`fixture\`.
          3 |   - { name: t1, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { rows: [], fixture: good } }
            |                                                                                                                      ^
        Remove one of the two.

      models/tests.yml:4:117  missing_file
        There is no fixture \`tests/fixtures/god.csv\` and no \`tests/fixtures/god.sql\`.
          4 |   - { name: t2, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { fixture: god } }
            |                                                                                                                     ^
        Did you mean \`good\`?

      models/tests.yml:5:117  missing_file
        There is no fixture \`tests/fixtures/none.sql\`.
          5 |   - { name: t3, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { fixture: none, format: sql } }
            |                                                                                                                     ^

      models/tests.yml:6:131  invalid_value
        A fixture holds CSV or SQL, not \`format: dict\`.
          6 |   - { name: t4, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { fixture: good, format: dict } }
            |                                                                                                                                   ^
        Leave \`format\` out; the ending of the file says it.

      models/tests.yml:8:114  invalid_value
        The rows are a text, and \`format\` does not say of what kind.
          8 |   - { name: t6, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { rows: "a,b" } }
            |                                                                                                                  ^
        Add \`format: csv\` or \`format: sql\`, or write a list of {column: value}.

      models/tests.yml:9:114  invalid_value
        With \`format: csv\` the rows are a text.
          9 |   - { name: t7, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { rows: [], format: csv } }
            |                                                                                                                  ^
        Write \`rows: |\` and the CSV below it, or leave \`format\` out.

      models/tests.yml:10:114  unreadable_file
        This is not CSV. Line 2: A row has 1 field where the heading has 2.
          10 |   - { name: t8, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { rows: "a,b\\n1", format: csv } }
             |                                                                                                                  ^
        Put values with commas, quotes or line breaks into double quotes, and double the quotes in them.

      models/tests.yml:11:114  invalid_value
        An expected row says nothing about any column.
          11 |   - { name: t9, model: mine, given: [{ input: ref('company_profiles'), rows: [{ events: 1 }] }], expect: { rows: [{}] } }
             |                                                                                                                  ^
        Write {column: value} for each column that is to be compared; \`rows: []\` expects no row.

      tests/fixtures/broken.csv:3:1  unreadable_file
        This is not CSV. Line 3: A row has 1 field where the heading has 2.
          3 | 2
            | ^
        Put values with commas, quotes or line breaks into double quotes, and double the quotes in them.

      exit code 2"
    `)
  })

  test('have values that their column can hold', async () => {
    expect(
      await problemsOf(
        unit(`  - name: a
    model: mine
    given:
      - input: ref('company_profiles')
        rows:
          - { events: 1.5 }
          - { events: many, has_profile: 2, created_at: 2024-13-01 }
          - { events: 12, has_profile: true, created_at: 2024-12-01 12:00, company_id: 12 }
    expect: { rows: [] }
`),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:7:23  invalid_value
        \`events\` of ref('company_profiles') is a whole number, not \`1.5\`.
          7 |           - { events: 1.5 }
            |                       ^

      models/tests.yml:8:23  invalid_value
        \`events\` of ref('company_profiles') is a whole number, not \`many\`.
          8 |           - { events: many, has_profile: 2, created_at: 2024-13-01 }
            |                       ^

      models/tests.yml:8:42  invalid_value
        \`has_profile\` of ref('company_profiles') is true or false, not \`2\`.
          8 |           - { events: many, has_profile: 2, created_at: 2024-13-01 }
            |                                          ^

      models/tests.yml:8:57  invalid_value
        \`created_at\` of ref('company_profiles') is an instant such as 2024-01-31T12:00:00Z, not \`2024-13-01\`.
          8 |           - { events: many, has_profile: 2, created_at: 2024-13-01 }
            |                                                         ^

      exit code 2"
    `)
  })

  test('and fields that there are', async () => {
    expect(
      await problemsOf(
        unit(`  - name: a b
    model: mine
    givn: []
    expect: { rows: 1, formt: csv }
    overrides: { macros: { is_incremental: true } }
`),
      ),
    ).toMatchInlineSnapshot(`
      "models/tests.yml:2:11  invalid_value
        \`unit_tests[0].name\` is not valid: use letters, digits and _, not starting with a digit.
          2 |   - name: a b
            |           ^

      models/tests.yml:4:5  unknown_field
        \`unit_tests[0].givn\` is not a known field.
          4 |     givn: []
            |     ^
        Did you mean \`given\`?

      models/tests.yml:5:24  unknown_field
        \`unit_tests[0].expect.formt\` is not a known field.
          5 |     expect: { rows: 1, formt: csv }
            |                        ^
        Did you mean \`format\`?

      models/tests.yml:6:18  unknown_field
        \`unit_tests[0].overrides.macros\` is not a known field.
          6 |     overrides: { macros: { is_incremental: true } }
            |                  ^
        The fields here are: \`vars\`, \`env_vars\`.

      exit code 2"
    `)
  })

  test('a template that the overrides break', async () => {
    expect(
      await problemsOf(
        unit(
          `  - name: a
    model: mine
    overrides: { vars: { branch: other } }
    given: []
    expect: { rows: [] }
`,
          {
            'models/mine.sql':
              "{% if var('branch', '') == 'other' %}{{ var('unset') }}{% endif %}select 1 as n",
          },
        ),
      ),
    ).toMatchInlineSnapshot(`
      "models/mine.sql:1:46  template_error
        In the unit test \`a\`: The variable \`unset\` is not set.
          1 | {% if var('branch', '') == 'other' %}{{ var('unset') }}{% endif %}select 1 as n
            |                                              ^
        There is: \`branch\`.

      exit code 2"
    `)
  })
})

describe('freshness', () => {
  const APP = 'columns: { event: event, time: time, user: user_id }'

  test('needs a limit, and periods that there are', async () => {
    expect(
      await problemsOf(
        goodBut({
          [APP]: `${APP}\n    freshness: { filter: 'true', warn_after: { count: 0, period: week } }`,
        }),
      ),
    ).toMatchInlineSnapshot(`
      "project.yml:13:55  invalid_value
        \`sources[0].freshness.warn_after.count\` must be more than 0.
          13 |     freshness: { filter: 'true', warn_after: { count: 0, period: week } }
             |                                                       ^

      project.yml:13:66  invalid_value
        \`sources[0].freshness.warn_after.period\` must be one of \`minute\`, \`hour\`, \`day\`.
          13 |     freshness: { filter: 'true', warn_after: { count: 0, period: week } }
             |                                                                  ^

      exit code 2"
    `)
    const age = (n: number, period: string) => `{ count: ${n}, period: ${period} }`
    const never = `warn_after: ${age(49, 'hour')}, error_after: ${age(2, 'day')}`
    expect(await problemsOf(goodBut({ [APP]: `${APP}\n    freshness: { ${never} }` })))
      .toMatchInlineSnapshot(`
      "project.yml:13:30  invalid_value
        \`sources[0].freshness.warn_after\` is not valid: it is longer than \`error_after\`, so that it would never warn.
          13 |     freshness: { warn_after: { count: 49, period: hour }, error_after: { count: 2, period: day } }
             |                              ^
        Exchange the two, or leave one of them out.

      exit code 2"
    `)
    expect(await problemsOf(goodBut({ [APP]: `${APP}\n    freshness: {}` }))).toMatchInlineSnapshot(`
      "project.yml:13:16  invalid_value
        \`sources[0].freshness\` is not valid: say \`warn_after\`, \`error_after\` or both.
          13 |     freshness: {}
             |                ^

      exit code 2"
    `)
  })

  test('needs a column that says when a row came in', async () => {
    const table = `${APP}
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
    freshness: { error_after: { count: 1, period: day } }`
    expect(await problemsOf(goodBut({ [APP]: table }))).toMatchInlineSnapshot(`
      "project.yml:18:5  missing_field
        Source \`crm\` has \`freshness\`, and no column says when a row came in.
          18 |     freshness: { error_after: { count: 1, period: day } }
             |     ^
        Add \`loaded_at_field:\` with the name of a column.

      exit code 2"
    `)
  })

  test('of a column that there is not, and where nothing is asked for', async () => {
    const given = `${APP}\n    freshness: { error_after: { count: 1, period: day } }\n    loaded_at_field: tme`
    const dir = writeProject(goodBut({ [APP]: given }))
    expect(screen(dir, await gwh(dir, ['source', 'freshness']))).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

      --- stderr
      project.yml:14:22  missing_column
        Source \`app\` has no column \`tme\`.
          14 |     loaded_at_field: tme
             |                      ^
        Did you mean \`time\`? Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      What it means: gwh explain missing_column
      exit code 2"
    `)
    expect(screen(dir, await gwh(dir, ['source', 'freshness', '-s', 'events']))).toMatchInlineSnapshot(`
      "empty_selection
        No source that is selected says how fresh it should be.
        These do: app.

      What it means: gwh explain empty_selection
      exit code 2"
    `)
    const none = writeProject(GOOD)
    expect(screen(none, await gwh(none, ['source', 'freshness']))).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

      No source says how fresh it should be, so that nothing was asked. Add \`freshness: { error_after: { count: 1, period: day } }\` to one.
      exit code 0"
    `)
  })
})
