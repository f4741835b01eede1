/** Checks on spelling: one thing written in several ways. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { nearestKnown } from '../src/checks/nearest_known.ts'
import { ENGINES as BY_NAME } from '../src/engines/index.ts'
import { literal, sql, toText } from '../src/sql/sql.ts'
import { ENGINES, copyOf, buildProject } from './support/engines.ts'
import { findings, project } from './support/findings.ts'

const CHECKS = [
  'group_id_case',
  'group_id_profile_case',
  'group_key_spelling',
  'event_name_case',
  'placeholder_ids',
]

const project_yml = project(`
group_keys: [{ name: company_id }, { name: team }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
    group_keys: [company_id]
  - name: web
    type: events
    file: web.ndjson
    columns: { event: event, time: time, user: user_id }
    properties_column: props
    group_keys: { company_id: org, team: team }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
`)

/** Rows of app.csv: company, its other spelling of the column, and on which days of March. */
const app = (...rows: readonly (readonly [event: string, user: string, company: string, other: string])[]) =>
  [
    'event,time,user_id,company_id,companyId',
    ...rows.map(
      ([event, user, company, other], i) =>
        `${event},2024-03-${String(i + 1).padStart(2, '0')}T12:00:00Z,${user},"${company}","${other}"`,
    ),
  ].join('\n')

const web = (...rows: readonly object[]) =>
  rows
    .map((props, i) =>
      JSON.stringify({ event: 'Page View', time: `2024-04-0${i + 1}T12:00:00Z`, user_id: 'ann', props }),
    )
    .join('\n')

const LOG: readonly (readonly [string, string, string, string])[] = [
  ['Sign Up', 'ann', 'acme', ''],
  ['Sign Up', 'ann', 'acme', 'acme'],
  ['Sign Up', 'ann', 'acme', ''],
  ['Sign Up', 'ann', 'Acme', ''],
  ['sign_up', 'ann', ' acme', ''],
  ['sign_up', 'ann', 'ACME\u00a0', ''],
  ['signUp', 'ann', 'globex', ''],
  ['Sign Up', 'ann', 'GLOBEX', ''],
  ['Sign Up', 'ann', 'Initech', ''],
  ['Sign Up', 'anonymous', 'NULL', 'Hidden'],
  ['Sign Up', ' N/A', 'undefined', ''],
  ['Sign Up', 'bob', 'NULL', ''],
  ['Sign Up ', 'bob', '', ''],
]

const BAD = {
  'project.yml': project_yml,
  'app.csv': app(...LOG),
  'web.ndjson': web(
    { org: 'acme', Org: 'acme', team: 'red' },
    { 'company-id': 'acme', ' company_ID ': 'acme', Team: 'red' },
    { Org: 'acme', team: 'red' },
    { ORG: null, org: 'acme' },
  ),
  'crm.csv': 'id\nacme\ninitech\nMu\u0308ller\n',
}

/** Letters beyond ASCII, written in two ways, and numbers. */
const LETTERS_AND_NUMBERS = {
  ...BAD,
  'app.csv': app(
    ['Sign Up', 'ann', 'M\u00fcller', ''],
    ['Sign Up', 'ann', 'M\u00fcller', ''],
    ['Sign Up', 'ann', 'Mu\u0308ller', ''],
    ['Sign Up', 'ann', 'M\u00dcLLER', ''],
    ['Sign Up', 'ann', '12', ''],
    ['Sign Up', 'ann', '12', ''],
    ['Sign Up', 'ann', '12.0', ''],
    ['Sign Up', 'ann', '0012', ''],
    ['Sign Up', 'ann', '\u03a3\u0391\u03a3', ''],
    ['Sign Up', 'ann', '\u03a3\u0391\u03a3', ''],
    ['Sign Up', 'ann', '\u03c3\u03b1\u03c2', ''],
  ),
}

/** Ids that only profiles have: a group without events is one all the same. */
const BEYOND_EVENTS = {
  'project.yml': `${project_yml}
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id }
    group_keys: { company_id: company }
`,
  'app.csv': app(['Sign Up', 'ann', 'acme', '']),
  'web.ndjson': web({ org: 'acme' }),
  'crm.csv': 'id\nacme\nAcme\nglobex\nGlobex\n',
  'people.csv': 'id,company\nann,ACME\nbob,null\nnull,\n',
}

/** Spellings of profiles alone beside another one of events, or of users. */
const SEVERAL_PROFILES = {
  'project.yml': BEYOND_EVENTS['project.yml'],
  'app.csv': app(['Sign Up', 'ann', 'Beta', '']),
  'web.ndjson': web({ org: 'Beta' }),
  'crm.csv': 'id\nbeta\nBETA\nglobex\n',
  'people.csv': 'id,company\nann,Globex\n',
}

/** What `events` does not keep: columns that no one names, and members of JSON beside those that are named. */
const NOT_KEPT = {
  'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: account_id }
    properties: { account: tenant_id }
  - name: web
    type: events
    file: web.ndjson
    columns: { event: event, time: time, user: user_id }
    properties_column: props
    properties: { team: team_id, color: color }
`),
  'app.csv': `event,time,account_id,company_id,tenant_id,workspace_id,group_uuid,groups
A,2024-03-01T12:00:00Z,ann,acme,t1,w1,,1
A,2024-03-02T12:00:00Z,ann,acme,t1,w1,,1
`,
  'web.ndjson': web(
    { company_id: 'acme', companyId: 'acme', team_id: 't', color: 'red', orgId: 'o1' },
    { CompanyId: 'acme', team_id: 't', orgId: null, color: 'red' },
  ),
}

const GOOD = {
  'project.yml': project_yml,
  'app.csv': app(
    ['Sign Up', 'ann', 'acme', ''],
    ['Sign Off', 'ann', 'acme-1', ''],
    // dotless letters are letters of their own, and so are accents
    ['Log In', 'ann', 'ISPARTA', ''],
    ['Log In', 'ann', '\u0131sparta', ''],
    ['Log In', 'ann', 'caf\u00e9', ''],
    ['Log In', 'ann', 'cafe', ''],
    ['Log In', '10', '12a', ''],
    ['Log In', 'ann', '012a', ''],
  ).replaceAll('companyId', 'companies'),
  'web.ndjson': web({ org: 'acme', organisation: 'Acme', teams: 2, team: 'red' }),
  'crm.csv': 'id\nacme\nACME 2\n',
}

describe.each(ENGINES)('spelling on %s', (engine) => {
  test('one thing in several spellings', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, CHECKS)
    expect(passed).toEqual([])
    expect(found).toEqual(SAID)
  })

  test('letters beyond ASCII, and numbers', { timeout: 60_000 }, async () => {
    const { found } = await findings(LETTERS_AND_NUMBERS, engine, ['group_id_case'])
    expect(found).toEqual({ group_id_case: SAID_OF_LETTERS })
  })

  test('ids that no event has', { timeout: 60_000 }, async () => {
    const { found } = await findings(BEYOND_EVENTS, engine, ['group_id_case', 'placeholder_ids'])
    expect(found).toEqual(SAID_BEYOND_EVENTS)
  })

  test('profiles in several spellings', { timeout: 60_000 }, async () => {
    const { found } = await findings(SEVERAL_PROFILES, engine, ['group_id_case', 'group_id_profile_case'])
    expect(found).toEqual(SAID_OF_PROFILES)
  })

  test('names that no one reads', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(NOT_KEPT, engine, [
      'group_key_spelling',
      'unregistered_group_keys',
    ])
    expect(found).toEqual(SAID_OF_NOT_KEPT)
    expect(passed).toEqual(['group_key_spelling_app', 'unregistered_group_keys'])
  })

  test('things that look alike and are not', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, CHECKS)
    expect(found).toEqual({})
    expect([...passed].sort()).toEqual(Object.keys(SAID).sort())
  })

  test(
    'the failures that a threshold is held against, beside the wrong rows',
    { timeout: 60_000 },
    async () => {
      const judged = `${project_yml}\ndata_tests:
  event_name_case: { warn_if: '> 1' }
  group_id_profile_case: { severity: error, error_if: '> 4', warn_if: '> 3' }
`
      const { found } = await findings({ ...BAD, 'project.yml': judged }, engine, CHECKS)
      expect(found['event_name_case']?.[0]).toBe(
        'warn: 3 failures, 4 wrong rows in 3 failures; with failures > 1 it warns',
      )
      // As many of the one as of the other.
      expect(found['group_id_profile_case']?.[0]).toBe(
        'warn: 4 failures, 4 wrong rows; with failures > 3 it warns',
      )
    },
  )

  test('names on a list that nothing has but in another spelling', { timeout: 60_000 }, async () => {
    const listed = `exclude_events: [signup, Ping, Sign Off]
service_user_ids:
  - Robot 1
  - Ann
  - robot
`
    const files = {
      'project.yml': project_yml.replace('group_keys:', `${listed}group_keys:`).concat(`
  - { name: people, type: user_table, file: people.csv, columns: { id: id }, group_keys: [] }
`),
      'app.csv': app(
        ['Sign Up', 'ann', 'acme', ''],
        ['sign_up', 'robot_1', 'acme', ''],
        ['Sign Up', 'bob', 'acme', ''],
        ['Sign Off', 'robot', 'acme', ''],
        ['Pings', 'robot', 'acme', ''],
      ),
      'web.ndjson': web({ org: 'acme' }),
      'crm.csv': 'id\nacme\n',
      'people.csv': 'id\nANN\nbob\nrobot\n',
    }
    const { found } = await findings(files, engine, ['listed_name_case'])
    expect(found).toEqual({
      listed_name_case_of_events: [
        'warn: 2 failures, 3 wrong rows in 2 failures',
        "project.yml:7: 'signup' is not the event 'Sign Up' (2 events, from 2024-03-01 to 2024-03-03), which differs in case, separators and is counted",
        "project.yml:7: 'signup' is not the event 'sign_up' (1 event, on 2024-03-02), which differs in separators and is counted",
      ],
      listed_name_case_of_users: [
        'warn: 3 failures, 4 wrong rows in 3 failures',
        "project.yml:10: 'Ann' is not the user 'ann' (2 events, from 2024-03-01 to 2024-04-01), which differs in case and is counted",
        "project.yml:9: 'Robot 1' is not the user 'robot_1' (1 event, on 2024-03-02), which differs in case, separators and is counted",
        "project.yml:10: 'Ann' is not the user 'ANN' (no events), which differs in case and is counted",
      ],
    })
    // A list of what does not occur yet is no fault.
    const right = listed
      .replace('signup', 'Sign Up, sign_up')
      .replace('Robot 1', 'robot_1')
      .replace('Ann', 'carol')
    const fine = await findings(
      { ...files, 'project.yml': files['project.yml'].replace(listed, right) },
      engine,
      ['listed_name_case'],
    )
    expect(fine).toEqual({ found: {}, passed: ['listed_name_case_of_events', 'listed_name_case_of_users'] })
  })

  test('ids that are real in spite of their looks', { timeout: 60_000 }, async () => {
    const allowed = `${project_yml}\ndata_tests:\n  placeholder_ids: { allow: ['NULL', 'undefined', 'anonymous', ' N/A'] }\n`
    const { found } = await findings({ ...BAD, 'project.yml': allowed }, engine, ['placeholder_ids'])
    expect(found).toEqual({})
  })
})

test(
  'a member of flat lines of JSON, which only an engine that reads files in place sees',
  { timeout: 60_000 },
  async () => {
    const flat = {
      ...GOOD,
      'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - name: web
    type: events
    file: web.ndjson
    columns: { event: event, time: time }
`),
      'web.ndjson': `{"event": "Log In", "time": "2024-03-01T12:00:00Z", "company_id": "acme"}
{"event": "Log In", "time": "2024-03-02T12:00:00Z", "companyID": "acme"}
{"event": "Log In", "time": "2024-03-03T12:00:00Z", "Company_ID": "acme", "company_id": "acme"}
`,
    }
    const { found } = await findings(flat, 'duckdb', ['group_key_spelling'])
    expect(found).toEqual({
      group_key_spelling_web: [
        'warn: 2 failures, 2 wrong rows',
        "column 'Company_ID' of web (1 row, on 2024-03-03) differs from 'company_id' in case; 2 rows have 'company_id' (from 2024-03-01 to 2024-03-03), 1 row has both",
        "column 'companyID' of web (1 row, on 2024-03-02) differs from 'company_id' in case, separators; 2 rows have 'company_id' (from 2024-03-01 to 2024-03-03), no row has both",
      ],
    })
  },
)

const SAID = {
  event_name_case: [
    'warn: 3 failures, 4 wrong rows in 3 failures',
    "'sign_up' (2 events, from 2024-03-05 to 2024-03-06) differs from 'Sign Up' (9 events, from 2024-03-01 to 2024-03-12) in case, separators",
    "'Sign Up ' (1 event, on 2024-03-13) differs from 'Sign Up' (9 events, from 2024-03-01 to 2024-03-12) in white space",
    "'signUp' (1 event, on 2024-03-07) differs from 'Sign Up' (9 events, from 2024-03-01 to 2024-03-12) in case, separators",
  ],
  group_id_case: [
    'warn: 4 failures, 4 wrong rows',
    "company_id ' acme' (1 event, on 2024-03-05) differs from 'acme' (5 events, from 2024-03-01 to 2024-04-04) in white space, only 'acme' has a profile",
    "company_id 'ACME\\u00a0' (1 event, on 2024-03-06) differs from 'acme' (5 events, from 2024-03-01 to 2024-04-04) in white space, case, only 'acme' has a profile",
    "company_id 'Acme' (1 event, on 2024-03-04) differs from 'acme' (5 events, from 2024-03-01 to 2024-04-04) in case, only 'acme' has a profile",
    "company_id 'globex' (1 event, on 2024-03-07) differs from 'GLOBEX' (1 event, on 2024-03-08) in case",
  ],
  group_id_profile_case: [
    'warn: 4 failures, 4 wrong rows',
    "company_id ' acme' (1 event, on 2024-03-05) has no profile; the Group Table has 'acme', which differs in white space",
    "company_id 'ACME\\u00a0' (1 event, on 2024-03-06) has no profile; the Group Table has 'acme', which differs in white space, case",
    "company_id 'Acme' (1 event, on 2024-03-04) has no profile; the Group Table has 'acme', which differs in case",
    "company_id 'Initech' (1 event, on 2024-03-09) has no profile; the Group Table has 'initech', which differs in case",
  ],
  group_key_spelling_app: [
    'warn: 1 failures, 2 wrong rows in 1 failure',
    "column 'companyId' of app (2 rows, from 2024-03-02 to 2024-03-10) differs from 'company_id' in case, separators; 12 rows have 'company_id' (from 2024-03-01 to 2024-03-12), 2 rows have both",
  ],
  group_key_spelling_web: [
    'warn: 4 failures, 5 wrong rows in 4 failures',
    "property 'Org' of web (2 events, from 2024-04-01 to 2024-04-03) differs from 'org' in case; 2 events have 'org' (from 2024-04-01 to 2024-04-04), 1 event has both",
    "property ' company_ID ' of web (1 event, on 2024-04-02) differs from 'company_id' in white space, case; 2 events have 'org' (from 2024-04-01 to 2024-04-04), no event has both",
    "property 'Team' of web (1 event, on 2024-04-02) differs from 'team' in case; 2 events have 'team' (from 2024-04-01 to 2024-04-03), no event has both",
    "property 'company-id' of web (1 event, on 2024-04-02) differs from 'company_id' in separators; 2 events have 'org' (from 2024-04-01 to 2024-04-04), no event has both",
  ],
  placeholder_ids_of_groups: [
    'warn: 2 failures, 3 wrong rows in 2 failures',
    "A group of company_id has the id 'NULL': 2 events, from 2024-03-10 to 2024-03-12",
    "A group of company_id has the id 'undefined': 1 event, on 2024-03-11",
  ],
  placeholder_ids_of_users: [
    'warn: 2 failures, 2 wrong rows',
    "A user has the id ' N/A': 1 event, on 2024-03-11",
    "A user has the id 'anonymous': 1 event, on 2024-03-10",
  ],
}

const SAID_BEYOND_EVENTS = {
  group_id_case: [
    'warn: 3 failures, 3 wrong rows',
    "company_id 'ACME' (no events) differs from 'acme' (2 events, from 2024-03-01 to 2024-04-01) in case, only 'acme' has a profile",
    "company_id 'Acme' (no events) differs from 'acme' (2 events, from 2024-03-01 to 2024-04-01) in case, both have a profile",
    "company_id 'globex' (no events) differs from 'Globex' (no events) in case, both have a profile",
  ],
  placeholder_ids_of_groups: [
    'warn: 1 failures, 1 wrong row',
    "A group of company_id has the id 'null': no events",
  ],
  placeholder_ids_of_users: ['warn: 1 failures, 1 wrong row', "A user has the id 'null': no events"],
}

const SAID_OF_PROFILES = {
  group_id_case: [
    'warn: 2 failures, 2 wrong rows',
    "company_id 'beta' (no events) differs from 'Beta' (2 events, from 2024-03-01 to 2024-04-01) in case, only 'beta' has a profile",
    "company_id 'globex' (no events) differs from 'Globex' (no events) in case, only 'globex' has a profile",
  ],
  group_id_profile_case: [
    'warn: 1 failures, 2 wrong rows in 1 failure',
    "company_id 'Beta' (2 events, from 2024-03-01 to 2024-04-01) has no profile; the Group Table has 'BETA', which differs in case",
  ],
}

const SAID_OF_NOT_KEPT = {
  group_key_spelling_web: [
    'warn: 2 failures, 2 wrong rows',
    "member of props 'CompanyId' of web (1 row, on 2024-04-02) differs from 'company_id' in case, separators; 1 row has 'company_id' (on 2024-04-01), no row has both",
    "member of props 'companyId' of web (1 row, on 2024-04-01) differs from 'company_id' in case, separators; 1 row has 'company_id' (on 2024-04-01), 1 row has both",
  ],
  unregistered_group_keys_app: [
    'warn: 1 failures, 2 wrong rows in 1 failure',
    "column 'workspace_id' of app is no group key (2 rows, from 2024-03-01 to 2024-03-02)",
  ],
  unregistered_group_keys_web: [
    'warn: 1 failures, 1 wrong row',
    "member of props 'orgId' of web is no group key (1 row, on 2024-04-01)",
  ],
}

const SAID_OF_LETTERS = [
  'warn: 5 failures, 5 wrong rows',
  "company_id '0012' (1 event, on 2024-03-08) differs from '12' (2 events, from 2024-03-05 to 2024-03-06) in number format",
  "company_id '12.0' (1 event, on 2024-03-07) differs from '12' (2 events, from 2024-03-05 to 2024-03-06) in number format",
  "company_id 'Mu\\u0308ller' (1 event, on 2024-03-03) differs from 'Müller' (2 events, from 2024-03-01 to 2024-03-02) in Unicode form, only 'Mu\\u0308ller' has a profile",
  "company_id 'MÜLLER' (1 event, on 2024-03-04) differs from 'Müller' (2 events, from 2024-03-01 to 2024-03-02) in case",
  "company_id 'σας' (1 event, on 2024-03-11) differs from 'ΣΑΣ' (2 events, from 2024-03-09 to 2024-03-10) in case",
]

/** Texts, and what is left of them. */
const TEXTS = {
  folded: {
    'ABC Z': 'abc z',
    '\u00c9\u00d1\u00dc': '\u00e9\u00f1\u00fc',
    '\u0416\u0429': '\u0436\u0449',
    '\u0141\u0150\u0178': '\u0142\u0151\u00ff',
    '\u03a3\u0391\u03a3': '\u03c3\u03b1\u03c3',
    '\u03c3\u03b1\u03c2': '\u03c3\u03b1\u03c3',
    '\u0130I\u0131i': 'ii\u0131i',
    '\u1e9e\u00df': '\u00df\u00df',
  },
  trimmed: {
    '\t a b \r\n': 'a b',
    '\u00a0\u2003a\u200b\ufeff': 'a',
    ' ': '',
    '\u00c9 ': '\u00c9',
  },
  composed: { 'e\u0301': '\u00e9', '\u00e9': '\u00e9', abc: 'abc' },
  plainNumber: {
    '0012': '12',
    '12.0': '12',
    '12.50': '12.5',
    '12.': '12',
    '+7': '7',
    '-07.10': '-7.1',
    '000': '0',
    '.5': '0.5',
    '-.50': '-0.5',
    '+.0': '0',
    '-0': '0',
    '-00.0': '0',
    '-0.10': '-0.1',
    '.': '.',
    '-': '-',
    '0.5': '0.5',
    '100': '100',
    '1e6': '1e6',
    '12a': '12a',
    '': '',
  },
  joined: { 'a b_c-d': 'abcd', 'a.b': 'a.b' },
  snakeCase: { companyId: 'company_id', CompanyID: 'company_id', group_key: 'group_key' },
} as const

describe.each(ENGINES)('texts on %s', (engine) => {
  test('without what spellings differ in', { timeout: 60_000 }, async () => {
    const built = await buildProject(copyOf('test/fixtures/acme'), engine)
    await using warehouse = await built.open()
    const fn = BY_NAME[engine].functions('acme_gwh')
    for (const [name, texts] of Object.entries(TEXTS)) {
      const read = fn[name as keyof typeof TEXTS]
      for (const [text, expected] of Object.entries(texts)) {
        const [row] = await warehouse.query<{ left_over: string }>(
          toText(sql`select ${read(literal(text))} as left_over`),
        )
        expect({ name, text, left_over: row?.left_over }).toEqual({ name, text, left_over: expected })
      }
    }
  })
})

test('an empty name is the nearest to none', () => {
  expect(nearestKnown({ written: '5', known: '' })).toBe('')
  expect(nearestKnown({ written: 'logn', known: '\u001flogin' })).toBe("; the nearest is 'login'")
})
