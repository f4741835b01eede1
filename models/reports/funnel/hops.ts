/**
 * Ordered funnels whose steps no event can mistake for one another: from step to step by the next event of
 * each attempt, all attempts at once. Linear in the events of an entity, however many entries it has.
 */
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { cte, materialized } from '../../lib/ctes.ts'
import { streamOf } from '../stream.ts'
import { stepEvents } from './events.ts'
import {
  endsOptional,
  held,
  INTERRUPTED,
  isNamed,
  isStep,
  OPTIONAL_UNTIL,
  readsProperties,
  type Funnel,
} from './shape.ts'
import { stepsOf } from './journeys.ts'
import { instantOfBound } from '../periods.ts'

/** The column with the time of step `n` of an attempt. */
export const stepTime = (n: number): Sql => identifier(`step_${n}_us`)

/** Which events attempts move along, within which columns, and what their CTEs are called. */
interface Way {
  /** The relation with the events of a step, and what tells them from others in it. */
  readonly eventsOf: (step: number) => { readonly events: Sql; readonly where?: Sql }
  readonly keys: readonly Sql[]
  readonly prefix: '' | 'early_'
}

const reached = (n: number, { prefix }: Way): Sql => identifier(`${prefix}reached_step_${n}`)
const looked = (n: number, { prefix }: Way): Sql => identifier(`${prefix}next_step_${n}`)
const first = (n: number): Sql => identifier(`first_to_reach_${n}`)

/** Whether this way is open to a funnel. */
export function canHop({ options, disjoint }: Funnel): boolean {
  return (
    options.order === 'ordered' &&
    (disjoint || options.strictly_increasing) &&
    options.entry !== 'every' &&
    options.exclusions.length === 0
  )
}

/** CTEs that end with the result: keys, carried columns and the times of the steps that were reached. */
export function hops(funnel: Funnel): Sql[] {
  const { required, keys, carried } = funnel
  const kept = [...keys, ...carried]
  const way: Way = {
    eventsOf: perStep(funnel) ? (n) => ({ events: stepsOf(n, funnel) }) : among(funnel, funnel.events),
    keys,
    prefix: '',
  }
  return [
    ...fromStepToStep(funnel, way),
    ...required.map((step, i) =>
      cte(first(step), firstToReach(kept, required.slice(0, i + 1), reached(step, way))),
    ),
    ...furthest(funnel, kept),
  ]
}

const among = (funnel: Funnel, events: Sql) => (n: number) => ({ events, where: isStep(funnel, n) })

/** Whether the events of each step are read by themselves. */
export const perStep = (funnel: Funnel): boolean =>
  funnel.c.fn.scansPerName && canFinishEarly(funnel) && isNamed(funnel)

function fromStepToStep(funnel: Funnel, way: Way): Sql[] {
  const { required } = funnel
  const [entry = 1, ...later] = required
  return [
    materialized(reached(entry, way), entries(funnel, entry, way)),
    ...later.flatMap((step, i) => hop(funnel, required.slice(0, i + 1), step, way)),
  ]
}

/** Whether it pays, and is right, to look for those first who get through all steps in a short time. */
export const canFinishEarly = (funnel: Funnel): boolean =>
  canHop(funnel) &&
  (funnel.segments === 'none' || funnel.segments === 'owned') &&
  funnel.carried.length === 0 &&
  funnel.options.hold_constant.length === 0 &&
  funnel.required.length > 1 &&
  funnel.steps.every((step) => !step.optional && step.first_time === undefined)

/**
 * CTEs that end with `finished_early`: the attempts of those who got through all steps within the first
 * twentieth of the time. Nobody comes through earlier than first, so what they did later need not be read;
 * groups with most of the events are among them.
 */
export function finishedEarly(funnel: Funnel): Sql[] {
  const { required, owners, report, by, c } = funnel
  const way: Way = { eventsOf: among(funnel, sql`early_events`), keys: owners, prefix: 'early_' }
  const relation = c.ref(streamOf(by, readsProperties(report)))
  const { from, to } = report.range
  const bound = (given: string | undefined, aggregate: Sql) =>
    c.fn.microseconds(given === undefined ? sql`${aggregate}(occurred_at)` : instantOfBound(given, c))
  const isGiven = from !== undefined && to !== undefined
  return [
    sql`
      early as (
        select ${c.fn.instantOf(sql`cast(first_us + (last_us - first_us) / 20 as bigint)`)} as ends_at
        from (
          select
            ${bound(from, sql`min`)} as first_us,
            ${bound(to, sql`max`)} as last_us
          ${isGiven ? sql`` : sql`from ${relation}`}
        ) as bounds
      )
    `,
    ...stepEvents(funnel, { name: sql`early_events`, before: sql`(select ends_at from early)` }),
    ...fromStepToStep(funnel, way),
    materialized(sql`finished_early`, firstToReach(owners, required, reached(required.at(-1) ?? 1, way))),
  ]
}

function entries(funnel: Funnel, entry: number, { eventsOf, keys }: Way): Sql {
  const { carried, options, c } = funnel
  const columns = [...keys, ...carried, sql`happened_us as ${stepTime(entry)}`]
  const { events, where } = eventsOf(entry)
  const only = where ? sql`where ${where}` : sql``
  if (options.entry === 'best') {
    return sql`
      select distinct
        ${join(columns, ',\n')}
      from ${events}
      ${only}
    `
  }
  const order = [sql`happened_us`, ...texts(funnel).map(c.fn.byBytes)]
  return sql`
    select
      ${join([...keys, ...carried, stepTime(entry)], ',\n')}
    from (
      select
        ${join(columns, ',\n')},
        -- values of first steps at one instant are settled by their bytes
        row_number() over (
          partition by ${join(withoutHeld(keys, options.hold_constant.length), ', ')}
          order by ${join(order, ', ')}
        ) as place
      from ${events}
      ${only}
    ) as entries
    where place = 1
  `
}

/** Columns with values, which an entity may have several of. */
const texts = ({ options, carried }: Funnel): Sql[] => [...held(options), ...carried]

/** Who enters once: the entity, and the value where each has its own funnel; not the values held constant. */
export const whoseEntries = ({ keys, options }: Pick<Funnel, 'keys' | 'options'>): Sql[] =>
  withoutHeld(keys, options.hold_constant.length)

/** Values held constant stand second in the keys. */
const withoutHeld = (columns: readonly Sql[], count: number): Sql[] => [
  ...columns.slice(0, 1),
  ...columns.slice(1 + count),
]

function hop(funnel: Funnel, before: readonly number[], step: number, way: Way): Sql[] {
  const { carried, options, window, c } = funnel
  const { keys, eventsOf } = way
  const kept = [...keys, ...carried]
  const previous = before.at(-1) ?? 1
  const entry = before[0] ?? 1
  const look = c.fn.nextAt({
    rows: reached(previous, way),
    keep: [...kept, ...before.map(stepTime)],
    from: stepTime(previous),
    ...eventsOf(step),
    keys,
    at: sql`happened_us`,
    strictly: options.strictly_increasing,
    as: stepTime(step),
    found: true,
  })
  const latest = before.map((n) => sql`max(${stepTime(n)}) as ${stepTime(n)}`)
  return [
    cte(looked(step, way), look),
    materialized(
      reached(step, way),
      sql`
        -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
        select
          ${join([...kept, ...latest, stepTime(step)], ',\n')}
        from ${looked(step, way)}
        ${window === undefined ? sql`` : sql`where ${stepTime(step)} <= ${stepTime(entry)} + ${literal(window)}`}
        group by ${join([...kept, stepTime(step)], ', ')}
      `,
    ),
  ]
}

/** No attempt overtakes another, so the earliest time of every step belongs to one and the same attempt. */
function firstToReach(kept: readonly Sql[], path: readonly number[], attempts: Sql): Sql {
  return sql`
    select
      ${join([...kept, ...path.map((n) => sql`min(${stepTime(n)}) as ${stepTime(n)}`)], ',\n')}
    from ${attempts}
    group by ${join(kept, ', ')}
  `
}

function furthest(funnel: Funnel, kept: readonly Sql[]): Sql[] {
  const { required, options } = funnel
  const [entry = 1, ...later] = required
  const alias = (n: number) => identifier(`s${n}`)
  const times = required.map((n, i) => {
    // The attempt that came furthest, from the last step on back.
    const values = required.slice(i).map((m) => sql`${alias(m)}.${stepTime(n)}`)
    return sql`${firstKnown(values.reverse())} as ${stepTime(n)}`
  })
  const joins = later.map((n) => {
    const on = kept.map((column) => sql`${alias(n)}.${column} = ${alias(entry)}.${column}`)
    return sql`left join ${first(n)} as ${alias(n)} on ${join(on, ' and ')}`
  })
  const select = sql`
    select
      ${join([...kept.map((column) => sql`${alias(entry)}.${column}`), ...times], ',\n')}
    ${join([sql`from ${first(entry)} as ${alias(entry)}`, ...joins], '\n')}
  `
  if (options.hold_constant.length === 0) return [cte(funnel.result, select)]
  return [
    cte(sql`furthest_by_held_values`, select),
    cte(funnel.result, bestOf(funnel, sql`furthest_by_held_values`)),
  ]
}

export const firstKnown = (values: readonly Sql[]): Sql =>
  values.length === 1 ? join(values, ', ') : sql`coalesce(${join(values, ', ')})`

/**
 * One attempt of each entity (and value) out of a relation of attempts: the furthest, then the first to get
 * there, then the one that entered last; values held constant settle what is left.
 */
export function bestOf(funnel: Funnel, attempts: Sql): Sql {
  const { keys, carried, required, options, c } = funnel
  const columns = [...keys, ...carried, ...required.map(stepTime)]
  const ends = endsOptional(funnel)
  const fromLast = [...required].reverse().map(stepTime)
  const order = [
    // whether a step was reached, from the last on back
    ...fromLast.slice(0, -1).map((time) => sql`${time} is null`),
    firstKnown(fromLast),
    sql`${stepTime(required[0] ?? 1)} desc`,
    ...held(options).map(c.fn.byBytes),
  ]
  return sql`
    select
      ${join([...columns, ...(ends ? [OPTIONAL_UNTIL] : [])], ',\n')}
    from (
      select
        ${join([...columns, ...(ends ? [sql`${INTERRUPTED} as ${OPTIONAL_UNTIL}`] : [])], ',\n')},
        row_number() over (
          partition by ${join([...whoseEntries(funnel), ...carried], ', ')}
          order by
            ${join(order, ',\n')}
        ) as place
      from ${attempts}
    ) as ranked
    where place = 1
  `
}
