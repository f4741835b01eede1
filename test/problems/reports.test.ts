/** What is wrong in reports of any type, as it is shown. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { GOOD, problemsOf, writeProject } from '../support/projects.ts'
import { FUNNEL, RETENTION, shown, UNIQUES, withReports } from '../support/reports.ts'

test('reports without a fault are told nothing', () => {
  const dir = writeProject(
    withReports(`${FUNNEL} }\n${RETENTION}, start: sign_up }\n${UNIQUES}, event: sign_up }\n`),
  )
  expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['f', 'r', 'u'])
})

test('a funnel of one step that cannot be skipped, which is meant, has no conversions over time', () => {
  const steps = 'steps: [sign_up, { event: pay, optional: true }], allow_one_step: true'
  const dir = writeProject(
    withReports(
      `- { name: f, type: funnel, by: user, ${steps} }\n- { name: g, type: funnel, by: user, ${steps}, trend: { to_step: 2 } }\n`,
    ),
  )
  const relations = load(dir, { env: {} }).plan.models.map(({ name }) => name)
  expect(relations.filter((name) => /^[fg](_|$)/.test(name)).sort()).toEqual([
    'f',
    'f_entities',
    'g',
    'g_entities',
    'g_trend',
  ])
})

describe('a report', () => {
  test('of an unknown type', async () => {
    expect(await shown(`- { name: f, type: funel, by: user, steps: [a, b] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:22  invalid_value
        There is no type of report \`funel\`.
          2 |   - { name: f, type: funel, by: user, steps: [a, b] }
            |                      ^
        Did you mean \`funnel\`?

      exit code 2"
    `)
  })

  test('of no type', async () => {
    expect(await shown(`- { name: f, by: user }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`f\`: \`type\` is missing.
          2 |   - { name: f, by: user }
            |     ^
        Add \`type:\`. The types are \`company_health\`, \`funnel\`, \`lifecycle\`, \`number_of_users_who_did\`, \`retention\`, \`stickiness\`, \`uniques\`.

      exit code 2"
    `)
  })

  test('with a field of its config', async () => {
    expect(await shown(`${FUNNEL}, materialized: view }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:77  unknown_field
        Report \`f\`: \`materialized\` is not a known field.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], materialized: view }
            |                                                                             ^
        Write it under \`config\`: \`config: {materialized: …}\`.

      exit code 2"
    `)
  })

  test('with a typo in a field', async () => {
    expect(await shown(`${FUNNEL}, windw: unlimited }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:77  unknown_field
        Report \`f\`: \`windw\` is not a known field.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], windw: unlimited }
            |                                                                             ^
        Did you mean \`window\`?

      exit code 2"
    `)
  })

  test('with a typo in a nested field', async () => {
    expect(await shown(`${FUNNEL}, trend: { intervall: week } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:86  unknown_field
        Report \`f\`: \`trend.intervall\` is not a known field.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], trend: { intervall: week } }
            |                                                                                      ^
        Did you mean \`interval\`?

      exit code 2"
    `)
  })

  test('with a typo in a step', async () => {
    expect(await shown(`- { name: f, type: funnel, by: user, steps: [{ evnt: sign_up }, log_in] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:50  unknown_field
          Report \`f\`: \`steps[0].evnt\` is not a known field.
            2 |   - { name: f, type: funnel, by: user, steps: [{ evnt: sign_up }, log_in] }
              |                                                  ^
          Did you mean \`event\`?

        exit code 2"
      `)
  })

  test('with a field of another type', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, window: unlimited }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:63  unknown_field
        Report \`u\`: \`window\` is not a known field.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, window: unlimited }
            |                                                               ^
        The fields here are: \`metrics\`, \`event\`, \`any_event\`, \`trailing_days\`, \`where\`, \`interval\`, \`trailing_at\`, \`breakdown\`, \`name\`, \`type\`, \`description\`, \`by\`, \`range\`, \`config\`.

      exit code 2"
    `)
  })

  test('with a name that is none', async () => {
    expect(await shown(`- { name: My Funnel, type: funnel, by: user, steps: [a, b] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:13  invalid_value
        \`reports[0].name\` is not valid: use lower-case letters, digits and _, not starting with a digit.
          2 |   - { name: My Funnel, type: funnel, by: user, steps: [a, b] }
            |             ^

      exit code 2"
    `)
  })

  test('that is stored in a way there is not', async () => {
    expect(await shown(`${FUNNEL}, config: { materialized: ephemeral } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:101  invalid_value
        Report \`f\`: \`config.materialized\` must be one of \`table\`, \`view\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], config: { materialized: ephemeral } }
            |                                                                                                     ^

      exit code 2"
    `)
  })

  test('with its name twice', async () => {
    expect(await shown(`${FUNNEL} }\n${FUNNEL} }`)).toMatchInlineSnapshot(`
      "models/reports.yml:3:13  duplicate_name
        The report \`f\` is there twice.
          3 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay] }
            |             ^
        Rename one of the two.

      exit code 2"
    `)
  })

  test('with the name of a relation of gwh', async () => {
    expect(await shown(`- { name: events, type: lifecycle, by: user, any_event: true }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:13  duplicate_name
        \`events\` is the name of two relations: one that gwh builds and one of the report \`events\`.
          2 |   - { name: events, type: lifecycle, by: user, any_event: true }
            |             ^
        Rename the report.

      exit code 2"
    `)
  })

  test("with the name of another report's second relation", async () => {
    expect(await shown(`${FUNNEL} }\n- { name: f_entities, type: lifecycle, by: user, any_event: true }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:3:13  duplicate_name
        \`f_entities\` is the name of two relations: one of the report \`f\` and one of the report \`f_entities\`.
          3 |   - { name: f_entities, type: lifecycle, by: user, any_event: true }
            |             ^
        Rename the report.

      exit code 2"
    `)
  })

  test('with a name too long for PostgreSQL, with its endings', async () => {
    expect(await shown(`- { name: ${'long_'.repeat(11)}, type: funnel, by: user, steps: [a, b] }`, 'pg'))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:13  invalid_value
        \`long_long_long_long_long_long_long_long_long_long_long__entities\` is too long for PostgreSQL, which has room for 63 bytes.
          2 |   - { name: long_long_long_long_long_long_long_long_long_long_long_, type: funnel, by: user, steps: [a, b] }
            |             ^
        Give the report a shorter name.

      exit code 2"
    `)
  })
})

describe('what is counted', () => {
  test('is not said', async () => {
    expect(await shown(`- { name: f, type: funnel, steps: [sign_up, log_in] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`f\`: \`by\` is missing: say what is counted.
          2 |   - { name: f, type: funnel, steps: [sign_up, log_in] }
            |     ^
        Add \`by: user\` or a group key. The group keys are \`company_id\`, \`team\`.

      exit code 2"
    `)
  })

  test('is no key', async () => {
    expect(await shown(`- { name: f, type: funnel, by: company, steps: [sign_up, log_in] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:34  key_not_registered
        Report \`f\`: \`by: company\` is neither \`user\` nor a registered group key.
          2 |   - { name: f, type: funnel, by: company, steps: [sign_up, log_in] }
            |                                  ^
        It may be: \`user\`, \`company_id\`, \`team\`.

      exit code 2"
    `)
  })

  test('is not said for a metric', async () => {
    expect(await shown(`- { name: u, type: uniques, event: sign_up }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:5  missing_field
        Report \`u\`: \`by\` is missing: say what is counted.
          2 |   - { name: u, type: uniques, event: sign_up }
            |     ^
        Add \`by:\` to the report or to the metric: \`user\`, \`company_id\`, \`team\`.

      exit code 2"
    `)
  })

  test('is no key in a metric', async () => {
    expect(await shown(`- { name: u, type: uniques, metrics: [{ event: sign_up, by: tem }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:63  key_not_registered
        Report \`u\`: \`by: tem\` is neither \`user\` nor a registered group key.
          2 |   - { name: u, type: uniques, metrics: [{ event: sign_up, by: tem }] }
            |                                                               ^
        Did you mean \`team\`?

      exit code 2"
    `)
  })

  test('is users, where groups are looked into', async () => {
    expect(await shown(`- { name: h, type: company_health, by: user }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:42  invalid_value
        Report \`h\`: \`company_health\` counts the users of groups, so \`by\` is a group key.
          2 |   - { name: h, type: company_health, by: user }
            |                                          ^
        It may be: \`company_id\`, \`team\`.

      exit code 2"
    `)
  })
})

describe('properties', () => {
  test('that no event has', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: pln, value: free }] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:97  unknown_property
        Report \`f\`: no source of events keeps a property \`pln\`.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: pln, value: free }] }
            |                                                                                                 ^
        Did you mean \`plan\`?

      exit code 2"
    `)
  })

  test('that no group has', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: industri, of: company_id } }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:100  unknown_property
          Report \`f\`: groups of \`company_id\` have no property \`industri\`.
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: industri, of: company_id } }
              |                                                                                                    ^
          Did you mean \`industry\`?

        exit code 2"
      `)
  })

  test('of a key without properties', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: size, of: team, op: gt, value: 3 }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:97  unknown_property
          Report \`f\`: groups of \`team\` have no property \`size\`.
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: size, of: team, op: gt, value: 3 }] }
              |                                                                                                 ^
          There is: \`team\`, \`display_name\`, \`has_profile\`, \`created_at\`, \`updated_at\`, \`first_seen_at\`, \`last_seen_at\`, \`events\`, \`users\`. More are named under \`properties:\` of a source of type group_table.

        exit code 2"
      `)
  })

  test('that no user has, whatever the type of report', async () => {
    const uses = 'where: [{ property: rolle, of: user, value: admin }]'
    const reports = [
      '- { name: f, type: funnel, by: user, steps: [sign_up, log_in]',
      '- { name: r, type: retention, by: user, start: sign_up',
      '- { name: s, type: stickiness, by: user, any_event: true',
      '- { name: l, type: lifecycle, by: user, any_event: true',
      '- { name: u, type: uniques, by: user, any_event: true',
    ].map((report) => `${report}, ${uses} }`)
    const found = await shown(reports.join('\n'))
    expect(
      found.match(
        /unknown_property\n.* users have no property `rolle`\.\n.*\n.*\n {2}Did you mean `role`\?/g,
      ),
    ).toHaveLength(5)
  })

  test('that no user has, in a breakdown', async () => {
    expect(
      await shown(
        `- { name: l, type: uniques, by: user, any_event: true, breakdown: { property: rolle, of: user } }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:81  unknown_property
        Report \`l\`: users have no property \`rolle\`.
          2 |   - { name: l, type: uniques, by: user, any_event: true, breakdown: { property: rolle, of: user } }
            |                                                                                 ^
        Did you mean \`role\`?

      exit code 2"
    `)
  })

  test('of users, of whom no table tells', async () => {
    const files = withReports(
      '- { name: f, type: funnel, by: user, steps: [sign_up, log_in], breakdown: { property: role, of: user } }',
    )
    const project = (files['project.yml'] ?? '').replace(/ {2}- name: people\n(?: {4}.*\n)*/, '')
    expect(await problemsOf({ ...files, 'project.yml': project })).toMatchInlineSnapshot(`
      "models/reports.yml:2:89  unknown_property
        Report \`f\`: users have no property \`role\`.
          2 |   - { name: f, type: funnel, by: user, steps: [sign_up, log_in], breakdown: { property: role, of: user } }
            |                                                                                         ^
        Properties are named under \`properties:\` of a source of type user_table.

      exit code 2"
    `)
  })

  test('of users, whose whole object is kept, may be any', () => {
    const files = withReports(
      '- { name: f, type: funnel, by: user, steps: [sign_up, log_in], breakdown: { property: rolle, of: user } }',
    )
    for (const table of [
      'columns: { id: id }\n    properties_column: traits\n',
      'connector: mixpanel\n    layout: pipeline\n',
    ]) {
      const project = (files['project.yml'] ?? '').replace(
        'columns: { id: id }\n    properties: [role]\n',
        () => table,
      )
      const dir = writeProject({ ...files, 'project.yml': project })
      expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['f'])
    }
  })

  test('of an unknown key', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: industry, of: company } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:114  key_not_registered
        Report \`f\`: \`of: company\` is neither \`event\`, \`user\` nor a registered group key.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: industry, of: company } }
            |                                                                                                                  ^
        It may be: \`event\`, \`user\`, \`company_id\`, \`team\`.

      exit code 2"
    `)
  })

  test('of users, in a report by group', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: role, of: user, value: admin }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:107  one_way_rule
          Report \`f\`: \`role\` is read through users, but the report counts groups of \`company_id\`. Group properties may be used when counting users, never the other way (one-way rule).
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: role, of: user, value: admin }] }
              |                                                                                                           ^
          A group has many users, so no one value of theirs is the group's. Count \`by: user\`, or use a property of the event or of \`company_id\`.

        exit code 2"
      `)
  })

  test('of groups by way of users, in a report by group', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: industry, of: company_id, through: user } }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:135  one_way_rule
          Report \`f\`: \`industry\` is read through users, but the report counts groups of \`company_id\`. Group properties may be used when counting users, never the other way (one-way rule).
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: industry, of: company_id, through: user } }
              |                                                                                                                                       ^
          A group has many users, so no one value of theirs is the group's. Count \`by: user\`, or use a property of the event or of \`company_id\`.

        exit code 2"
      `)
  })

  test('of users, in a metric by group', async () => {
    expect(
      await shown(
        `- name: u\n  type: uniques\n  metrics:\n    - { event: sign_up, by: user }\n    - { event: sign_up, by: team }\n  where: [{ property: role, of: user, value: admin }]`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:7:35  one_way_rule
        Report \`u\`: \`role\` is read through users, but a metric counts groups of \`team\`. Group properties may be used when counting users, never the other way (one-way rule).
          7 |     where: [{ property: role, of: user, value: admin }]
            |                                   ^
        Put the metrics by group into a report of their own, or the filter into the metrics by user.

      exit code 2"
    `)
  })

  test('of events by way of users', async () => {
    expect(
      await shown(
        `- { name: l, type: lifecycle, by: user, any_event: true, where: [{ property: plan, through: user, value: free }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:95  contradiction
        Report \`l\`: \`through\` is about properties of groups, and \`plan\` is one of the event.
          2 |   - { name: l, type: lifecycle, by: user, any_event: true, where: [{ property: plan, through: user, value: free }] }
            |                                                                                               ^
        Remove it, or say \`of:\` with a group key.

      exit code 2"
    `)
  })

  test('as of the event, without history', async () => {
    expect(await shown(`${FUNNEL}, breakdown: { property: industry, of: company_id, properties: as_of } }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:138  contradiction
        Report \`f\`: \`industry\` has no history: no Group Table of \`company_id\` with \`updated_at\` brings it.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], breakdown: { property: industry, of: company_id, properties: as_of } }
            |                                                                                                                                          ^
        Name the column of \`updated_at\` in the Group Table, or use \`properties: latest\`.

      exit code 2"
    `)
  })

  test('as of the event, by way of users', async () => {
    expect(
      await shown(
        `- { name: l, type: lifecycle, by: user, any_event: true, where: [{ property: industry, of: company_id, through: user, properties: as_of, value: steel }] }`,
      ),
    ).toMatchInlineSnapshot(`
      "models/reports.yml:2:133  contradiction
        Report \`l\`: the groups on a profile of a user have no time, so \`as_of\` does not go with \`through: user\`.
          2 |   - { name: l, type: lifecycle, by: user, any_event: true, where: [{ property: industry, of: company_id, through: user, properties: as_of, value: steel }] }
            |                                                                                                                                     ^
        Use \`properties: latest\`.

      exit code 2"
    `)
  })
})

describe('filters', () => {
  test('with an unknown operator', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, where: [{ property: plan, op: is, value: free }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:93  invalid_value
        Report \`u\`: \`where[0].op\` must be one of \`eq\`, \`neq\`, \`in\`, \`not_in\`, \`contains\`, \`not_contains\`, \`starts_with\`, \`gt\`, \`gte\`, \`lt\`, \`lte\`, \`is_null\`, \`is_not_null\`.
          2 |   - { name: u, type: uniques, by: company_id, event: sign_up, where: [{ property: plan, op: is, value: free }] }
            |                                                                                             ^
        Did you mean \`in\`?

      exit code 2"
    `)
  })

  test('with a value too few', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: plan, op: contains }] }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:85  invalid_value
        Report \`f\`: \`where[0].value\` is not valid: give a value to compare with; only is_null and is_not_null take none.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: plan, op: contains }] }
            |                                                                                     ^

      exit code 2"
    `)
  })

  test('with a value too many', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: plan, op: is_null, value: free }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:123  invalid_value
          Report \`f\`: \`where[0].value\` is not valid: leave it out; is_null and is_not_null take no value.
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: plan, op: is_null, value: free }] }
              |                                                                                                                           ^

        exit code 2"
      `)
  })

  test('with a list where one value is asked for', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: seats, op: gt, value: [1, 2] }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:119  invalid_value
          Report \`f\`: \`where[0].value\` is not valid: give one value; lists go with in and not_in.
            2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: seats, op: gt, value: [1, 2] }] }
              |                                                                                                                       ^

        exit code 2"
      `)
  })

  test('with a text where a size is asked for', async () => {
    expect(await shown(`${FUNNEL}, where: [{ property: seats, op: gt, value: abc }] }`))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:119  invalid_value
        Report \`f\`: \`where[0].value\` is not valid: a number or a time: gt, gte, lt and lte ask which is more or later.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], where: [{ property: seats, op: gt, value: abc }] }
            |                                                                                                                       ^
        Write a number such as 3, or a time such as 2024-01-31 or 2024-01-31T10:00:00Z; \`eq\` and \`in\` compare texts.

      exit code 2"
    `)
  })

  test('in a metric, with a text where a size is asked for', async () => {
    expect(
      await shown(`${UNIQUES}, metrics: [{ event: a, where: [{ property: seats, op: lt, value: abc }] }] }`),
    ).toMatch(
      /`metrics\[0\]\.where\[0\]\.value` is not valid: .*\n.*\n.*\n {2}Write a number such as 3, or a time/,
    )
  })

  test('in a metric, with a value too few', async () => {
    expect(await shown(`${UNIQUES}, event: sign_up, where: [{ property: plan, op: contains }] }`))
      .toMatchInlineSnapshot(`
        "models/reports.yml:2:71  invalid_value
          Report \`u\`: \`where[0].value\` is not valid: give a value to compare with; only is_null and is_not_null take none.
            2 |   - { name: u, type: uniques, by: company_id, event: sign_up, where: [{ property: plan, op: contains }] }
              |                                                                       ^

        exit code 2"
      `)
  })
})

describe('the range', () => {
  test('ends before it begins', async () => {
    expect(await shown(`${FUNNEL}, range: { from: 2024-02-01, to: 2024-01-31 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:108  invalid_value
        Report \`f\`: the range ends (2024-01-31) before it begins (2024-02-01).
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { from: 2024-02-01, to: 2024-01-31 } }
            |                                                                                                            ^
        \`from\` and \`to\` are both included; days are those of UTC.

      exit code 2"
    `)
  })

  const inZone = (timezone: string, range: string) => {
    const files = withReports(`${FUNNEL}, range: ${range} }`)
    return { ...files, 'project.yml': `timezone: ${timezone}\n${files['project.yml'] ?? ''}` }
  }

  test.each([
    ['UTC', "{ from: '2024-01-31T10:00:00Z', to: 2024-01-31 }"],
    ['UTC', "{ from: 2024-01-31, to: '2024-01-31T00:00:00Z' }"],
    ['UTC', "{ from: '2024-01-31T10:00:00Z', to: 9999-12-31 }"],
    ['America/New_York', "{ from: '2024-02-01T04:59:59Z', to: 2024-01-31 }"],
    ['America/New_York', "{ from: 2024-02-01, to: '2024-02-01T05:00:00Z' }"],
    ['Asia/Kolkata', "{ from: 2024-02-01, to: '2024-01-31T18:30:00Z' }"],
    // the day begins at one o'clock: at midnight clocks go forward
    ['America/Sao_Paulo', "{ from: 2018-11-04, to: '2018-11-04T03:00:00Z' }"],
  ])('may begin and end within a day of %s: %s', (timezone, range) => {
    const dir = writeProject(inZone(timezone, range))
    expect(load(dir, { env: {} }).plan.catalog.reports.map(({ name }) => name)).toEqual(['f'])
  })

  test.each([
    ['UTC', "{ from: '2024-02-01T00:00:00Z', to: 2024-01-31 }"],
    ['UTC', "{ from: '2024-01-31T00:00:00.000002Z', to: '2024-01-31T00:00:00.000001Z' }"],
    ['America/New_York', "{ from: '2024-02-01T05:00:00Z', to: 2024-01-31 }"],
    ['America/New_York', "{ from: 2024-02-01, to: '2024-02-01T04:59:59Z' }"],
    ['Asia/Kolkata', "{ from: '2024-01-31T18:30:00Z', to: 2024-01-31 }"],
    ['America/Sao_Paulo', "{ from: 2018-11-04, to: '2018-11-04T02:59:59Z' }"],
  ])('ends before it begins in %s: %s', async (timezone, range) => {
    expect(await problemsOf(inZone(timezone, range))).toMatch(/the range ends \(.*\) before it begins \(/)
  })

  test('ends before its first day begins', async () => {
    expect(await problemsOf(inZone('America/New_York', "{ from: 2024-02-01, to: '2024-02-01T01:00:00Z' }")))
      .toMatchInlineSnapshot(`
      "models/reports.yml:2:108  invalid_value
        Report \`f\`: the range ends (2024-02-01T01:00:00Z) before it begins (2024-02-01).
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { from: 2024-02-01, to: '2024-02-01T01:00:00Z' } }
            |                                                                                                            ^
        \`from\` and \`to\` are both included; days are those of America/New_York.

      exit code 2"
    `)
  })

  test('is no day', async () => {
    expect(await shown(`${FUNNEL}, range: { from: last week } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:92  invalid_value
        Report \`f\`: \`range.from\` is not valid: use a day such as 2024-01-31 or an instant such as 2024-01-31T00:00:00Z.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { from: last week } }
            |                                                                                            ^

      exit code 2"
    `)
  })

  test('is a day that does not exist', async () => {
    expect(await shown(`${FUNNEL}, range: { to: 2024-13-01 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:90  invalid_value
        Report \`f\`: \`range.to\` is not valid: use a day or an instant that exists.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { to: 2024-13-01 } }
            |                                                                                          ^

      exit code 2"
    `)
  })

  test('is a leap day of another year', async () => {
    expect(await shown(`${FUNNEL}, range: { to: 2023-02-29 } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:90  invalid_value
        Report \`f\`: \`range.to\` is not valid: use a day or an instant that exists.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { to: 2023-02-29 } }
            |                                                                                          ^

      exit code 2"
    `)
  })

  test('has a time without a zone', async () => {
    expect(await shown(`${FUNNEL}, range: { to: '2024-01-31 10:00' } }`)).toMatchInlineSnapshot(`
      "models/reports.yml:2:90  invalid_value
        Report \`f\`: \`range.to\` is not valid: use a day such as 2024-01-31 or an instant such as 2024-01-31T00:00:00Z.
          2 |   - { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay], range: { to: '2024-01-31 10:00' } }
            |                                                                                          ^

      exit code 2"
    `)
  })
})

test('company health without a company key', async () => {
  const files = withReports('- { name: h, type: company_health }')
  const project = (files['project.yml'] ?? '').replace('    b2b: true\n', '')
  expect(await problemsOf({ ...files, 'project.yml': project })).toMatchInlineSnapshot(`
    "models/reports.yml:2:5  missing_field
      Report \`h\`: \`by\` is missing, and no group key is marked \`b2b: true\`.
        2 |   - { name: h, type: company_health }
          |     ^
      The group keys are \`company_id\`, \`team\`.

    exit code 2"
  `)
})

test('an unknown time zone', async () => {
  const files = withReports(`${FUNNEL} }`)
  const project = `timezone: Europe/Pariss\n${files['project.yml'] ?? ''}`
  expect(await problemsOf({ ...files, 'project.yml': project })).toMatchInlineSnapshot(`
    "project.yml:1:11  unknown_timezone
      \`Europe/Pariss\` is not a time zone.
        1 | timezone: Europe/Pariss
          |           ^
      Did you mean \`Europe/Paris\`?

    exit code 2"
  `)
})

test('a report in project.yml itself', async () => {
  const project = `${GOOD['project.yml'] ?? ''}reports:\n  - { name: f, type: funnel, by: company, steps: [a, b] }\n`
  expect(await problemsOf({ ...GOOD, 'project.yml': project })).toMatchInlineSnapshot(`
    "project.yml:14:34  key_not_registered
      Report \`f\`: \`by: company\` is neither \`user\` nor a registered group key.
        14 |   - { name: f, type: funnel, by: company, steps: [a, b] }
           |                                  ^
      It may be: \`user\`, \`company_id\`.

    exit code 2"
  `)
})

test('a file of your own with the name of a relation of a report', async () => {
  const files = withReports(`${FUNNEL} }`, { 'models/f_trend.sql': 'select 1 as one' })
  expect(await problemsOf(files)).toMatchInlineSnapshot(`
    "models/f_trend.sql:1:1  duplicate_name
      \`f_trend\` is the name of two relations: one of the report \`f\` and models/f_trend.sql.
        1 | select 1 as one
          | ^
      Rename the file.

    exit code 2"
  `)
})
