/** Checks on attribution, profiles and types. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { percent } from '../src/checks/sentences.ts'
import { load } from '../src/gwh.ts'
import { ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { problemsOf, writeProject } from './support/projects.ts'

const CHECKS = [
  'attribution_share',
  'attribution_history',
  'attribution_window',
  'unregistered_group_keys',
  'groups_without_profile',
  'profiles_without_events',
  'same_id_under_two_keys',
  'groups_per_user',
  'object_ids',
  'type_drift',
  'null_profile_ids',
  'duplicate_profile_rows',
  'history_intervals',
  'discarded_group_values',
]

const SOURCES = `
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
    group_keys: [company_id, team]
  - name: web
    type: events
    file: web.ndjson
    columns: { event: event, time: time, user: user_id }
    properties_column: props
    group_keys: { company_id: org }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id, created_at: created, updated_at: updated }
    properties: [plan]
  - name: rosters
    type: group_table
    file: rosters.csv
    group_key: team
    columns: { id: id, name: name }
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id, updated_at: updated }
    group_keys: { company_id: companies }
    properties: [role]
  - name: rudder_discards
    type: discards
    file: discards.csv
reports:
  - name: by_plan
    type: uniques
    by: company_id
    interval: month
    breakdown: { of: company_id, property: plan, properties: as_of }
    metrics: [{ name: companies, any_event: true }]
`

const project_yml = project(`
service_user_ids: [billing-bot]
group_keys:
  - name: company_id
  - { name: team, registered_at: '2024-03-02T00:00:00Z', retired_at: '2024-03-10T12:00:00Z' }
${SOURCES}
data_tests:
  attribution_share: { min_share: { company_id: 0.9 } }
  attribution_history: { min_events: 4 }
  profiles_without_events: { enabled: true }
  groups_per_user: { max: { company_id: 3 } }
`)

/** Four events on each of the first days of March. */
const app = (days: readonly (readonly (readonly [user: string, company: string, team: string])[])[]) =>
  [
    'event,time,user_id,company_id,team',
    ...days.flatMap((events, day) =>
      events.map(
        ([user, company, team], i) =>
          `Log In,2024-03-${String(day + 1).padStart(2, '0')}T1${i}:00:00Z,${user},${company},${team}`,
      ),
    ),
  ].join('\n')

const web = (...rows: readonly object[]) =>
  rows
    .map((props) =>
      JSON.stringify({ event: 'Page View', time: '2024-03-05T12:00:00Z', user_id: 'ann', props }),
    )
    .join('\n')

const usual = ['ann', 'acme', 'red'] as const
const alone = ['bob', 'globex', ''] as const

const BAD = {
  'project.yml': project_yml,
  'app.csv': app([
    ...Array.from({ length: 9 }, () => [usual, usual, usual, alone]),
    [
      ['eve', 'acme', 'acme'],
      ['eve', '', ''],
      ['eve', '', ''],
      ['eve', '', ''],
    ],
  ]),
  'web.ndjson': web(
    { org: 'acme', seats: 5, workspaceId: 'w1', $group_0: 'acme', plan: 'free' },
    { org: ['initech', 'hooli'], seats: '5', workspaceId: 'w1', plan: null },
    { org: 12, seats: [5], is_new: true, project: 'p' },
    { org: { id: 'acme' } },
    { org: [{ id: 'acme' }] },
    {},
    {},
  ),
  'crm.csv': `id,created,updated,plan
acme,2024-01-01,2024-01-01,free
acme,2024-01-01,2024-01-01,pro
globex,2024-02-01,2024-01-15,free
umbrella,2024-01-01,2024-01-01,free
initech,2024-01-01,,free
,2024-01-01,2024-01-01,free
`,
  'rosters.csv': 'id,name\nred,Red\nred,Red\nblue,Blue\nblue,Bleu\n,Nobody\n',
  'people.csv': `id,companies,role,updated
ann,"[""globex"", ""acme""]",admin,2024-01-01
bob,globex,admin,2024-01-01
bob,acme,admin,2024-01-01
eve,acme,admin,2024-01-01
eve,acme,guest,2024-01-01
,globex,admin,2024-01-01
`,
  'discards.csv': `column_name,column_value,reason,received_at,row_id,table_name
COMPANY_ID,acme,incompatible schema conversion,2024-03-01T00:00:00Z,1,tracks
company_id,beta,incompatible schema conversion,2024-03-02T00:00:00Z,2,pages
company_id,acme,incompatible schema conversion,2024-03-04T00:00:00Z,3,pages
color,red,incompatible schema conversion,2024-03-04T00:00:00Z,4,pages
`,
}

const GOOD = {
  'project.yml': project_yml,
  'app.csv': app([
    [['ann', 'acme', '']],
    ...Array.from({ length: 7 }, () => [usual, usual, ['ann', 'globex', 'red'], alone] as const),
    // 80 % where 100 % is usual: as much less as is let pass
    [
      ['ann', 'acme', 'red'],
      ['ann', 'acme', 'red'],
      ['ann', 'globex', 'red'],
      ['ann', 'globex', 'red'],
      ['ann', '', ''],
    ],
  ]),
  'web.ndjson': web({ org: 'acme', seats: 5, project: 'p' }, { org: ['acme', 'globex'], seats: 6 }),
  'crm.csv': `id,created,updated,plan
acme,2024-01-01,2024-01-01,free
acme,2024-01-01,2024-02-01,pro
globex,2024-01-01,2024-01-01,free
`,
  'rosters.csv': 'id,name\nred,Red\n',
  'people.csv': `id,companies,role,updated
ann,globex,guest,2024-01-01
ann,globex,admin,2024-02-01
billing-bot,globex,,
billing-bot,acme,,
`,
  'discards.csv': `column_name,column_value,reason,received_at,row_id,table_name
color,red,incompatible schema conversion,2024-03-04T00:00:00Z,4,pages
`,
}

test('tests that have to be asked for', () => {
  const asked = project(`group_keys: [{ name: company_id }, { name: team }]\n${SOURCES}`)
  const { tests } = load(writeProject({ ...BAD, 'project.yml': asked }), { env: {} })
  const kinds = new Set(tests.map(({ check }) => check))
  expect(CHECKS.filter((name) => !kinds.has(name))).toEqual([
    'attribution_share',
    'attribution_window',
    'profiles_without_events',
    'groups_per_user',
  ])
})

test('a share for a key that is not registered', async () => {
  const files = { ...BAD, 'project.yml': project_yml.replace('{ company_id: 0.9 }', '{ company: 0.9 }') }
  expect(await problemsOf(files)).toMatchInlineSnapshot(`
    "project.yml:53:37  key_not_registered
      \`data_tests.attribution_share.min_share\`: the group key \`company\` is not registered.
        53 |   attribution_share: { min_share: { company: 0.9 } }
           |                                     ^
      The registered keys are: \`company_id\`, \`team\`.

    exit code 2"
  `)
})

test('shares that look alike are said with more digits', () => {
  expect([percent(0.88), percent(0.88, 0.8801), percent(0.8801, 0.88)]).toEqual([
    '88.0 %',
    '88.00 %',
    '88.01 %',
  ])
})

describe.each(ENGINES)('health on %s', (engine) => {
  test('of data that is ill', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, CHECKS)
    expect(passed).toEqual(UNTOUCHED)
    expect(found).toEqual(SAID)
  })

  test('of data that is well', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, CHECKS)
    expect(found).toEqual({})
    expect([...passed].sort()).toEqual([...Object.keys(SAID), ...UNTOUCHED].sort())
  })
})

/** Eight days with 90 of 100, and one with `last` of 100. */
const falling = (last: number) =>
  [
    'event,time,company_id',
    ...[...Array.from({ length: 8 }, () => 90), last].flatMap((attributed, day) =>
      Array.from({ length: 100 }, (_, i) => `A,2024-03-0${day + 1},${i < attributed ? 'acme' : ''}`),
    ),
  ].join('\n')

describe.each(ENGINES)('a share that falls on %s', (engine) => {
  const said = async (last: number, max_drop: number) => {
    const files = {
      'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time }
data_tests: { attribution_history: { max_drop: ${max_drop} } }
`),
      'app.csv': falling(last),
    }
    return (await findings(files, engine, ['attribution_history'])).found['attribution_history']
  }

  // in binary fractions 0.9 * 0.8 is more than 0.72, and 0.9 * 0.3 more than 0.27
  test.each([
    [72, 0.2],
    [27, 0.7],
  ])('to %i of 100 is allowed with max_drop %f', { timeout: 60_000 }, async (last, max_drop) => {
    expect(await said(last, max_drop)).toBeUndefined()
    expect(await said(last - 1, max_drop)).toHaveLength(2)
  })
})

/** What the ill data leaves well: a flat table has few ways to be wrong. */
const UNTOUCHED = ['unregistered_group_keys_app', 'object_ids_of_groups', 'type_drift_people']

const SAID = {
  attribution_history: [
    'warn: 1 failures, 1 wrong row',
    'On 2024-03-10 25.0 % of 4 events of app carry a company_id; the median of the 9 days before is 100.0 %',
  ],
  attribution_share_company: [
    'warn: 1 failures, 1 wrong row',
    '85.1 % of 47 events carry a company_id, less than 90.0 %',
  ],
  attribution_window: [
    'warn: 1 failures, 3 wrong rows in 1 failure',
    '3 events of app with an id of team (on 2024-03-01) lie outside of its time (registered at 2024-03-02T00:00:00Z, retired at 2024-03-10T12:00:00Z) and count for no group',
  ],
  discarded_group_values_rudder_discards: [
    'warn: 2 failures, 3 wrong rows in 2 failures',
    "2 values of pages.company_id were discarded from 2024-03-02 to 2024-03-04, such as 'acme': incompatible schema conversion",
    "1 value of tracks.COMPANY_ID was discarded on 2024-03-01, such as 'acme': incompatible schema conversion",
  ],
  duplicate_profile_rows_crm: [
    'warn: 1 failures, 2 wrong rows in 1 failure',
    "'acme' has 2 rows with updated_at 2024-01-01T00:00:00.000Z in crm that differ in plan",
  ],
  duplicate_profile_rows_people: [
    'warn: 2 failures, 4 wrong rows in 2 failures',
    "'bob' has 2 rows with updated_at 2024-01-01T00:00:00.000Z in people that differ in company_id",
    "'eve' has 2 rows with updated_at 2024-01-01T00:00:00.000Z in people that differ in properties",
  ],
  duplicate_profile_rows_rosters: [
    'warn: 2 failures, 4 wrong rows in 2 failures',
    "'blue' has 2 rows without updated_at in rosters that differ in display_name",
    "'red' has 2 rows without updated_at in rosters, all alike",
  ],
  groups_per_user_company: [
    'warn: 1 failures, 1 wrong row',
    "user 'ann' belongs to 5 groups of company_id, more than 3",
  ],
  groups_without_profile_company: [
    'warn: 2 failures, 2 wrong rows',
    "company_id '12' has no profile (1 event, on 2024-03-05)",
    "company_id 'hooli' has no profile (1 event, on 2024-03-05)",
  ],
  groups_without_profile_team: [
    'warn: 1 failures, 1 wrong row',
    "team 'acme' has no profile (1 event, on 2024-03-10)",
  ],
  history_intervals_crm: [
    'warn: 3 failures, 4 wrong rows in 3 failures',
    "'globex' is created at 2024-02-01T00:00:00.000Z, after its update at 2024-01-15T00:00:00.000Z, in 1 row of crm",
    "'initech' has 1 row of crm without updated_at, in no history",
    "'acme' has 2 rows of crm with updated_at 2024-01-01T00:00:00.000Z: only one of them can be in force",
  ],
  null_profile_ids_crm: [
    'warn: 1 failures, 1 wrong row',
    '1 of 6 rows of crm has no id, and no profile comes of them',
  ],
  null_profile_ids_people: [
    'warn: 1 failures, 1 wrong row',
    '1 of 6 rows of people has no id, and no profile comes of them',
  ],
  null_profile_ids_rosters: [
    'warn: 1 failures, 1 wrong row',
    '1 of 5 rows of rosters has no id, and no profile comes of them',
  ],
  object_ids_web_company_id: [
    'fail: 1 failures, 2 wrong rows in 1 failure',
    `org is '[{"id":"acme"}]' on 'Page View' (2 events, on 2024-03-05)`,
  ],
  profiles_without_events_company: [
    'warn: 1 failures, 1 wrong row',
    "company_id 'umbrella' has a profile and no events",
  ],
  profiles_without_events_team: ['warn: 1 failures, 1 wrong row', "team 'blue' has a profile and no events"],
  same_id_under_two_keys: [
    'warn: 1 failures, 1 wrong row',
    "company_id and team share 1 id, such as 'acme' (50.0 % of the smaller key)",
  ],
  type_drift: [
    'warn: 2 failures, 2 wrong rows',
    "'org' is a list on 2 events, a text on 1 event, a number on 1 event and an object on 1 event of web",
    "'seats' is a text on 1 event, a number on 1 event and a list on 1 event of web",
  ],
  unregistered_group_keys: [
    'warn: 2 failures, 3 wrong rows in 2 failures',
    "web has the property 'workspaceId', which is no group key (2 events, on 2024-03-05)",
    "web has the property '$group_0', which is no group key (1 event, on 2024-03-05)",
  ],
}
