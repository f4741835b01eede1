/** What users or groups did, read once for all metrics that look at the same events: CTEs. */
import type { ModelContext } from '../../../src/graph/model.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import { isDay } from '../../../src/project/local_time.ts'
import type { Property, Range } from '../../../src/project/report_schema.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { sumBigint } from '../../group_key_profiles.ts'
import { daysOf } from '../activity.ts'
import { byName, allOf, entityColumn, filterSql, isOwn, readsEvent } from '../conditions.ts'
import { dayOf, fromRange, periodStart, toRange, withinRange } from '../periods.ts'
import { entityEvents, segmentColumns, withSegment } from '../stream.ts'
import type { Activity } from './metrics.ts'
import type { UniquesBreakdown, UniquesOptions } from './options.ts'
import { hasUsersWhoDid, isByPeriod, isUsersWhoDid, withNumberOfUsers } from './users_who_did.ts'

export type UniquesReport = Report<UniquesOptions>

/** What the rows of an activity say besides who and how many events. */
export interface Detail {
  /** The period, and for trailing metrics the day; where they are left out, a row is the whole range. */
  readonly periods: boolean
  /** Of trailing metrics: how many days a day of activity counts for, at most. */
  readonly trailingDays: number | undefined
  /** Its first and last event. */
  readonly times: boolean
  /** Of trailing metrics: only the days before the range that they look back on. */
  readonly onlyBeforeRange?: boolean
}

export const activityName = ({ slug }: Activity): Sql => identifier(`${slug}_activity`)

const rowsName = ({ slug }: Activity): Sql => identifier(`${slug}_rows`)

export const segmentedName = ({ slug }: Activity): Sql => identifier(`${slug}_segmented`)

/** Whether whole days of groups say enough, so that no event has to be read. */
function readsGroupDays({ by, where }: Activity, { options, range }: UniquesReport): boolean {
  const ofGroup = (given: UniquesBreakdown | Activity['where'][number]) =>
    isUsersWhoDid(given) || (isOwn(given, by) && given.properties === 'latest')
  const wholeDays = [range.from, range.to].every((bound) => bound === undefined || isDay(bound))
  return (
    by.kind === 'group' &&
    options.interval !== 'hour' &&
    wholeDays &&
    where.every(ofGroup) &&
    (options.breakdown === undefined || ofGroup(options.breakdown))
  )
}

/** Whether segments come by way of the event, so that events stay apart until they have theirs. */
const isOfEvents = (property: Property, by: Entity): boolean =>
  property.of !== 'event' && property.of !== 'user' && property.through === 'event' && !isOwn(property, by)

/** Whether one row may get several segments. */
const hasSeveral = (property: Property, by: Entity): boolean =>
  isOfEvents(property, by) || property.through === 'user'

function readsProperties({ where }: Activity, { options: { breakdown } }: UniquesReport): boolean {
  const asked = [...where, ...(breakdown === undefined ? [] : [breakdown])]
  return asked.some((given) => !isUsersWhoDid(given) && readsEvent(given))
}

/** `…_rows`, and with a breakdown `…_segmented`; without one, `…_activity` at once. */
export function readActivity(
  activity: Activity,
  detail: Detail,
  report: UniquesReport,
  c: ModelContext,
): Sql[] {
  const { by } = activity
  const { breakdown } = report.options
  if (breakdown === undefined) return [cte(activityName(activity), rows(activity, detail, report, c))]
  const kept = [
    entityColumn(by),
    ...(isUsersWhoDid(breakdown) || !isOfEvents(breakdown, by) ? [] : [sql`event_id`]),
    ...columnsOf(detail, report, c),
  ]
  const name = rowsName(activity)
  const segmented = isUsersWhoDid(breakdown)
    ? withNumberOfUsers(name, kept, breakdown, c)
    : withSegment(name, kept, breakdown, by, c)
  return [cte(name, rows(activity, detail, report, c)), cte(segmentedName(activity), segmented)]
}

/** `…_activity` from `…_segmented` and `kept_segments`. */
export function foldedActivity(
  activity: Activity,
  breakdown: UniquesBreakdown,
  detail: Detail,
  report: UniquesReport,
  c: ModelContext,
): Sql {
  const { by } = activity
  const who = entityColumn(by)
  const several = !isUsersWhoDid(breakdown) && hasSeveral(breakdown, by)
  const apart = !isUsersWhoDid(breakdown) && isOfEvents(breakdown, by) ? [sql`e.event_id`] : []
  const kept = [...apart, ...[who, ...columnsOf(detail, report, c)].map((column) => sql`e.${column}`)]
  const keys = [
    who,
    sql`segment`,
    ...(detail.periods ? [sql`period_start`] : []),
    ...(detail.trailingDays === undefined ? [] : [sql`day`]),
  ]
  return cte(
    activityName(activity),
    sql`
      select
        ${join([...keys, ...measures(detail, sql`events`, sql`first_at`, sql`last_at`, c)], ',\n')}
      from (
        ${several ? sql`-- what has several of the other values is there once` : sql``}
        select${several ? sql` distinct` : sql``}
          ${join(
            [
              ...kept,
              sql`case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment`,
            ],
            ',\n',
          )}
        from ${segmentedName(activity)} as e
        left join kept_segments as kept on kept.segment = e.segment
      ) as folded
      group by ${join(keys, ', ')}
    `,
  )
}

const cte = (name: Sql, select: Sql): Sql => sql`
  ${name} as (
    ${select}
  )
`

interface Key {
  readonly name: Sql
  /** Undefined where it is a column of what is read. */
  readonly value: Sql | undefined
}

/** What tells the rows of one user or group apart. */
function keysOf(detail: Detail, { options }: UniquesReport, c: ModelContext): Key[] {
  const { breakdown, interval } = options
  const byPeriod =
    detail.periods ||
    (breakdown !== undefined && isUsersWhoDid(breakdown) && isByPeriod(breakdown.users_who_did, c.catalog))
  return [
    ...(byPeriod ? [{ name: sql`period_start`, value: periodStart(interval, c) }] : []),
    ...(detail.trailingDays === undefined ? [] : [{ name: sql`day`, value: undefined }]),
  ]
}

/** Columns of rows besides who it was. */
function columnsOf(detail: Detail, report: UniquesReport, c: ModelContext): Sql[] {
  const times = detail.times ? [sql`first_at`, sql`last_at`] : []
  return [...keysOf(detail, report, c).map(({ name }) => name), sql`events`, ...times]
}

function measures({ times }: Detail, events: Sql, first: Sql, last: Sql, c: ModelContext): Sql[] {
  const between = times ? [sql`min(${first}) as first_at`, sql`max(${last}) as last_at`] : []
  return [sql`${sumBigint(events, c)} as events`, ...between]
}

/** Who did it when, one row per user or group and what else is asked for; or per event, for segments of events. */
function rows(activity: Activity, detail: Detail, report: UniquesReport, c: ModelContext): Sql {
  const { by, event, where } = activity
  const { breakdown, interval } = report.options
  const keys = keysOf(detail, report, c)
  const named = keys.map(({ name, value }) => (value ? sql`${value} as ${name}` : name))
  const filters = where.map((filter) =>
    isUsersWhoDid(filter) ? hasUsersWhoDid(filter, interval, c) : filterSql(filter, by, c),
  )
  const conditions = [...readRange(detail, report, c), ...filters]
  // days before the range are read for trailing metrics only
  const isAnyCounted = detail.trailingDays === undefined || detail.onlyBeforeRange
  const counted = isAnyCounted ? undefined : allOf(withinRange(report.range, c))
  const groupBy = (extra: readonly Sql[]) =>
    sql`group by ${join([entityColumn(by), ...extra, ...keys.map(({ name, value }) => value ?? name)], ', ')}`

  if (readsGroupDays(activity, report)) {
    const events = counted ? sql`case when ${counted} then events else 0 end` : sql`events`
    // the active days of a group are there once each
    const isRowPerDay = detail.trailingDays !== undefined && event === undefined && !detail.times
    const amounts = isRowPerDay
      ? [counted ? sql`${events} as events` : events]
      : measures(detail, events, sql`first_at`, sql`last_at`, c)
    const fields = [sql`group_id`, ...named, ...amounts]
    const all = [
      sql`group_key = ${literal(byName(by))}`,
      ...(event === undefined ? [] : [sql`event_name = ${literal(event)}`]),
      ...conditions,
    ]
    return sql`
      select
        ${join(fields, ',\n')}
      from ${c.ref(daysOf([activity]))}
      where ${join(all, '\n  and ')}
      ${isRowPerDay ? sql`` : groupBy([])}
    `
  }

  const property = breakdown === undefined || isUsersWhoDid(breakdown) ? undefined : breakdown
  const segment = property ? segmentColumns(property, by, c) : []
  const apart = property !== undefined && isOfEvents(property, by)
  const times = (first: Sql, last: Sql) =>
    detail.times ? [sql`${first} as first_at`, sql`${last} as last_at`] : []
  const count = apart
    ? [
        sql`${counted ? sql`case when ${counted} then 1 else 0 end` : sql`1`} as events`,
        ...times(sql`occurred_at`, sql`occurred_at`),
      ]
    : [
        sql`${counted ? sql`count(case when ${counted} then 1 end)` : sql`count(*)`} as events`,
        ...times(sql`min(occurred_at)`, sql`max(occurred_at)`),
      ]
  const select = entityEvents(
    {
      by,
      columns: [...segment, ...named, ...count],
      where: conditions,
      events: event === undefined ? undefined : [event],
      properties: readsProperties(activity, report),
    },
    c,
  )
  if (apart) return select
  return sql`
    ${select}
    ${groupBy(segment.length === 0 ? [] : [segmentKey(property, by, c)])}
  `
}

/** What `segmentColumns` reads. */
function segmentKey(property: Property | undefined, by: Entity, { fn }: ModelContext): Sql {
  if (property?.of === 'event') return fn.propertyText(sql`properties`, property.property)
  return property && isOwn(property, by) ? sql`occurred_at` : sql`segment_value`
}

/** The range, and for trailing metrics the days before it that they look back on. */
function readRange(detail: Detail, { range, options }: UniquesReport, c: ModelContext): Sql[] {
  const { trailingDays, onlyBeforeRange } = detail
  if (trailingDays === undefined) return withinRange(range, c)
  return [
    ...daysBefore(trailingDays, range, options, c),
    ...(onlyBeforeRange ? fromRange(range, c).map((isAfter) => sql`not (${isAfter})`) : toRange(range, c)),
  ]
}

/** Days before the range that trailing metrics look back on, and the range itself. */
export function daysBefore(days: number, { from }: Range, options: UniquesOptions, c: ModelContext): Sql[] {
  if (from === undefined) return []
  const { interval, trailing_at } = options
  const day = dayOf(from, c)
  const first =
    interval === 'hour' || trailing_at === 'end'
      ? day
      : c.fn.periodStart(day, interval, c.catalog.project.week_start)
  return [sql`day >= ${c.fn.addDays(first, 1 - days)}`]
}
