/** Several user tables make one profile, and a user belongs to the groups that the profile names now. */
import { describe, expect, test } from 'vitest'
import { load, type LoadedProject } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor, type Engine } from './support/engines.ts'
import { build, problemsOf, writeProject, type Files } from './support/projects.ts'

const project = (sources: string, rest = '') => `name: users
target: dev
targets:
  dev: { type: duckdb, path: target/users_of.duckdb }
  pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
group_keys: [{ name: company_id, b2b: true }, { name: team }]
sources:
  - { name: app, type: events, file: events.csv, columns: { event: event, time: time, user: user_id }, group_keys: [company_id] }
${sources.replaceAll(/^(?=.)/gm, '  ')}
${rest}`

const EVENTS = 'event,time,user_id,company_id\nlog_in,2024-03-01T10:00:00Z,ann,acme\n'

const built = new Map<string, Promise<LoadedProject>>()

/** Rows of a project, which is built once on each engine. */
async function rowsOf(files: Files, engine: Engine, select: string): Promise<object[]> {
  const key = JSON.stringify([engine, files])
  const building = built.get(key) ?? buildOn(files, engine)
  built.set(key, building)
  const { plan } = await building
  await using warehouse = await openWarehouse(plan.catalog.project, { readOnly: true })
  return await warehouse.query(select)
}

async function buildOn(files: Files, engine: Engine): Promise<LoadedProject> {
  const loading = { ...(await optionsFor(engine)), target: engine === 'postgres' ? 'pg' : 'dev' }
  const dir = writeProject({ 'events.csv': EVENTS, ...files })
  await build(dir, loading)
  return load(dir, loading)
}

/** The same lines below the same heading, the other way round. */
function reversed(files: Files): Files {
  const turned = (file: string, text = '') => {
    const lines = text.trimEnd().split('\n')
    const heading = file.endsWith('.csv') ? lines.splice(0, 1) : []
    return `${[...heading, ...lines.reverse()].join('\n')}\n`
  }
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, file.endsWith('.yml') ? text : turned(file, text)]),
  )
}

describe.each(ENGINES)('on %s', (engine) => {
  const NAMED: Files = {
    'project.yml': project(`
- { name: people, type: user_table, file: people.csv, group_keys: [company_id], columns: { id: id, name: name, created_at: born, updated_at: at }, properties: [role] }
- { name: billing, type: user_table, file: billing.csv, group_keys: [team], columns: { id: id, name: name, created_at: born, updated_at: at }, properties: [plan, seats] }
`),
    'people.csv': `id,name,born,at,role,company_id
ann,Ann,2023-05-01,2024-01-01,owner,acme
ann,Old Ann,2023-04-01,2023-01-01,guest,beta
bob,,,2024-01-02,viewer,acme
`,
    'billing.csv': `id,name,born,at,plan,seats,team
ann,Billed Ann,2023-06-01,2024-02-01,pro,many,red
bob,Bob,2023-07-01,2023-12-01,free,,blue
cat,Cat,,2024-02-02,free,one,
`,
  }

  test.each([
    ['in one order', NAMED],
    ['in another order', reversed(NAMED)],
  ])('each table brings its properties, rows %s', async (_, files) => {
    const select =
      'select user_id, display_name, has_profile, created_at, updated_at, events, properties from gwh.user_profiles order by 1'
    expect(await rowsOf(files, engine, select)).toEqual([
      {
        user_id: 'ann',
        display_name: 'Ann',
        has_profile: true,
        created_at: new Date('2023-05-01T00:00:00Z'),
        updated_at: new Date('2024-02-01T00:00:00Z'),
        events: 1,
        properties: { role: 'owner', plan: 'pro', seats: 'many' },
      },
      {
        user_id: 'bob',
        display_name: 'Bob',
        has_profile: true,
        created_at: new Date('2023-07-01T00:00:00Z'),
        updated_at: new Date('2024-01-02T00:00:00Z'),
        events: 0,
        properties: { role: 'viewer', plan: 'free' },
      },
      {
        user_id: 'cat',
        display_name: 'Cat',
        has_profile: true,
        created_at: null,
        updated_at: new Date('2024-02-02T00:00:00Z'),
        events: 0,
        properties: { plan: 'free', seats: 'one' },
      },
    ])
  })

  test('with the declared ones as columns of their types, text as it is written', async () => {
    const files = {
      'project.yml': project(`
- name: people
  type: user_table
  file: people.csv
  columns: { id: id, updated_at: at }
  group_keys: []
  properties: { code: code, Seats: { type: integer }, share: { type: number }, joined_at: { type: timestamp } }
- { name: traits, type: user_table, file: traits.ndjson, columns: { id: id }, group_keys: [], properties_column: traits, properties: [tier] }
`),
      'people.csv': `id,at,code,Seats,share,joined_at
ann,2024-01-01,0012,7,0.5,2024-01-01T10:00:00+02:00
ann,2023-01-01,9,9,9,2020-01-01
bob,2024-01-01,1.10,many,,
`,
      'traits.ndjson': '{"id":"ann","traits":{"tier":1e1,"other":"x"}}\n',
    }
    const select =
      'select user_id, code, "Seats", share, joined_at, tier, properties from gwh.user_profiles order by 1'
    expect(await rowsOf(files, engine, select)).toEqual([
      {
        user_id: 'ann',
        code: '0012',
        Seats: 7,
        share: 0.5,
        joined_at: new Date('2024-01-01T08:00:00Z'),
        tier: '10',
        properties: { code: '0012', Seats: 7, share: 0.5, joined_at: '2024-01-01T08:00:00', tier: 10 },
      },
      {
        user_id: 'bob',
        code: '1.10',
        Seats: null,
        share: null,
        joined_at: null,
        tier: null,
        properties: { code: '1.10' },
      },
    ])
  })

  test('and the groups that its rows name', async () => {
    const select =
      'select user_id, group_key, group_id from gwh.user_groups where from_profile order by 1, 2, 3'
    expect(await rowsOf(NAMED, engine, select)).toEqual([
      { user_id: 'ann', group_key: 'company_id', group_id: 'acme' },
      { user_id: 'ann', group_key: 'team', group_id: 'red' },
      { user_id: 'bob', group_key: 'company_id', group_id: 'acme' },
      { user_id: 'bob', group_key: 'team', group_id: 'blue' },
    ])
  })

  const merged = [
    {
      user_id: 'ann',
      properties: { plan: 'pro', nested: { a: 1 }, seats: 3, tier: 'gold', 'it"s': 'é' },
    },
    { user_id: 'bob', properties: { plan: 'free' } },
  ]
  const profiles = "select user_id, properties from gwh.user_profiles where user_id <> 'cat' order by 1"

  test('objects of two tables are one, of which the first table says what both have', async () => {
    const files = {
      'project.yml': project(`
- { name: people, type: user_table, file: people.ndjson, columns: { id: id, updated_at: at }, properties_column: traits }
- { name: billing, type: user_table, file: billing.ndjson, columns: { id: id, updated_at: at }, properties_column: traits }
`),
      'people.ndjson':
        '{"id":"ann","at":"2024-01-01","traits":{"plan":"pro","nested":{"a":1},"seats":null,"it\\"s":"é"}}\n',
      'billing.ndjson':
        '{"id":"ann","at":"2024-02-01","traits":{"plan":"free","nested":{"b":2},"seats":3,"tier":"gold"}}\n{"id":"bob","at":"2024-02-01","traits":{"plan":"free"}}\n',
    }
    expect(await rowsOf(files, engine, profiles)).toEqual(merged)
  })

  test.each([
    ['before', ['people', 'billing']],
    ['after', ['billing', 'people']],
  ])('what one names is its alone, with what another keeps %s it', async (_, order) => {
    const tables: Readonly<Record<string, string>> = {
      people:
        '- { name: people, type: user_table, file: people.ndjson, columns: { id: id }, properties_column: traits }',
      billing:
        '- { name: billing, type: user_table, file: billing.csv, columns: { id: id }, group_keys: [], properties: [role] }',
    }
    const files = {
      'project.yml': project(
        order.map((name) => tables[name]).join('\n'),
        'reports: [{ name: roles, type: uniques, by: user, any_event: true, breakdown: { property: role, of: user } }]\n',
      ),
      'events.csv': `${EVENTS}log_in,2024-03-01T10:00:00Z,bob,acme\n`,
      'people.ndjson':
        '{"id":"ann","traits":{"role":"guest","x":1}}\n{"id":"bob","traits":{"role":"guest","x":null}}\n',
      'billing.csv': 'id,role\nann,admin\n',
    }
    expect(
      await rowsOf(files, engine, 'select user_id, role, properties from gwh.user_profiles order by 1'),
    ).toEqual([
      { user_id: 'ann', role: 'admin', properties: { role: 'admin', x: 1 } },
      { user_id: 'bob', role: null, properties: { x: null } },
    ])
    expect(
      await rowsOf(files, engine, 'select segment, entity_id from gwh.roles_entities order by 2'),
    ).toEqual([
      { segment: 'admin', entity_id: 'ann' },
      { segment: '', entity_id: 'bob' },
    ])
  })

  test("and so are those of Mixpanel's profiles, with another table", async () => {
    const files = {
      'project.yml': project(`
- { name: people, type: user_table, connector: mixpanel, file: people.ndjson }
- { name: more, type: user_table, connector: mixpanel, file: more.ndjson }
- { name: billing, type: user_table, file: billing.csv, columns: { id: id }, group_keys: [team], properties: [tier] }
`),
      'people.ndjson':
        '{"$distinct_id":"ann","$properties":{"plan":"pro","nested":{"a":1},"seats":null,"it\\"s":"é"}}\n',
      'more.ndjson':
        '{"$distinct_id":"ann","$properties":{"plan":"free","seats":3}}\n{"$distinct_id":"bob","$properties":{"plan":"free"}}\n',
      'billing.csv': 'id,tier,team\nann,gold,\n',
    }
    expect(await rowsOf(files, engine, profiles)).toEqual(merged)
  })

  const LINKED: Files = {
    'project.yml': project(
      `
- { name: people, type: user_table, file: people.csv, columns: { id: id, updated_at: at }, group_keys: [company_id] }
- { name: crm, type: group_table, file: companies.csv, group_key: company_id, columns: { id: id }, properties: [plan] }
`,
      `
reports:
  - name: by_plan
    type: uniques
    interval: month
    range: { from: 2024-03-01, to: 2024-03-31 }
    metrics: [{ name: m, by: user, any_event: true }]
    breakdown: { of: company_id, property: plan, through: user }
`,
    ),
    // ann and dan have moved, bob has left, eve has two rows of one time
    'people.csv': `id,at,company_id
ann,2023-01-01,acme
ann,2024-01-01,beta
bob,2023-01-01,acme
bob,2024-01-01,
cat,2023-01-01,acme
dan,,acme
dan,2024-01-01,"[""beta"", ""gamma""]"
eve,2024-01-01,acme
eve,2024-01-01,gamma
`,
    'companies.csv': 'id,plan\nacme,old\nbeta,new\n',
    'events.csv': `event,time,user_id,company_id
${['ann', 'bob', 'cat', 'dan'].map((user) => `log_in,2024-03-01T10:00:00Z,${user},${user === 'ann' ? 'acme' : ''}`).join('\n')}
`,
  }

  test.each([
    ['in one order', LINKED],
    ['in another order', reversed(LINKED)],
  ])('a profile links with the groups that it names now, rows %s', async (_, files) => {
    const select = 'select user_id, group_id, from_events, from_profile from gwh.user_groups order by 1, 2'
    const links = (await rowsOf(files, engine, select)).map((row) => Object.values(row).join(' '))
    expect(links).toEqual([
      'ann acme true false',
      'ann beta false true',
      'cat acme false true',
      'dan beta false true',
      'dan gamma false true',
      'eve acme false true',
      'eve gamma false true',
    ])
  })

  test('and so do reports through users, and not the number of users of a group', async () => {
    const select = 'select segment, entities from gwh.by_plan order by 1'
    expect(await rowsOf(LINKED, engine, select)).toEqual([
      { segment: '', entities: 2 },
      { segment: 'new', entities: 2 },
      { segment: 'old', entities: 1 },
    ])
    const users = 'select company_id, users from gwh.company_profiles order by 1'
    expect(await rowsOf(LINKED, engine, users)).toEqual([
      { company_id: 'acme', users: 1 },
      { company_id: 'beta', users: 0 },
      { company_id: 'gamma', users: 0 },
    ])
  })
})

test('a property that two user tables name is refused', async () => {
  expect(
    await problemsOf({
      'project.yml': project(`
- { name: people, type: user_table, file: people.csv, columns: { id: id }, properties: [role, plan] }
- { name: billing, type: user_table, file: billing.csv, columns: { id: id }, properties: [plan, Role] }
- { name: more, type: user_table, file: billing.csv, columns: { id: id }, properties: { role: job } }
`),
    }),
  ).toMatchInlineSnapshot(`
    "project.yml:11:93  duplicate_name
      The property \`plan\` of users comes from \`people\` and \`billing\`.
        11 |   - { name: billing, type: user_table, file: billing.csv, columns: { id: id }, properties: [plan, Role] }
           |                                                                                             ^
      Each property has one source; leave it out of one of them or rename it.

    project.yml:11:99  duplicate_name
      The property \`Role\` of users comes from \`people\` and \`billing\`, and differs only in case from \`role\`.
        11 |   - { name: billing, type: user_table, file: billing.csv, columns: { id: id }, properties: [plan, Role] }
           |                                                                                                   ^
      Each property has one source; leave it out of one of them or rename it.

    project.yml:12:97  duplicate_name
      The property \`role\` of users comes from \`billing\` and \`more\`, and differs only in case from \`Role\`.
        12 |   - { name: more, type: user_table, file: billing.csv, columns: { id: id }, properties: { role: job } }
           |                                                                                                 ^
      Each property has one source; leave it out of one of them or rename it.

    exit code 2"
  `)
})

test('a property cannot have the name of another column of profiles, nor that of a group key', async () => {
  const people = (...properties: string[]) => ({
    'project.yml': project(
      `- { name: people, type: user_table, file: people.csv, columns: { id: id }, properties: [${properties.join(', ')}] }`,
    ),
    'events.csv': EVENTS,
    'people.csv': 'id\n',
  })
  const said = await problemsOf(people('Events', 'Source_Rows', 'company_id', 'plan', 'Plan', 'users'))
  expect(said.match(/^\s+(Source|The property) .*/gm)?.map((line) => line.trim())).toEqual([
    'Source `people`: profiles have a column `Events` of their own.',
    'Source `people`: profiles have a column `Source_Rows` of their own.',
    'Source `people`: `company_id` is a group key, whose ids are in `user_groups`.',
    'Source `people`: the property `Plan` of users differs only in case from `plan`.',
  ])
  expect(said).toContain('`properties: {user_Events: Events}`')
})
