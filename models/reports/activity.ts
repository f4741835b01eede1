/** What reports over whole periods count from: the days of groups where they say enough, else events. */
import type { Period } from '../../src/engines/index.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import type { Invalid } from '../../src/graph/report.ts'
import type { Entity } from '../../src/graph/entity.ts'
import type { Condition, Filter, Property, Range } from '../../src/project/report_schema.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { sumBigint } from '../group_key_profiles.ts'
import { eventNames, needsProperties } from './conditions.ts'
import { fromEach, lastEvent, lastEventNumber } from './data_end.ts'
import { boundNumber, lastNumber, periodNumber } from './periods.ts'
import { entityEvents, isNamed } from './stream.ts'

export interface ActivityOptions {
  readonly by: Entity
  readonly period: Period
  readonly conditions: readonly Condition[]
  /** Filters of the whole report. */
  readonly where: readonly Filter[]
  /** Needs what only events have: each one's time, or a property of theirs. */
  readonly eachEvent?: boolean
  readonly eventProperty?: boolean
}

/** Rows with the columns of one of two relations, and what in them to count. */
export interface Activity {
  /** Columns that say when: one of an event, two of a day. */
  readonly times: readonly Sql[]
  /** Columns that `count` needs. */
  readonly amounts: readonly Sql[]
  readonly first: Sql
  readonly last: Sql
  /** The number of events in a group of rows, of those where `when` holds. An aggregate. */
  readonly count: (when?: Sql) => Sql
  /** A `select` of the id of what is counted and `columns`. */
  readonly rows: (columns: readonly Sql[], where: readonly Sql[]) => Sql
}

/** The filters of the report and of its conditions. */
export const allFilters = ({ where, conditions }: ActivityOptions): Filter[] => [
  ...where,
  ...conditions.flatMap((condition) => condition.where),
]

/** Whether a day of a group says as much as its events: their names, how many, the first and the last. */
function readsDays(options: ActivityOptions): boolean {
  const { by, period, eachEvent, eventProperty } = options
  const known = ({ of, properties: version }: Property) =>
    by.kind === 'group' && of === by.key.name && version === 'latest'
  return (
    by.kind === 'group' &&
    period !== 'hour' &&
    !eachEvent &&
    !eventProperty &&
    allFilters(options).every(known)
  )
}

/** The days of groups, apart by event where any of the conditions names one. */
export const daysOf = (conditions: readonly Pick<Condition, 'event'>[]) =>
  conditions.every(({ event }) => event === undefined) ? 'group_activity_daily' : 'group_events_daily'

const readsProperties = (options: ActivityOptions): boolean =>
  options.eventProperty === true || needsProperties(allFilters(options))

export function activity(options: ActivityOptions, c: ModelContext): Activity {
  const { by, conditions } = options
  const events = eventNames(conditions)
  if (by.kind === 'group' && readsDays(options)) {
    const names = events === undefined ? [] : [isNamed(events)]
    return {
      times: [sql`first_at`, sql`last_at`],
      amounts: [sql`events`],
      first: sql`first_at`,
      last: sql`last_at`,
      count: (when) => sumBigint(when ? sql`case when ${when} then events end` : sql`events`, c),
      rows: (columns, only) => sql`
        select
          ${join([sql`group_id`, ...columns], ',\n')}
        from ${c.ref(daysOf(conditions))}
        where ${join([sql`group_key = ${literal(by.key.name)}`, ...names, ...only], '\n  and ')}
      `,
    }
  }
  const properties = readsProperties(options)
  return {
    times: [sql`occurred_at`],
    amounts: [],
    first: sql`occurred_at`,
    last: sql`occurred_at`,
    count: (when) => (when ? sql`count(case when ${when} then 1 end)` : sql`count(*)`),
    rows: (columns, only) => entityEvents({ by, columns, where: only, events, properties }, c),
  }
}

/** The number of the period that a row falls into, as `period`. */
export const numbered = (period: Period, c: ModelContext): Sql => sql`${periodNumber(period, c)} as period`

/**
 * `first_period` and `last_period` of a report: those that the range touches, by default from the first with
 * activity to the last of the data. What else is counted, and how long ago it was, changes none of them.
 */
export function boundsOf({ from, to }: Range, period: Period, active: Sql, c: ModelContext): Sql {
  const first = from === undefined ? sql`first_active` : boundNumber(from, period, c)
  const last = to === undefined ? lastEventNumber(period, c) : lastNumber(to, period, c)
  const read = [
    ...(from === undefined
      ? [
          sql`
            (
              select min(period) as first_active
              from ${active}
            ) as active
          `,
        ]
      : []),
    ...(to === undefined ? [lastEvent(c)] : []),
  ]
  return sql`
    select
      ${first} as first_period,
      ${last} as last_period
    ${fromEach(read)}
  `
}

/** What a report counts, of a type that asks for it. */
export function requireEntity(by: Entity | undefined): Entity {
  if (by === undefined) throw new TypeError('this type of report needs `by`')
  return by
}

/** Reports of one condition write it among their own fields. */
export function eitherEvent({ event, any_event }: Pick<Condition, 'event' | 'any_event'>): Invalid[] {
  if ((event === undefined) !== (any_event === undefined)) return []
  const missing = event === undefined
  return [
    {
      code: missing ? 'missing_field' : 'contradiction',
      path: missing ? [] : ['any_event'],
      message: `activity is ${missing ? 'missing' : 'given twice'}: exactly one of \`event\` and \`any_event: true\`.`,
      fix: missing
        ? 'Add `event:` with the name of an event, or `any_event: true`.'
        : 'Remove one of the two.',
    },
  ]
}
