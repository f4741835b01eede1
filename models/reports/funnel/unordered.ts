/**
 * Unordered funnels: how many different steps lie within one window. Each event looks back over the window
 * that ends with it, so that a group's events are sorted once and never joined with one another.
 */
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { cte } from '../ctes.ts'
import { type Funnel, held, isAnyStep, isExclusion, isSameStep, isStep } from './shape.ts'
import { stepTime, whoseEntries } from './hops.ts'
import { overlapping } from './options.ts'

const lastTime = (n: number): Sql => identifier(`last_step_${n}_us`)
const earlier = (n: number): Sql => identifier(`earlier_step_${n}_us`)
const matching = (steps: readonly number[]): Sql => identifier(`events_of_${steps.join('_')}`)

/** CTEs that end with the result; `step_n_us` is the time of the n-th step that was done. */
export function unordered(funnel: Funnel): Sql[] {
  const { required, options } = funnel
  const classes = classesOf(funnel)
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
    cte(
      sql`times_of_steps`,
      join(
        required.map((step) => timesOf(funnel, step)),
        '\nunion all\n',
      ),
    ),
    cte(funnel.result, inTheirOrder(funnel)),
  ]
}

const WIPES = sql`wiped`

/** The column that tells disjoint steps apart. */
const step = (funnel: Funnel): Sql =>
  toText(isStep(funnel, 1)).startsWith('step') ? sql`step` : sql`event_name`

/** Columns within which progress is made. */
const within = ({ keys, options }: Funnel): Sql[] => [
  ...keys,
  ...(options.exclusions.length > 0 ? [WIPES] : []),
]

/** Steps with the same condition, which need different events. */
function classesOf(funnel: Funnel): number[][] {
  const classes: number[][] = []
  for (const step of funnel.required) {
    const same = classes.find(([first = 1]) => isSameStep(funnel, first, step))
    if (same) same.push(step)
    else classes.push([step])
  }
  return classes
}

/** An exclusion wipes the progress that was made before it; what shares its instant was made before it. */
function wipes(funnel: Funnel): Sql {
  const { keys, required, options } = funnel
  const marks = funnel.disjoint ? [step(funnel)] : required.map((step) => isStep(funnel, step))
  const exclusion = join(
    options.exclusions.map((_, i) => isExclusion(i)),
    ' or ',
  )
  const one = sql`case when ${exclusion} then 1 else 0 end`
  // A running sum up to the row itself is the one frame that every engine computes in one pass.
  return sql`
    select
      ${join([...keys, sql`happened_us`, ...marks], ',\n')},
      cast(sum(${one}) over (
        partition by ${join(keys, ', ')}
        -- exclusions come after the steps of their instant
        order by happened_us, ${one}
        rows between unbounded preceding and current row
      ) - ${one} as bigint) as ${WIPES},
      count(*) filter (where ${exclusion}) over (partition by ${join(keys, ', ')}) as wiped_at_last
    from ${funnel.events}
  `
}

/** Of steps that are the same the second needs the event before the latest, the third the one before that. */
function earlierOnes(funnel: Funnel, events: Sql, repeated: readonly (readonly number[])[]): Sql {
  const { required, options } = funnel
  const marks = funnel.disjoint ? [step(funnel)] : required.map((step) => isStep(funnel, step))
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
  const shared = sharedSets(funnel).map((steps) => {
    const any = join(
      steps.map((step) => isStep(funnel, step)),
      ' or ',
    )
    return sql`count(*) filter (where ${any}) over within_the_window as ${matching(steps)}`
  })
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
const mixedGroups = (funnel: Funnel): number[][] => {
  const { required, conditions } = funnel
  const classes = classesOf(funnel)
  return overlapping(conditions)
    .map((group) => group.map((i) => required[i] ?? i + 1))
    .filter((group) => !classes.some((steps) => steps.length === group.length && steps[0] === group[0]))
}

/** Unions of the conditions of such groups. */
function sharedSets(funnel: Funnel): number[][] {
  const classes = classesOf(funnel)
  return mixedGroups(funnel).flatMap((group) => {
    const own = classes.filter(([first = 0]) => group.includes(first))
    const sets: number[][] = []
    for (let bits = 1; bits < 2 ** own.length; bits++) {
      sets.push(
        own
          .filter((_, i) => (bits >> i) % 2 === 1)
          .flat()
          .sort((a, b) => a - b),
      )
    }
    return sets
  })
}

const inWindow = ({ window }: Funnel, step: number): Sql =>
  window === undefined
    ? sql`${lastTime(step)} is not null`
    : sql`${lastTime(step)} >= happened_us - ${literal(window)}`

function progress(funnel: Funnel): Sql {
  const { required, options } = funnel
  const mixed = mixedGroups(funnel)
  const alone = required.filter((step) => !mixed.some((group) => group.includes(step)))
  const sets = sharedSets(funnel)
  const parts = [
    ...alone.map((step) => sql`case when ${inWindow(funnel, step)} then 1 else 0 end`),
    // two steps need two events between them, three need three
    ...mixed.map((group) => {
      const limits = sets
        .filter((steps) => steps.every((step) => group.includes(step)))
        .map((steps) => sql`${literal(group.length - steps.length)} + ${matching(steps)}`)
      return sql`least(${join([literal(group.length), ...limits], ', ')})`
    }),
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
  const columns = [...keys, sql`happened_us`, sql`steps_done`, ...required.map(lastTime)]
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
