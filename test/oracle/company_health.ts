/** Company health by looking at each group alone, period by period. */
import { localDay } from '../oracle.ts'
import { daysAfter, endOf, isInRange, nextPeriod, periodOf, periodOfDay, periodsBetween } from './calendar.ts'
import {
  meets,
  streams,
  type Condition,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type World,
} from './world.ts'

export interface CompanyHealthSpec extends ReportSpec, Pick<Condition, 'event' | 'any_event'> {
  readonly type: 'company_health'
  readonly by: 'company_id'
  readonly interval: 'day' | 'week' | 'month'
}

const RETURNS = { d1: 'day', w1: 'week', m1: 'month' } as const

export function companyHealthRelations(
  report: CompanyHealthSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const rows = [...streams(events, report.by)].flatMap(([group, all]) => {
    const stream = all.filter((event) =>
      meets({ ...anyEvent(report), where: report.where ?? [] }, event, {
        world,
        by: report.by,
        entity: group,
      }),
    )
    return rowsOf(report, group, stream, events, world)
  })
  return { [report.name]: rows }
}

const anyEvent = ({ event }: CompanyHealthSpec): Condition =>
  event === undefined ? { any_event: true } : { event }

function rowsOf(
  { interval, range = {} }: CompanyHealthSpec,
  group: string,
  stream: readonly Happening[],
  events: readonly Happening[],
  world: World,
): OracleRow[] {
  const day = ({ at }: Happening) => localDay(at, world.timezone)
  const until = stream.filter(({ at }) =>
    isInRange(at, range.to === undefined ? {} : { to: range.to }, world),
  )
  const dataDay = events.map(day).sort().at(-1)!
  const lastDay = range.to === undefined ? dataDay : dayOfBound(range.to, world)
  const first = until.map(({ at }) => periodOf(at, interval, world)).sort()[0]
  if (first === undefined) return []
  const from =
    range.from === undefined ? first : periodOfDay(dayOfBound(range.from, world), interval, world.weekStart)
  const last = periodOfDay(lastDay, interval, world.weekStart)
  return periodsBetween(first > from ? first : from, last, interval, world).map((start) => {
    const end = daysAfter(nextPeriod(start, interval, world), -1)
    const asOf = end < lastDay ? end : lastDay
    const usersOf = (list: readonly Happening[]) => new Set(list.flatMap(({ user }) => user ?? []))
    const trailing = (days: number) =>
      usersOf(until.filter((event) => day(event) <= asOf && day(event) > daysAfter(asOf, -days))).size
    const inPeriod = (event: Happening) =>
      isInRange(event.at, range, world) && periodOf(event.at, interval, world) === start
    const done = stream.filter(inPeriod)
    const firsts = [...usersOf(stream)].flatMap((user) => {
      const own = stream.filter((event) => event.user === user).sort((a, b) => a.at - b.at)
      return inPeriod(own[0]!) ? [own] : []
    })
    const active = usersOf(done).size
    const returns = Object.entries(RETURNS).flatMap(([name, period]) => {
      const next = (own: readonly Happening[]) =>
        nextPeriod(periodOf(own[0]!.at, period, world), period, world)
      const back = firsts.filter((own) =>
        own.some(({ at }) => periodOf(at, period, world) === next(own)),
      ).length
      const isOver = firsts.every((own) => nextPeriod(next(own), period, world) <= dataDay)
      return [
        [`${name}_users`, back],
        [`${name}_rate`, firsts.length === 0 || !isOver ? null : back / firsts.length],
      ] as const
    })
    return {
      company_id: group,
      display_name: group,
      period_start: start,
      as_of: asOf,
      dau: trailing(1),
      wau: trailing(7),
      mau: trailing(30),
      new_users: firsts.length,
      active_users: active,
      events: done.length,
      events_per_user: active === 0 ? null : done.length / active,
      ...Object.fromEntries(returns),
    }
  })
}

const dayOfBound = (bound: string, world: World): string =>
  bound.length === 10 ? bound : localDay(endOf(bound, world), world.timezone)
