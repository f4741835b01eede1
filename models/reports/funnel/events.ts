/** The events of a funnel as one relation, `step_events`: who, when (in microseconds), and which step it is. */
import { daysAfter, isDay } from '../../../src/project/local_time.ts'
import type { Condition } from '../../../src/project/report_schema.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { allOf, entityColumn, eventNames, filterSql, matches } from '../conditions.ts'
import { cte, materialized } from '../../lib/ctes.ts'
import { fromRange, instantOfBound, periodStart, toRange } from '../periods.ts'
import { entityEvents, segmentColumns } from '../stream.ts'
import type { FunnelOptions } from './options.ts'
import { valuedEvents } from './event_values.ts'
import { held, isExclusion, type Funnel } from './names.ts'

/**
 * CTEs that end with `step_events`: one row per event of the funnel and per entity (and value, where values
 * have funnels of their own), with its owner, what is carried, `happened_us`, and which step it is.
 * @param where what is asked of each event besides
 */
export function stepEvents(funnel: Funnel, where: readonly Sql[]): Sql[] {
  const { options, segments } = funnel
  const read = eventsRead(funnel, where)
  const firsts = firstTimes(funnel)
  if (!options.breakdown || segments === 'none' || segments === 'owned')
    return [...firsts, materialized(sql`step_events`, read)]
  return [...firsts, cte(sql`read_events`, read), ...valuedEvents(funnel, columnsOf(funnel))]
}

/** Columns of events by name: whose, when and which step; to tell which of one instant is first, the event's id. */
function columnsOf(funnel: Funnel): Sql[] {
  const { options, owners, period, by } = funnel
  return [
    owners[0] ?? entityColumn(by),
    ...held(options),
    ...(period === undefined ? [] : [sql`entered_in`]),
    ...eventId(funnel),
    sql`happened_us`,
    ...marksOf(funnel).map(({ name }) => name),
  ]
}

/** To tell which of two events of one instant is first, or that two rows are one event. */
const eventId = ({ segments, severalValues }: Funnel): Sql[] =>
  segments === 'touched' || (segments === 'keyed' && severalValues) ? [sql`event_id`] : []

/** A `select` of the events of a funnel, with the columns of `step_events` and what their values are read from. */
export function eventsRead(funnel: Funnel, where: readonly Sql[]): Sql {
  const { options, by, c, segments, owners, period, readsProperties } = funnel
  const { breakdown } = options
  return entityEvents(
    {
      by,
      owner: owners[0] ?? entityColumn(by),
      columns: unique([
        ...options.hold_constant.map(
          (p, i) => sql`${c.fn.propertyText(sql`properties`, p)} as ${identifier(`held_${i + 1}`)}`,
        ),
        ...(period === undefined ? [] : [sql`${periodStart(period, c)} as entered_in`]),
        ...eventId(funnel),
        sql`${c.fn.microseconds(sql`occurred_at`)} as happened_us`,
        ...marksOf(funnel).map(({ name, value }) => (name === value ? name : sql`${value} as ${name}`)),
        ...(breakdown && segments !== 'owned' ? segmentColumns(breakdown, by, c) : []),
      ]),
      where: [
        ...rangeOf(funnel),
        ...funnel.where.map((filter) => filterSql(filter, by, c)),
        ...options.hold_constant.map((p) => sql`${c.fn.propertyText(sql`properties`, p)} is not null`),
        ...onlyMarked(funnel),
        ...where,
      ],
      events: options.order === 'strict' ? undefined : eventNames(conditionsRead(funnel)),
      properties: readsProperties,
    },
    c,
  )
}

const unique = (columns: readonly Sql[]): Sql[] => [
  ...new Map(columns.map((column) => [toText(column), column])).values(),
]

/** Columns that say which step or exclusion an event is. */
export function marksOf(funnel: Funnel): { name: Sql; value: Sql }[] {
  const { options, by, c, conditions } = funnel
  const conditionsOfSteps = conditions.map((condition, i) => stepCondition(funnel, condition, i))
  const exclusions = options.exclusions.map((exclusion, i) => ({
    name: isExclusion(i),
    value: always(exclusion, matches(exclusion, by, c) ?? sql`true`),
  }))
  if (!funnel.disjoint) {
    const steps = conditionsOfSteps.map((value, i) => ({
      name: identifier(`is_step_${i + 1}`),
      value: always(conditions[i], value),
    }))
    return [...steps, ...exclusions]
  }
  if (funnel.isNamed) return [{ name: EVENT_NAME, value: EVENT_NAME }, ...exclusions]
  const branches = conditionsOfSteps.map((condition, i) => sql`when ${condition} then ${literal(i + 1)}`)
  const step = sql`
    case
      ${join(branches, '\n')}
    end
  `
  return [{ name: sql`step`, value: step }, ...exclusions]
}

const EVENT_NAME = sql`event_name`

/** True or false, never null; the name of an event is always there. */
const always = (condition: Condition | undefined, value: Sql): Sql =>
  condition?.where.length === 0 ? value : sql`coalesce(${value}, false)`

/** What makes an event step `i`: its condition, being a first, and for the first step the end of the range. */
function stepCondition({ options, steps, range, by, c }: Funnel, condition: Condition, i: number): Sql {
  const first = steps[i]?.first_time
  const entity = entityColumn(by)
  const parts = [
    ...[matches(condition, by, c)].filter((part) => part !== undefined),
    ...(first === undefined
      ? []
      : [sql`(${entity}, occurred_at) in (select ${entity}, first_at from ${firstTimeName(i)})`]),
    ...(options.complete_after_range && i === 0 ? toRange(range, c) : []),
  ]
  return allOf(parts) ?? sql`true`
}

const firstTimeName = (i: number): Sql => identifier(`first_times_of_step_${i + 1}`)

/** When each entity did a first-time step first, over all history and not only within the range. */
function firstTimes(funnel: Funnel): Sql[] {
  return funnel.steps.flatMap((step, i) =>
    step.first_time === undefined
      ? []
      : [
          sql`
            ${firstTimeName(i)} as (
              ${firstTimesOf(funnel, i)}
            )
          `,
        ],
  )
}

/** A `select` of each entity and `first_at`, of the step with index `i`. */
export function firstTimesOf({ steps, conditions, where, readsProperties, by, c }: Funnel, i: number): Sql {
  const condition = conditions[i] ?? { event: undefined, any_event: true, where: [] }
  const filters = steps[i]?.first_time === 'matching' ? [...condition.where, ...where] : []
  const read = entityEvents(
    {
      by,
      columns: [sql`occurred_at`],
      where: filters.map((filter) => filterSql(filter, by, c)),
      events: eventNames([condition]),
      // as the other events, so that the report reads one relation
      properties: readsProperties,
    },
    c,
  )
  return sql`
    select ${entityColumn(by)}, min(occurred_at) as first_at
    from (
      ${read}
    ) as of_all_history
    group by ${entityColumn(by)}
  `
}

/** Every step lies in the range; later ones may come a window after it where that is asked for. */
const rangeOf = (funnel: Funnel): Sql[] => [...fromRange(funnel.range, funnel.c), ...untilOf(funnel)]

/** Until when later steps may come. */
export function untilOf({ options, range, window, c }: Funnel): Sql[] {
  if (!options.complete_after_range || range.to === undefined || window === undefined)
    return toRange(range, c)
  const end = instantOfBound(isDay(range.to) ? daysAfter(range.to, 1) : range.to, c)
  return [sql`${c.fn.microseconds(sql`occurred_at`)} <= ${c.fn.microseconds(end)} + ${literal(window)}`]
}

const exclusionConditions = ({ exclusions }: FunnelOptions): Condition[] =>
  exclusions.map(({ event, any_event, where }) => ({ event, any_event, where }))

const conditionsRead = ({ conditions, options }: Funnel): Condition[] => [
  ...conditions,
  ...exclusionConditions(options),
]

/** Events that are no step and no exclusion are not read, except where any other event interrupts. */
function onlyMarked(funnel: Funnel): Sql[] {
  const { options, by, c } = funnel
  const conditions = conditionsRead(funnel)
  // Names alone are looked for as a list of names.
  if (options.order === 'strict' || conditions.every(({ where }) => where.length === 0)) return []
  const each = conditions.map((condition) => matches(condition, by, c))
  if (each.some((condition) => condition === undefined)) return []
  return [
    sql`
      (
        ${join(
          each.filter((condition) => condition !== undefined).map((condition) => sql`(${condition})`),
          '\nor ',
        )}
      )
    `,
  ]
}
