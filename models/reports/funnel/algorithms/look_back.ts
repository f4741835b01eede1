/**
 * The windows of unordered funnels: how many different steps lie within the one that ends, or begins, with each
 * event. An event looks back over its window, so that events are sorted once and never joined with one another.
 */
import { identifier, join, literal, sql, toText, type Sql } from '../../../../src/sql/sql.ts'
import { mayOverlap } from '../../conditions.ts'
import { cte } from '../../../lib/ctes.ts'
import { marksOf } from '../events.ts'
import { isAnyStep, isExclusion, isStep, type Funnel } from '../names.ts'
import { classesOf, groupsOf, setOf, setsOf, type CountedSet } from '../shared_events.ts'

/** Whether the windows end or begin with an event. */
type Way = 'ending' | 'beginning'

/** The latest time of step `n` up to a row. */
export const lastTime = (n: number): Sql => identifier(`last_step_${n}_us`)

/**
 * CTEs that end with `progress`: for each event, by `happened_us`, how many steps are done in its window. Where
 * windows begin with their events, time runs backwards: `happened_us` is negative, and the end comes first.
 */
export function windows(funnel: Funnel, way: Way): { ctes: Sql[]; events: Sql } {
  const ctes: Sql[] = []
  let { events } = funnel
  if (way === 'beginning') {
    ctes.push(cte(sql`backwards`, backwards(funnel)))
    events = sql`backwards`
  }
  if (isWiped(funnel)) {
    ctes.push(cte(sql`steps_and_wipes`, stepsAndWipes(funnel, events)))
    events = sql`steps_and_wipes`
  }
  const earlier = latestTimes(funnel).filter(({ back }) => back > 0)
  if (earlier.length > 0) {
    ctes.push(cte(sql`events_with_earlier`, earlierOnes(funnel, events, earlier)))
    events = sql`events_with_earlier`
  }
  return {
    ctes: [
      ...ctes,
      cte(sql`looked_back`, lookBack(funnel, events, way)),
      cte(sql`progress`, progress(funnel)),
      ...(isWiped(funnel) ? [cte(sql`final_wipes`, finalWipes(funnel))] : []),
    ],
    events,
  }
}

/** The window that begins with an event is the one that ends with it when time runs backwards. */
function backwards(funnel: Funnel): Sql {
  const marks = marksOf(funnel).map(({ name }) => name)
  return sql`
    select
      ${join([...funnel.keys, ...funnel.carried, sql`-happened_us as happened_us`, ...marks], ',\n')}
    from ${funnel.events}
  `
}

/** Whether exclusions wipe the progress that was made before them. */
export const isWiped = ({ options }: Funnel): boolean => options.exclusions.length > 0

const WIPES = sql`wipes`

/** From when on steps count: where the window begins, or after the last wipe. */
export const SINCE = sql`since_us`

export const sinceColumn = (funnel: Funnel): Sql[] => (isWiped(funnel) ? [SINCE] : [])

/** The column that tells disjoint steps apart. */
const step = (funnel: Funnel): Sql =>
  toText(isStep(funnel, 1)).startsWith('step') ? sql`step` : sql`event_name`

/** Columns that say which steps an event may be. */
export const marksOfSteps = (funnel: Funnel): Sql[] =>
  funnel.disjoint ? [step(funnel)] : funnel.required.map((n) => isStep(funnel, n))

export const isAnyExclusion = ({ options }: Funnel): Sql =>
  join(
    options.exclusions.map((_, i) => isExclusion(i)),
    ' or ',
  )

/** An exclusion wipes the progress that was made before it; what shares its instant was made before it. */
function stepsAndWipes(funnel: Funnel, events: Sql): Sql {
  const { keys, carried, conditions, options, required, disjoint } = funnel
  const marks = marksOfSteps(funnel)
  const columns = [...keys, ...carried, sql`happened_us`, ...marks]
  const isStepToo = options.exclusions.some((exclusion) =>
    conditions.some((condition) => mayOverlap(exclusion, condition)),
  )
  if (!isStepToo) {
    return sql`
      select
        ${join([...columns, sql`${isAnyExclusion(funnel)} as ${WIPES}`], ',\n')}
      from ${events}
    `
  }
  const none = marks.map((mark) => sql`${disjoint ? sql`null` : sql`false`} as ${mark}`)
  return sql`
    -- an event that is a step and an exclusion is done first, and then wipes
    select
      ${join([...columns, sql`false as ${WIPES}`], ',\n')}
    from ${events}
    where ${isAnyStep(funnel, required)}
    union all
    select
      ${join([...keys, ...carried, sql`happened_us`, ...none, sql`true as ${WIPES}`], ',\n')}
    from ${events}
    where ${isAnyExclusion(funnel)}
  `
}

/** How late the events of some steps are, up to a row: the latest of them, the one before it and so on. */
interface LatestTime {
  readonly steps: readonly number[]
  /** How many events of these steps come after it. */
  readonly back: number
  /** The column with it. */
  readonly name: Sql
  /** The column in which events of these steps have the one so many before them. */
  readonly earlier: Sql
}

/** As many times as there are steps in the set. Of steps that are the same the second needs the second latest. */
function latestTimesOf(funnel: Funnel, { steps }: CountedSet): LatestTime[] {
  const isClass = classesOf(funnel, steps).length === 1
  return steps.map((step, back) => {
    const what = isClass ? `step_${step}` : `of_${steps.join('_')}`
    const name = isClass ? lastTime(step) : identifier(`latest_${back + 1}_${what}_us`)
    return {
      steps,
      back,
      name,
      earlier: identifier(isClass ? `earlier_${what}_us` : `earlier_${back}_${what}_us`),
    }
  })
}

/** All that are asked for: of each step, and of every set of steps that may want the same events. */
function latestTimes(funnel: Funnel): LatestTime[] {
  const sets = [
    ...classesOf(funnel, funnel.required).map(setOf),
    ...mixedGroups(funnel).flatMap((group) => setsOf(funnel, group)),
  ]
  const unique = new Map(sets.map((set) => [toText(set.name), set]))
  return [...unique.values()].flatMap((set) => latestTimesOf(funnel, set))
}

/** Whether an event is one of a set of steps; those that are the same are asked for once. */
export const isIn = (funnel: Funnel, steps: readonly number[]): Sql =>
  isAnyStep(
    funnel,
    classesOf(funnel, steps).map(([first = 1]) => first),
  )

function earlierOnes(funnel: Funnel, events: Sql, wanted: readonly LatestTime[]): Sql {
  const { keys, carried } = funnel
  const lags = wanted.map(({ steps, back, earlier }) => {
    const one = isIn(funnel, steps)
    return sql`
      case
        when ${one} then lag(happened_us, ${literal(back)}) over (
          partition by ${join([...keys, one], ', ')}
          order by happened_us
        )
      end as ${earlier}
    `
  })
  const columns = [
    ...keys,
    ...carried,
    sql`happened_us`,
    ...marksOfSteps(funnel),
    ...(isWiped(funnel) ? [WIPES] : []),
    ...lags,
  ]
  return sql`
    select
      ${join(columns, ',\n')}
    from ${events}
  `
}

/** For each event the latest times of every step up to it. */
function lookBack(funnel: Funnel, events: Sql, way: Way): Sql {
  const { keys, carried, required, window, c } = funnel
  const over = sql`up_to_here`
  const happened = sql`happened_us`
  const latest = latestTimes(funnel).map(({ steps, back, name, earlier }) => {
    const time =
      back === 0 ? c.fn.latestSoFar(happened, isIn(funnel, steps), over) : sql`max(${earlier}) over ${over}`
    return sql`${time} as ${name}`
  })
  const wiped = c.fn.latestSoFar(happened, WIPES, over)
  // what shares the instant of a wipe was done before it
  const afterWipe = way === 'ending' ? sql`${wiped} + 1` : wiped
  const since =
    window === undefined ? afterWipe : c.fn.greatestOf([sql`${happened} - ${literal(window)}`, afterWipe])
  const columns = [
    ...keys,
    ...carried,
    happened,
    ...(isWiped(funnel) ? [sql`${since} as ${SINCE}`] : []),
    ...latest,
  ]
  const order = isWiped(funnel)
    ? sql`
        -- exclusions come after the steps of their instant
        order by ${happened}, ${WIPES}${way === 'ending' ? sql`` : sql` desc`}
      `
    : sql`order by ${happened}`
  const anyStep = isAnyStep(funnel, required)
  return sql`
    select
      ${join(columns, ',\n')}
    from ${events}
    where ${isWiped(funnel) ? sql`${anyStep} or ${WIPES}` : anyStep}
    window
      ${over} as (
        partition by ${join(keys, ', ')}
        ${order}
        range between unbounded preceding and current row
      )
  `
}

/** Groups of steps, not all the same, that one event may match. */
const mixedGroups = (funnel: Funnel): number[][] =>
  groupsOf(funnel, funnel.required).filter((group) => classesOf(funnel, group).length > 1)

/** Whether the latest event of one step may be that of another, too. */
export const isMixed = (funnel: Funnel): boolean => mixedGroups(funnel).length > 0

/** How many steps of a group have an event of their own: two need two events between them, three need three. */
export function shareable(funnel: Funnel, group: readonly number[]): Sql {
  const limits = setsOf(funnel, group).map(({ name, steps }) =>
    steps.length === group.length ? name : sql`${literal(group.length - steps.length)} + ${name}`,
  )
  return funnel.c.fn.leastOf([literal(group.length), ...limits])
}

/** Whether a time lies in the window that ends with a row, after the last wipe. */
export function inWindow(funnel: Funnel, time: Sql): Sql {
  if (!isWiped(funnel)) {
    return funnel.window === undefined
      ? sql`${time} is not null`
      : sql`${time} >= happened_us - ${literal(funnel.window)}`
  }
  // without a window there is nothing to compare with until the first wipe
  return funnel.window === undefined
    ? sql`coalesce(${time} >= ${SINCE}, ${time} is not null)`
    : sql`${time} >= ${SINCE}`
}

const oneIfInWindow = (funnel: Funnel, time: Sql): Sql =>
  sql`case when ${inWindow(funnel, time)} then 1 else 0 end`

/** For each event how many steps are done in the window that ends with it. */
function progress(funnel: Funnel): Sql {
  const { keys, carried, required } = funnel
  const mixed = mixedGroups(funnel)
  const alone = required.filter((step) => !mixed.some((group) => group.includes(step)))
  const parts = [
    ...alone.map((step) => oneIfInWindow(funnel, lastTime(step))),
    ...mixed.map((group) => shareable(funnel, group)),
  ]
  const columns = [...keys, ...carried, sql`happened_us`, ...sinceColumn(funnel), ...required.map(lastTime)]
  const counts = mixed
    .flatMap((group) => setsOf(funnel, group))
    .map((set) => {
      const times = latestTimesOf(funnel, set).map(({ name }) => oneIfInWindow(funnel, name))
      return sql`${join(times, '\n+ ')} as ${set.name}`
    })
  const counted = sql`
    (
      select
        ${join([...columns, ...counts], ',\n')}
      from looked_back
    ) as counted
  `
  return sql`
    select
      ${join(columns, ',\n')},
      ${join(parts, '\n+ ')} as steps_done
    from ${isMixed(funnel) ? counted : sql`looked_back`}
  `
}

function finalWipes(funnel: Funnel): Sql {
  const keys = join(funnel.keys, ', ')
  return sql`
    select ${keys}, max(happened_us) as final_wipe_us
    from ${funnel.events}
    where ${isAnyExclusion(funnel)}
    group by ${keys}
  `
}
