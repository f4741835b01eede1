/**
 * Reports against plain loops: small random logs, each with many random reports in one project, so that they
 * share what a build costs. GWH_ORACLE_RUNS says how many logs; more take long.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { LoadOptions } from '../src/project/load.ts'
import { canonical } from './oracle/compare.ts'
import type { FunnelSpec } from './oracle/funnel_spec.ts'
import { funnelOn } from './oracle/random_funnel.ts'
import {
  companyHealthOn,
  lifecycleOn,
  retentionOn,
  stickinessOn,
  uniquesOn,
  usersWhoDidOn,
} from './oracle/random_reports.ts'
import { scene, type Grid } from './oracle/random_world.ts'
import { relationsOf, type AnyReport } from './oracle/relations.ts'
import { throughGwh } from './oracle/through_gwh.ts'
import { happenings, type Happening, type OracleRow, type World } from './oracle/world.ts'
import { ENGINES, optionsFor, tempFolder, type Engine } from './support/engines.ts'

interface Case {
  readonly world: World
  readonly reports: readonly AnyReport[]
}

/** Logs by default, always the same ones; other numbers of logs are other logs each time. */
const DEFAULT = { duckdb: { numRuns: 6, seed: 1 }, postgres: { numRuns: 6, seed: 4 } } as const

const runsOn = (engine: Engine): { numRuns: number; seed?: number } => {
  const given = process.env['GWH_ORACLE_RUNS']
  return given === undefined ? DEFAULT[engine] : { numRuns: Number(given) }
}

/** A log with its reports. */
const cases = (reports: readonly fc.Arbitrary<(grid: Grid) => AnyReport>[]): fc.Arbitrary<Case> =>
  fc.tuple(scene(30), fc.tuple(...reports)).map(([{ world, grid }, makers]) => ({
    world,
    reports: makers.map((make) => make(grid)),
  }))

const FUNNELS = Array.from({ length: 12 }, (_, i) => funnelOn(`funnel_${letter(i)}`))

const OTHERS = [
  retentionOn('retention_a'),
  retentionOn('retention_b'),
  retentionOn('retention_c'),
  usersWhoDidOn('who_did_a', true),
  usersWhoDidOn('who_did_b', false),
  uniquesOn('uniques_a', 'who_did_a'),
  uniquesOn('uniques_b', 'who_did_a'),
  stickinessOn('stickiness_a'),
  stickinessOn('stickiness_b'),
  lifecycleOn('lifecycle_a'),
  lifecycleOn('lifecycle_b'),
  companyHealthOn('health_a'),
]

function letter(i: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + i)
}

describe.each(ENGINES)('plain loops and SQL agree on %s', (engine) => {
  let loading: LoadOptions
  beforeAll(async () => {
    loading = await optionsFor(engine)
  })

  test('on funnels', { timeout: LONG }, async () => {
    const runs = runsOn(engine)
    const seen = await agree(cases(FUNNELS), runs, loading)
    const entities = seen.filter(({ relation }) => relation.endsWith('_entities'))
    const steps = entities.flatMap(({ rows }) => rows.map((row) => Number(row['furthest_step'])))
    const excluding = entities.filter(({ report, events, world, rows }) => {
      const without = { ...(report as FunnelSpec), exclusions: [] }
      const others = relationsOf(without, [], events, world)[`${report.name}_entities`] ?? []
      return canonical(others).join() !== canonical(rows).join()
    })
    // nothing is proved by funnels that nobody enters, goes on in or is taken out of
    expect(steps.length).toBeGreaterThan(5 * runs.numRuns)
    expect(steps.filter((step) => step >= 2).length).toBeGreaterThanOrEqual(runs.numRuns)
    expect(excluding.length).toBeGreaterThanOrEqual(Math.floor(runs.numRuns / 4))
    say(engine, seen)
  })

  test('on retention, uniques, stickiness, lifecycle and companies', { timeout: LONG }, async () => {
    const runs = runsOn(engine)
    const seen = await agree(cases(OTHERS), runs, loading)
    const counts = (row: OracleRow) =>
      Object.entries(row).some(([name, value]) => COUNTS.has(name) && Number(value) > 0)
    const counting = seen.filter(({ rows }) => rows.some(counts))
    expect(counting.length).toBeGreaterThan(8 * runs.numRuns)
    expect(new Set(counting.map(({ report }) => report.type)).size).toBe(6)
    say(engine, seen)
  })
})

const LONG = 3_600_000

const COUNTS = new Set(['returned', 'entities', 'active_entities', 'users', 'active_users'])

/** Of long runs it is good to know what they were. */
function say(engine: Engine, seen: readonly Compared[]): void {
  if (process.env['GWH_ORACLE_RUNS'] === undefined) return
  const rows = seen.reduce((sum, one) => sum + one.rows.length, 0)
  console.log(`${engine}: ${seen.length} relations with ${rows} rows are the same`)
}

interface Compared {
  readonly report: AnyReport
  readonly relation: string
  /** The same on both sides. */
  readonly rows: readonly OracleRow[]
  readonly events: readonly Happening[]
  readonly world: World
}

/** @returns every relation that was compared */
async function agree(
  arbitrary: fc.Arbitrary<Case>,
  runs: { numRuns: number; seed?: number },
  loading: LoadOptions,
): Promise<Compared[]> {
  const compared: Compared[] = []
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ world, reports }) => {
      const { eventIds, relations } = await throughGwh(tempFolder(), world, reports, loading)
      const events = happenings(world, eventIds)
      for (const report of reports) {
        for (const [relation, rows] of Object.entries(relationsOf(report, reports, events, world))) {
          expect(canonical(relations[relation] ?? []), relation).toEqual(canonical(rows))
          compared.push({ report, relation, rows, events, world })
        }
      }
    }),
    // to make a log smaller means hundreds of builds; with seed and path it is found again
    { ...runs, endOnFailure: true },
  )
  return compared
}

describe.each(ENGINES)('what a reader can check by eye, on %s', (engine) => {
  const DAY = 86_400_000
  const line = (day: string, user: string, company: string) => ({
    event: 'A',
    at: Date.parse(day) + DAY / 2,
    user,
    company,
    properties: {},
  })
  const world = (log: World['log']): World => ({
    timezone: 'UTC',
    weekStart: 'monday',
    services: [],
    registeredAt: undefined,
    companies: {},
    users: {},
    log,
  })
  let loading: LoadOptions
  beforeAll(async () => {
    loading = await optionsFor(engine)
  })

  /** Columns of the relations of a report, as text. */
  const rowsOf = async (
    log: World['log'],
    report: { readonly name: string } & Record<string, unknown>,
    columns: readonly string[],
    relation = report.name,
  ) => {
    const { relations } = await throughGwh(tempFolder(), world(log), [report], loading)
    return (relations[relation] ?? []).map((row) => columns.map((name) => String(row[name])).join(' ')).sort()
  }

  test('a rate of a day that still runs is null', async () => {
    const log = ['2024-01-01', '2024-01-02', '2024-01-03'].flatMap((day, i) => [
      line(day, 'ann', 'acme'),
      line(day, `new on ${i + 1}`, 'acme'),
    ])
    const report = { name: 'health', type: 'company_health', interval: 'day' }
    expect(await rowsOf(log, report, ['period_start', 'd1_users', 'd1_rate'])).toEqual([
      '2024-01-01 1 0.5',
      // the third day is the last of the data
      '2024-01-02 0 null',
      '2024-01-03 0 null',
    ])
  })

  describe('a report without an end goes to the last event of the data', () => {
    // a Monday and a Wednesday; somebody else does something else on Saturday, and on the next Monday
    const log = [
      line('2024-01-01', 'ann', 'acme'),
      line('2024-01-03', 'ann', 'acme'),
      { ...line('2024-01-06', 'bob', 'beta'), event: 'B' },
      { ...line('2024-01-08', 'bob', 'beta'), event: 'B' },
    ]

    test('so that metrics beside one another do not matter', async () => {
      const three = { name: 'of 3 days', event: 'A', trailing_days: 3 }
      const report = { name: 'actives', type: 'uniques', by: 'user', interval: 'week', metrics: [three] }
      const columns = ['metric', 'period_start', 'entities', 'events']
      // on Sunday Wednesday is too long ago
      const alone = ['of 3 days 2024-01-01 0 2', 'of 3 days 2024-01-08 0 0']
      expect(await rowsOf(log, report, columns)).toEqual(alone)
      const beside = { ...report, metrics: [three, { name: 'all', any_event: true }] }
      expect(await rowsOf(log, beside, columns)).toEqual([
        'all 2024-01-01 2 3',
        'all 2024-01-08 1 1',
        ...alone,
      ])
    })

    test('and the days after the last activity are there', async () => {
      const report = { name: 'actives', type: 'uniques', by: 'company_id', event: 'A', interval: 'day' }
      const days = await rowsOf(log, { ...report, trailing_days: 2 }, ['period_start', 'entities'])
      expect(days).toEqual([1, 1, 1, 1, 0, 0, 0, 0].map((count, i) => `2024-01-0${i + 1} ${count}`))
    })

    test('and those who went quiet are dormant', async () => {
      const report = { name: 'cycle', type: 'lifecycle', by: 'user', event: 'A', interval: 'week' }
      expect(await rowsOf(log, report, ['period_start', 'active_entities', 'dormant_entities'])).toEqual([
        '2024-01-01 1 0',
        '2024-01-08 0 1',
      ])
    })

    test('and stretches are cut backwards from there', async () => {
      const report = { name: 'habit', type: 'stickiness', by: 'user', event: 'A', interval: 'day' }
      // 7 and 8, 5 and 6, 3 and 4, 1 and 2 January
      expect(await rowsOf(log, { ...report, interval_count: 2 }, ['active_periods', 'entities'])).toEqual([
        '1 0',
        '2 1',
        '3 0',
        '4 0',
      ])
    })

    test('from the beginning of its range, also where nothing counts', async () => {
      const report = { name: 'cycle', type: 'lifecycle', by: 'user', event: 'never', interval: 'week' }
      const columns = ['period_start', 'active_entities']
      expect(await rowsOf(log, { ...report, range: { from: '2024-01-01' } }, columns)).toEqual([
        '2024-01-01 0',
        '2024-01-08 0',
      ])
      // without one there is nothing that it could begin with
      expect(await rowsOf(log, report, columns)).toEqual([])
      expect(await rowsOf(log, { ...report, range: { from: '2024-02-01' } }, columns)).toEqual([])
    })
  })

  test('values of the days that are looked back on keep their names', async () => {
    const log = [
      { ...line('2024-01-31', 'ann', 'acme'), properties: { plan: 'x' } },
      { ...line('2024-02-10', 'bob', 'beta'), properties: { plan: 'y' } },
      // nobody looks back on it
      { ...line('2024-01-05', 'cy', 'cone'), properties: { plan: 'z' } },
    ]
    const report = {
      name: 'actives',
      type: 'uniques',
      by: 'company_id',
      event: 'A',
      interval: 'day',
      trailing_days: 30,
      breakdown: { property: 'plan' },
      range: { from: '2024-02-09', to: '2024-02-11' },
    }
    expect(await rowsOf(log, report, ['segment', 'period_start', 'entities'])).toEqual([
      'x 2024-02-09 1',
      'x 2024-02-10 1',
      'x 2024-02-11 1',
      'y 2024-02-09 0',
      'y 2024-02-10 1',
      'y 2024-02-11 1',
    ])
    // nobody in the range has the value that comes first
    const one = { ...report, breakdown: { property: 'plan', limit: 1 } }
    expect(await rowsOf(log, one, ['segment', 'entity_id'], 'actives_entities')).toEqual(['$other beta'])
  })

  test('the step that is conversion is the last that cannot be skipped', async () => {
    const log = [
      { ...line('2024-01-01', 'ann', 'acme'), event: 'A' },
      { ...line('2024-01-02', 'ann', 'acme'), event: 'B' },
      { ...line('2024-01-03', 'ann', 'acme'), event: 'C' },
      { ...line('2024-01-01', 'bob', 'acme'), event: 'A' },
      { ...line('2024-01-03', 'bob', 'acme'), event: 'B' },
    ]
    const report = {
      name: 'funnel',
      type: 'funnel',
      by: 'user',
      steps: ['A', 'B', { event: 'C', optional: true }],
    }
    expect(await rowsOf(log, report, ['user_id', 'converted'], 'funnel_entities')).toEqual([
      'ann true',
      'bob true',
    ])
    expect(await rowsOf(log, report, ['entered', 'converted'], 'funnel_trend')).toEqual(['2 2'])
    expect(await rowsOf(log, report, ['average_seconds', 'entities'], 'funnel_times')).toEqual([
      '129600 0',
      '129600 1',
      '129600 1',
    ])
  })

  test('rules say what changes the numbers, of one in the singular', async () => {
    const log = ['A', 'B', 'C'].map((event) => ({ ...line('2024-01-01', 'ann', 'acme'), event }))
    const rulesOf = async (report: { readonly name: string } & Record<string, unknown>) => [
      ...new Set(await rowsOf(log, { by: 'user', ...report }, ['rule'])),
    ]
    const optional = (event: string) => ({ event, optional: true })
    const steps = ['A', optional('B'), optional('C'), optional('D'), { event: 'C', first_time: 'ever' }]
    const breakdown = { property: 'plan', attribution: 'step', step: 5 }
    expect(await rulesOf({ name: 'funnel', type: 'funnel', steps, breakdown })).toEqual([
      'ordered, best entry, within 14 days, steps 2, 3 and 4 optional, step 5 first ever, by plan at step 5',
    ])
    const actives = { name: 'actives', type: 'uniques', event: 'A', trailing_days: 1 }
    expect(await rowsOf(log, { by: 'user', ...actives }, ['metric', 'rule'])).toEqual([
      'A by user, trailing 1 day trailing 1 calendar day, each day',
    ])
    const criteria = { op: 'lte', value: 1 }
    expect(
      await rulesOf({ name: 'habit', type: 'stickiness', event: 'A', interval: 'day', criteria }),
    ).toEqual(['by day, at most 1 event, exactly so many'])
  })
})
