/** Lifecycle by asking of everybody and each period: there now, there before, and since when? */
import { lastPeriod, nextPeriod, periodOf, periodsOf, type Interval } from './calendar.ts'
import {
  meets,
  streams,
  type Condition,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type World,
} from './world.ts'

export interface LifecycleSpec extends ReportSpec, Pick<Condition, 'event' | 'any_event'> {
  readonly type: 'lifecycle'
  readonly interval: Interval
  readonly newness: 'profile_or_first_event' | 'profile' | 'first_event'
}

export function lifecycleRelations(
  report: LifecycleSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const { by, interval, newness, range = {} } = report
  const until = range.to === undefined ? undefined : lastPeriod(range.to, interval, world)
  const everybody = [...streams(events, by)].map(([entity, stream]) => {
    const active = stream
      .filter((event) => meets({ ...report, where: report.where ?? [] }, event, { world, by, entity }))
      .map(({ at }) => periodOf(at, interval, world))
      .filter((period) => until === undefined || period <= until)
      .sort()
    const createdAt = (by === 'user' ? world.users : world.companies)[entity]?.createdAt ?? undefined
    const created = createdAt === undefined ? undefined : periodOf(createdAt, interval, world)
    const born =
      newness === 'first_event' ? active[0] : newness === 'profile' ? created : (created ?? active[0])
    return { active, born }
  })
  const seen = everybody.flatMap(({ active }) => active)
  return {
    [report.name]: periodsOf(range, seen, interval, world, events).map((period) => {
      const wasThere = (active: readonly string[]) =>
        active.some((p) => nextPeriod(p, interval, world) === period)
      const here = everybody.filter(({ active }) => active.includes(period))
      const isNew = ({ born }: (typeof here)[number]) => born === period
      const rest = here.filter((one) => !isNew(one))
      return {
        period_start: period,
        new_entities: here.filter(isNew).length,
        returning_entities: rest.filter(({ active }) => wasThere(active)).length,
        resurrecting_entities: rest.filter(({ active }) => !wasThere(active)).length,
        dormant_entities: everybody.filter(({ active }) => wasThere(active) && !active.includes(period))
          .length,
        active_entities: here.length,
      }
    }),
  }
}
