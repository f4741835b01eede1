/** Random reports of every type besides funnels. */
import fc from 'fast-check'
import type { Range } from './calendar.ts'
import type { CompanyHealthSpec } from './company_health.ts'
import type { LifecycleSpec } from './lifecycle.ts'
import { condition } from './random_funnel.ts'
import { EVENTS, filter, holdingSomething, rangeOn, type Grid } from './random_world.ts'
import type { RetentionSpec } from './retention.ts'
import type { StickinessSpec } from './stickiness.ts'
import type { UniquesSpec } from './uniques.ts'
import type { UsersWhoDidSpec } from './users_who_did.ts'
import type { BreakdownSpec, By } from './world.ts'

type OnGrid<T> = fc.Arbitrary<(grid: Grid) => T>

const by = fc.constantFrom<By>('user', 'company_id')
const calendarInterval = fc.constantFrom('day', 'week', 'month' as const)
const interval = fc.oneof(
  { weight: 1, arbitrary: fc.constant('hour' as const) },
  { weight: 5, arbitrary: calendarInterval },
)
const where = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(filter, { maxLength: 1 }) },
)
const event = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...EVENTS).map((name) => ({ event: name })) },
  { weight: 1, arbitrary: fc.constant({ any_event: true as const }) },
)

const breakdown = fc
  .record({
    property: fc.constantFrom('p', 'q', 'plan', 'plan'),
    own: fc.boolean(),
    limit: fc.constantFrom(undefined, undefined, 1, 2),
  })
  .map(({ property, own, limit }) => (counted: By): BreakdownSpec => ({
    property,
    ...(property === 'plan' ? { of: own ? counted : 'company_id' } : {}),
    ...(limit === undefined ? {} : { limit }),
  }))

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

/** Hours of a long log would be very many rows. */
const tamed = <T extends string>(given: T, { step }: Grid): T | 'day' =>
  given === 'hour' && step > 3_600_000 ? 'day' : given

export const retentionOn = (name: string): OnGrid<RetentionSpec> =>
  fc
    .record({
      by,
      where,
      range: rangeOn,
      start: condition,
      again: condition,
      same: fc.boolean(),
      mode: fc.constantFrom('first_time', 'first_ever', 'recurring' as const),
      criteria: fc.constantFrom('on', 'on_or_after' as const),
      alignment: fc.constantFrom('calendar', 'elapsed' as const),
      period: interval,
      columns: fc.oneof(
        fc.integer({ min: 1, max: 6 }).map((periods) => ({ periods })),
        fc
          .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
          .map((brackets) => ({ brackets })),
      ),
      min_occurrences: fc.constantFrom(1, 1, 2),
      average: fc.constantFrom('pooled', 'mixpanel_weighted' as const),
      breakdown: maybe(breakdown),
    })
    .map(({ range, breakdown: b, columns, period, again, same, ...o }) => (grid: Grid) => ({
      name,
      type: 'retention',
      ...o,
      ...columns,
      return: same ? o.start : again,
      period: tamed(period, grid),
      range: range(grid),
      ...(b ? { breakdown: b(o.by) } : {}),
    }))

export const stickinessOn = (name: string): OnGrid<StickinessSpec> =>
  fc
    .record({
      by,
      where,
      range: rangeOn,
      event,
      interval,
      interval_count: fc.constantFrom(1, 1, 2, 3),
      criteria: maybe(
        fc.record({
          op: fc.constantFrom('gte', 'lte', 'exact' as const),
          value: fc.integer({ min: 1, max: 3 }),
        }),
      ),
      cumulative: fc.boolean(),
    })
    .map(({ range, event: e, criteria, interval: i, ...o }) => (grid: Grid) => ({
      name,
      type: 'stickiness',
      ...o,
      ...e,
      interval: tamed(i, grid),
      range: range(grid),
      ...(criteria ? { criteria } : {}),
    }))

export const lifecycleOn = (name: string): OnGrid<LifecycleSpec> =>
  fc
    .record({
      by,
      where,
      range: rangeOn,
      event,
      interval,
      newness: fc.constantFrom('profile_or_first_event', 'profile', 'first_event' as const),
    })
    .map(({ range, event: e, interval: i, ...o }) => (grid: Grid) => ({
      name,
      type: 'lifecycle',
      ...o,
      ...e,
      interval: tamed(i, grid),
      range: range(grid),
    }))

/** @param overRange not by period, as uniques ask for it */
export const usersWhoDidOn = (name: string, overRange: boolean): OnGrid<UsersWhoDidSpec> =>
  fc
    .record({
      where,
      range: rangeOn,
      event,
      frequency: fc
        .record({
          op: fc.constantFrom('eq', 'gte', 'lte', 'gt', 'lt' as const),
          value: fc.integer({ min: 0, max: 3 }),
        })
        // one that can never hold is a problem
        .filter(({ op, value }) => value >= { eq: 1, lte: 1, lt: 2, gte: 0, gt: 0 }[op]),
      interval: maybe(interval),
    })
    .map(({ range, event: e, interval: i, ...o }) => (grid: Grid) => ({
      name,
      type: 'number_of_users_who_did',
      by: 'company_id',
      ...o,
      ...e,
      range: range(grid),
      ...(i === undefined || overRange ? {} : { interval: tamed(i, grid) }),
    }))

export const companyHealthOn = (name: string): OnGrid<CompanyHealthSpec> =>
  fc
    .record({ where, range: rangeOn, event: maybe(fc.constantFrom(...EVENTS)), interval: calendarInterval })
    .map(({ range, event: e, ...o }) => (grid: Grid) => ({
      name,
      type: 'company_health',
      by: 'company_id',
      ...o,
      range: range(grid),
      ...(e === undefined ? {} : { event: e }),
    }))

/** @param asked name of a report of users who did, for a breakdown by it */
export const uniquesOn = (name: string, asked: string): OnGrid<UniquesSpec> =>
  fc
    .record({
      where,
      range: rangeOn,
      metrics: fc.array(
        fc.record({ by, event, where, trailing: fc.constantFrom(undefined, undefined, 1, 2, 7, 30) }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      interval,
      trailing_at: fc.constantFrom('end', 'start' as const),
      breakdown: maybe(breakdown),
      byUsers: fc.constantFrom(false, false, true),
      limit: fc.constantFrom(undefined, 1),
      // a day in the middle of the log, so that trailing metrics look back on what is before the range
      from: fc.option(fc.integer({ min: 4, max: 10 })),
    })
    .map(
      ({ range, from, metrics, interval: i, breakdown: b, byUsers, limit, trailing_at, ...o }) =>
        (grid: Grid) => {
          const hasTrailing = metrics.some(({ trailing }) => trailing !== undefined)
          const onlyGroups = metrics.every((metric) => metric.by === 'company_id')
          const own = b?.('company_id')
          return {
            name,
            type: 'uniques',
            ...o,
            range: begunAt(from, range(grid), grid),
            interval: tamed(i, grid),
            trailing_at: hasTrailing ? trailing_at : 'end',
            metrics: metrics.map(({ trailing, event: e, ...metric }, n) => ({
              name: `metric ${n + 1}`,
              ...metric,
              ...e,
              ...(trailing === undefined ? {} : { trailing_days: trailing }),
            })),
            ...(own === undefined
              ? {}
              : {
                  breakdown:
                    onlyGroups && byUsers
                      ? { users_who_did: asked, ...(limit === undefined ? {} : { limit }) }
                      : own,
                }),
          }
        },
    )

/** The range, begun on the day of a place of the grid where one is given. */
function begunAt(place: number | null, range: Range, { base, step, timezone }: Grid): Range {
  if (place === null) return range
  const from = new Date(base + place * step).toISOString().slice(0, 10)
  return holdingSomething({ ...range, from }, timezone)
}
