/**
 * Ordered funnels whose steps no event can mistake for one another: from step to step by the next event of
 * each attempt, all attempts at once. Linear in the events of an entity, however many entries it has.
 */
import { identifier, join, literal, select, sql, type Sql } from '../../../../src/sql/sql.ts'
import { cte, materialized } from '../../../lib/ctes.ts'
import { bestOf } from '../best_attempt.ts'
import { firstKnown, held, isStep, stepTime, whoseEntries, type Funnel } from '../names.ts'
import type { FunnelSpec } from '../spec.ts'
import { accepted, refused, type Algorithm, type Judgement } from './algorithm.ts'

export const nextEvent: Algorithm = { name: 'next event', judge, ctes }

function judge({ options, disjoint }: FunnelSpec): Judgement {
  if (options.order !== 'ordered') return refused(`the order is ${options.order}`)
  if (options.entry === 'every') return refused('every attempt counts')
  if (options.exclusions.length > 0) return refused('events between the steps exclude')
  if (options.strictly_increasing) return accepted('no two steps share an instant')
  return disjoint
    ? accepted('no event can be two of the steps')
    : refused('one event may be two of the steps')
}

function ctes(funnel: Funnel): Sql[] {
  const { required } = funnel
  const [entry = 1, ...later] = required
  return [
    materialized(reached(entry), entries(funnel, entry)),
    ...later.map((step, i) => materialized(reached(step), hop(funnel, required.slice(0, i + 1), step))),
    ...required.map((step, i) => cte(first(step), firstToReach(funnel, required.slice(0, i + 1)))),
    ...furthest(funnel),
  ]
}

const reached = (n: number): Sql => identifier(`reached_step_${n}`)
const first = (n: number): Sql => identifier(`first_to_reach_${n}`)

/** Every first step is an entry; of those of one instant, and with `entry: first` of all, one. */
function entries(funnel: Funnel, entry: number): Sql {
  const { keys, carried, options, events, c } = funnel
  const columns = [...keys, ...carried, sql`happened_us as ${stepTime(entry)}`]
  if (options.entry === 'best') {
    return sql`
      ${select(columns, 'distinct')}
      from ${events}
      where ${isStep(funnel, entry)}
    `
  }
  // values of first steps at one instant are settled by their bytes
  const order = [sql`happened_us`, ...[...held(options), ...carried].map(c.fn.byBytes)]
  const place = sql`
    row_number() over (
      partition by ${join(whoseEntries(funnel), ', ')}
      order by ${join(order, ', ')}
    ) as place
  `
  return sql`
    ${select([...keys, ...carried, stepTime(entry)])}
    from (
      ${select([...columns, place])}
      from ${events}
      where ${isStep(funnel, entry)}
    ) as entries
    where place = 1
  `
}

/** From the step before to the next event of this one. */
function hop(funnel: Funnel, before: readonly number[], step: number): Sql {
  const { keys, carried, options, window, events, c } = funnel
  const kept = [...keys, ...carried]
  const previous = before.at(-1) ?? 1
  const look = c.fn.nextAt({
    rows: reached(previous),
    keep: [...kept, ...before.map(stepTime)],
    from: stepTime(previous),
    isTimed: true,
    events,
    where: isStep(funnel, step),
    keys,
    at: sql`happened_us`,
    strictly: options.strictly_increasing,
    as: stepTime(step),
    found: true,
  })
  const latest = before.map((n) => sql`max(${stepTime(n)}) as ${stepTime(n)}`)
  const why = sql`-- of attempts that meet at one event the latest entry has most time left; its times are the latest, too`
  return sql`
    ${before.length === 1 ? why : sql``}
    ${select([...kept, ...latest, stepTime(step)])}
    from (
      ${look}
    ) as next_events
    ${window === undefined ? sql`` : sql`where ${stepTime(step)} <= ${stepTime(before[0] ?? 1)} + ${literal(window)}`}
    group by ${join([...kept, stepTime(step)], ', ')}
  `
}

/** No attempt overtakes another, so the earliest time of every step belongs to one and the same attempt. */
function firstToReach({ keys, carried }: Funnel, path: readonly number[]): Sql {
  const kept = [...keys, ...carried]
  return sql`
    ${select([...kept, ...path.map((n) => sql`min(${stepTime(n)}) as ${stepTime(n)}`)])}
    from ${reached(path.at(-1) ?? 1)}
    group by ${join(kept, ', ')}
  `
}

/** The attempt that came furthest, from the last step on back. */
function furthest(funnel: Funnel): Sql[] {
  const { required, options, keys, carried } = funnel
  const kept = [...keys, ...carried]
  const [entry = 1, ...later] = required
  const alias = (n: number) => identifier(`s${n}`)
  const times = required.map((n, i) => {
    const values = required.slice(i).map((m) => sql`${alias(m)}.${stepTime(n)}`)
    return values.length === 1 ? join(values, ', ') : sql`${firstKnown(values.reverse())} as ${stepTime(n)}`
  })
  const joins = later.map((n) => {
    const on = kept.map((column) => sql`${alias(n)}.${column} = ${alias(entry)}.${column}`)
    return sql`left join ${first(n)} as ${alias(n)} on ${join(on, ' and ')}`
  })
  const found = sql`
    ${select([...kept.map((column) => sql`${alias(entry)}.${column}`), ...times])}
    ${join([sql`from ${first(entry)} as ${alias(entry)}`, ...joins], '\n')}
  `
  if (options.hold_constant.length === 0) return [cte(funnel.result, found)]
  return [
    cte(sql`furthest_by_held_values`, found),
    cte(funnel.result, bestOf(funnel, sql`furthest_by_held_values`)),
  ]
}
