/** Stickiness by counting, for everybody, the periods with enough events. */
import { isInPeriods, periodOf, periodsOf, type Interval } from './calendar.ts'
import {
  meets,
  streams,
  type Condition,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type World,
} from './world.ts'

export interface StickinessSpec extends ReportSpec, Pick<Condition, 'event' | 'any_event'> {
  readonly type: 'stickiness'
  readonly interval: Interval
  readonly interval_count: number
  readonly criteria?: { readonly op: 'gte' | 'lte' | 'exact'; readonly value: number }
  readonly cumulative: boolean
}

export function stickinessRelations(
  report: StickinessSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const { by, interval, interval_count, range = {}, criteria, cumulative } = report
  const active = [...streams(events, by)].map(([entity, stream]) => {
    const view = { world, by, entity }
    return stream
      .filter(
        (event) =>
          meets({ ...report, where: report.where ?? [] }, event, view) &&
          isInPeriods(event.at, range, interval, world),
      )
      .map(({ at }) => periodOf(at, interval, world))
  })
  const periods = periodsOf(range, active.flat(), interval, world, events)
  // cut backwards from the end
  const stretches: string[][] = []
  for (let end = periods.length; end > 0; end -= interval_count) {
    stretches.push(periods.slice(Math.max(0, end - interval_count), end))
  }
  const isEnough = (count: number) => {
    if (count === 0) return false
    if (criteria === undefined) return true
    const { op, value } = criteria
    return op === 'gte' ? count >= value : op === 'lte' ? count <= value : count === value
  }
  const habits = active
    .map((own) => stretches.filter((s) => isEnough(own.filter((p) => s.includes(p)).length)).length)
    .filter((count) => count > 0)
  return {
    [report.name]: stretches.map((_, i) => {
      const entities = habits.filter((count) => (cumulative ? count >= i + 1 : count === i + 1)).length
      return {
        active_periods: i + 1,
        entities,
        share: habits.length === 0 ? null : entities / habits.length,
      }
    }),
  }
}
