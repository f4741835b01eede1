/** Limits at their boundary, on both engines: the number itself passes, one more fails. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { LIMIT_CHECKS } from '../src/checks/limits/index.ts'
import { load, run, type RunOutcome } from '../src/gwh.ts'
import { boundsOf, LIMIT_DOCS } from '../src/project/limits.ts'
import type { LoadOptions } from '../src/project/load.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor, sorted, tempFolder, toCsv, type Row } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeFiles, type Files } from './support/projects.ts'

type Limits = Readonly<Record<string, string | number | null>>

interface Event {
  readonly event: string
  readonly at: string
  readonly user?: string | null
  readonly device?: string
  readonly id?: string
  readonly arrived?: string
  readonly p?: object
}

interface Data {
  readonly events: readonly Event[]
  readonly companies?: readonly object[]
  readonly users?: readonly object[]
}

/** Every line with every column, as gwh asks of a source. */
const ndjson = (rows: readonly object[], ...columns: string[]) =>
  rows
    .map((row) => ({ ...Object.fromEntries(columns.map((column) => [column, null])), ...row }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')

function write(dir: string, { events, companies = [{ id: 'acme' }], users = [{ id: 'ann' }] }: Data): void {
  writeFileSync(path.join(dir, 'events.ndjson'), ndjson(events, 'user', 'device', 'id', 'arrived', 'p'))
  writeFileSync(path.join(dir, 'companies.ndjson'), ndjson(companies, 'plan', 'tags'))
  writeFileSync(path.join(dir, 'users.ndjson'), ndjson(users, 'p'))
}

const COMPANIES = {
  name: 'crm',
  type: 'group_table',
  file: 'companies.ndjson',
  group_key: 'company_id',
  columns: { id: 'id' },
  properties: { plan: {}, tags: { type: 'json' } },
}

/** @param tables Group Tables, instead of a flat one */
function configure(dir: string, limits: Limits, tables: readonly object[] = [COMPANIES]): void {
  const project = {
    name: 'limits',
    timezone: 'America/New_York',
    target: 'dev',
    targets: {
      dev: { type: 'duckdb', path: 'warehouse.duckdb' },
      postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}' },
    },
    limits,
    group_keys: [{ name: 'company_id' }, { name: 'team' }],
    sources: [
      {
        name: 'app',
        type: 'events',
        file: 'events.ndjson',
        columns: {
          event: 'event',
          time: 'at',
          user: 'user',
          device: 'device',
          insert_id: 'id',
          ingested_at: 'arrived',
        },
        properties_column: 'p',
      },
      ...tables,
      {
        name: 'people',
        type: 'user_table',
        file: 'users.ndjson',
        columns: { id: 'id' },
        properties_column: 'p',
      },
    ],
  }
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify(project))
}

const OWN = new Set<string>(LIMIT_CHECKS.map(({ name }) => name))

/** The tests of limits with their outcomes. */
const outcomes = ({ results }: RunOutcome) => results.filter((r) => r.type === 'test' && OWN.has(r.kind))

const named = (outcome: RunOutcome, ...statuses: string[]) =>
  outcomes(outcome)
    .filter(({ status }) => statuses.includes(status))
    .map(({ name }) => name)
    .sort()

/** Everything that is published, as text. */
async function published(dir: string, loading: LoadOptions): Promise<string> {
  const { plan } = load(dir, loading)
  await using warehouse = await openWarehouse(plan.catalog.project)
  const texts: string[] = []
  for (const { name } of plan.models) {
    texts.push(`${name}\n${toCsv(sorted(await warehouse.query<Row>(`select * from gwh.${name}`)))}`)
  }
  return texts.join('\n')
}

const characters = (text: string, n: number) => text.repeat(n)

/** As many of everything as OF_ALL says; two of the four busy events are on the next day in UTC. */
const SMALL: Data = {
  events: [
    {
      event: 'Open',
      at: '2024-03-01T12:00:00Z',
      user: 'ann',
      id: 'same-1',
      arrived: '2024-03-01T12:00:01Z',
      p: { company_id: 'acme' },
    },
    {
      event: 'Open',
      at: '2024-03-01T12:00:00Z',
      user: 'ann',
      id: 'same-1',
      arrived: '2024-03-01T12:00:02Z',
      p: { company_id: 'acme' },
    },
    { event: 'Open', at: '2024-03-02T01:00:00Z', user: 'ann', p: { company_id: 'acme' } },
    { event: 'Close', at: '2024-03-02T04:59:59Z', user: 'ann', p: { company_id: 'acme' } },
    { event: 'Close', at: '2024-03-02T05:00:00Z', user: 'ann', p: { company_id: 'acme' } },
    { event: 'Old', at: '2001-01-01T00:00:00Z', user: 'bob' },
    { event: 'Older', at: '2000-12-31T23:59:59Z', user: 'bob' },
    { event: 'Late', at: '2024-03-11T12:00:00Z', user: 'bob', arrived: '2024-03-15T12:00:00Z' },
    { event: 'Early', at: '2024-03-12T13:01:00Z', user: 'bob', arrived: '2024-03-12T12:00:00Z' },
    {
      event: 'Rich',
      at: '2024-03-12T12:00:00Z',
      user: 'cat',
      id: 'abcdef-12',
      p: {
        company_id: ['one', 'two', 'three'],
        team: 'grün-und-blau',
        title: `"${characters('ü', 8)}\\`,
        list: [1, [2, { a: 'x y' }], 3],
        deep: { a: { b: [{ c: 1 }], e: '{{{' }, d: {}, f: null, g: 1 },
        properties_cut_off: 1,
        properties_cut_of_: 2,
      },
    },
  ],
  companies: [{ id: 'acme', plan: 'pro', tags: ['a b', 'c'] }, { id: 'beta' }, { id: 'gamma' }],
  users: [
    { id: 'ann', p: { a: 1, b: 'x', c_long_name_of_a_user: { d: { e: 1 } } } },
    { id: 'bob', p: null },
  ],
}

/** Limit, the number of it in SMALL, and the tests that fail at one less. */
const OF_ALL: readonly [keyof typeof LIMIT_DOCS, number, readonly string[]][] = [
  ['group_keys', 2, ['group_keys_limit']],
  ['group_profiles', 3, ['group_profiles_limit']],
  ['groups_per_event', 3, ['groups_per_event_company_id']],
  ['group_id_length', 13, ['group_id_length']],
  ['events_per_group_per_day', 4, ['events_per_group_per_day']],
  ['events_per_user_per_day', 4, ['events_per_user_per_day']],
  ['event_names', 7, ['event_names_limit']],
  ['properties_per_event', 7, ['properties_per_event']],
  ['properties_per_profile', 3, ['properties_per_profile_user_profiles']],
  ['property_name_length', 21, ['property_name_length_user_profiles']],
  ['string_characters', 13, ['property_value_size_events']],
  ['string_bytes', 18, ['property_string_bytes_events']],
  ['event_value_bytes', 53, ['property_value_size_events']],
  ['profile_value_bytes', 13, ['property_value_size_user_profiles']],
  ['object_keys', 4, ['property_value_size_events']],
  ['object_depth', 3, ['property_value_size_events']],
  ['insert_id_bytes', 9, ['insert_id_form']],
  ['earliest_event_year', 2000, ['event_time_bounds_earliest']],
  ['future_minutes', 61, ['event_time_bounds_future']],
  ['event_age_days', 4, ['event_time_bounds_age']],
]
const WARNS = [
  'event_names',
  'string_bytes',
  'insert_id_bytes',
  'earliest_event_year',
  'future_minutes',
  'event_age_days',
]

/** Only the limits of the project itself; events without an arrival are older than any number of days by now. */
const only = (limits: Limits): Limits => ({ profile: 'none', ...limits })

describe.each(ENGINES)('limits on %s', (engine) => {
  const dir = tempFolder()
  let loading: LoadOptions
  beforeAll(async () => {
    loading = await optionsFor(engine)
    write(dir, {
      ...SMALL,
      events: SMALL.events.map((event) => ({ ...event, arrived: event.arrived ?? event.at })),
    })
    configure(dir, only({}))
    const outcome = await run(load(dir, loading), { command: 'build' })
    expect(outcome).toMatchObject({ ok: true, published: true })
    expect(outcomes(outcome)).toEqual([])
  })

  const tested = (limits: Limits) => {
    configure(dir, only(limits))
    return run(load(dir, loading), { command: 'test' })
  }

  test('the number of every limit passes', async () => {
    const outcome = await tested(Object.fromEntries(OF_ALL.map(([name, value]) => [name, value])))
    expect(outcomes(outcome).filter(({ status }) => status !== 'pass')).toEqual([])
    expect(new Set(outcomes(outcome).map(({ kind }) => kind))).toEqual(OWN)
    const sentences = outcomes(outcome).map(({ description }) => description)
    expect(sentences).toEqual(
      expect.arrayContaining([
        'The project registers no more group keys than 2 (limits.group_keys of the project).',
        'No two properties in `event_properties` become one when their names are cut off after 21 characters (limits.property_name_length of the project).',
        'No group has more events on one day (America/New_York) than 4 (limits.events_per_group_per_day of the project), resent ones included.',
      ]),
    )
    expect(OF_ALL.map(([name]) => name).sort()).toEqual(Object.keys(LIMIT_DOCS).sort())
  })

  test('one less than the number fails', async () => {
    const outcome = await tested(
      Object.fromEntries(
        OF_ALL.map(([name, value]) => [name, name === 'earliest_event_year' ? value + 1 : value - 1]),
      ),
    )
    const failing = (warns: boolean) => [
      ...new Set(OF_ALL.filter(([name]) => WARNS.includes(name) === warns).flatMap(([, , tests]) => tests)),
    ]
    expect(named(outcome, 'fail')).toEqual(failing(false).sort())
    expect(named(outcome, 'warn')).toEqual(failing(true).sort())
    expect(
      outcomes(outcome)
        .flatMap(({ name, examples = [] }) => examples.map((example) => `${name}: ${example}`))
        .map((line) => line.replace(/[0-9a-f]{32}/, '<event>'))
        .sort(),
    ).toMatchInlineSnapshot(`
      [
        "event_names_limit: names of events: 7, allowed are 6 by limits.event_names of the project",
        "event_time_bounds_age: 1 event 'Late' of app, such as at 2024-03-11T12:00:00.000Z; allowed is 3 days before its arrival, by limits.event_age_days of the project",
        "event_time_bounds_earliest: 1 event 'Older' of app, such as at 2000-12-31T23:59:59.000Z; allowed is 2001-01-01 at the earliest, by limits.earliest_event_year of the project",
        "event_time_bounds_future: 1 event 'Early' of app, such as at 2024-03-12T13:01:00.000Z; allowed is 60 minutes after its arrival, by limits.future_minutes of the project",
        "events_per_group_per_day: events of company_id 'acme' on 2024-03-01: 4, allowed are 3 by limits.events_per_group_per_day of the project",
        "events_per_user_per_day: events of user 'ann' on 2024-03-01: 4, allowed are 3 by limits.events_per_user_per_day of the project",
        "group_id_length: characters of team 'grün-und-blau': 13, allowed are 12 by limits.group_id_length of the project",
        "group_keys_limit: group keys: 2, allowed are 1 by limits.group_keys of the project",
        "group_profiles_limit: profiles of 'company_id': 3, allowed are 2 by limits.group_profiles of the project",
        "groups_per_event_company_id: ids of company_id on 'Rich' of app: up to 3, allowed are 2 by limits.groups_per_event of the project, such as event <event>",
        "insert_id_form: insert ids in 1 event of app: too long, such as 'abcdef-12'; up to 9 bytes, allowed are 8 by limits.insert_id_bytes of the project",
        "properties_per_event: properties on 'Rich' of app: up to 7, allowed are 6 by limits.properties_per_event of the project, such as event <event>",
        "properties_per_profile_user_profiles: properties of 'ann' (users): 3, allowed are 2 by limits.properties_per_profile of the project",
        "property_name_length_user_profiles: characters of property 'c_long_name_of_a_user' of users: 21, allowed are 20 by limits.property_name_length of the project",
        "property_string_bytes_events: bytes of texts in property 'title' of source app: up to 18, allowed are 17 by limits.string_bytes of the project; 1 row, such as '<event>'",
        "property_value_size_events: bytes of lists and objects in property 'deep' of source app: up to 53, allowed are 52 by limits.event_value_bytes of the project; 1 row, such as '<event>'",
        "property_value_size_events: characters of texts in property 'team' of source app: up to 13, allowed are 12 by limits.string_characters of the project; 1 row, such as '<event>'",
        "property_value_size_events: levels of objects in property 'deep' of source app: up to 3, allowed are 2 by limits.object_depth of the project; 1 row, such as '<event>'",
        "property_value_size_events: members of objects in property 'deep' of source app: up to 4, allowed are 3 by limits.object_keys of the project; 1 row, such as '<event>'",
        "property_value_size_user_profiles: bytes of lists and objects in property 'c_long_name_of_a_user' of users: up to 13, allowed are 12 by limits.profile_value_bytes of the project; 1 row, such as 'ann'",
      ]
    `)
  })

  test('each limit alone fails only its own tests', { timeout: 120_000 }, async () => {
    for (const [name, value, tests] of OF_ALL) {
      const below = name === 'earliest_event_year' ? value + 1 : value - 1
      expect([name, named(await tested({ [name]: below }), 'fail', 'warn')]).toEqual([name, tests])
    }
  })

  test.each([
    ['least', 0],
    ['greatest', 1],
  ] as const)('the %s number that each limit may have is one that a query can hold', async (_, end) => {
    const names = Object.keys(LIMIT_DOCS) as (keyof typeof LIMIT_DOCS)[]
    const outcome = await tested(Object.fromEntries(names.map((name) => [name, boundsOf(name)[end]])))
    expect(outcomes(outcome).filter(({ status }) => status === 'error')).toEqual([])
    if (end === 1) expect(named(outcome, 'fail', 'warn')).toEqual(['event_time_bounds_earliest'])
  })

  test('two names that are one when cut off', async () => {
    expect(named(await tested({ property_name_length: 17 }), 'pass')).toEqual([
      'property_name_length_collisions_group_profiles',
      'property_name_length_collisions_user_profiles',
      'property_name_length_group_profiles',
    ])
  })

  test('properties of groups are counted as those of users', async () => {
    const outcome = await tested({ properties_per_profile: 1 })
    expect(named(outcome, 'fail')).toEqual([
      'properties_per_profile_group_profiles',
      'properties_per_profile_user_profiles',
    ])
    expect(outcomes(outcome).flatMap(({ examples = [] }) => examples)).toContain(
      "properties of 'acme' (group key company_id): 2, allowed are 1 by limits.properties_per_profile of the project",
    )
  })

  test('a profile of limits is overridden number by number', async () => {
    const outcome = await tested({ profile: 'posthog', group_keys: 1, groups_per_event: null })
    expect(outcomes(outcome).map(({ name, status }) => [name, status])).toEqual([
      ['group_keys_limit', 'fail'],
      ['group_id_length', 'pass'],
    ])
    expect(outcomes(outcome)[0]?.examples).toEqual([
      'group keys: 2, allowed are 1 by limits.group_keys of the project',
    ])
  })
})

const properties = (n: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, value]))
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) })
const MINUTE = 60_000

/** One more than the vendor's number of everything, or exactly the number. */
function vendors(more: 0 | 1): Data {
  const arrived = '2024-03-01T12:00:00Z'
  const event = (name: string, p: object, rest: Partial<Event> = {}): Event => ({
    event: name,
    at: arrived,
    arrived,
    user: 'ann',
    p,
    ...rest,
  })
  return {
    events: [
      event('Many', properties(255 + more)),
      event('Groups', { company_id: Array.from({ length: 300 + more }, (_, i) => `c${i}`) }),
      event('Long', { text: characters('x', 255 + more) }),
      // 79 texts with their quotes and commas, and the two brackets: no text is too long by itself
      event('List', {
        list: [...Array<string>(78).fill(characters('x', 100)), characters('x', 8192 + more - 78 * 103 - 4)],
      }),
      event('Object', { object: properties(255 + more), deep: nested(3 + more) }),
      event('Name', { [characters('n', 255 + more)]: 1 }),
      event('Id', {}, { id: characters('i', 36 + more) }),
      event('First', {}, { at: more ? '1970-12-31T23:59:59.999999Z' : '1971-01-01T00:00:00Z' }),
      event('Future', {}, { at: new Date(Date.parse(arrived) + 60 * MINUTE + more).toISOString() }),
    ],
    users: [{ id: 'ann', p: properties(2000 + more) }],
  }
}

describe.each(ENGINES)("the vendors' own numbers on %s", (engine) => {
  test('a breach in new data leaves what is published as it was', { timeout: 120_000 }, async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(dir, {})
    const build = async (data: Data) => {
      write(dir, data)
      return run(load(dir, loading), { command: 'build' })
    }
    const good = await build(vendors(0))
    expect(named(good, 'fail', 'warn', 'error')).toEqual([])
    expect(good).toMatchObject({ ok: true, published: true })
    const before = await published(dir, loading)

    const bad = await build(vendors(1))
    expect(named(bad, 'fail')).toEqual([
      'groups_per_event_company_id',
      'properties_per_event',
      'properties_per_profile_user_profiles',
      'property_name_length_event_properties',
      'property_value_size_events',
    ])
    expect(named(bad, 'warn')).toEqual([
      'event_time_bounds_earliest',
      'event_time_bounds_future',
      'insert_id_form',
      'property_string_bytes_events',
    ])
    expect(bad).toMatchObject({ ok: false, published: false })
    expect(await published(dir, loading)).toBe(before)

    const mended = await build({ ...vendors(0), companies: [{ id: 'new' }] })
    expect(mended).toMatchObject({ ok: true, published: true })
    expect(await published(dir, loading)).not.toBe(before)
  })

  test('PostHog takes one id of 400 characters', async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(dir, { profile: 'posthog' })
    const build = async (company_id: unknown) => {
      write(dir, { events: [{ event: 'A', at: '2024-03-01T12:00:00Z', p: { company_id } }] })
      return named(await run(load(dir, loading), { command: 'build' }), 'fail')
    }
    expect(await build(characters('é', 400))).toEqual([])
    expect(await build(characters('é', 401))).toEqual(['group_id_length'])
    expect(await build(['a', 'b'])).toEqual(['groups_per_event_company_id'])
  })

  test('values inside of lists and objects are measured as properties are', async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    const at = '2024-03-01T12:00:00Z'
    const large = { a: 1, b: 2, c: 3 }
    const p = {
      l: ['abcdefgh', 'abcdefg'],
      o: { x: 'abcdefgh' },
      lo: [{ a: 1 }, large],
      oo: { x: [[{ y: large }]] },
      ok: [['abcd'], { x: 'äöüß', y: {} }],
    }
    write(dir, {
      events: [
        { event: 'A', at, user: 'ann', p },
        { event: 'B', at, user: 'ann' },
      ],
      users: [{ id: 'ann', p }],
    })
    const examples = async (limits: Limits) => {
      configure(dir, only(limits))
      const { results } = await run(load(dir, loading), { command: 'build' })
      return results
        .filter(({ kind }) => ['property_value_size', 'property_string_bytes'].includes(kind))
        .flatMap((result) => result.examples ?? [])
        .map((example) => example.replace(/, allowed.*; /, '; ').replace(/'[0-9a-f]{32}'/, 'an event'))
        .sort()
    }
    expect(await examples({ string_characters: 4, object_keys: 2 })).toEqual([
      "characters of texts in property 'l' of source app: up to 8; 1 row, such as an event",
      "characters of texts in property 'l' of users: up to 8; 1 row, such as 'ann'",
      "characters of texts in property 'o' of source app: up to 8; 1 row, such as an event",
      "characters of texts in property 'o' of users: up to 8; 1 row, such as 'ann'",
      "members of objects in property 'lo' of source app: up to 3; 1 row, such as an event",
      "members of objects in property 'lo' of users: up to 3; 1 row, such as 'ann'",
      "members of objects in property 'oo' of source app: up to 3; 1 row, such as an event",
      "members of objects in property 'oo' of users: up to 3; 1 row, such as 'ann'",
    ])
    expect(await examples({ string_characters: 8, string_bytes: 8, object_keys: 3 })).toEqual([])
    expect(await examples({ string_bytes: 7 })).toEqual(
      ['l', 'o', 'ok'].flatMap((name) => [
        `bytes of texts in property '${name}' of source app: up to 8; 1 row, such as an event`,
        `bytes of texts in property '${name}' of users: up to 8; 1 row, such as 'ann'`,
      ]),
    )
  })

  test('of events only those properties are measured that their source keeps', async () => {
    const small = { a: 1, bb: 'x' }
    const files = (kept: string): Files => ({
      'project.yml': project(`limits:
  { profile: none, properties_per_event: 2, property_name_length: 2, string_characters: 1, string_bytes: 1, event_value_bytes: 3 }
sources:
  - { name: app, type: events, file: e.ndjson, columns: { event: e, time: t }, properties_column: p${kept} }
`),
      'e.ndjson': ndjson([{ e: 'A', t: '2024-03-01', p: { ...small, ccc: 'longer', d: [1, 2, 3], e: 5 } }]),
    })
    const { found, passed } = await findings(files(', properties: [a, bb]'), engine, [...OWN])
    expect(found).toEqual({})
    const failing = Object.keys((await findings(files(''), engine, [...OWN])).found).sort()
    expect(failing).toEqual([
      'properties_per_event',
      'property_name_length_event_properties',
      'property_string_bytes_events',
      'property_value_size_events',
    ])
    expect(passed).toEqual(expect.arrayContaining(failing))
  })

  test.each(['mixpanel', 'columns'])(
    'all of an object is measured, declared or not: %s',
    async (connector) => {
      const loading = await optionsFor(engine)
      const dir = tempFolder()
      const p = { a: 1, b: ['x'], c: { d: 'long' }, long_name_1: 'toolong', long_name_2: null }
      write(dir, { events: [{ event: 'A', at: '2024-03-01T12:00:00Z' }] })
      const line = (id: string | null, properties: object | null, key = 'company_id') =>
        connector === 'mixpanel'
          ? { $group_key: key, $group_id: id, $set: properties }
          : { id, p: properties }
      writeFileSync(
        path.join(dir, 'crm.ndjson'),
        ndjson([
          line('acme', { a: 1 }),
          line('acme', p),
          line('beta', null),
          line(null, p),
          ...(connector === 'mixpanel' ? [line('red', p, 'team')] : []),
        ]),
      )
      const crm = {
        name: 'crm',
        type: 'group_table',
        file: 'crm.ndjson',
        group_key: 'company_id',
        ...(connector === 'mixpanel' ? { connector } : { columns: { id: 'id' }, properties_column: 'p' }),
      }
      const examples = async (limits: Limits, source: object) => {
        configure(dir, only(limits), [source])
        const outcome = await run(load(dir, loading), { command: 'build' })
        expect(named(outcome, 'error', 'skipped')).toEqual([])
        return outcomes(outcome)
          .flatMap(({ name, examples = [] }) => examples.map((example) => `${name}: ${example}`))
          .map((example) => example.replace(/, allowed are (\d+) by [^;,]*project/, ' of $1'))
          .sort()
      }
      const limits = {
        properties_per_profile: 4,
        property_name_length: 10,
        string_characters: 3,
        string_bytes: 6,
        profile_value_bytes: 11,
      }
      for (const source of [crm, { ...crm, properties: ['a'] }]) {
        expect(await examples(limits, source)).toEqual([
          "properties_per_profile_source_crm: properties of 'acme' (source crm): 5 of 4",
          "property_name_length_collisions_source_crm: 2 properties of source crm begin with 'long_name_' and become one when cut off after 10 characters, by limits.property_name_length of the project",
          "property_name_length_source_crm: characters of property 'long_name_1' of source crm: 11 of 10",
          "property_name_length_source_crm: characters of property 'long_name_2' of source crm: 11 of 10",
          "property_string_bytes_source_crm: bytes of texts in property 'long_name_1' of source crm: up to 7 of 6; 1 row, such as 'acme'",
          "property_value_size_source_crm: bytes of lists and objects in property 'c' of source crm: up to 12 of 11; 1 row, such as 'acme'",
          "property_value_size_source_crm: characters of texts in property 'c' of source crm: up to 4 of 3; 1 row, such as 'acme'",
          "property_value_size_source_crm: characters of texts in property 'long_name_1' of source crm: up to 7 of 3; 1 row, such as 'acme'",
        ])
      }
      const larger = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, value + 4]))
      expect(await examples(larger, crm)).toEqual([])
    },
  )

  test('the worst comes first, and what ties is told apart by its name', { timeout: 120_000 }, async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    const arrived = '2024-03-01T12:00:00Z'
    // upper case comes first by bytes, and last in many languages
    const sizes = { b: 3, E: 5, a: 2, g: 8, d: 5, f: 7, C: 4 }
    const each = Object.entries(sizes)
    const many = (n: number) => Array.from({ length: n }, (_, i) => i)
    const events = each.flatMap(([id, n]): Event[] => [
      ...many(n).map(() => ({ event: 'Busy', at: arrived, arrived, user: id, p: { company_id: id } })),
      {
        event: id,
        at: arrived,
        arrived,
        p: {
          team: many(n).map((i) => `team${i}`),
          ...properties(n),
          [`text_of_${id}`]: characters('x', n + 90),
          [`name${characters(id, n)}`]: 1,
        },
      },
      ...many(n).map((i) => ({ event: id, at: `1970-01-01T00:00:0${i}Z`, arrived })),
      { event: 'Long', at: arrived, arrived, p: { company_id: `id_${characters(id, n)}` } },
    ])
    write(dir, {
      events,
      users: each.map(([id, n]) => ({
        id,
        p: { ...properties(n), [`text_of_${id}`]: characters('x', n + 90) },
      })),
    })
    configure(
      dir,
      only({
        groups_per_event: 1,
        group_id_length: 4,
        events_per_group_per_day: 1,
        events_per_user_per_day: 1,
        properties_per_event: 1,
        properties_per_profile: 1,
        property_name_length: 5,
        string_characters: 80,
        earliest_event_year: 2000,
      }),
    )
    const outcome = await run(load(dir, loading), { command: 'build' })
    const order = Object.fromEntries(
      outcomes(outcome)
        .filter(({ examples = [] }) => examples.length > 0)
        .map(({ name, examples = [] }) => [name, examples.map((e) => /'(.*?)'/.exec(e)?.[1])]),
    )
    const worst = ['g', 'f', 'E', 'd', 'C']
    expect(order).toEqual({
      events_per_group_per_day: ['g', 'f', 'team0', 'team1', 'team2'],
      events_per_user_per_day: worst,
      event_time_bounds_earliest: worst,
      group_id_length: ['id_gggggggg', 'id_fffffff', 'id_EEEEE', 'id_ddddd', 'id_CCCC'],
      groups_per_event_team: worst,
      properties_per_event: worst,
      properties_per_profile_user_profiles: worst,
      property_name_length_collisions_event_properties: ['text_'],
      property_name_length_collisions_user_profiles: ['text_'],
      property_name_length_event_properties: [
        'namegggggggg',
        'namefffffff',
        'company_id',
        'nameEEEEE',
        'nameddddd',
      ],
      property_name_length_user_profiles: ['C', 'E', 'a', 'b', 'd'].map((id) => `text_of_${id}`),
      property_value_size_events: worst.map((id) => `text_of_${id}`),
      property_value_size_user_profiles: worst.map((id) => `text_of_${id}`),
    })
  })

  test('a device counts where there is no user', async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(dir, only({ events_per_user_per_day: 2 }))
    const events = (n: number, day: number, who: object) =>
      Array.from({ length: n }, () => ({ event: 'A', at: `2024-03-0${day}T12:00:00Z`, ...who }))
    write(dir, {
      events: [
        ...events(2, 1, { device: 'phone' }),
        ...events(1, 2, { device: 'phone' }),
        ...events(3, 1, { device: 'tablet', user: 'ann' }),
        ...events(2, 1, { device: 'tablet' }),
        ...events(4, 2, { device: 'watch' }),
        ...events(5, 3, {}),
      ],
    })
    const outcome = await run(load(dir, loading), { command: 'build' })
    expect(outcomes(outcome).flatMap(({ examples = [] }) => examples)).toEqual([
      "events of device 'watch' on 2024-03-02: 4, allowed are 2 by limits.events_per_user_per_day of the project",
      "events of user 'ann' on 2024-03-01: 3, allowed are 2 by limits.events_per_user_per_day of the project",
    ])
  })

  test('insert ids that are none', async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(dir, {})
    const ids = ['NULL', 'unknown', '0', '00000000-0000-0000-0000-000000000000', 'a_b', 'ä', 'nulls', 'A-1']
    write(dir, { events: ids.map((id) => ({ event: 'A', at: '2024-03-01T12:00:00Z', id })) })
    const outcome = await run(load(dir, loading), { command: 'build' })
    const [form] = outcomes(outcome).filter(({ kind }) => kind === 'insert_id_form')
    expect([form?.status, form?.message]).toEqual(['warn', expect.stringContaining('6 wrong rows')])
  })

  test('a build of a part builds what its tests ask first, too', { timeout: 120_000 }, async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(
      dir,
      only({ events_per_group_per_day: 2, events_per_user_per_day: 2, earliest_event_year: 2000 }),
    )
    const event = (hour: number) => ({
      event: 'A',
      at: `2024-03-01T0${hour}:00:00Z`,
      user: 'ann',
      p: { company_id: 'acme' },
    })
    const build = async (events: Data['events'], ...select: string[]) => {
      write(dir, { events })
      return run(load(dir, loading), { command: 'build', select })
    }
    expect(await build([event(6), event(7)])).toMatchObject({ ok: true })
    const part = ['events', 'group_surrogate_keys', 'event_groups', 'group_events_daily']
    const more = [event(6), event(7), event(8), { ...event(9), at: '1970-05-01T00:00:00Z' }]
    const outcome = await build(more, ...part)
    expect(named(outcome, 'fail')).toEqual(['events_per_group_per_day', 'events_per_user_per_day'])
    expect(named(outcome, 'warn')).toEqual(['event_time_bounds_earliest'])
    const built = outcome.results.filter(({ type }) => type === 'model').map(({ name }) => name)
    expect(built).toEqual(expect.arrayContaining(['events_daily', 'user_profiles', ...part]))
    expect(built).not.toContain('group_uniques')
  })

  test('a test on a relation that stays old is left out of a build of a part', async () => {
    const loading = await optionsFor(engine)
    const dir = tempFolder()
    configure(dir, only({}))
    write(dir, SMALL)
    await run(load(dir, loading), { command: 'build' })
    writeFiles(dir, {
      'tests/lost.sql':
        "select user_id from {{ ref('events') }} where user_id not in (select user_id from {{ ref('user_groups') }}) and false",
    })
    const outcome = await run(load(dir, loading), { command: 'build', select: ['events'] })
    expect(outcome.results.find(({ name }) => name === 'lost')).toMatchObject({
      status: 'skipped',
      message: '`user_groups` is older than what it is made from; build it too.',
    })
  })
})
