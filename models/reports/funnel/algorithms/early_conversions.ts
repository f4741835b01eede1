/**
 * The same as `next event`, without what groups do after they came through early. Nobody comes through earlier than
 * first, so that later events of these change nothing; and a few large groups have most of all events. Measured on
 * DuckDB, 5 million events of 50,000 groups: 0.6 to 0.7 of the CPU. Users have few events each: 1.15 of the CPU.
 */
import { join, literal, sql, type Sql } from '../../../../src/sql/sql.ts'
import { materialized } from '../../../lib/ctes.ts'
import { instantOfBound } from '../../periods.ts'
import { streamOf } from '../../stream.ts'
import { eventsRead } from '../events.ts'
import { isStep, type Funnel } from '../names.ts'
import type { FunnelSpec } from '../spec.ts'
import { accepted, refused, type Algorithm, type EngineTraits, type Judgement } from './algorithm.ts'
import { nextEvent } from './next_event.ts'

export const earlyConversions: Algorithm = {
  name: 'next event after early conversions',
  judge,
  narrowed,
  ctes: (funnel) => nextEvent.ctes(funnel),
}

/** Conversions within this part of the whole time are early. */
const PART = 20

function judge(spec: FunnelSpec, { narrowsScans }: EngineTraits): Judgement {
  const { options, steps, required, segments, knownBy, period } = spec
  const next = nextEvent.judge(spec, { narrowsScans })
  if (!next.accepts) return next
  if (knownBy !== 'group number') return refused('only a few large groups would be worth looking for')
  if (!narrowsScans) return refused('the engine gains nothing by reading less')
  const isPlain =
    period === undefined &&
    (segments === 'none' || segments === 'owned') &&
    options.hold_constant.length === 0 &&
    required.length > 1 &&
    steps.every((step) => !step.optional && step.first_time === undefined)
  return isPlain
    ? accepted(`${next.because}, and large groups convert early`)
    : refused('later events may matter')
}

/**
 * CTEs that end with `through_early`. A group that did the steps one in each of as many slices of time, which all
 * lie within one window, is through when the slices are over.
 */
function narrowed(funnel: Funnel): { ctes: Sql[]; where: Sql } {
  const { required, owners, window, c } = funnel
  const [owner = sql`group_sk`] = owners
  const count = literal(required.length)
  const early = sql`(last_us - first_us) / ${literal(PART)}`
  const length = window === undefined ? early : c.fn.leastOf([early, literal(window)])
  const done = required.map((n, i) => {
    const bound = (slices: number) =>
      slices === 1 ? sql`first_us + slice_us` : sql`first_us + ${literal(slices)} * slice_us`
    const slice = [
      ...(i === 0 ? [] : [sql`happened_us >= ${bound(i)}`]),
      ...(i === required.length - 1 ? [] : [sql`happened_us < ${bound(i + 1)}`]),
    ]
    return sql`count(case when ${join([isStep(funnel, n), ...slice], ' and ')} then 1 end) > 0`
  })
  const ends = sql`(select ends_at from early)`
  return {
    ctes: [
      sql`
        -- as many slices of time as steps, at the beginning and within one window
        early as (
          select first_us, slice_us, ${c.fn.instantOf(sql`first_us + ${count} * slice_us`)} as ends_at
          from (
            select first_us, cast(floor(${length} / ${count}) as bigint) as slice_us
            from (
              ${wholeTime(funnel)}
            ) as bounds
          ) as slices
        )
      `,
      materialized(
        THROUGH,
        sql`
          -- who did each step in its own slice is through by then: what they did later changes nothing
          select ${owner}
          from (
            ${eventsRead(funnel, [sql`occurred_at < ${ends}`])}
          ) as early_events
          cross join early
          group by ${owner}
          having
            ${join(done, '\nand ')}
        `,
      ),
    ],
    where: sql`(occurred_at < ${ends} or ${c.fn.isNoneOf(owner, sql`select ${owner} from ${THROUGH}`)})`,
  }
}

const THROUGH = sql`through_early`

/** A `select` of when the range of the report begins and ends; by default with the first and the last event. */
function wholeTime({ by, range: { from, to }, readsProperties, c }: Funnel): Sql {
  const bound = (given: string | undefined, aggregate: Sql) =>
    c.fn.microseconds(given === undefined ? sql`${aggregate}(occurred_at)` : instantOfBound(given, c))
  const isGiven = from !== undefined && to !== undefined
  return sql`
    select ${bound(from, sql`min`)} as first_us, ${bound(to, sql`max`)} as last_us
    ${isGiven ? sql`` : sql`from ${c.ref(streamOf(by, readsProperties))}`}
  `
}
