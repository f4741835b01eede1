/** The events of a funnel as one relation, `step_events`: who, when (in microseconds), and which step it is. */
import { daysAfter, isDay } from '../../../src/project/local_time.ts'
import type { Condition } from '../../../src/project/report_schema.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { allOf, entityColumn, eventNames, holds, matches } from '../conditions.ts'
import { cte, materialized } from '../../lib/ctes.ts'
import { fromRange, instantOfBound, periodStart, toRange } from '../periods.ts'
import { entityEvents, segmentColumns } from '../stream.ts'
import type { FunnelOptions } from './options.ts'
import { held, isExclusion, isNamed, readsProperties, type Funnel } from './shape.ts'
import { valuedEvents } from './values.ts'

/** A part of the events: those of one step, those before an instant, or without the entities of another CTE. */
export interface Part {
  readonly name?: Sql
  readonly step?: number
  readonly before?: Sql
  readonly without?: Sql
}

/**
 * CTEs that end with `step_events`: one row per event of the funnel and per entity (and value, where values
 * have funnels of their own), with its owner, what is carried, `happened_us`, and which step it is.
 */
export function stepEvents(funnel: Funnel, only: Part = {}): Sql[] {
  const { options, by, c, segments, severalValues } = funnel
  const { breakdown } = options
  const marks = only.step === undefined ? marksOf(funnel) : []
  const owner = funnel.owners[0] ?? entityColumn(by)
  // to tell which of two events of one instant is first, or that two rows are one event
  const eventId = segments === 'touched' || (segments === 'keyed' && severalValues) ? [sql`event_id`] : []
  const columns = [
    owner,
    ...held(options),
    ...(funnel.period === undefined ? [] : [sql`entered_in`]),
    ...eventId,
    sql`happened_us`,
    ...marks.map(({ name }) => name),
  ]
  const read = entityEvents(
    {
      by,
      owner,
      columns: unique([
        ...options.hold_constant.map(
          (p, i) => sql`${c.fn.propertyText(sql`properties`, p)} as ${identifier(`held_${i + 1}`)}`,
        ),
        ...(funnel.period === undefined ? [] : [sql`${periodStart(funnel.period, c)} as entered_in`]),
        ...eventId,
        sql`${c.fn.microseconds(sql`occurred_at`)} as happened_us`,
        ...marks.map(({ name, value }) => (name === value ? name : sql`${value} as ${name}`)),
        ...(breakdown && segments !== 'owned' ? segmentColumns(breakdown, by, c) : []),
      ]),
      where: [
        ...rangeOf(funnel),
        ...funnel.report.where.map((filter) => holds(filter, by, c)),
        ...options.hold_constant.map((p) => sql`${c.fn.propertyText(sql`properties`, p)} is not null`),
        ...onlyMarked(funnel),
        ...(only.before ? [sql`occurred_at < ${only.before}`] : []),
      ],
      events: namesOf(funnel, only),
      properties: readsProperties(funnel.report),
    },
    c,
  )
  const firsts = only.name === undefined ? firstTimes(funnel) : []
  if (!breakdown || segments === 'none' || segments === 'owned') {
    const events = only.without ? withoutThose(read, columns, owner, only.without) : read
    return [...firsts, materialized(only.name ?? sql`step_events`, events)]
  }
  return [...firsts, cte(sql`read_events`, read), ...valuedEvents(funnel, columns)]
}

const unique = (columns: readonly Sql[]): Sql[] => [
  ...new Map(columns.map((column) => [toText(column), column])).values(),
]

function namesOf(funnel: Funnel, { step }: Part): string[] | undefined {
  if (funnel.options.order === 'strict') return undefined
  const one = step === undefined ? undefined : funnel.conditions[step - 1]
  return eventNames(one === undefined ? conditionsRead(funnel) : [one])
}

function withoutThose(read: Sql, columns: readonly Sql[], owner: Sql, others: Sql): Sql {
  return sql`
    select
      ${join(
        columns.map((column) => sql`e.${column}`),
        ',\n',
      )}
    from (
      ${read}
    ) as e
    where not exists (select 1 from ${others} as other where other.${owner} = e.${owner})
  `
}

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
  if (isNamed(funnel)) return [{ name: EVENT_NAME, value: EVENT_NAME }, ...exclusions]
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
function stepCondition({ options, steps, report, by, c }: Funnel, condition: Condition, i: number): Sql {
  const first = steps[i]?.first_time
  const entity = entityColumn(by)
  const parts = [
    ...[matches(condition, by, c)].filter((part) => part !== undefined),
    ...(first === undefined
      ? []
      : [sql`(${entity}, occurred_at) in (select ${entity}, first_at from ${firstTimeName(i)})`]),
    ...(options.complete_after_range && i === 0 ? toRange(report.range, c) : []),
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
export function firstTimesOf({ steps, conditions, report, by, c }: Funnel, i: number): Sql {
  const condition = conditions[i] ?? { event: undefined, any_event: true, where: [] }
  const filters = steps[i]?.first_time === 'matching' ? [...condition.where, ...report.where] : []
  const read = entityEvents(
    {
      by,
      columns: [sql`occurred_at`],
      where: filters.map((filter) => holds(filter, by, c)),
      events: eventNames([condition]),
      // as the other events, so that the report reads one relation
      properties: readsProperties(report),
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
const rangeOf = (funnel: Funnel): Sql[] => [...fromRange(funnel.report.range, funnel.c), ...untilOf(funnel)]

/** Until when later steps may come. */
export function untilOf({ options, report, window, c }: Funnel): Sql[] {
  const { range } = report
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
