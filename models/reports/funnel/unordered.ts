/**
 * Unordered funnels: how many different steps lie within one window. Each event looks back over the window
 * that ends with it, so that a group's events are sorted once and never joined with one another.
 */
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { mayOverlap } from '../conditions.ts'
import { cte } from '../ctes.ts'
import { type Funnel, held, isAnyStep, isExclusion, isStep } from './shape.ts'
import { stepTime, whoseEntries } from './hops.ts'
import { classesOf, groupsOf, setsOf, type CountedSet } from './sharing.ts'

const lastTime = (n: number): Sql => identifier(`last_step_${n}_us`)
const earlier = (n: number): Sql => identifier(`earlier_step_${n}_us`)

/** CTEs that end with the result; `step_n_us` is the time of the n-th step that was done. */
export function unordered(funnel: Funnel): Sql[] {
  const { required, options } = funnel
  const classes = classesOf(funnel, required)
  const repeated = classes.filter((steps) => steps.length > 1)
  let { events } = funnel
  const ctes: Sql[] = []
  if (options.exclusions.length > 0) {
    ctes.push(cte(sql`events_by_attempt`, wipes(funnel)))
    events = sql`events_by_attempt`
  }
  if (repeated.length > 0) {
    ctes.push(cte(sql`events_with_earlier`, earlierOnes(funnel, events, repeated)))
    events = sql`events_with_earlier`
  }
  return [
    ...ctes,
    cte(sql`looked_back`, lookBack(funnel, events, classes)),
    cte(sql`progress`, progress(funnel)),
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

const WIPES = sql`wiped`

/** The column that tells disjoint steps apart. */
const step = (funnel: Funnel): Sql =>
  toText(isStep(funnel, 1)).startsWith('step') ? sql`step` : sql`event_name`

/** Columns that say which steps an event may be. */
const marksOfSteps = (funnel: Funnel): Sql[] =>
  funnel.disjoint ? [step(funnel)] : funnel.required.map((n) => isStep(funnel, n))

/** Columns within which progress is made. */
const within = ({ keys, options }: Funnel): Sql[] => [
  ...keys,
  ...(options.exclusions.length > 0 ? [WIPES] : []),
]

/** An exclusion wipes the progress that was made before it; what shares its instant was made before it. */
function wipes(funnel: Funnel): Sql {
  const { keys, conditions, options } = funnel
  const marks = marksOfSteps(funnel)
  const exclusion = join(
    options.exclusions.map((_, i) => isExclusion(i)),
    ' or ',
  )
  const one = sql`case when ${exclusion} then 1 else 0 end`
  const isStepToo = options.exclusions.some((exclusion) =>
    conditions.some((condition) => mayOverlap(exclusion, condition)),
  )
  // A running sum up to the row itself is the one frame that every engine computes in one pass.
  const before = isStepToo
    ? sql`
        -- an exclusion that is a step, too, was done before it wipes
        count(*) filter (where ${exclusion}) over (
          partition by ${join(keys, ', ')}
          order by happened_us range between unbounded preceding and current row
        ) - count(*) filter (where ${exclusion}) over (partition by ${join([...keys, sql`happened_us`], ', ')})
      `
    : sql`
        cast(sum(${one}) over (
          partition by ${join(keys, ', ')}
          -- exclusions come after the steps of their instant
          order by happened_us, ${one}
          rows between unbounded preceding and current row
        ) - ${one} as bigint)
      `
  return sql`
    select
      ${join([...keys, sql`happened_us`, ...marks], ',\n')},
      ${before} as ${WIPES},
      count(*) filter (where ${exclusion}) over (partition by ${join(keys, ', ')}) as wiped_at_last
    from ${funnel.events}
  `
}

/** Of steps that are the same the second needs the event before the latest, the third the one before that. */
function earlierOnes(funnel: Funnel, events: Sql, repeated: readonly (readonly number[])[]): Sql {
  const { options } = funnel
  const marks = marksOfSteps(funnel)
  const lags = repeated.flatMap(([first = 1, ...others]) =>
    others.map(
      (step, i) => sql`
        case
          when ${isStep(funnel, first)} then lag(happened_us, ${literal(i + 1)}) over (
            partition by ${join([...within(funnel), isStep(funnel, first)], ', ')}
            order by happened_us
          )
        end as ${earlier(step)}
      `,
    ),
  )
  const columns = [
    ...within(funnel),
    ...(options.exclusions.length > 0 ? [sql`wiped_at_last`] : []),
    sql`happened_us`,
    ...marks,
    ...lags,
  ]
  return sql`
    select
      ${join(columns, ',\n')}
    from ${events}
  `
}

/** For each event the latest time of every step up to it, and how many events of a window overlapping steps share. */
function lookBack(funnel: Funnel, events: Sql, classes: readonly (readonly number[])[]): Sql {
  const { required, options, window } = funnel
  const latest = required.map((step) => {
    const first = classes.find((steps) => steps.includes(step))?.[0] ?? step
    const time = first === step ? sql`case when ${isStep(funnel, step)} then happened_us end` : earlier(step)
    return sql`max(${time}) over up_to_here as ${lastTime(step)}`
  })
  const shared = mixedGroups(funnel)
    .flatMap((group) => setsOf(funnel, group))
    .map((set) => counted(funnel, set, sql`within_the_window`))
  const start = window === undefined ? sql`unbounded preceding` : sql`${literal(window)} preceding`
  const partition = join(within(funnel), ', ')
  const columns = [
    ...within(funnel),
    ...(options.exclusions.length > 0 ? [sql`wiped_at_last`] : []),
    sql`happened_us`,
    ...latest,
    ...shared,
  ]
  const windows = [
    sql`up_to_here as (partition by ${partition} order by happened_us range between unbounded preceding and current row)`,
    ...(shared.length > 0
      ? [
          sql`within_the_window as (partition by ${partition} order by happened_us range between ${start} and current row)`,
        ]
      : []),
  ]
  return sql`
    select
      ${join(columns, ',\n')}
    from ${events}
    where ${isAnyStep(funnel, required)}
    window
      ${join(windows, ',\n')}
  `
}

/** Groups of steps, not all the same, that one event may match. */
const mixedGroups = (funnel: Funnel): number[][] =>
  groupsOf(funnel, funnel.required).filter((group) => classesOf(funnel, group).length > 1)

/** Whether the latest event of one step may be that of another, too. */
const isMixed = (funnel: Funnel): boolean => mixedGroups(funnel).length > 0

const counted = (funnel: Funnel, { name, steps }: CountedSet, over: Sql): Sql =>
  sql`count(*) filter (where ${isAnyStep(funnel, steps)}) over ${over} as ${name}`

/** How many steps of a group have an event of their own: two need two events between them, three need three. */
function shareable(funnel: Funnel, group: readonly number[]): Sql {
  const limits = setsOf(funnel, group).map(({ name, steps }) =>
    steps.length === group.length ? name : sql`${literal(group.length - steps.length)} + ${name}`,
  )
  return sql`least(${join([literal(group.length), ...limits], ', ')})`
}

const inWindow = ({ window }: Funnel, step: number): Sql =>
  window === undefined
    ? sql`${lastTime(step)} is not null`
    : sql`${lastTime(step)} >= happened_us - ${literal(window)}`

function progress(funnel: Funnel): Sql {
  const { required, options } = funnel
  const mixed = mixedGroups(funnel)
  const alone = required.filter((step) => !mixed.some((group) => group.includes(step)))
  const parts = [
    ...alone.map((step) => sql`case when ${inWindow(funnel, step)} then 1 else 0 end`),
    ...mixed.map((group) => shareable(funnel, group)),
  ]
  const columns = [
    ...within(funnel),
    ...(options.exclusions.length > 0 ? [sql`wiped_at_last`] : []),
    sql`happened_us`,
    ...required.map(lastTime),
  ]
  return sql`
    select
      ${join(columns, ',\n')},
      ${join(parts, '\n+ ')} as steps_done
    from looked_back
  `
}

/** The window with most steps, the first of them; an exclusion leaves only what comes after it, or all steps. */
function furthestWindows(funnel: Funnel): Sql {
  const { keys, required, options, c } = funnel
  const columns = isMixed(funnel)
    ? [...within(funnel), sql`happened_us`, sql`steps_done`]
    : [...keys, sql`happened_us`, sql`steps_done`, ...required.map(lastTime)]
  const order = [sql`steps_done desc`, sql`happened_us`, ...held(options).map(c.fn.byBytes)]
  const left =
    options.exclusions.length > 0
      ? sql`where steps_done = ${literal(required.length)} or ${WIPES} = wiped_at_last`
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
  const { keys, required, window } = funnel
  const groups = groupsOf(funnel, required)
  const sets = groups.flatMap((group) => setsOf(funnel, group))
  const kept = [...keys.map((key) => sql`e.${key}`), sql`w.steps_done`, sql`e.happened_us`]
  const inside = [
    ...within(funnel).map((column) => sql`e.${column} = w.${column}`),
    sql`e.happened_us <= w.happened_us`,
    ...(window === undefined ? [] : [sql`e.happened_us >= w.happened_us - ${literal(window)}`]),
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
        ${join([...keys, sql`steps_done`, sql`happened_us`, ...sets.map((set) => counted(funnel, set, sql`to_the_end`))], ',\n')}
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
    where ${inWindow(funnel, step)}
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
