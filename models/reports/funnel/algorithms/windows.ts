/** Unordered funnels: how many different steps lie within one window, whatever order they come in. */
import { join, literal, sql, type Sql } from '../../../../src/sql/sql.ts'
import { cte } from '../../../lib/ctes.ts'
import { held, isAnyStep, stepTime, whoseEntries, type Funnel } from '../names.ts'
import { groupsOf, setsOf, type CountedSet } from '../shared_events.ts'
import type { FunnelSpec } from '../spec.ts'
import { accepted, refused, type Algorithm, type Judgement } from './algorithm.ts'
import {
  inWindow,
  isIn,
  isMixed,
  isWiped,
  lastTime,
  marksOfSteps,
  shareable,
  SINCE,
  sinceColumn,
  windows,
} from './look_back.ts'

/** The furthest window of each entity; `step_n_us` is the time of the n-th step that was done. */
export const furthestWindow: Algorithm = {
  name: 'furthest window',
  judge: (spec) => judge(spec, spec.period === undefined),
  ctes: unordered,
}

/** The same in each period, for the trend. */
export const furthestWindowOfPeriod: Algorithm = {
  name: 'furthest window of each period',
  judge: (spec) => judge(spec, spec.period !== undefined),
  ctes: unorderedInPeriods,
}

function judge({ options }: FunnelSpec, isOfPeriod: boolean): Judgement {
  if (options.order !== 'unordered') return refused(`the order is ${options.order}`)
  return isOfPeriod ? accepted('the steps have no order') : refused('periods are counted otherwise')
}

function unordered(funnel: Funnel): Sql[] {
  const { required } = funnel
  const { ctes, events } = windows(funnel, 'ending')
  return [
    ...ctes,
    cte(sql`furthest_windows`, furthestWindows(funnel)),
    ...(isMixed(funnel)
      ? [
          cte(sql`steps_to_the_end`, stepsToTheEnd(funnel, events)),
          cte(funnel.result, timesFromTheEnd(funnel)),
        ]
      : [
          cte(
            sql`times_of_steps`,
            join(
              required.map((step) => timesOf(funnel, step)),
              '\nunion all\n',
            ),
          ),
          cte(funnel.result, inTheirOrder(funnel)),
        ]),
  ]
}

/**
 * The same for the trend: in each period the window with most steps of those that begin in it, with any of the
 * steps. `step_n_us` says that so many steps were done, and where the first window with as many began.
 */
function unorderedInPeriods(funnel: Funnel): Sql[] {
  const { keys, carried, required } = funnel
  const { ctes } = windows(funnel, 'beginning')
  const whose = [...whoseEntries(funnel), ...carried]
  const times = required.map(
    (n) => sql`min(case when steps_done >= ${literal(n)} then -happened_us end) as ${stepTime(n)}`,
  )
  const best = sql`
    select
      ${join([...whose, ...times], ',\n')}
    from progress
    ${isWiped(funnel) ? sql`left join final_wipes using (${join(keys, ', ')})` : sql``}
    where steps_done > 0
      ${isWiped(funnel) ? sql`and (${isLeft(funnel, sql`-happened_us`)})` : sql``}
    group by ${join(whose, ', ')}
  `
  return [...ctes, cte(funnel.result, best)]
}

/** An exclusion leaves only what comes after it, or all steps. */
const isLeft = ({ required }: Funnel, happened: Sql): Sql => sql`
  steps_done = ${literal(required.length)}
  or final_wipe_us is null
  or ${happened} > final_wipe_us
`

/** The window with most steps, the first of them. */
function furthestWindows(funnel: Funnel): Sql {
  const { keys, required, options, c } = funnel
  const columns = [
    ...keys,
    sql`happened_us`,
    ...sinceColumn(funnel),
    sql`steps_done`,
    ...(isMixed(funnel) ? [] : required.map(lastTime)),
  ]
  const order = [sql`steps_done desc`, sql`happened_us`, ...held(options).map(c.fn.byBytes)]
  const left = isWiped(funnel)
    ? sql`
        left join final_wipes using (${join(keys, ', ')})
        where ${isLeft(funnel, sql`happened_us`)}
      `
    : sql``
  return sql`
    select
      ${join(columns, ',\n')}
    from (
      select
        ${join(columns, ',\n')},
        row_number() over (
          partition by ${join(whoseEntries(funnel), ', ')}
          order by ${join(order, ', ')}
        ) as place
      from progress
      ${left}
    ) as ranked
    where place = 1
  `
}

/** For each event of the window how many steps can be done from it to the end. */
function stepsToTheEnd(funnel: Funnel, events: Sql): Sql {
  const { keys, required } = funnel
  const groups = groupsOf(funnel, required)
  const sets = groups.flatMap((group) => setsOf(funnel, group))
  const kept = [...keys.map((key) => sql`e.${key}`), sql`w.steps_done`, sql`e.happened_us`]
  const inside = [
    ...keys.map((column) => sql`e.${column} = w.${column}`),
    sql`e.happened_us <= w.happened_us`,
    ...startOfWindow(funnel),
  ]
  return sql`
    select
      ${join([...keys, sql`steps_done`, sql`happened_us`], ', ')},
      ${join(
        groups.map((group) => shareable(funnel, group)),
        '\n+ ',
      )} as steps_left
    from (
      select
        ${join([...keys, sql`steps_done`, sql`happened_us`, ...sets.map((set) => counted(funnel, set))], ',\n')}
      from (
        select ${join([...kept, ...marksOfSteps(funnel).map((mark) => sql`e.${mark}`)], ', ')}
        from furthest_windows as w
        join ${events} as e on ${join(inside, ' and ')}
      ) as events_of_windows
      where ${isAnyStep(funnel, required)}
      window
        to_the_end as (
          partition by ${join(keys, ', ')}
          order by happened_us desc range between unbounded preceding and current row
        )
    ) as counted_events
  `
}

/** Whether an event `e` comes after the start of a window `w`. */
function startOfWindow(funnel: Funnel): Sql[] {
  const { window } = funnel
  if (isWiped(funnel)) {
    return window === undefined
      ? [sql`(w.${SINCE} is null or e.happened_us >= w.${SINCE})`]
      : [sql`e.happened_us >= w.${SINCE}`]
  }
  return window === undefined ? [] : [sql`e.happened_us >= w.happened_us - ${literal(window)}`]
}

const counted = (funnel: Funnel, { name, steps }: CountedSet): Sql =>
  sql`count(*) filter (where ${isIn(funnel, steps)}) over to_the_end as ${name}`

/** As late as they can be: the last step is done where one can be from there to the end, the one before where two. */
function timesFromTheEnd({ keys, required }: Funnel): Sql {
  const times = required.map(
    (n) =>
      sql`max(case when steps_done >= ${literal(n)} and steps_left > steps_done - ${literal(n)} then happened_us end) as ${stepTime(n)}`,
  )
  return sql`
    select
      ${join([...keys, ...times], ',\n')}
    from steps_to_the_end
    group by ${join(keys, ', ')}
  `
}

function timesOf(funnel: Funnel, step: number): Sql {
  const { keys } = funnel
  return sql`
    select ${join([...keys, sql`steps_done`, sql`${lastTime(step)} as done_us`], ', ')}
    from furthest_windows
    where ${inWindow(funnel, lastTime(step))}
  `
}

function inTheirOrder({ keys, required }: Funnel): Sql {
  const times = required.map(
    (n) =>
      sql`min(case when place = ${literal(n)} and steps_done >= ${literal(n)} then done_us end) as ${stepTime(n)}`,
  )
  return sql`
    select
      ${join([...keys, ...times], ',\n')}
    from (
      select
        ${join([...keys, sql`steps_done`, sql`done_us`], ', ')},
        row_number() over (partition by ${join(keys, ', ')} order by done_us) as place
      from times_of_steps
    ) as in_order
    group by ${join(keys, ', ')}
  `
}
