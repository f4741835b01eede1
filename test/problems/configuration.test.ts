/** What is wrong in the YAML files, as it is shown. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { GOOD, goodBut, problems, problemsOf, writeProject } from '../support/projects.ts'

describe('the project', () => {
  test('without a fault is told nothing', () => {
    expect(load(writeProject(GOOD), { env: {} }).plan.models.length).toBeGreaterThan(5)
  })

  test('is not there', async () => {
    expect(await problemsOf({ 'README.md': '' })).toMatchInlineSnapshot(`
      "project_not_found
        There is no project.yml in <project>.
        Run gwh in the folder of your project, or name it with --project-dir.

      exit code 2"
    `)
  })

  test('is empty', async () => {
    expect(await problemsOf({ 'project.yml': '' })).toMatchInlineSnapshot(`
      "project.yml:1:1  invalid_value
        project.yml must be a map of fields.
          1 |
            | ^

      exit code 2"
    `)
  })

  test('is no map', async () => {
    expect(await problemsOf({ 'project.yml': '- name: small\n' })).toMatchInlineSnapshot(`
      "project.yml:1:1  invalid_value
        project.yml must be a map of fields.
          1 | - name: small
            | ^

      exit code 2"
    `)
  })
})

describe('YAML', () => {
  test('is broken by indentation', async () => {
    const broken = goodBut({ '  - name: company_id\n': '  - name: company_id\n   label: Company\n' })
    expect(await problemsOf(broken)).toMatchInlineSnapshot(`
      "project.yml:8:4  invalid_yaml
        Sequence item without - indicator.
          8 |    label: Company
            |    ^
        Check the indentation: entries of one map or list start in the same column, those of a list with \`- \`.

      exit code 2"
    `)
  })

  test('has a bracket that is not closed', async () => {
    const broken = goodBut({ 'user: user_id }': 'user: user_id' })
    expect(await problemsOf(broken)).toMatchInlineSnapshot(`
      "project.yml:12:55  invalid_yaml
        Flow map in block collection must be sufficiently indented and end with a }.
          12 |     columns: { event: event, time: time, user: user_id
             |                                                       ^
        Close the bracket; what is in it is indented further than its key.

      exit code 2"
    `)
  })

  test.each([
    ['label: Plan: pro', 'Put the text into quotes.'],
    ["label: 'Plan", 'Close the text with that quote.'],
    ['label: @plan', 'Put the text into quotes.'],
    ['label: ["a" "b"]', 'Put a comma between two entries in brackets.'],
    [
      'label',
      'Check the indentation: entries of one map or list start in the same column, those of a map as `key: value`.',
    ],
    ['label: [a', 'Close the bracket; what is in it is indented further than its key.'],
    ['label: *plan', 'Put it into quotes if it is a text.'],
  ])('has %s, and says how to mend it', async (line, fix) => {
    const broken = goodBut({ '  - name: company_id\n': `  - name: company_id\n    ${line}\n` })
    expect(await problemsOf(broken)).toContain(`\n  ${fix}\n\nexit code 2`)
  })

  test('has a tab', async () => {
    expect(await problemsOf(goodBut({ '    type: events': '\ttype: events' }))).toMatchInlineSnapshot(`
      "project.yml:10:2  invalid_yaml
        Tabs are not allowed as indentation.
          10 |  type: events
             |  ^
        Indent with spaces.

      exit code 2"
    `)
  })

  test('has a key twice', async () => {
    expect(await problemsOf(goodBut({ 'target: dev': 'target: dev\nname: other' }))).toMatchInlineSnapshot(`
      "project.yml:3:1  invalid_yaml
        The key \`name\` is there twice.
          3 | name: other
            | ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('is broken in a file beside project.yml', async () => {
    expect(await problemsOf({ ...GOOD, 'models/docs.yml': 'models:\n  - name: "events\n' }))
      .toMatchInlineSnapshot(`
        "models/docs.yml:2:18  invalid_yaml
          Missing closing quote (").
            2 |   - name: "events
              |                  ^
          Close the text with that quote.

        exit code 2"
      `)
  })
})

describe('fields', () => {
  test('an unknown one gets the nearest name', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: company_id\n    lable: Company' })))
      .toMatchInlineSnapshot(`
      "project.yml:8:5  unknown_field
        \`group_keys[0].lable\` is not a known field.
          8 |     lable: Company
            |     ^
        Did you mean \`label\`?

      exit code 2"
    `)
  })

  test('an unknown one at the top', async () => {
    expect(await problemsOf(goodBut({ 'target: dev': 'target: dev\ntime_zone: UTC' })))
      .toMatchInlineSnapshot(`
      "project.yml:3:1  unknown_field
        \`time_zone\` is not a known field.
          3 | time_zone: UTC
            | ^
        Did you mean \`timezone\`?

      exit code 2"
    `)
  })

  test('an unknown one of a target', async () => {
    expect(await problemsOf(goodBut({ 'path: target/small.duckdb': 'file: target/small.duckdb' })))
      .toMatchInlineSnapshot(`
        "project.yml:4:24  unknown_field
          \`targets.dev.file\` is not a known field.
            4 |   dev: { type: duckdb, file: ***** }
              |                        ^
          The fields here are: \`type\`, \`path\`, \`schema\`, \`threads\`, \`memory_limit\`.

        exit code 2"
      `)
  })

  test('an unknown one of a source is looked for in its connector', async () => {
    expect(
      await problemsOf(goodBut({ '    file: events.csv': '    file: events.csv\n    propertys: [plan]' })),
    ).toMatchInlineSnapshot(`
      "project.yml:12:5  unknown_field
        Source \`app\`: \`propertys\` is not a known field.
          12 |     propertys: [plan]
             |     ^
        Did you mean \`properties\`?

      exit code 2"
    `)
  })

  test('an unknown one inside of columns', async () => {
    expect(await problemsOf(goodBut({ 'user: user_id': 'usr: user_id' }))).toMatchInlineSnapshot(`
      "project.yml:12:42  unknown_field
        Source \`app\`: \`columns.usr\` is not a known field.
          12 |     columns: { event: event, time: time, usr: user_id }
             |                                          ^
        Did you mean \`user\`?

      exit code 2"
    `)
  })

  test('a section in the wrong file', async () => {
    expect(await problemsOf({ ...GOOD, 'connectors/more.yml': 'source: []\n' })).toMatchInlineSnapshot(`
      "connectors/more.yml:1:1  unknown_field
        \`source\` is not a known field of connectors/more.yml.
          1 | source: []
            | ^
        Did you mean \`sources\`?

      exit code 2"
    `)
  })

  test('a section that is no list', async () => {
    expect(await problemsOf({ ...GOOD, 'connectors/more.yml': 'sources: {}\n' })).toMatchInlineSnapshot(`
      "connectors/more.yml:1:1  invalid_value
        \`sources\` must be a list.
          1 | sources: {}
            | ^

      exit code 2"
    `)
  })

  test('are missing', async () => {
    expect(await problemsOf(goodBut({ 'name: small\n': '', '    type: events\n': '' })))
      .toMatchInlineSnapshot(`
        "project.yml:1:1  missing_field
          \`name\` is missing.
            1 | target: dev
              | ^
          Add \`name:\` (a text).

        project.yml:8:5  missing_field
          \`sources[0].type\` is missing.
            8 |   - name: app
              |     ^
          Add \`type:\` (one of \`events\`, \`group_table\`, \`operations\`, \`user_table\`, \`links\`, \`discards\`, \`several\`).

        exit code 2"
      `)
  })

  test('are missing in what a connector reads', async () => {
    expect(await problemsOf(goodBut({ ', time: time': '' }))).toMatchInlineSnapshot(`
      "project.yml:12:14  missing_field
        Source \`app\`: \`columns.time\` is missing.
          12 |     columns: { event: event, user: user_id }
             |              ^
        Add \`time:\` (a text).

      exit code 2"
    `)
  })

  test('neither table nor file', async () => {
    expect(await problemsOf(goodBut({ '    file: events.csv\n': '' }))).toMatchInlineSnapshot(`
      "project.yml:9:5  missing_field
        Source \`app\` needs exactly one of \`table\` and \`file\`.
          9 |   - name: app
            |     ^
        Add \`file: …\` or \`table: …\`.

      exit code 2"
    `)
  })

  test('both table and file', async () => {
    expect(
      await problemsOf(goodBut({ '    file: events.csv': '    file: events.csv\n    table: raw.events' })),
    ).toMatchInlineSnapshot(`
      "project.yml:9:5  invalid_value
        Source \`app\` needs exactly one of \`table\` and \`file\`.
          9 |   - name: app
            |     ^
        Remove one of the two.

      exit code 2"
    `)
  })

  test('have values that are none', async () => {
    const files = goodBut({
      'target: dev': 'target: dev\nweek_start: sunnday\nlimits: { profile: mixpannel, group_keys: -1 }',
      'name: company_id': 'name: company_id\n    registered_at: last year\n    b2b: yes please',
    })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:3:13  invalid_value
        \`week_start\` must be one of \`monday\`, \`tuesday\`, \`wednesday\`, \`thursday\`, \`friday\`, \`saturday\`, \`sunday\`.
          3 | week_start: sunnday
            |             ^
        Did you mean \`sunday\`?

      project.yml:4:20  invalid_value
        \`limits.profile\` must be one of \`mixpanel\`, \`mixpanel_growth\`, \`posthog\`, \`amplitude\`, \`none\`.
          4 | limits: { profile: mixpannel, group_keys: -1 }
            |                    ^
        Did you mean \`mixpanel\`?

      project.yml:4:43  invalid_value
        \`limits.group_keys\` must be at least 0.
          4 | limits: { profile: mixpannel, group_keys: -1 }
            |                                           ^
        Write \`null\` for no limit.

      project.yml:10:20  invalid_value
        \`group_keys[0].registered_at\` is not valid: use an ISO 8601 instant such as 2024-01-31T00:00:00Z.
          10 |     registered_at: last year
             |                    ^

      project.yml:11:10  invalid_value
        \`group_keys[0].b2b\` must be true or false.
          11 |     b2b: yes please
             |          ^

      exit code 2"
    `)
  })

  test('have limits whose numbers no query can hold', async () => {
    const limits =
      'limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }'
    expect(await problemsOf(goodBut({ 'target: dev': `target: dev\n${limits}` }))).toMatchInlineSnapshot(`
      "project.yml:3:32  invalid_value
        \`limits.earliest_event_year\` must be at most 9999.
          3 | limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }
            |                                ^
        Write \`null\` for no limit.

      project.yml:3:55  invalid_value
        \`limits.future_minutes\` must be at most 525600000.
          3 | limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }
            |                                                       ^
        Write \`null\` for no limit.

      project.yml:3:84  invalid_value
        \`limits.event_age_days\` must be at most 365000.
          3 | limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }
            |                                                                                    ^
        Write \`null\` for no limit.

      project.yml:3:108  invalid_value
        \`limits.object_depth\` must be at most 1000.
          3 | limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }
            |                                                                                                            ^
        Write \`null\` for no limit.

      project.yml:3:128  invalid_value
        \`limits.string_bytes\` must be at most 1000000000.
          3 | limits: { earliest_event_year: 99999, future_minutes: 99999999999, event_age_days: 99999999, object_depth: 9999, string_bytes: 3000000000 }
            |                                                                                                                                ^
        Write \`null\` for no limit.

      exit code 2"
    `)
    expect(await problemsOf(goodBut({ 'target: dev': 'target: dev\nlimits: { earliest_event_year: 0 }' })))
      .toMatchInlineSnapshot(`
      "project.yml:3:32  invalid_value
        \`limits.earliest_event_year\` must be at least 1.
          3 | limits: { earliest_event_year: 0 }
            |                                ^
        Write \`null\` for no limit.

      exit code 2"
    `)
  })

  test('have the wrong type', async () => {
    const files = goodBut({ 'name: small': 'name: [small]', '{ type: duckdb, path': '{ type: duckbd, path' })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:1:7  invalid_value
        \`name\` must be a text.
          1 | name: [small]
            |       ^

      project.yml:4:16  invalid_value
        \`targets.dev.type\` must be one of \`duckdb\`, \`postgres\`.
          4 |   dev: { type: duckbd, path: target/small.duckdb }
            |                ^
        Did you mean \`duckdb\`?

      exit code 2"
    `)
  })

  test('a data test that is none', async () => {
    const models =
      'models:\n  - name: events\n    columns:\n      - { name: user_id, data_tests: [not_nul] }\n'
    expect(await problemsOf({ ...GOOD, 'models/docs.yml': models })).toMatchInlineSnapshot(`
      "models/docs.yml:4:39  invalid_value
        There is no data test \`not_nul\` to declare.
          4 |       - { name: user_id, data_tests: [not_nul] }
            |                                       ^
        Did you mean \`not_null\`? For others write a query into tests/.

      exit code 2"
    `)
  })

  test('a data test with an unknown argument', async () => {
    const models =
      'models:\n  - name: events\n    columns:\n      - name: user_id\n        data_tests:\n          - accepted_values: { value: [a] }\n'
    expect(await problemsOf({ ...GOOD, 'models/docs.yml': models })).toMatchInlineSnapshot(`
      "models/docs.yml:6:30  missing_field
        \`models[0].columns[0].data_tests[0].accepted_values.values\` is missing.
          6 |           - accepted_values: { value: [a] }
            |                              ^
        Add \`values:\` (a list).

      models/docs.yml:6:32  unknown_field
        \`models[0].columns[0].data_tests[0].accepted_values.value\` is not a known field.
          6 |           - accepted_values: { value: [a] }
            |                                ^
        Did you mean \`values\`?

      exit code 2"
    `)
  })

  test('several problems in several files are shown together, in order', async () => {
    const files = goodBut(
      { 'target: dev': 'target: dev\ntimezone: Europe/Pariss', 'name: company_id': 'name: time' },
      {
        'connectors/more.yml': `sources:
  - { name: app, type: events, connector: segment, file: x.csv }
  - { name: web, type: events, file: x.csv, columns: { event: event, time: time }, group_keys: [Company_ID] }
`,
      },
    )
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "connectors/more.yml:2:13  duplicate_name
        The source \`app\` is there twice.
          2 |   - { name: app, type: events, connector: segment, file: x.csv }
            |             ^
        Rename one of the two.

      connectors/more.yml:2:43  unknown_connector
        There is no connector \`segment\`.
          2 |   - { name: app, type: events, connector: segment, file: x.csv }
            |                                           ^
        The connectors are: \`columns\`, \`mixpanel\`.

      connectors/more.yml:3:97  key_not_registered
        Source \`web\`: the group key \`Company_ID\` is not registered.
          3 |   - { name: web, type: events, file: x.csv, columns: { event: event, time: time }, group_keys: [Company_ID] }
            |                                                                                                 ^
        Register it under \`group_keys:\`.

      project.yml:3:11  unknown_timezone
        \`Europe/Pariss\` is not a time zone.
          3 | timezone: Europe/Pariss
            |           ^
        Did you mean \`Europe/Paris\`?

      project.yml:8:11  reserved_name
        \`time\` cannot be a group key: events have a column or property of that name already.
          8 |   - name: time
            |           ^
        Register another name and map it in the source: \`group_keys: {time_group: time}\`.

      exit code 2"
    `)
  })

  test('a time zone that is none', async () => {
    expect(await problemsOf(goodBut({ 'target: dev': 'target: dev\ntimezone: CEST' })))
      .toMatchInlineSnapshot(`
      "project.yml:3:11  unknown_timezone
        \`CEST\` is not a time zone.
          3 | timezone: CEST
            |           ^
        Use an IANA name such as Europe/Paris.

      exit code 2"
    `)
  })
})

describe('group keys and sources', () => {
  test('a key registered twice', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: company_id\n  - name: company_id' })))
      .toMatchInlineSnapshot(`
        "project.yml:8:11  duplicate_name
          The group key \`company_id\` is registered twice.
            8 |   - name: company_id
              |           ^
          Remove one of the two entries.

        exit code 2"
      `)
  })

  test('keys that differ only in case', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: company_id\n  - name: Company_ID' })))
      .toMatchInlineSnapshot(`
        "project.yml:8:11  ambiguous_case
          The group keys \`company_id\` and \`Company_ID\` differ only in case.
            8 |   - name: Company_ID
              |           ^
          Names are compared byte for byte; register the spelling that the events use.

        exit code 2"
      `)
  })

  test('keys with one noun', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: company_id\n  - name: company' })))
      .toMatchInlineSnapshot(`
      "project.yml:8:11  duplicate_name
        The group keys \`company_id\` and \`company\` would both build \`company_profiles\`.
          8 |   - name: company
            |           ^
        Give one of them another \`noun\`.

      exit code 2"
    `)
  })

  test('two company keys', async () => {
    expect(
      await problemsOf(
        goodBut({ '- name: company_id': '- { name: company_id, b2b: true }\n  - { name: team, b2b: true }' }),
      ),
    ).toMatchInlineSnapshot(`
      "project.yml:8:24  duplicate_name
        \`company_id\` and \`team\` are both marked \`b2b\`; there is one company key.
          8 |   - { name: team, b2b: true }
            |                        ^
        Leave \`b2b: true\` at one of them.

      exit code 2"
    `)
  })

  test.each(['$distinct_id', 'event_name', 'user_id', 'Display_Name', 'time'])(
    'the reserved key %s',
    async (name) => {
      const text = await problemsOf(goodBut({ '- name: company_id': `- name: ${name}` }))
      expect(text).toContain(
        `\`${name}\` cannot be a group key: events have a column or property of that name already.`,
      )
    },
  )

  test('a reserved key', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: $insert_id' }))).toMatchInlineSnapshot(`
      "project.yml:7:11  reserved_name
        \`$insert_id\` cannot be a group key: events have a column or property of that name already.
          7 |   - name: $insert_id
            |           ^
        Register another name and map it in the source: \`group_keys: {insert_group: $insert_id}\`.

      exit code 2"
    `)
  })

  test('names that are too long for PostgreSQL', async () => {
    const files = goodBut({
      'user: user_id }': `user: user_id }\n    properties: [plan, ${'x'.repeat(64)}]`,
      '- name: company_id': `- name: company_id\n  - name: ${'team_'.repeat(13)}`,
    })
    const env = { GWH_POSTGRES_URL: 'postgresql://ann@db/stats' }
    expect(await problemsOf(files, { target: 'pg', env })).toMatchInlineSnapshot(`
      "project.yml:8:11  invalid_value
        \`team_team_team_team_team_team_team_team_team_team_team_team_team_\` is too long for PostgreSQL, which has room for 63 bytes here.
          8 |   - name: team_team_team_team_team_team_team_team_team_team_team_team_team_
            |           ^
        Give it a shorter name.

      exit code 2"
    `)
    expect(load(writeProject(files), { env: {} }).plan.catalog.groupKeys).toHaveLength(2)
  })

  test('a reserved noun', async () => {
    expect(await problemsOf(goodBut({ '- name: company_id': '- name: group' }))).toMatchInlineSnapshot(`
      "project.yml:7:11  reserved_name
        \`group_profiles\` is a relation of its own, so \`group\` cannot be a noun.
          7 |   - name: group
            |           ^
        Give the key another \`noun\`.

      exit code 2"
    `)
  })

  test('a reserved property', async () => {
    const files = goodBut({
      'sources:\n':
        'sources:\n  - { name: accounts, type: group_table, file: a.csv, group_key: company_id, columns: { id: id }, properties: [plan, users] }\n',
    })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:9:118  reserved_name
        Source \`accounts\`: profiles have a column \`users\` of their own.
          9 |   - { name: accounts, type: group_table, file: a.csv, group_key: company_id, columns: { id: id }, properties: [plan, users] }
            |                                                                                                                      ^
        Give the property another name: \`properties: {account_users: users}\`.

      exit code 2"
    `)
  })

  test('a property of two sources', async () => {
    const table = (name: string) =>
      `  - { name: ${name}, type: group_table, file: a.csv, group_key: company_id, columns: { id: id }, properties: { plan: tier } }\n`
    const files = goodBut({ 'sources:\n': `sources:\n${table('accounts')}${table('crm')}` })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:10:114  duplicate_name
        The property \`plan\` of \`company_id\` comes from \`accounts\` and \`crm\`.
          10 |   - { name: crm, type: group_table, file: a.csv, group_key: company_id, columns: { id: id }, properties: { plan: tier } }
             |                                                                                                                  ^
        Each property has one source; leave it out of one of them or rename it.

      exit code 2"
    `)
  })

  test('a source that is there twice', async () => {
    const more =
      'sources:\n  - { name: app, type: events, file: a.csv, columns: { event: event, time: time } }\n'
    expect(await problemsOf({ ...GOOD, 'connectors/more.yml': more })).toMatchInlineSnapshot(`
      "connectors/more.yml:2:13  duplicate_name
        The source \`app\` is there twice.
          2 |   - { name: app, type: events, file: a.csv, columns: { event: event, time: time } }
            |             ^
        Rename one of the two.

      exit code 2"
    `)
  })

  test('a key that is not registered', async () => {
    const files = goodBut({ 'user: user_id }': 'user: user_id }\n    group_keys: [company_id, compny]' })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:13:30  key_not_registered
        Source \`app\`: the group key \`compny\` is not registered.
          13 |     group_keys: [company_id, compny]
             |                              ^
        The registered keys are: \`company_id\`.

      exit code 2"
    `)
  })

  test('a key that is registered in another case', async () => {
    const files = goodBut({
      'user: user_id }': 'user: user_id }\n    group_keys: { Company_Id: company_id }',
    })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:13:31  key_not_registered
        Source \`app\`: the group key \`Company_Id\` is not registered.
          13 |     group_keys: { Company_Id: company_id }
             |                               ^
        \`company_id\` is registered; names are compared byte for byte.

      exit code 2"
    `)
  })

  test('an unknown connector', async () => {
    const files = goodBut({ '    file: events.csv': '    connector: mixpanle\n    file: events.csv' })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:11:16  unknown_connector
        There is no connector \`mixpanle\`.
          11 |     connector: mixpanle
             |                ^
        Did you mean \`mixpanel\`?

      exit code 2"
    `)
  })

  test('files outside of the project', async () => {
    const files = goodBut({ 'file: events.csv': 'file: [events.csv, ../elsewhere/events.csv]' })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:11:24  path_outside_project
        \`../elsewhere/events.csv\` lies outside of the project's folder.
          11 |     file: [events.csv, ../elsewhere/events.csv]
             |                        ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      exit code 2"
    `)
  })

  test('files of several formats', async () => {
    const files = goodBut({ 'file: events.csv': 'file: [events.csv, events.parquet]' })
    expect(await problemsOf(files)).toMatchInlineSnapshot(`
      "project.yml:11:12  invalid_value
        The files of source \`app\` have 2 formats; one source has one.
          11 |     file: [events.csv, events.parquet]
             |            ^
        Say \`format: parquet\`, \`format: csv\` or \`format: ndjson\`.

      exit code 2"
    `)
  })

  test('a file whose ending says nothing', async () => {
    expect(await problemsOf(goodBut({ 'file: events.csv': 'file: events.txt' }))).toMatchInlineSnapshot(`
      "project.yml:11:11  invalid_value
        The ending of \`events.txt\` does not say what format it has.
          11 |     file: events.txt
             |           ^
        Say \`format: parquet\`, \`format: csv\` or \`format: ndjson\`.

      exit code 2"
    `)
  })

  test('a table that is none', async () => {
    expect(await problemsOf(goodBut({ 'file: events.csv': 'table: a.b.c.d' }))).toMatchInlineSnapshot(`
      "project.yml:11:12  invalid_value
        \`a.b.c.d\` is not a relation: write table, schema.table or database.schema.table.
          11 |     table: a.b.c.d
             |            ^

      exit code 2"
    `)
  })
})

describe('targets and variables', () => {
  test('an unknown target on the command line', async () => {
    expect(await problemsOf(GOOD, { target: 'def' })).toMatchInlineSnapshot(`
      "project.yml:3:1  unknown_target
        There is no target \`def\`.
          3 | targets:
            | ^
        Did you mean \`dev\`?

      exit code 2"
    `)
  })

  test('an unknown target in the environment', async () => {
    expect(await problemsOf(GOOD, { env: { GWH_TARGET: 'production' } })).toMatchInlineSnapshot(`
      "project.yml:3:1  unknown_target
        There is no target \`production\`, which GWH_TARGET names.
          3 | targets:
            | ^
        The targets are: \`dev\`, \`pg\`.

      exit code 2"
    `)
  })

  test('an unknown target in project.yml', async () => {
    expect(await problemsOf(goodBut({ 'target: dev': 'target: pgs' }))).toMatchInlineSnapshot(`
      "project.yml:2:9  unknown_target
        There is no target \`pgs\`.
          2 | target: pgs
            |         ^
        Did you mean \`pg\`?

      exit code 2"
    `)
  })

  test('several targets and none chosen', async () => {
    expect(await problemsOf(goodBut({ 'target: dev\n': '' }))).toMatchInlineSnapshot(`
      "project.yml:2:1  unknown_target
        There are several targets and none is named as the one in use.
          2 | targets:
            | ^
        Add \`target: dev\`, or call gwh with --target.

      exit code 2"
    `)
  })

  test('no targets', async () => {
    const files = goodBut({ 'target: dev\n': '' })
    const text = (files['project.yml'] ?? '').replace(/targets:\n(?: {2}.*\n)+/, '')
    expect(await problemsOf({ ...files, 'project.yml': text })).toMatchInlineSnapshot(`
      "project.yml:1:1  missing_field
        \`targets\` is missing.
          1 | name: small
            | ^
        Add \`targets:\` (a map).

      exit code 2"
    `)
  })

  test('a variable that is not set', async () => {
    expect(await problemsOf(GOOD, { target: 'pg' })).toMatchInlineSnapshot(`
      "project.yml:5:30  unset_variable
        The environment variable \`GWH_POSTGRES_URL\` is not set.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        Set it, put it into \`.env\`, or write a default: \${GWH_POSTGRES_URL:-…}.

      exit code 2"
    `)
  })

  test('a variable that is set to nothing is the empty text, which this field does not take', async () => {
    expect(await problemsOf(GOOD, { target: 'pg', env: { GWH_POSTGRES_URL: '' } })).toMatchInlineSnapshot(`
      "project.yml:5:30  unset_variable
        The environment variable \`GWH_POSTGRES_URL\` is set to nothing, and this field takes no empty text.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        Give it a value, or write a default: \${GWH_POSTGRES_URL:-…}.

      exit code 2"
    `)
  })

  test('a variable that is set to nothing is no problem where no database is opened', () => {
    const options = { target: 'pg', env: { GWH_POSTGRES_URL: '' }, offline: true }
    expect(load(writeProject(GOOD), options).plan.catalog.project.target.name).toBe('pg')
  })

  test('a variable that is set to nothing is set where any text will do, and takes a default', () => {
    const files = goodBut(
      { 'name: small\n': "name: small\nvars: { a: '${A}', b: 'x${A}', c: '${A:-c}' }\n" },
      { '.env': 'A=1\n' },
    )
    const { vars } = load(writeProject(files), { env: { A: '' } }).plan.catalog.project
    expect(vars).toEqual({ a: '', b: 'x', c: 'c' })
  })

  test('a variable of a target that is not in use is no problem', () => {
    expect(load(writeProject(GOOD), { env: {} }).plan.catalog.project.target.name).toBe('dev')
  })

  test('a file of variables that is not there', async () => {
    const dir = writeProject(GOOD)
    const work = () => load(dir, { env: {}, envFile: path.join(dir, '.env') })
    expect(await problems(dir, work)).toMatchInlineSnapshot(`
      "missing_file
        The file for --dotenv does not exist: <project>/.env

      exit code 2"
    `)
  })

  test.each([
    ['is not there', undefined, 'missing_file'],
    ['is UTF-16', Buffer.from('\uFEFFA=1\n', 'utf16le'), 'unreadable_file'],
    ['is Latin-1', Buffer.from('A=\u00e9\n', 'latin1'), 'unreadable_file'],
  ] as const)('a file of variables that %s: its variables are not told of, too', async (_, bytes, code) => {
    const dir = writeProject({
      ...goodBut({ 'name: small\n': "name: small\nvars: { a: '${A}' }\n", 'target: dev\n': '' }),
      'models/m.sql': "select '{{ env_var('B') }}' as b, {{ var('a') }} as a",
    })
    const envFile = path.join(dir, 'v.env')
    if (bytes) writeFileSync(envFile, bytes)
    const said = await problems(dir, () => load(dir, { env: {}, envFile }))
    expect(said).toMatch(new RegExp(`^${code}\\n.*v\\.env(\\n.*)?\\n\\nexit code 2$`))
  })

  test('a file of variables with a NUL, of which no line is shown', async () => {
    const dir = writeProject({ ...GOOD, '.env': 'A=1\nAPI_TOKEN=hush\0hush\n' })
    expect(await problems(dir, () => load(dir, { env: {} }))).toMatchInlineSnapshot(`
      "unreadable_file
        The character U+0000 (NUL) is in the file of environment variables: .env, line 2, column 15.
        Take it out; if every other character is one, save the file as UTF-8.

      exit code 2"
    `)
  })

  test('variables on the command line that are no map', async () => {
    expect(await problemsOf(GOOD, { vars: '[1, 2]' })).toMatchInlineSnapshot(`
      "usage
        --vars must be a map of names to values.
        Write --vars '{name: value}' or --vars name=value.

      exit code 2"
    `)
    expect(await problemsOf(GOOD, { vars: '{a: ' })).toMatchInlineSnapshot(`
      "usage
        --vars is not readable as YAML.
        Write --vars '{name: value}' or --vars name=value.

      exit code 2"
    `)
  })
})
