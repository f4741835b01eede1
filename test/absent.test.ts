/** Who has no value: filters let through whom a breakdown shows under the empty value. */
import { beforeAll, describe, expect, test } from 'vitest'
import { buildProject, ENGINES, type BuiltProject } from './support/engines.ts'
import { writeProject } from './support/projects.ts'

/** ann acts for acme, which pays for `pro`; bob for beta, which does not; cy for nobody. */
const EVENTS = `event,time,user_id,company_id
act,2024-02-01T10:00:00Z,ann,acme
act,2024-02-01T10:00:00Z,bob,beta
act,2024-02-01T10:00:00Z,cy,
act,2024-02-01T10:00:00Z,both,"[acme, beta]"
act,2024-02-01T10:00:00Z,stranger,unknown
act,2024-02-01T10:00:00Z,half,"[acme, unknown]"
act,2024-02-01T10:00:00Z,early,later
act,2024-02-01T10:00:00Z,,
`

const COMPANIES = `id,updated,plan
acme,2024-01-01,pro
beta,2024-01-01,free
later,2024-06-01,pro
`

const USERS = `id,companies,plan
ann,acme,pro
bob,"[acme, beta]",free
cy,,
both,acme,
`

/** How a property is read, and the users with each of its values; of several companies a user has several. */
const WAYS: Record<string, { property: object; values: Record<string, string[]> }> = {
  of_the_event: {
    property: { of: 'company_id' },
    values: {
      pro: ['ann', 'both', 'early', 'half'],
      free: ['bob', 'both'],
      '': ['cy', 'half', 'stranger'],
    },
  },
  of_that_time: {
    property: { of: 'company_id', properties: 'as_of' },
    values: {
      pro: ['ann', 'both', 'half'],
      free: ['bob', 'both'],
      '': ['cy', 'early', 'half', 'stranger'],
    },
  },
  of_the_profile: {
    property: { of: 'company_id', through: 'user' },
    values: { pro: ['ann', 'bob', 'both'], free: ['bob'], '': ['cy', 'early', 'half', 'stranger'] },
  },
  of_the_user: {
    property: { of: 'user' },
    values: { pro: ['ann'], free: ['bob'], '': ['both', 'cy', 'early', 'half', 'stranger'] },
  },
}

const FILTERS: Record<string, { filter: object; values: string[] }> = {
  neq: { filter: { op: 'neq', value: 'pro' }, values: ['free', ''] },
  not_in: { filter: { op: 'not_in', value: ['pro', 'gold'] }, values: ['free', ''] },
  not_contains: { filter: { op: 'not_contains', value: 'PR' }, values: ['free', ''] },
  is_null: { filter: { op: 'is_null' }, values: [''] },
  eq: { filter: { op: 'eq', value: 'pro' }, values: ['pro'] },
  is_not_null: { filter: { op: 'is_not_null' }, values: ['free', 'pro'] },
}

const REPORTS = Object.entries(WAYS).flatMap(([way, { property }]) => {
  const asked = { property: 'plan', ...property }
  const report = { type: 'uniques', by: 'user', event: 'act' }
  return [
    { ...report, name: way, breakdown: asked },
    ...Object.entries(FILTERS).map(([op, { filter }]) => ({
      ...report,
      name: `${way}_${op}`,
      where: [{ ...asked, ...filter }],
    })),
  ]
})

/** Links between users and companies count events as well. */
const BUSY = { property: 'events', of: 'company_id', through: 'user' }

const PROJECT = {
  name: 'absent',
  target: 'dev',
  targets: {
    dev: { type: 'duckdb', path: 'target/warehouse.duckdb', schema: 'absent' },
    postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}', schema: 'absent' },
  },
  group_keys: [{ name: 'company_id', b2b: true }],
  sources: [
    {
      name: 'app',
      type: 'events',
      file: 'events.csv',
      columns: { event: 'event', time: 'time', user: 'user_id' },
    },
    {
      name: 'crm',
      type: 'group_table',
      group_key: 'company_id',
      file: 'companies.csv',
      columns: { id: 'id', updated_at: 'updated' },
      properties: ['plan'],
    },
    {
      name: 'people',
      type: 'user_table',
      file: 'users.csv',
      columns: { id: 'id' },
      group_keys: { company_id: 'companies' },
      properties: ['plan'],
    },
  ],
  reports: [
    ...REPORTS,
    { name: 'busy', type: 'uniques', by: 'user', event: 'act', where: [{ ...BUSY, op: 'gte', value: 1 }] },
    { name: 'by_events', type: 'uniques', by: 'user', event: 'act', breakdown: BUSY },
  ],
}

describe.each(ENGINES)('on %s', (engine) => {
  let built: BuiltProject
  beforeAll(async () => {
    const dir = writeProject({
      'project.yml': JSON.stringify(PROJECT),
      'events.csv': EVENTS,
      'companies.csv': COMPANIES,
      'users.csv': USERS,
    })
    built = await buildProject(dir, engine)
  }, 120_000)

  const entities = (report: string) => built.rows(`${report}_entities`)

  test.each(Object.entries(WAYS))(
    'a breakdown by the plan %s has an empty value',
    async (way, { values }) => {
      const rows = await entities(way)
      const found = Object.fromEntries(
        Object.keys(values).map((value) => [
          value,
          new Set(rows.flatMap((row) => (row['segment'] === value ? [row['entity_id']] : []))),
        ]),
      )
      expect(found).toEqual(
        Object.fromEntries(Object.entries(values).map(([value, users]) => [value, new Set(users)])),
      )
      expect(rows).toHaveLength(Object.values(values).flat().length)
    },
  )

  test.each(
    Object.entries(WAYS).flatMap(([way, { values }]) =>
      Object.entries(FILTERS).map(([op, filter]) => ({
        report: `${way}_${op}`,
        users: new Set(filter.values.flatMap((value) => values[value] ?? [])),
      })),
    ),
  )('and a filter the same: $report', async ({ report, users }) => {
    const found = await entities(report)
    expect(new Set(found.map((row) => row['entity_id']))).toEqual(users)
  })

  test('a property is that of the profile where links have one of the name', async () => {
    const busy = await entities('busy')
    expect(new Set(busy.map((row) => row['entity_id']))).toEqual(new Set(['ann', 'bob', 'both']))
    const segments = (await entities('by_events')).map(
      (row) => `${String(row['entity_id'])}: ${String(row['segment'])}`,
    )
    expect(segments).toEqual(expect.arrayContaining(['ann: 3', 'bob: 2', 'bob: 3', 'both: 3', 'cy: ']))
  })
})
