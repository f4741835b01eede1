/** Values that are none of their type, objects that are none, and ids that have lost digits. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const TYPED = project(`
group_keys: [{ name: co }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id, ingested_at: arrived }
    properties: { n: { type: number }, on: { type: boolean }, d: { type: date }, t: { type: text }, as_is: as_is }
  - name: crm
    type: group_table
    group_key: co
    file: crm.ndjson
    columns: { id: id }
    properties_column: traits
    properties: { seats: { type: integer } }
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id }
    group_keys: []
    properties: { age: { type: integer } }
`)

const lines = (...rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n')

const GOOD = {
  'project.yml': TYPED,
  'app.csv': `event,time,user_id,arrived,co,n,on,d,t,as_is
A,2024-03-01,ann,2024-03-02,acme,1.50,TRUE,2024-03-01,1.50,1.50
B,2024-03-01,bob,,acme,,,,,
C,2024-03-01,cy,,acme,1e1,0,2024-02-29,1e1,1e1
`,
  'crm.ndjson': lines(
    { id: 'acme', traits: { seats: 12.0 } },
    { id: 'beta', traits: '{"seats":"7"}' },
    { id: 'c', traits: null },
  ),
  'people.csv': 'id,age\nann,41\nbob,\n',
}

const BAD = {
  ...GOOD,
  'app.csv': `event,time,user_id,arrived,co,n,on,d,t,as_is
A,2024-03-01,ann,soon,acme,n/a,yes,2024-3-1,x,x
B,2024-03-01,bob,,acme,n/a,,1/3/2024,x,x
`,
  'crm.ndjson': lines(
    { id: 'acme', traits: ['pro'] },
    { id: 'beta', traits: 'pro' },
    { id: 'c', traits: { seats: 'many' } },
  ),
  'people.csv': 'id,age\nann,old\n',
}

describe.each(ENGINES)('values with a type on %s', (engine) => {
  test('are read as it', { timeout: 60_000 }, async () => {
    const built = await buildProject(writeProject(GOOD), engine)
    expect(built.outcome.ok).toBe(true)
    const events = Object.fromEntries(
      (await built.rows('events')).map((row) => [String(row['event_name']), row['properties']]),
    )
    expect(events).toEqual({
      A: { n: 1.5, on: true, d: '2024-03-01', t: '1.50', as_is: '1.50' },
      B: {},
      C: { n: 10, on: false, d: '2024-02-29', t: '1e1', as_is: '1e1' },
    })
    const companies = await built.rows('co_profiles')
    expect(companies.map((row) => [row['co'], row['seats']])).toEqual([
      ['acme', 12],
      ['beta', 7],
      ['c', null],
    ])
    const users = await built.rows('user_profiles')
    expect(users.map((row) => row['properties'])).toEqual([{ age: 41 }, {}, null])
  })

  test('are whole numbers or none, and never rounded', { timeout: 60_000 }, async () => {
    const ages = ['7', '-7.00', '1.5e1', '120e-1', '12.5', '0.5', '125e-1', '12345678901234567.5', '1e19']
    const files = { ...GOOD, 'people.csv': `id,age\n${ages.map((age, i) => `${i},${age}\n`).join('')}` }
    const built = await buildProject(writeProject(files), engine)
    const users = await built.rows('user_profiles')
    const read = new Map(users.map((row) => [row['user_id'], row['properties']]))
    expect(ages.map((_, i) => read.get(String(i)))).toEqual([
      { age: 7 },
      { age: -7 },
      { age: 15 },
      { age: 12 },
      ...Array.from({ length: 5 }, () => ({})),
    ])
    const { found } = await findings(files, engine, ['readable_values'])
    expect(found['readable_values_people']).toContain("age = '12.5' in 1 row of people is no integer")
  })

  test('are found where they are none of it', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, ['readable_values', 'readable_properties'])
    expect(found).toEqual({
      readable_values_app: [
        'warn: 5 failures, 6 wrong rows in 5 failures',
        "n = 'n/a' in 2 rows of app is no number",
        "arrived = 'soon' in 1 row of app is no time",
        "d = '1/3/2024' in 1 row of app is no date",
        "d = '2024-3-1' in 1 row of app is no date",
        "on = 'yes' in 1 row of app is no boolean",
      ],
      readable_values_crm: ['warn: 1 failures, 1 wrong row', "seats = 'many' in 1 row of crm is no integer"],
      readable_properties_crm: [
        'fail: 2 failures, 2 wrong rows',
        `crm has a list in place of an object of properties in 1 row, such as '["pro"]'`,
        `crm has a text in place of an object of properties in 1 row, such as '"pro"'`,
      ],
      readable_values_people: [
        'warn: 1 failures, 1 wrong row',
        "age = 'old' in 1 row of people is no integer",
      ],
    })
    expect(passed).toEqual([])
  })

  test('pass where they are', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, ['readable_values', 'readable_properties'])
    expect(found).toEqual({})
    expect(passed).toHaveLength(4)
  })

  test('properties that are no object are found on events', { timeout: 60_000 }, async () => {
    const yml = project(`
group_keys: [{ name: co }]
sources:
  - { name: app, type: events, file: app.csv, columns: { event: event, time: time }, properties_column: props }
  - { name: some, type: events, file: app.csv, columns: { event: event, time: time }, properties_column: props, properties: [n] }
`)
    const field = (json: string) => `"${json.replaceAll('"', '""')}"`
    const app = (...props: readonly string[]) =>
      ['event,time,props', ...props.map((json) => `A,2024-03-01,${field(json)}`)].join('\n')
    const good = app('{"co":"acme","n":1}', '', 'null', '{}', '"{\\"co\\":\\"b\\"}"')
    const passing = await findings({ 'project.yml': yml, 'app.csv': good }, engine, [
      'readable_values',
      'readable_properties',
    ])
    expect(passing.found).toEqual({})
    const bad = app('{"co":"acme","n":1}', "{'co': 'acme'}", '[1]', '{"co":"ac', '12')
    const { found } = await findings({ 'project.yml': yml, 'app.csv': bad }, engine, [
      'readable_values',
      'readable_properties',
    ])
    const said = (source: string) => [
      'fail: 3 failures, 4 wrong rows in 3 failures',
      `${source} has no JSON in place of an object of properties in 2 rows, such as '{"co":"ac'`,
      `${source} has a list in place of an object of properties in 1 row, such as '[1]'`,
      `${source} has a number in place of an object of properties in 1 row, such as '12'`,
    ]
    expect(found).toEqual({
      readable_properties_app: said('app'),
      readable_properties_some: said('some'),
    })
  })

  test('ids that have lost digits are found', { timeout: 60_000 }, async () => {
    const yml = project(`
group_keys: [{ name: co }]
sources:
  - { name: app, type: events, file: app.ndjson, columns: { event: event, time: time, user: user } }
  - { name: sheet, type: events, file: sheet.csv, columns: { event: event, time: time, user: user } }
`)
    const event = (co: string, user: string) => `{"event":"A","time":"2024-03-01","co":${co},"user":${user}}`
    const good = {
      'project.yml': yml,
      'app.ndjson': [event('9007199254740993', '"u"'), event('1e3', '12345678901234567890')].join('\n'),
      'sheet.csv': 'event,time,user,co\nA,2024-03-01,12E5,1E5\n',
    }
    expect((await findings(good, engine, ['inexact_ids'])).found).toEqual({})
    const bad = {
      ...good,
      'app.ndjson': [event('9007199254740993.0', '"u"'), event('"a"', '1.5e17')].join('\n'),
      'sheet.csv': 'event,time,user,co\nA,2024-03-01,"1,23E+17",1.23E+17\n',
    }
    expect((await findings(bad, engine, ['inexact_ids'])).found).toEqual({
      inexact_ids_of_groups: [
        'fail: 1 failures, 1 wrong row',
        "co '1.23E+17' (1 event, on 2024-03-01) is a number whose last digits are gone",
      ],
      inexact_ids_of_users: [
        'fail: 1 failures, 1 wrong row',
        "user '1,23E+17' (1 event, on 2024-03-01) is a number whose last digits are gone",
      ],
      inexact_ids_app: [
        'fail: 2 failures, 2 wrong rows',
        "co = '9007199254740992' in 1 row of app is a floating-point number whose last digits are gone",
        "user = '150000000000000000' in 1 row of app is a floating-point number whose last digits are gone",
      ],
    })
  })
})
