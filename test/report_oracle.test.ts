/**
 * Reports against plain loops: small random logs, each with many random reports in one project, so that they
 * share what a build costs. GWH_ORACLE_RUNS says how many logs; more take long.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { ALGORITHMS } from '../models/reports/funnel/plan.ts'
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
    // every algorithm was taken, and some funnels went all the ways that there are for them
    const algorithms = seen.map((one) => one.algorithms)
    expect(new Set(algorithms.flat())).toEqual(new Set(ALGORITHMS.map(({ name }) => name)))
    expect(algorithms.filter(({ length }) => length > 1).length).toBeGreaterThan(runs.numRuns)
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
  /** Those that made the same rows, of a funnel. */
  readonly algorithms: readonly string[]
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
      const { eventIds, relations, otherWays } = await throughGwh(tempFolder(), world, reports, loading)
      const events = happenings(world, eventIds)
      for (const report of reports) {
        for (const [relation, rows] of Object.entries(relationsOf(report, reports, events, world))) {
          expect(canonical(relations[relation] ?? []), relation).toEqual(canonical(rows))
          const ways = otherWays.filter((way) => way.relation === relation)
          for (const way of ways)
            expect(canonical(way.rows), `${relation} by ${way.algorithm}`).toEqual(canonical(rows))
          compared.push({ report, relation, rows, events, world, algorithms: ways.map((w) => w.algorithm) })
        }
      }
    }),
    // to make a log smaller means hundreds of builds; with seed and path it is found again
    { ...runs, endOnFailure: true },
  )
  return compared
}
