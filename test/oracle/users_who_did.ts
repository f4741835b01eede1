/** "Number of users who did" by counting the times of every user in every group. */
import { isInRange, periodOf, type Interval } from './calendar.ts'
import {
  meets,
  streams,
  type Condition,
  type Happening,
  type OracleRow,
  type ReportSpec,
  type World,
} from './world.ts'

export interface UsersWhoDidSpec extends ReportSpec, Pick<Condition, 'event' | 'any_event'> {
  readonly type: 'number_of_users_who_did'
  readonly by: 'company_id'
  readonly frequency: { readonly op: 'eq' | 'gte' | 'lte' | 'gt' | 'lt'; readonly value: number }
  readonly interval?: Interval
}

export function usersWhoDidRelations(
  report: UsersWhoDidSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const { by, interval, range = {}, frequency } = report
  const rows = [...streams(events, by)].flatMap(([group, all]) => {
    const stream = all.filter(({ at }) => isInRange(at, range, world))
    const period = (event: Happening) => (interval ? periodOf(event.at, interval, world) : '')
    return [...new Set(stream.map(period))].map((start) => {
      const did = stream.filter(
        (event) =>
          period(event) === start &&
          meets({ ...report, where: report.where ?? [] }, event, { world, by, entity: group }),
      )
      const users = new Set(did.flatMap(({ user }) => user ?? []))
      const times = [...users].map((user) => did.filter((event) => event.user === user).length)
      return {
        company_id: group,
        ...(interval ? { period_start: start } : {}),
        users: times.filter((count) => isAsked(count, frequency)).length,
      }
    })
  })
  return { [report.name]: rows }
}

function isAsked(count: number, { op, value }: UsersWhoDidSpec['frequency']): boolean {
  switch (op) {
    case 'eq':
      return count === value
    case 'gte':
      return count >= value
    case 'lte':
      return count <= value
    case 'gt':
      return count > value
    case 'lt':
      return count < value
  }
}
