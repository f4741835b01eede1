/** Who started when: one row per cohort that something is in. */
import type { ModelContext } from '../../../src/graph/model.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Breakdown, Condition, Filter, Range } from '../../../src/project/report_schema.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { activity, allFilters, boundsOf, requireEntity, numbered, type ActivityOptions } from '../activity.ts'
import { entityColumn, filterSql, isSame, matches, needsProperties } from '../conditions.ts'
import { NUMBERING, withinPeriods } from '../periods.ts'
import { ELAPSED_MICROSECONDS, returnOf, type RetentionOptions } from './options.ts'
import { entityEvents, keptSegments, withSegment } from '../stream.ts'

/** A report with what its SQL is made of. */
export interface Retention {
  readonly by: Entity
  /** The column that identifies what is counted. */
  readonly entity: Sql
  readonly options: RetentionOptions
  readonly range: Range
  readonly where: readonly Filter[]
  readonly breakdown: Breakdown | undefined
  /** `segment`, where the report has a breakdown. */
  readonly segment: readonly Sql[]
  /** `event_value`: what start and return must share, where the breakdown is by a property of the event. */
  readonly shared: readonly Sql[]
  readonly reads: ActivityOptions
}

export function retentionOf({ by: given, options, range, where }: Report<RetentionOptions>): Retention {
  const by = requireEntity(given)
  const { breakdown, start, period } = options
  const shares = breakdown?.of === 'event'
  return {
    by,
    entity: entityColumn(by),
    options,
    range,
    where,
    breakdown,
    segment: breakdown ? [sql`segment`] : [],
    shared: shares ? [sql`event_value`] : [],
    reads: {
      by,
      period,
      conditions: [start, returnOf(options)],
      where,
      eachEvent: options.alignment === 'elapsed',
      eventProperty: shares,
    },
  }
}

/** CTEs `matching`, `activity`, `bounds` and `members`: who is in which cohort, since when, in which segment. */
export function cohorts(r: Retention, c: ModelContext): Sql[] {
  return [
    matching(r, c),
    activityByPeriod(r, c),
    ...starts(r, c),
    ...(r.breakdown ? segments(r, r.breakdown, c) : []),
  ]
}

/** The relation that holds cohort members before they have segments. */
const startsName = ({ breakdown }: Retention) => (breakdown ? sql`starts` : sql`members`)

function matching(r: Retention, c: ModelContext): Sql {
  const { by, options: o, range, breakdown } = r
  const flag = (condition: Condition) => matches(condition, by, c) ?? sql`true`
  const read = activity(r.reads, c)
  const columns = [
    numbered(o.period, c),
    ...(o.alignment === 'elapsed'
      ? [sql`${c.fn.microseconds(sql`occurred_at`)} as microsecond`]
      : read.times),
    ...(o.min_occurrences > 1 ? read.amounts : []),
    sql`${flag(o.start)} as is_start`,
    ...(o.mode === 'first_ever' ? [sql`${flag({ ...o.start, where: [] })} as is_named`] : []),
    ...(isSame(o.start, returnOf(o)) ? [] : [sql`${flag(returnOf(o))} as is_return`]),
    ...(breakdown?.of === 'event'
      ? [sql`coalesce(${c.fn.propertyText(sql`properties`, breakdown.property)}, '') as event_value`]
      : []),
  ]
  const where = [
    // the first start may lie before the range, a return after it
    ...(o.mode === 'recurring' ? withinPeriods({ from: range.from }, o.period, c) : []),
    ...r.where.map((filter) => filterSql(filter, by, c)),
  ]
  return sql`
    ${o.alignment === 'calendar' ? NUMBERING[o.period] : sql``}
    matching as (
      ${read.rows(columns, where)}
    )
  `
}

function activityByPeriod(r: Retention, c: ModelContext): Sql {
  const { entity, options: o, shared } = r
  const { count, ...read } = activity(r.reads, c)
  const elapsed = o.alignment === 'elapsed'
  const first = elapsed ? sql`microsecond` : read.first
  const last = elapsed ? sql`microsecond` : read.last
  const isStart = o.mode === 'first_ever' ? sql`is_named` : sql`is_start`
  const isReturn = isSame(o.start, returnOf(o)) ? sql`is_start` : sql`is_return`
  const anyFilter = allFilters({ ...r.reads, where: [] }).length > 0
  const keys = [entity, ...shared, sql`period`]
  const columns = [
    sql`min(case when is_start then ${first} end) as started_at`,
    ...(o.mode === 'first_ever' ? [sql`min(case when is_named then ${first} end) as named_at`] : []),
    ...(readsFirstReturn(o) ? [sql`min(case when ${isReturn} then ${first} end) as first_return_at`] : []),
    sql`max(case when ${isReturn} then ${last} end) as last_return_at`,
    ...(o.min_occurrences > 1 ? [sql`${count(isReturn)} as returns`] : []),
  ]
  return sql`
    activity as (
      select
        ${join([...keys, ...columns], ',\n')}
      from matching
      ${anyFilter ? sql`where ${isStart} or ${isReturn}` : sql``}
      group by ${join([...keys, ...apart(o)], ', ')}
    )
  `
}

/** Of several returns within a length of time the first and the last are needed. */
const readsFirstReturn = ({ alignment, criteria, min_occurrences }: RetentionOptions): boolean =>
  alignment === 'elapsed' && criteria === 'on' && min_occurrences === 1

/** Elapsed periods fall anywhere, so what is totalled for them must be of short enough a time. */
function apart(o: RetentionOptions): Sql[] {
  if (o.alignment === 'calendar') return []
  if (o.min_occurrences > 1) return [sql`microsecond`]
  return [quotient(sql`microsecond`, ELAPSED_MICROSECONDS[o.period])]
}

/** Whole times that `divisor` goes into a number. */
export const quotient = (value: Sql, divisor: number): Sql =>
  sql`cast(floor(cast(${value} as double precision) / ${literal(divisor)}) as integer)`

function starts(r: Retention, c: ModelContext): Sql[] {
  const { entity, options: o, shared } = r
  const bounds = sql`
    bounds as (
      ${startBounds(r, c)}
    )
  `
  const inRange = sql`a.period between b.first_period and b.last_period`
  const columns = [sql`a.${entity}`, ...shared.map((value) => sql`a.${value}`), sql`a.period as cohort`]
  if (o.mode === 'recurring') {
    return [
      bounds,
      sql`
        ${startsName(r)} as (
          select
            ${join([...columns, sql`min(a.started_at) as started_at`], ',\n')}
          from activity as a
          cross join bounds as b
          where a.started_at is not null
            and ${inRange}
          group by ${join([sql`a.${entity}`, ...shared.map((value) => sql`a.${value}`), sql`a.period`], ', ')}
        )
      `,
    ]
  }
  const [first, since] =
    o.mode === 'first_ever' ? [sql`named_at`, sql`first_named_at`] : [sql`started_at`, sql`first_started_at`]
  return [
    bounds,
    sql`
      firsts as (
        select ${entity}, min(${first}) as ${since}
        from activity
        group by ${entity}
      )
    `,
    sql`
      -- who started first in the period of a cohort is in that cohort and in no other
      ${startsName(r)} as (
        select
          ${join([...columns, sql`a.started_at`], ',\n')}
        from activity as a
        ${o.mode === 'first_ever' ? sql`-- of several events at the first instant any may be the one that matches` : sql``}
        join firsts as f on f.${entity} = a.${entity} and f.${since} = a.started_at
        cross join bounds as b
        where ${inRange}
      )
    `,
  ]
}

/** The cohorts that are there: those that the range touches, by default from the first start to the last event. */
function startBounds({ options: { period }, range }: Retention, c: ModelContext): Sql {
  const starts = sql`
    (
      select period
      from activity
      where started_at is not null
    ) as starts
  `
  return boundsOf(range, period, starts, c)
}

/** CTEs from `starts` to `members`: each with the value that it had when it started. */
function segments(r: Retention, breakdown: Breakdown, c: ModelContext): Sql[] {
  const { by, entity, shared } = r
  const columns = [entity, ...shared, sql`cohort`, sql`started_at`]
  if (breakdown.of === 'event') {
    return [
      sql`
        segmented as (
          select ${join([...columns, sql`event_value as segment`], ', ')}
          from starts
        )
      `,
      ...keptSegments(sql`segmented`, sql`members`, columns, breakdown, by, c),
    ]
  }
  const linked = isLinked(r)
  return [
    ...(linked ? [startEvents(r, c)] : []),
    sql`
      segmented as (
        ${withSegment(linked ? sql`start_events` : sql`starts`, columns, breakdown, by, c)}
      )
    `,
    ...keptSegments(sql`segmented`, sql`labelled`, columns, breakdown, by, c),
    sql`
      members as (
        select distinct ${join([...columns, sql`segment`], ', ')}
        from labelled
      )
    `,
  ]
}

/** Whether the breakdown depends on the start event itself: on its other groups, or on its time. */
const isLinked = ({ by, breakdown }: Retention): boolean =>
  breakdown !== undefined &&
  breakdown.of !== 'event' &&
  breakdown.of !== 'user' &&
  breakdown.through === 'event' &&
  (breakdown.properties === 'as_of' || by.kind === 'user' || by.key.name !== breakdown.of)

const startFilters = ({ where, options }: Retention): Filter[] => [...where, ...options.start.where]

/** The events that began it, with what their groups are found by. */
function startEvents(r: Retention, c: ModelContext): Sql {
  const { by, entity, options: o } = r
  const filters = startFilters(r)
  const at = sql`e.occurred_at`
  const startedAt = o.alignment === 'elapsed' ? c.fn.microseconds(at) : at
  return sql`
    start_events as (
      select s.${entity}, s.cohort, s.started_at, e.occurred_at, e.event_id
      from starts as s
      join (
        ${entityEvents(
          {
            by,
            columns: [sql`occurred_at`, sql`event_id`],
            where: filters.map((filter) => filterSql(filter, by, c)),
            events: o.start.event === undefined ? undefined : [o.start.event],
            properties: needsProperties(filters),
          },
          c,
        )}
      ) as e on e.${entity} = s.${entity} and ${startedAt} = s.started_at
    )
  `
}
