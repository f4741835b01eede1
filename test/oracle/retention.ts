/** Retention by holding every return against every start. */
import { instantOf, nextPeriod, periodOf, periodsOf, type Interval } from './calendar.ts'
import {
  holds,
  keptValues,
  meets,
  named,
  segmentsOf,
  streams,
  type BreakdownSpec,
  type Condition,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type View,
  type World,
} from './world.ts'

export interface RetentionSpec extends ReportSpec {
  readonly type: 'retention'
  readonly start: Condition
  readonly return: Condition
  readonly mode: 'first_time' | 'first_ever' | 'recurring'
  readonly criteria: 'on' | 'on_or_after'
  readonly alignment: 'calendar' | 'elapsed'
  readonly period: Interval
  readonly periods?: number
  readonly brackets?: readonly number[]
  readonly min_occurrences: number
  readonly average: 'pooled' | 'mixpanel_weighted'
  readonly breakdown?: BreakdownSpec
}

const LENGTH = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 } as const

/** Somebody in a cohort, with one value of the breakdown, and when each of their returns was. */
interface Member {
  readonly entity: string
  readonly segment: string
  readonly cohort: string
  readonly startedAt: number
  readonly returns: readonly number[]
}

export function retentionRelations(
  report: RetentionSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const members = renamed(report, membersOf(report, events, world))
  const cells = cohortsOf(report, events, world).flatMap((cohort) =>
    (report.breakdown ? [...new Set(members.map(({ segment }) => segment))] : ['']).flatMap((segment) =>
      columnsOf(report).map((column) =>
        cellOf(report, events, world, members, { cohort, segment, ...column }),
      ),
    ),
  )
  return { [report.name]: cells, [`${report.name}_average`]: averageOf(report, cells) }
}

interface Column {
  readonly period: number
  readonly from: number
  readonly to: number
}

function columnsOf({ periods = 12, brackets }: RetentionSpec): Column[] {
  const columns = [{ period: 0, from: 0, to: 0 }]
  for (const size of brackets ?? Array.from({ length: periods }, () => 1)) {
    const from = columns.at(-1)!.to + 1
    columns.push({ period: columns.length, from, to: from + size - 1 })
  }
  return columns
}

const isStart = (report: RetentionSpec, event: Happening, view: View) =>
  meets(report.start, event, view) && (report.where ?? []).every((filter) => holds(filter, event, view))

/** The cohorts of a range: all periods that it touches, or from the first start to the last event of all. */
function cohortsOf(report: RetentionSpec, events: readonly Happening[], world: World): string[] {
  const { by, period, range = {}, mode } = report
  const from = range.from === undefined ? undefined : periodOf(instantOf(range.from, world), period, world)
  const starts = [...streams(events, by)]
    .flatMap(([entity, stream]) => stream.filter((event) => isStart(report, event, { world, by, entity })))
    .map(({ at }) => periodOf(at, period, world))
    .filter((start) => mode !== 'recurring' || from === undefined || start >= from)
    .sort()
  return periodsOf(range, starts, period, world, events)
}

function membersOf(report: RetentionSpec, events: readonly Happening[], world: World): Member[] {
  const { by, breakdown, period, mode } = report
  const cohorts = cohortsOf(report, events, world)
  return [...streams(events, by)].flatMap(([entity, all]) => {
    const view = { world, by, entity }
    const stream = all.filter((event) => (report.where ?? []).every((filter) => holds(filter, event, view)))
    const starts = stream.filter((event) => isStart(report, event, view))
    const shared = (event: Happening) =>
      breakdown?.of === undefined && breakdown ? segmentsOf(breakdown, event, view)[0]! : ''
    const beginnings =
      mode === 'recurring' ? starts : starts.filter(({ at }) => at === firstOf(report, stream, view))
    const members = beginnings.flatMap((start) => {
      const cohort = periodOf(start.at, period, world)
      // of several starts in a period the first one, for each value that starts and returns share
      const isFirst = beginnings.every(
        (other) =>
          other.at >= start.at ||
          periodOf(other.at, period, world) !== cohort ||
          shared(other) !== shared(start),
      )
      if (!cohorts.includes(cohort) || !isFirst) return []
      const returns = stream
        .filter((event) => meets(report.return, event, view) && shared(event) === shared(start))
        .map(({ at }) => at)
      const segments = breakdown ? segmentsOf(breakdown, start, view) : ['']
      return segments.map((segment) => ({ entity, segment, cohort, startedAt: start.at, returns }))
    })
    return [...new Map(members.map((member) => [JSON.stringify(member), member])).values()]
  })
}

/** The first start of all time. */
function firstOf(report: RetentionSpec, stream: readonly Happening[], view: View): number {
  const start = report.mode === 'first_ever' ? { ...report.start, where: [] } : report.start
  return Math.min(...stream.filter((event) => meets(start, event, view)).map(({ at }) => at))
}

function renamed(report: RetentionSpec, members: readonly Member[]): readonly Member[] {
  if (report.breakdown === undefined) return members
  const kept = keptValues(members, report.breakdown)
  return members.map((member) => ({ ...member, segment: named(member.segment, kept) }))
}

/** How many periods lie between a start and a return, which comes after it. */
function offsetOf(report: RetentionSpec, { cohort, startedAt }: Member, at: number, world: World): number {
  const { alignment, period } = report
  if (alignment === 'elapsed') return Math.floor((at - startedAt) / LENGTH[period])
  let offset = 0
  const target = periodOf(at, period, world)
  for (let p = cohort; p < target; p = nextPeriod(p, period, world)) offset++
  return offset
}

/** The periods after the start with returns enough; period 0 needs one. */
function returnedIn(report: RetentionSpec, member: Member, world: World): Set<number> {
  const offsets = member.returns
    .filter((at) => at > member.startedAt)
    .map((at) => offsetOf(report, member, at, world))
  return new Set(
    offsets.filter(
      (offset) =>
        offset === 0 || offsets.filter((other) => other === offset).length >= report.min_occurrences,
    ),
  )
}

function cellOf(
  report: RetentionSpec,
  events: readonly Happening[],
  world: World,
  all: readonly Member[],
  { cohort, segment, period, from, to }: Column & { readonly cohort: string; readonly segment: string },
): OracleRow {
  const members = all.filter((m) => m.cohort === cohort && m.segment === segment)
  const count = (some: readonly Member[]) => new Set(some.map(({ entity }) => entity)).size
  const size = count(members)
  const returned = count(
    members.filter((member) =>
      [...returnedIn(report, member, world)].some(
        (offset) => offset >= from && (report.criteria === 'on_or_after' || offset <= to),
      ),
    ),
  )
  const end = Math.max(...events.map(({ at }) => at))
  const later = (n: number) => {
    let at = cohort
    for (let i = 0; i < n; i++) at = nextPeriod(at, report.period, world)
    return at
  }
  const elapsed = report.alignment === 'elapsed'
  const nextCohort = nextPeriod(cohort, report.period, world)
  const begun = (member: Member) =>
    elapsed
      ? Math.floor((end - member.startedAt) / LENGTH[report.period]) >= from
      : later(from) <= periodOf(end, report.period, world)
  const retained = period === 0 ? size : returned
  return {
    ...(report.breakdown ? { segment } : {}),
    cohort_start: cohort,
    period_number: period,
    from_period: from,
    to_period: to,
    cohort_size: size,
    eligible: count(members.filter(begun)),
    returned,
    retained,
    rate: size === 0 ? null : retained / size,
    is_complete:
      events.length > 0 &&
      (elapsed
        ? // times are whole milliseconds here, and whole microseconds there
          startOf(nextCohort, report.period, world) - 0.001 + (to + 1) * LENGTH[report.period] <= end
        : later(to) < periodOf(end, report.period, world)),
  }
}

const startOf = (period: string, interval: Interval, world: World): number =>
  interval === 'hour' ? Date.parse(period) : instantOf(period, world)

function averageOf(report: RetentionSpec, cells: readonly OracleRow[]): OracleRow[] {
  const keys = new Set(cells.map((cell) => JSON.stringify([cell['segment'] ?? '', cell['period_number']])))
  return [...keys].map((key) => {
    const same = cells.filter(
      (cell) => JSON.stringify([cell['segment'] ?? '', cell['period_number']]) === key,
    )
    const counting = same.filter((cell) => cell['is_complete'] === true && Number(cell['cohort_size']) > 0)
    const sum = (value: (cell: OracleRow) => number) =>
      counting.reduce((total, cell) => total + value(cell), 0)
    const size = (cell: OracleRow) => Number(cell['cohort_size'])
    const retained = (cell: OracleRow) => Number(cell['retained'])
    const weight = report.average === 'pooled' ? () => 1 : size
    return {
      ...(report.breakdown ? { segment: same[0]!['segment']! } : {}),
      period_number: same[0]!['period_number']!,
      from_period: same[0]!['from_period']!,
      to_period: same[0]!['to_period']!,
      cohorts: counting.length,
      cohort_size: sum(size),
      retained: sum(retained),
      rate:
        counting.length === 0
          ? null
          : sum((cell) => retained(cell) * weight(cell)) / sum((cell) => size(cell) * weight(cell)),
    }
  })
}
