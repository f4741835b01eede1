/** SQL against plain loops, on small random logs: ties, copies, every form of a list, time zones with DST, nothing at all. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import type { LoadOptions } from '../src/project/load.ts'
import { openWarehouse } from '../src/engines/index.ts'
import {
  attributionDaysOf,
  eventDaysOf,
  eventsOf,
  groupDaysOf,
  linksOf,
  propertyOf,
  uniquesOf,
  type LogRow,
  type OracleOptions,
} from './oracle.ts'
import { ENGINES, optionsFor, tempFolder, type Row } from './support/engines.ts'

const id = fc.constantFrom('acme', 'Acme', ' acme', 'globex', '12', '12.0', 'ü', '', "o'neil", 'a"b')
const company = fc.oneof(
  { weight: 4, arbitrary: id },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(12, 12.5, 1_000_000, true, 0) },
  {
    weight: 3,
    arbitrary: fc.array(fc.oneof(id, fc.constantFrom(null, 12, 0.5, { id: 'acme' })), { maxLength: 4 }),
  },
  { weight: 2, arbitrary: fc.array(id, { maxLength: 3 }).map((list) => JSON.stringify(list)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '[a, b]',
      '[a,b,a]',
      '[]',
      '[ ]',
      '[a',
      '[0012, 12]',
      '[12, 12.5, true, null]',
    ),
  },
)

// Few values and whole hours make ties, copies and crossed midnights likely; both DST changes of 2024 are inside.
const hours = fc.oneof(
  fc.integer({ min: 0, max: 9_000 }).map((n) => Date.UTC(2024, 0, 1) + n * 3_600_000),
  fc.integer({ min: 0, max: 60 }).map((n) => Date.UTC(2024, 2, 10) + n * 1_800_000),
  fc.integer({ min: 0, max: 60 }).map((n) => Date.UTC(2024, 10, 3) + n * 1_800_000),
)

const row: fc.Arbitrary<LogRow> = fc.record({
  event: fc.constantFrom('A', 'B', 'Noise'),
  at: hours,
  user: fc.constantFrom('u1', 'u2', 'u3', 'bot', null, ''),
  insert: fc.constantFrom('i1', 'i2', 'i3', null, null),
  arrived: fc.integer({ min: 0, max: 1_000_000_000 }),
  company,
})

const log = fc
  .array(row, { maxLength: 60, size: 'max' })
  // Copies of rows, arriving later; the same arrival twice would leave open which of the two copies wins.
  .chain((rows) => fc.tuple(fc.constant(rows), fc.array(fc.tuple(fc.nat(), company), { maxLength: 6 })))
  .map(([rows, copies]) => {
    const copied = copies.flatMap(([n, other], i) => {
      const original = rows[n % Math.max(1, rows.length)]
      return original ? [{ ...original, company: other, arrived: 2_000_000_000 + i }] : []
    })
    const unique = new Map(
      [...rows, ...copied].map((r, i) => [r.arrived, { ...r, arrived: r.arrived * 64 + i }]),
    )
    return [...unique.values()]
  })

const options: fc.Arbitrary<OracleOptions> = fc.record({
  timezone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
  weekStart: fc.constantFrom('monday', 'sunday'),
  services: fc.constantFrom([], ['bot']),
  excluded: fc.constantFrom([], ['Noise']),
  registeredAt: fc.constantFrom(undefined, Date.UTC(2024, 5, 1, 5)),
})

describe.each(ENGINES)('plain loops and SQL agree on %s', (engine) => {
  let loading: LoadOptions
  beforeAll(async () => {
    loading = await optionsFor(engine)
  })

  test('on events, links, uniques and days', { timeout: 180_000 }, async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(log, options, async (rows, o) => {
        const { uniques, links, events, copies, eventDays, groupDays, attributionDays, property } =
          await throughGwh(rows, o, loading)
        const expected = eventsOf(rows, o)
        expect(events).toBe(expected.length)
        expect(copies).toBe(expected.reduce((sum, event) => sum + event.copies, 0))
        expect(new Map(eventDays)).toEqual(eventDaysOf(expected))
        expect(new Map(groupDays)).toEqual(groupDaysOf(expected))
        expect(new Map(attributionDays)).toEqual(attributionDaysOf(expected, o))
        expect(property).toEqual(propertyOf(expected))
        expect(new Map(links)).toEqual(linksOf(expected))
        expect(new Map(uniques)).toEqual(uniquesOf(expected, o))
        compared += links.length
      }),
      { numRuns: Number(process.env['GWH_ORACLE_RUNS'] ?? 40) },
    )
    expect(compared).toBeGreaterThan(100)
  })
})

async function throughGwh(rows: readonly LogRow[], o: OracleOptions, loading: LoadOptions) {
  const dir = tempFolder()
  // A reader of NDJSON needs one line at least; the excluded event is none.
  const lines = [...rows, { event: 'Heartbeat', at: 0, user: null, insert: null, arrived: 0, company: null }]
  writeFileSync(path.join(dir, 'log.ndjson'), lines.map((r) => JSON.stringify(r)).join('\n'))
  writeFileSync(path.join(dir, 'project.yml'), projectYml(o))
  const loaded = load(dir, loading)
  const outcome = await run(loaded, { command: 'build' })
  expect(outcome.ok, JSON.stringify(outcome.results.filter((r) => r.message))).toBe(true)
  await using warehouse = await openWarehouse(loaded.plan.catalog.project)
  const [counted] = await warehouse.query<{ n: number; copies: number }>(
    'select count(*) as n, cast(coalesce(sum(copies), 0) as bigint) as copies from oracle.events',
  )
  const links = await warehouse.query<Row>('select * from oracle.user_groups')
  const uniques = await warehouse.query<Row>('select * from oracle.group_uniques')
  const eventDays = await warehouse.query<Row>('select * from oracle.event_days')
  const groupDays = await warehouse.query<Row>('select * from oracle.group_days')
  const attributionDays = await warehouse.query<Row>('select * from oracle.attribution_days')
  const properties = await warehouse.query<Row>('select * from oracle.event_properties')
  const number = (value: unknown) => Number(value)
  const span = (r: Row) => ({
    first: (r['first_at'] as Date).getTime(),
    last: (r['last_at'] as Date).getTime(),
  })
  const pick = (r: Row, ...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, number(r[name])]))
  return {
    events: counted?.n,
    copies: number(counted?.copies),
    eventDays: eventDays.map(
      (r) =>
        [
          `${String(r['event_name'])} ${String(r['day'])}`,
          { ...pick(r, 'events', 'received'), ...span(r) },
        ] as const,
    ),
    groupDays: groupDays.map(
      (r) =>
        [
          JSON.stringify([r['group_id'], r['event_name'], r['day']]),
          { ...pick(r, 'events', 'received', 'users'), ...span(r) },
        ] as const,
    ),
    attributionDays: attributionDays.map(
      (r) =>
        [
          `${String(r['event_name'])} ${String(r['day'])}`,
          pick(r, 'events', 'attributed', 'outside'),
        ] as const,
    ),
    property: properties.map((r) => ({
      ...pick(r, 'events', 'texts', 'numbers', 'booleans', 'lists', 'objects', 'nulls'),
      longest: r['longest'] === null ? null : number(r['longest']),
      ...span(r),
    }))[0],
    links: links.map(
      (r) =>
        [
          JSON.stringify([r['user_id'], r['group_id']]),
          {
            events: number(r['events']),
            first: (r['first_seen_at'] as Date).getTime(),
            last: (r['last_seen_at'] as Date).getTime(),
          },
        ] as const,
    ),
    uniques: uniques.map(
      (r) =>
        [
          `${String(r['period'])} ${String(r['period_start'])}`,
          {
            groups: number(r['groups']),
            groupUsers: number(r['group_users']),
            groupEvents: number(r['group_events']),
            users: number(r['users']),
            events: number(r['events']),
          },
        ] as const,
    ),
  }
}

function projectYml(o: OracleOptions): string {
  return JSON.stringify({
    name: 'oracle',
    timezone: o.timezone,
    week_start: o.weekStart,
    target: 'dev',
    targets: {
      dev: { type: 'duckdb', path: 'warehouse.duckdb', schema: 'oracle' },
      postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}', schema: 'oracle' },
    },
    // each log comes into the same database
    max_loss: 1,
    service_user_ids: o.services,
    exclude_events: [...o.excluded, 'Heartbeat'],
    limits: { profile: 'none' },
    // objects are among the random ids: they stand for no group
    data_tests: { object_ids: { severity: 'warn' } },
    group_keys: [
      {
        name: 'company_id',
        ...(o.registeredAt === undefined ? {} : { registered_at: new Date(o.registeredAt).toISOString() }),
      },
    ],
    sources: [
      {
        name: 'log',
        type: 'events',
        file: 'log.ndjson',
        columns: { event: 'event', time: 'at', user: 'user', insert_id: 'insert', ingested_at: 'arrived' },
        time_format: 'epoch_ms',
        ingested_at_format: 'epoch_us',
        group_keys: { company_id: 'company' },
        properties: ['company'],
      },
    ],
  })
}
