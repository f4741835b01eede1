/** Uniques, rolling actives and totals by making a set of everybody for every period. */
import { localDay } from '../oracle.ts'
import {
  daysAfter,
  endOf,
  instantOf,
  isInRange,
  nextPeriod,
  periodOf,
  periodsOf,
  type Interval,
} from './calendar.ts'
import { usersWhoDidRelations, type UsersWhoDidSpec } from './users_who_did.ts'
import {
  keptValues,
  meets,
  named,
  segmentsOf,
  streams,
  type BreakdownSpec,
  type By,
  type Condition,
  type Filter,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type World,
} from './world.ts'

export interface MetricSpec extends Condition {
  readonly name: string
  readonly by: By
  readonly trailing_days?: number
}

export interface UniquesSpec extends Omit<ReportSpec, 'by'> {
  readonly type: 'uniques'
  readonly metrics: readonly MetricSpec[]
  readonly interval: Interval
  readonly trailing_at: 'end' | 'start'
  readonly breakdown?: BreakdownSpec | { readonly users_who_did: string; readonly limit?: number }
}

/** An event of a metric, with who did it and one value of the breakdown. */
interface Act {
  readonly metric: MetricSpec
  readonly entity: string
  readonly segment: string
  readonly event: Happening
}

/** @param asked the report that a breakdown by `users_who_did` names */
export function uniquesRelations(
  report: UniquesSpec,
  events: readonly Happening[],
  world: World,
  asked?: UsersWhoDidSpec,
): Record<string, OracleRow[]> {
  const { metrics, range = {}, breakdown } = report
  const valueOf = numberOfUsers(asked, events, world)
  const all = metrics.flatMap((metric) => actsOf(report, metric, events, world, valueOf))
  const isInside = ({ event }: Act) => isInRange(event.at, range, world)
  const periods = periodsAsked(report, all.filter(isInside), events, world)
  const isSeen = (act: Act) =>
    isInside(act) || (act.metric.trailing_days !== undefined && isLooked(report, act, periods, world))
  const seen = all.filter(isSeen).map(({ metric, entity, segment }) => ({
    entity: JSON.stringify([metric.by, entity]),
    segment,
  }))
  const kept = breakdown ? keptValues(seen, { property: '', ...breakdown }) : new Set<string>()
  const acts = distinct(all.map((act) => ({ ...act, segment: named(act.segment, kept) })))
  const inside = acts.filter(isInside)
  const segments = breakdown ? [...new Set(acts.filter(isSeen).map(({ segment }) => segment))] : ['']
  return {
    [report.name]: seriesRows(report, acts, inside, periods, segments, world),
    [`${report.name}_entities`]: entityRows(report, inside),
    [`${report.name}_total`]: totalRows(report, inside),
  }
}

function numberOfUsers(asked: UsersWhoDidSpec | undefined, events: readonly Happening[], world: World) {
  const rows = asked ? (usersWhoDidRelations(asked, events, world)[asked.name] ?? []) : []
  return (group: string): string => String(rows.find((row) => row['company_id'] === group)?.['users'] ?? 0)
}

function actsOf(
  { where = [], breakdown }: UniquesSpec,
  metric: MetricSpec,
  events: readonly Happening[],
  world: World,
  valueOf: (group: string) => string,
): Act[] {
  const filters: readonly Filter[] = [...where, ...(metric.where ?? [])]
  return [...streams(events, metric.by)].flatMap(([entity, stream]) => {
    const view = { world, by: metric.by, entity }
    return stream
      .filter((event) => meets({ ...metric, where: filters }, event, view))
      .flatMap((event) => {
        const segments = !breakdown
          ? ['']
          : 'users_who_did' in breakdown
            ? [valueOf(entity)]
            : segmentsOf(breakdown, event, view)
        return segments.map((segment) => ({ metric, entity, segment, event }))
      })
  })
}

/** An event with several values that became one is there once. */
function distinct(acts: readonly Act[]): Act[] {
  const key = ({ metric, entity, segment, event }: Act) =>
    JSON.stringify([metric.name, entity, segment, event.id])
  return [...new Map(acts.map((act) => [key(act), act])).values()]
}

const segmentOf = ({ breakdown }: UniquesSpec, segment: string): OracleRow => (breakdown ? { segment } : {})

const entitiesOf = (acts: readonly Act[]): number => new Set(acts.map(({ entity }) => entity)).size

interface Asked {
  readonly start: string
  /** The day that trailing actives of the period are those of. */
  readonly asOf: string
}

function periodsAsked(
  report: UniquesSpec,
  inside: readonly Act[],
  events: readonly Happening[],
  world: World,
): Asked[] {
  const { interval, range = {} } = report
  const seen = inside.map(({ event }) => periodOf(event.at, interval, world))
  const days = events.map(({ at }) => localDay(at, world.timezone)).sort()
  const lastDay = range.to === undefined ? days.at(-1) : lastDayOf(range.to, world)
  const { from, to } = range
  // one that begins after the data ends has no periods
  if (from !== undefined && to === undefined && events.every(({ at }) => at < instantOf(from, world)))
    return []
  return periodsOf(range, seen, interval, world, events).map((start) => ({
    start,
    asOf: asOf(report, start, lastDay, world),
  }))
}

function seriesRows(
  report: UniquesSpec,
  acts: readonly Act[],
  inside: readonly Act[],
  periods: readonly Asked[],
  segments: readonly string[],
  world: World,
): OracleRow[] {
  const { metrics, interval, range = {} } = report
  return metrics.flatMap((metric) =>
    periods.flatMap(({ start, asOf: day }) =>
      segments.map((segment) => {
        const own = (act: Act) => act.metric === metric && act.segment === segment
        const here = inside.filter((act) => own(act) && periodOf(act.event.at, interval, world) === start)
        const counted =
          metric.trailing_days === undefined
            ? here
            : acts.filter((act) => own(act) && isTrailing(act, metric.trailing_days!, day, range.to, world))
        return {
          metric: metric.name,
          entity_type: metric.by,
          ...segmentOf(report, segment),
          period_start: start,
          entities: entitiesOf(counted),
          events: here.length,
          events_per_entity:
            here.length === 0 || metric.trailing_days !== undefined ? null : here.length / entitiesOf(here),
        }
      }),
    ),
  )
}

const lastDayOf = (to: string, world: World): string =>
  to.length === 10 ? to : localDay(endOf(to, world), world.timezone)

/** The day that trailing actives of a period are those of. */
function asOf(
  { interval, trailing_at }: UniquesSpec,
  start: string,
  lastDay: string | undefined,
  world: World,
): string {
  if (interval === 'hour') return localDay(Date.parse(start), world.timezone)
  if (interval === 'day' || trailing_at === 'start') return start
  const end = daysAfter(nextPeriod(start, interval, world), -1)
  return lastDay !== undefined && lastDay < end ? lastDay : end
}

function isTrailing(
  { event }: Act,
  days: number,
  day: string,
  to: string | undefined,
  world: World,
): boolean {
  const own = localDay(event.at, world.timezone)
  return (
    own <= day && own > daysAfter(day, -days) && isInRange(event.at, to === undefined ? {} : { to }, world)
  )
}

/** Whether any day that is asked for looks back on an event. */
const isLooked = (report: UniquesSpec, act: Act, periods: readonly Asked[], world: World): boolean =>
  periods.some((period) => isTrailing(act, longest(report, act.metric), period.asOf, report.range?.to, world))

/** Metrics that look at the same events show the same values. */
const longest = ({ metrics }: UniquesSpec, { event, by, where }: MetricSpec): number =>
  Math.max(
    ...metrics
      .filter((m) => m.event === event && m.by === by && JSON.stringify(m.where) === JSON.stringify(where))
      .map(({ trailing_days }) => trailing_days ?? 0),
  )

function entityRows(report: UniquesSpec, inside: readonly Act[]): OracleRow[] {
  const keys = new Set(
    inside.map(({ metric, entity, segment }) => JSON.stringify([metric.name, entity, segment])),
  )
  return [...keys].map((key) => {
    const own = inside.filter((act) => JSON.stringify([act.metric.name, act.entity, act.segment]) === key)
    const times = own.map(({ event }) => event.at)
    return {
      metric: own[0]!.metric.name,
      entity_type: own[0]!.metric.by,
      entity_id: own[0]!.entity,
      ...segmentOf(report, own[0]!.segment),
      events: own.length,
      first_at: new Date(Math.min(...times)).toISOString(),
      last_at: new Date(Math.max(...times)).toISOString(),
    }
  })
}

function totalRows(report: UniquesSpec, inside: readonly Act[]): OracleRow[] {
  const segments = report.breakdown ? [...new Set(inside.map(({ segment }) => segment))] : ['']
  return report.metrics.flatMap((metric) =>
    segments.map((segment) => {
      const own = inside.filter((act) => act.metric === metric && act.segment === segment)
      return {
        metric: metric.name,
        entity_type: metric.by,
        ...segmentOf(report, segment),
        entities: entitiesOf(own),
        events: own.length,
        events_per_entity: own.length === 0 ? null : own.length / entitiesOf(own),
      }
    }),
  )
}
