/** What is wrong in the user's own SQL, in selections and in data, as the command line shows it. */
import { describe, expect, test } from 'vitest'
import { selectNodes } from '../../src/graph/select.ts'
import { load } from '../../src/gwh.ts'
import { gwh, screen } from '../support/cli.ts'
import {
  buildProblems,
  GOOD,
  goodBut,
  problems,
  problemsOf,
  writeProject,
  type Files,
} from '../support/projects.ts'

const model = (text: string, more: Files = {}): Files => ({ ...GOOD, 'models/mine.sql': text, ...more })

/** A command and all that it shows. */
async function shown(files: Files, ...args: string[]): Promise<string> {
  const dir = writeProject(files)
  return screen(dir, await gwh(dir, args))
}

describe('templates', () => {
  test('a tag that is not closed', async () => {
    expect(await problemsOf(model("select *\nfrom {{ ref('events') \n"))).toMatchInlineSnapshot(`
      "models/mine.sql:2:6  template_error
        The template cannot be rendered: a tag or block is not closed.
          2 | from {{ ref('events')
            |      ^

      exit code 2"
    `)
  })

  test('a file without a query', async () => {
    for (const text of ['', '-- later\n', "{{ config(materialized='table') }}\n/* later */\n"]) {
      expect(await problemsOf(model(text))).toContain('There is no query in this file.')
    }
    expect(await problemsOf(goodBut({}, { 'tests/empty.sql': ';\n' }))).toMatchInlineSnapshot(`
      "tests/empty.sql:1:1  template_error
        There is no query in this file.
          1 | ;
            | ^
        Write a \`select\`, or remove the file.

      exit code 2"
    `)
  })

  test('a block that is not closed', async () => {
    expect(await problemsOf(model('select 1\n{% if is_incremental() %}\nwhere true\n')))
      .toMatchInlineSnapshot(`
        "models/mine.sql:2:1  template_error
          The template cannot be rendered: a tag or block is not closed.
            2 | {% if is_incremental() %}
              | ^

        exit code 2"
      `)
  })

  test('a function that there is not', async () => {
    expect(await problemsOf(model("select {{ dbt_utils.star(ref('events')) }}\nfrom {{ ref('events') }}\n")))
      .toMatchInlineSnapshot(`
        "models/mine.sql:1:11  template_error
          There is no function \`dbt_utils.star()\` in templates.
            1 | select {{ dbt_utils.star(ref('events')) }}
              |           ^
          They know ref(), source(), var(), env_var(), config(), this, target and is_incremental().

        exit code 2"
      `)
  })

  test('several faults in one file, each of them once', async () => {
    const text = await problemsOf(
      model(`select {{ star() }}, {{ dbt_utils.star(x) }}, {{ dbt_utils.pivot('a') }}, '{{ env_var('START') }}'
from {{ source('app') }}
where day > '{{ var('start') }}' and day < '{{ var('end') }}' or day = '{{ var('start') }}'
union all
select * from {{ source('crm') }}
`),
    )
    expect(text.match(/^ {2}(There is no (function|source)|The (environment )?variable) `.+?`/gm)).toEqual([
      '  There is no function `star()`',
      '  There is no function `dbt_utils.star()`',
      '  There is no function `dbt_utils.pivot()`',
      '  The environment variable `START`',
      '  The variable `start`',
      '  The variable `end`',
      '  There is no source `crm`',
    ])
  })

  test('a variable that is not set', async () => {
    expect(await problemsOf(model("select *\nfrom {{ ref('events') }}\nwhere day > '{{ var('start') }}'\n")))
      .toMatchInlineSnapshot(`
      "models/mine.sql:3:22  template_error
        The variable \`start\` is not set.
          3 | where day > '{{ var('start') }}'
            |                      ^
        Set it under \`vars:\`, with --vars, or write a default: var('start', …).

      exit code 2"
    `)
  })

  test('an environment variable that is not set', async () => {
    expect(
      await problemsOf(model("select *\nfrom {{ ref('events') }}\nwhere day > '{{ env_var('START') }}'\n")),
    ).toMatchInlineSnapshot(`
      "models/mine.sql:3:26  template_error
        The environment variable \`START\` is not set.
          3 | where day > '{{ env_var('START') }}'
            |                          ^
        Set it, put it into \`.env\`, or write a default: env_var('START', …).

      exit code 2"
    `)
  })

  test('a materialization that there is not', async () => {
    expect(await problemsOf(model("{{ config(materialized='tabel') }}\nselect 1 as one\n")))
      .toMatchInlineSnapshot(`
      "models/mine.sql:1:11  invalid_value
        \`tabel\` is not a materialization.
          1 | {{ config(materialized='tabel') }}
            |           ^
        Did you mean \`table\`?

      exit code 2"
    `)
    expect(await problemsOf(model("{{ config(materialized='incremental') }}\nselect 1 as one\n")))
      .toMatchInlineSnapshot(`
      "models/mine.sql:1:11  invalid_value
        \`incremental\` is not a materialization.
          1 | {{ config(materialized='incremental') }}
            |           ^
        gwh builds in full; use table.

      exit code 2"
    `)
  })

  test('a severity that there is not', async () => {
    expect(
      await problemsOf({ ...GOOD, 'tests/none.sql': "{{ config(severity='info') }}\nselect 1 as one\n" }),
    ).toMatchInlineSnapshot(`
      "tests/none.sql:1:11  invalid_value
        \`severity\` is not valid: use error or warn.
          1 | {{ config(severity='info') }}
            |           ^

      exit code 2"
    `)
  })
})

describe('references', () => {
  test('to a model that there is not', async () => {
    expect(await problemsOf(model("select *\nfrom {{ ref('event') }}\n"))).toMatchInlineSnapshot(`
      "models/mine.sql:2:14  missing_reference
        There is no model \`event\`.
          2 | from {{ ref('event') }}
            |              ^
        Did you mean \`events\`?

      exit code 2"
    `)
  })

  test('to a source that there is not', async () => {
    expect(await problemsOf(model("select *\nfrom {{ source('raw', 'users') }}\n"))).toMatchInlineSnapshot(`
      "models/mine.sql:2:24  missing_reference
        There is no source \`raw.users\`.
          2 | from {{ source('raw', 'users') }}
            |                        ^
        dbt's form with two names is not supported, but for a source with \`table: raw.users\`. Write one name; the sources are: \`app\`.

      exit code 2"
    `)
    expect(await problemsOf(model("select *\nfrom {{ source('raw', 'app') }}\n"))).toMatchInlineSnapshot(`
      "models/mine.sql:2:24  missing_reference
        There is no source \`raw.app\`.
          2 | from {{ source('raw', 'app') }}
            |                        ^
        dbt's form with two names is not supported, but for a source with \`table: raw.app\`. Write source('app').

      exit code 2"
    `)
  })

  test('from the documentation', async () => {
    const docs = `models:
  - name: evnts
  - name: events
    columns:
      - name: user_id
        data_tests:
          - relationships: { to: ref('user_profile'), field: user_id }
`
    expect(await problemsOf({ ...GOOD, 'models/docs.yml': docs })).toMatchInlineSnapshot(`
      "models/docs.yml:2:11  missing_reference
        There is no model \`evnts\`.
          2 |   - name: evnts
            |           ^
        Did you mean \`events\`?

      models/docs.yml:7:34  missing_reference
        There is no model \`user_profile\`.
          7 |           - relationships: { to: ref('user_profile'), field: user_id }
            |                                  ^
        Did you mean \`user_profiles\`?

      exit code 2"
    `)
  })

  test('in a circle', async () => {
    const files = model("select *\nfrom {{ ref('yours') }}\n", {
      'models/yours.sql': "select *\nfrom {{ ref('theirs') }}\n",
      'models/theirs.sql': "select *\nfrom {{ ref('mine') }}\n",
    })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "models/mine.sql:2:14  cycle
        Models depend on themselves in a circle: mine → yours → theirs → mine.
          2 | from {{ ref('yours') }}
            |              ^
        Remove one of these references.

      exit code 2"
    `)
  })

  test('to itself', async () => {
    expect(await problemsOf(model("select *\nfrom {{ ref('mine') }}\n"))).toMatchInlineSnapshot(`
      "models/mine.sql:2:14  cycle
        Models depend on themselves in a circle: mine → mine.
          2 | from {{ ref('mine') }}
            |              ^
        Remove one of these references.

      exit code 2"
    `)
  })

  test('a name that gwh builds already', async () => {
    expect(await problemsOf({ ...GOOD, 'models/events.sql': 'select 1 as one\n' })).toMatchInlineSnapshot(`
      "models/events.sql:1:1  duplicate_name
        \`events\` is the name of two relations: one that gwh builds and models/events.sql.
          1 | select 1 as one
            | ^
        Rename the file.

      exit code 2"
    `)
  })
})

describe('selections', () => {
  const nothing = (...select: string[]) => {
    const dir = writeProject(GOOD)
    return problems(dir, () => selectNodes(load(dir, { env: {} }).nodes, { select }))
  }

  test('that are empty', async () => {
    expect(await nothing('company_profile')).toMatchInlineSnapshot(`
      "empty_selection
        Nothing matches --select company_profile.
        Did you mean \`company_profiles\`?

      exit code 2"
    `)
    expect(await nothing('+source:web')).toMatchInlineSnapshot(`
      "empty_selection
        Nothing matches --select +source:web.
        There is: \`app\`.

      exit code 2"
    `)
    expect(await nothing('events,group_events_daily')).toMatchInlineSnapshot(`
      "empty_selection
        Nothing matches --select events,group_events_daily.
        A comma means "and"; write a space for "or".

      exit code 2"
    `)
  })

  test('that are none', async () => {
    expect(await nothing('state:new')).toMatchInlineSnapshot(`
      "usage
        \`state:new\` is not a selector.
        The methods are: \`path\`, \`source\`, \`group_key\`, \`report\`, \`resource_type\`, \`tag\`, \`test_name\`, \`test_type\`.

      exit code 2"
    `)
    expect(await nothing('pth:models')).toMatchInlineSnapshot(`
      "usage
        \`pth:models\` is not a selector.
        Did you mean \`path\`?

      exit code 2"
    `)
  })

  test('on the command line', async () => {
    expect(await shown(GOOD, 'build', '--select', 'zzz')).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

      --- stderr
      empty_selection
        Nothing matches --select zzz.
        There is: \`app\`, \`events\`, \`user_profiles\`, \`events_daily\`, \`attribution_daily\`, \`event_properties\`, \`group_surrogate_keys\`, \`event_groups\`, \`group_events_daily\`, \`group_activity_daily\`, \`group_uniques\`, \`user_groups\`, \`company_profiles\`, \`group_profiles\`, \`group_activity\`.

      What it means: gwh explain empty_selection
      exit code 2"
    `)
    expect(await shown(GOOD, 'ls', '--select', 'events', '--resource-type', 'source')).toMatchInlineSnapshot(`
      "empty_selection
        The selection has no source.

      What it means: gwh explain empty_selection
      exit code 2"
    `)
  })

  test('that need what is not built', async () => {
    expect(await buildProblems(GOOD, { select: ['group_events_daily'] })).toMatchInlineSnapshot(`
      "not_built
        Not built yet in \`gwh\`: \`event_groups\`, \`group_surrogate_keys\`.
        Build everything first with \`gwh build\`, or select parents too: \`gwh build -s +name\`.

      exit code 2"
    `)
  })
})

describe('models', () => {
  test('one with an error in its SQL', async () => {
    const text = "-- those who came\nselect\n  user_id,\n  ocurred_at\nfrom {{ ref('events') }}\n"
    expect(await shown(model(text), 'build', '--select', '+mine')).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

        ✓ events                table                     2 rows … s
        ✓ user_profiles         table                     2 rows … s
        ✓ events_daily          table                     2 rows … s
        ✓ attribution_daily     table                     2 rows … s
        ✓ event_properties      table                     0 rows … s
        ✗ mine                  view            Binder Error: Referenced column "ocurred_at" not found in FROM clause!

      ✗ mine  (model view)
        Binder Error: Referenced column "ocurred_at" not found in FROM clause!
          at target/compiled/models/mine.sql:5
            5 |   ocurred_at
          from models/mine.sql:4
        Candidate bindings: "occurred_at", "source", "source_rows", "user_id", "insert_id"

        test                      status   failures  seconds
        inexact_ids_app           skipped … s
        events_per_group_per_day  skipped … s

        passed 38, skipped 2, all 40

      5 models built, 1 failed, 38 data tests passed, 2 skipped in … s.
      Nothing was published; what was published before stays as it was.
      exit code 1"
    `)
  })

  test('one with an error in its syntax', async () => {
    expect(await shown(model("select *\nform {{ ref('events') }}\n"), 'build', '-q', '-s', '+mine'))
      .toMatchInlineSnapshot(`
        "✗ mine  (model view)
          Parser Error: syntax error at or near "gwh"
            at target/compiled/models/mine.sql:3
              3 | form gwh.events
            from models/mine.sql:2
        exit code 1"
      `)
  })

  test('one whose parent fails is not tried', async () => {
    const files = model('select nothing_like_it as one\n', {
      'models/next.sql': "select * from {{ ref('mine') }}\n",
    })
    expect(await shown(files, 'build', '-s', 'mine', 'next')).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

        ✗ mine                  view            Binder Error: Referenced column "nothing_like_it" was not found because the FROM clause is missing
        - next                  view            \`mine\` could not be built.

      ✗ mine  (model view)
        Binder Error: Referenced column "nothing_like_it" was not found because the FROM clause is missing
          at target/compiled/models/mine.sql:2
            2 | select nothing_like_it as one
          from models/mine.sql:1

      0 models built, 1 failed, 1 skipped in … s.
      Nothing was published; what was published before stays as it was.
      exit code 1"
    `)
  })

  test('one without a column that the project describes', async () => {
    const docs = 'models:\n  - name: mine\n    columns: [{ name: two, description: Two. }]\n'
    expect(await shown(model('select 1 as one\n', { 'models/docs.yml': docs }), 'build', '-q', '-s', 'mine'))
      .toMatchInlineSnapshot(`
      "✗ mine  (model view)
        The project describes \`two\`, which the query does not return; it returns \`one\`.
      exit code 1"
    `)
  })
})

describe('data', () => {
  const docs = (severity: string) => `models:
  - name: events
    columns:
      - name: event_name
        data_tests:
          - accepted_values: { values: [log_in], severity: ${severity} }
      - name: user_id
        data_tests: [unique]
`

  test('a data test that fails', async () => {
    expect(await shown({ ...GOOD, 'models/docs.yml': docs('error') }, 'build', '-s', '+events'))
      .toMatchInlineSnapshot(`
        "small → dev: DuckDB target/small.duckdb, schema gwh

          ✓ events                table                     2 rows … s
          ✓ user_profiles         table                     2 rows … s
          ✓ events_daily          table                     2 rows … s
          ✓ attribution_daily     table                     2 rows … s
          ✓ event_properties      table                     0 rows … s
          ✗ accepted_values_events_event_name  accepted_values 1 wrong row

        ✗ accepted_values_events_event_name  (test accepted_values)
          Expected: \`event_name\` is one of 'log_in'.
          1 wrong row
          - event_name = 'sign_up' in 1 row is not in the list
          Correct these values where they come from, or add those that are right to \`values\` of the test.
          The query: target/compiled/tests/events.sql:29

          test                               status   failures  seconds
          accepted_values_events_event_name  fail            1 … s
          inexact_ids_app                    skipped … s
          events_per_group_per_day           skipped … s

          passed 39, failed 1, skipped 2, all 42

        5 models built, 39 data tests passed, 1 failed, 2 skipped in … s.
        Nothing was published; what was published before stays as it was.
        The queries of the tests show what is published. \`gwh build --store-failures\` keeps the wrong rows of a build that is not.
        exit code 1"
      `)
  })

  test('a data test that warns', async () => {
    expect(await shown({ ...GOOD, 'models/docs.yml': docs('warn') }, 'build', '-s', '+events'))
      .toMatchInlineSnapshot(`
        "small → dev: DuckDB target/small.duckdb, schema gwh

          ✓ events                table                     2 rows … s
          ✓ user_profiles         table                     2 rows … s
          ✓ events_daily          table                     2 rows … s
          ✓ attribution_daily     table                     2 rows … s
          ✓ event_properties      table                     0 rows … s
          ! accepted_values_events_event_name  accepted_values 1 wrong row

        ! accepted_values_events_event_name  (test accepted_values)
          Expected: \`event_name\` is one of 'log_in'.
          1 wrong row
          - event_name = 'sign_up' in 1 row is not in the list
          Correct these values where they come from, or add those that are right to \`values\` of the test.
          The query: target/compiled/tests/events.sql:29

          test                               status   failures  seconds
          accepted_values_events_event_name  warn            1 … s
          inexact_ids_app                    skipped … s
          events_per_group_per_day           skipped … s

          passed 39, warned 1, skipped 2, all 42

          relation               kind   rows  one row per
          gwh.events             table     2  event_id
          gwh.user_profiles      table     2  user_id
          gwh.events_daily       table     2  source, event_name, day
          gwh.attribution_daily  table     2  group_key, source, event_name, day
          gwh.event_properties   table     0  source, property

        5 models built, 39 data tests passed, 1 warned, 2 skipped in … s.
        Published 5 relations in schema gwh of target/small.duckdb, all at once.

        Next:
          gwh ls --resource-type test
        exit code 0"
      `)
  })

  test('a query of the user that finds rows, and one that is broken', async () => {
    const files = {
      ...GOOD,
      'tests/late.sql': "select event_name, day from {{ ref('events') }} where day > date '2024-01-01'\n",
      'tests/wrong.sql': "select event_nam from {{ ref('events') }}\n",
    }
    expect(await shown(files, 'build', '-q', '-s', 'events')).toMatchInlineSnapshot(`
      "✗ late  (test singular)
        Expected: \`tests/late.sql\` returns no row.
        1 wrong row
        - event_name = 'log_in', day = '2024-01-02'
        Correct these rows where they come from, or the query where it finds rows that are right.
        The query: target/compiled/tests/late.sql:2
      ✗ wrong  (test singular)
        Expected: \`tests/wrong.sql\` returns no row.
        Binder Error: Referenced column "event_nam" not found in FROM clause!
        Candidate bindings: "event_name", "event_id", "ingested_at", "device_id", "insert_id"
          at tests/wrong.sql:1:1
        The query: target/compiled/tests/wrong.sql:2
      exit code 1"
    `)
  })

  test('times that cannot be read', async () => {
    const rows = [
      'a,yesterday,ann,x',
      'a,yesterday,bob,x',
      'a,2024-13-01T00:00:00Z,ann,x',
      'a,,ann,x',
      'a,2024-01-01,ann,x',
    ]
    const files = goodBut({}, { 'events.csv': `event,time,user_id,company_id\n${rows.join('\n')}\n` })
    expect(await shown(files, 'build', '-s', 'events')).toMatchInlineSnapshot(`
      "small → dev: DuckDB target/small.duckdb, schema gwh

        ✓ events                table                     5 rows … s
        ✓ user_profiles         table                     1 rows … s
        ✓ events_daily          table                     1 rows … s
        ✓ attribution_daily     table                     1 rows … s
        ✓ event_properties      table                     0 rows … s
        ✗ readable_times_app    readable_times  4 wrong rows in 3 failures

      ✗ readable_times_app  (test readable_times)
        Expected: Every row of source \`app\` has a time that can be read.
        4 wrong rows in 3 failures
        - 'yesterday' in 2 rows of app is not a time
        - '2024-13-01T00:00:00Z' in 1 row of app is not a time
        - null in 1 row of app is not a time
        Correct these rows where they come from, or say how the source writes its times (\`time_format\`).
        The query: target/compiled/tests/events.sql:2

        test                            status   failures  seconds
        readable_times_app              fail            3 … s
        not_null_events_daily_day       skipped … s
        not_null_attribution_daily_day  skipped … s
        inexact_ids_app                 skipped … s
        events_per_group_per_day        skipped … s

        passed 35, failed 1, skipped 4, all 40

      5 models built, 35 data tests passed, 1 failed, 4 skipped in … s.
      Nothing was published; what was published before stays as it was.
      The queries of the tests show what is published. \`gwh build --store-failures\` keeps the wrong rows of a build that is not.
      exit code 1"
    `)
  })

  test('times of the wrong unit', async () => {
    const files = goodBut({ 'user: user_id }': 'user: user_id }\n    time_format: epoch_s' }, {})
    expect(await shown(files, 'build', '-q', '-s', 'events')).toMatchInlineSnapshot(`
      "✗ readable_times_app  (test readable_times)
        Expected: Every row of source \`app\` has a time that can be read.
        2 wrong rows
        - '2024-01-01T10:00:00Z' in 1 row of app is not a time
        - '2024-01-02T10:00:00Z' in 1 row of app is not a time
        Correct these rows where they come from, or say how the source writes its times (\`time_format\`).
        The query: target/compiled/tests/events.sql:2
      exit code 1"
    `)
  })
})

describe('show', () => {
  test('a relation that is not built', async () => {
    const dir = writeProject(GOOD)
    await gwh(dir, ['build', '-q', '-s', 'events'])
    expect(screen(dir, await gwh(dir, ['show', 'group_events_daily']))).toMatchInlineSnapshot(`
      "not_built
        \`group_events_daily\` is not built yet in \`gwh\`.
        Build it first: \`gwh build\`.

      What it means: gwh explain not_built
      exit code 2"
    `)
    expect(screen(dir, await gwh(dir, ['show', 'event']))).toMatchInlineSnapshot(`
      "missing_reference
        There is no relation \`event\`.
        Did you mean \`events\`?

      What it means: gwh explain missing_reference
      exit code 2"
    `)
    expect(screen(dir, await gwh(dir, ['show', '--inline', 'select nme from events'])))
      .toMatchInlineSnapshot(`
        "query_failed
          Binder Error: Referenced column "nme" not found in FROM clause!
          Candidate bindings: "insert_id", "ingested_at", "copies"

        What it means: gwh explain query_failed
        exit code 1"
      `)
    expect(screen(dir, await gwh(dir, ['show', '--inline', "select * from {{ ref('evnts') }}"])))
      .toMatchInlineSnapshot(`
        "missing_reference
          There is no relation \`evnts\`.
          Did you mean \`events\`?

        What it means: gwh explain missing_reference
        exit code 2"
      `)
  })

  test('without a relation', async () => {
    expect(await shown(GOOD, 'show')).toMatchInlineSnapshot(`
      "usage
        Name a relation, or write SQL after --inline.
        gwh show company_profiles, or gwh show --inline "select * from group_uniques".

      What it means: gwh explain usage
      exit code 2"
    `)
  })

  test('without a database', async () => {
    expect(await shown(GOOD, 'show', 'events')).toMatchInlineSnapshot(`
      "not_built
        There is no database target/small.duckdb yet.
        Build it first: \`gwh build\`.

      What it means: gwh explain not_built
      exit code 2"
    `)
  })
})
