/**
 * Unordered funnels: how many different steps lie within one window. Each event looks back over the window
 * that ends with it, so that a group's events are sorted once and never joined with one another.
 */
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { mayOverlap } from '../conditions.ts'
import { cte } from '../ctes.ts'
import { type Funnel, held, isAnyStep, isExclusion, isStep } from './shape.ts'
import { stepTime, whoseEntries } from './hops.ts'
import { classesOf, groupsOf, setOf, setsOf, type CountedSet } from './sharing.ts'

const lastTime = (n: number): Sql => identifier(`last_step_${n}_us`)

/** CTEs that end with the result; `step_n_us` is the time of the n-th step that was done. */
export function unordered(funnel: Funnel): Sql[] {
  const { required } = funnel
  let { events } = funnel
  const ctes: Sql[] = []
  if (isWiped(funnel)) {
    ctes.push(cte(sql`steps_and_wipes`, stepsAndWipes(funnel)))
    events = sql`steps_and_wipes`
  }
  const earlier = latestTimes(funnel).filter(({ back }) => back > 0)
  if (earlier.length > 0) {
    ctes.push(cte(sql`events_with_earlier`, earlierOnes(funnel, events, earlier)))
    events = sql`events_with_earlier`
  }
  return [
    ...ctes,
    cte(sql`looked_back`, lookBack(funnel, events)),
    cte(sql`progress`, progress(funnel)),
    ...(isWiped(funnel) ? [cte(sql`final_wipes`, finalWipes(funnel))] : []),
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

/** Whether exclusions wipe the progress that was made before them. */
const isWiped = ({ options }: Funnel): boolean => options.exclusions.length > 0

const WIPES = sql`wipes`

/** From when on steps count: where the window begins, or after the last wipe. */
const SINCE = sql`since_us`

const sinceColumn = (funnel: Funnel): Sql[] => (isWiped(funnel) ? [SINCE] : [])

/** The column that tells disjoint steps apart. */
const step = (funnel: Funnel): Sql =>
  toText(isStep(funnel, 1)).startsWith('step') ? sql`step` : sql`event_name`

/** Columns that say which steps an event may be. */
const marksOfSteps = (funnel: Funnel): Sql[] =>
  funnel.disjoint ? [step(funnel)] : funnel.required.map((n) => isStep(funnel, n))

const isAnyExclusion = ({ options }: Funnel): Sql =>
  join(
    options.exclusions.map((_, i) => isExclusion(i)),
    ' or ',
  )

/** An exclusion wipes the progress that was made before it; what shares its instant was made before it. */
function stepsAndWipes(funnel: Funnel): Sql {
  const { keys, conditions, options, required, disjoint } = funnel
  const marks = marksOfSteps(funnel)
  const columns = [...keys, sql`happened_us`, ...marks]
  const isStepToo = options.exclusions.some((exclusion) =>
    conditions.some((condition) => mayOverlap(exclusion, condition)),
  )
  if (!isStepToo) {
    return sql`
      select
        ${join([...columns, sql`${isAnyExclusion(funnel)} as ${WIPES}`], ',\n')}
      from ${funnel.events}
    `
  }
  const none = marks.map((mark) => sql`${disjoint ? sql`null` : sql`false`} as ${mark}`)
  return sql`
    -- an event that is a step and an exclusion is done first, and then wipes
    select
      ${join([...columns, sql`false as ${WIPES}`], ',\n')}
    from ${funnel.events}
    where ${isAnyStep(funnel, required)}
    union all
    select
      ${join([...keys, sql`happened_us`, ...none, sql`true as ${WIPES}`], ',\n')}
    from ${funnel.events}
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
const isIn = (funnel: Funnel, steps: readonly number[]): Sql =>
  isAnyStep(
    funnel,
    classesOf(funnel, steps).map(([first = 1]) => first),
  )

function earlierOnes(funnel: Funnel, events: Sql, wanted: readonly LatestTime[]): Sql {
  const { keys } = funnel
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
function lookBack(funnel: Funnel, events: Sql): Sql {
  const { keys, required, window, c } = funnel
  const over = sql`up_to_here`
  const happened = sql`happened_us`
  const latest = latestTimes(funnel).map(({ steps, back, name, earlier }) => {
    const time =
      back === 0 ? c.fn.latestSoFar(happened, isIn(funnel, steps), over) : sql`max(${earlier}) over ${over}`
    return sql`${time} as ${name}`
  })
  const afterWipe = sql`${c.fn.latestSoFar(happened, WIPES, over)} + 1`
  const since =
    window === undefined ? afterWipe : sql`greatest(${happened} - ${literal(window)}, ${afterWipe})`
  const columns = [...keys, happened, ...(isWiped(funnel) ? [sql`${since} as ${SINCE}`] : []), ...latest]
  const order = isWiped(funnel)
    ? sql`
        -- exclusions come after the steps of their instant
        order by ${happened}, ${WIPES}
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
const isMixed = (funnel: Funnel): boolean => mixedGroups(funnel).length > 0

/** How many steps of a group have an event of their own: two need two events between them, three need three. */
function shareable(funnel: Funnel, group: readonly number[]): Sql {
  const limits = setsOf(funnel, group).map(({ name, steps }) =>
    steps.length === group.length ? name : sql`${literal(group.length - steps.length)} + ${name}`,
  )
  return sql`least(${join([literal(group.length), ...limits], ', ')})`
}

/** Whether a time lies in the window that ends with a row, after the last wipe. */
function inWindow(funnel: Funnel, time: Sql): Sql {
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
  const { keys, required } = funnel
  const mixed = mixedGroups(funnel)
  const alone = required.filter((step) => !mixed.some((group) => group.includes(step)))
  const parts = [
    ...alone.map((step) => oneIfInWindow(funnel, lastTime(step))),
    ...mixed.map((group) => shareable(funnel, group)),
  ]
  const columns = [...keys, sql`happened_us`, ...sinceColumn(funnel), ...required.map(lastTime)]
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

/** The window with most steps, the first of them; an exclusion leaves only what comes after it, or all steps. */
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
        where steps_done = ${literal(required.length)}
          or final_wipe_us is null
          or happened_us > final_wipe_us
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
