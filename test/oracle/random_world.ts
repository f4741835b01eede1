/** Small logs that are hard to count: ties, lists of groups, nobody, clock changes and midnights. */
import fc from 'fast-check'
import { isEmpty, type Range } from './calendar.ts'
import type { Filter, LogLine, Value, World } from './world.ts'

export const EVENTS = ['A', 'B', 'C', 'X'] as const

/** Where logs begin: plain days, clock changes of the zones, ends of months and of the year, just before midnight. */
const BASES = [
  '2024-01-31T22:00:00Z',
  '2024-03-10T06:30:00Z',
  '2024-11-03T06:00:00Z',
  '2024-04-06T11:00:00Z',
  '2024-09-28T12:00:00Z',
  '2024-12-30T18:29:59Z',
  '2024-05-15T00:00:00Z',
  '2024-04-06T13:30:00Z',
].map((text) => Date.parse(text))

/** Times lie on a grid, so that many are equal and windows end exactly at events. */
export interface Grid {
  readonly base: number
  readonly step: number
  /** Whose days those of ranges are. */
  readonly timezone: string
}

const grid: fc.Arbitrary<Grid> = fc.record({
  timezone: fc.constantFrom(
    'UTC',
    'America/Los_Angeles',
    'Asia/Kolkata',
    'Pacific/Auckland',
    'Australia/Lord_Howe',
  ),
  base: fc.constantFrom(...BASES),
  step: fc.constantFrom(60_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000, 432_000_000),
})

const company: fc.Arbitrary<LogLine['company']> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('acme', 'beta') },
  { weight: 2, arbitrary: fc.constantFrom<Value>(null, '', 'Acme', 12) },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom<Value>('acme', 'beta', 'cone', '', null), { maxLength: 3 }),
  },
)

const value: fc.Arbitrary<Value> = fc.constantFrom<Value>('x', 'y', 'x', 'y', 1, 2, 0, true, null, '', 'Xy')

const properties = fc.oneof(
  { weight: 3, arbitrary: fc.record({ p: fc.constantFrom<Value>('x', 'x', 'x', 1), q: value }) },
  { weight: 2, arbitrary: fc.record({ p: value, q: value }, { requiredKeys: [] }) },
)

const line = fc.record({
  event: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('A', 'B') },
    { weight: 3, arbitrary: fc.constantFrom(...EVENTS) },
  ),
  place: fc.integer({ min: 0, max: 14 }),
  beside: fc.constantFrom(0, 0, 0, 0, 0, 1, 1_000, 60_000),
  user: fc.constantFrom('ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'cy', 'bot', null, ''),
  company,
  properties,
})

const profile = fc.record({
  createdPlace: fc.option(fc.integer({ min: -2, max: 14 })),
  plan: fc.constantFrom<Value>('free', 'pro', 'pro', null, 'gold'),
})

export interface Scene {
  readonly world: World
  readonly grid: Grid
}

/** @param maxLines how long a log becomes at most */
export const scene = (maxLines: number): fc.Arbitrary<Scene> =>
  fc
    .record({
      grid,
      weekStart: fc.constantFrom('monday' as const, 'sunday' as const),
      services: fc.constantFrom([], ['bot']),
      registeredPlace: fc.constantFrom(undefined, undefined, undefined, 3),
      lines: fc.oneof(
        { weight: 1, arbitrary: fc.array(line, { maxLength: 2 }) },
        { weight: 9, arbitrary: fc.array(line, { minLength: 16, maxLength: maxLines, size: 'max' }) },
      ),
      companies: fc.dictionary(fc.constantFrom('acme', 'beta', 'cone', 'silent'), profile, { maxKeys: 4 }),
      users: fc.dictionary(fc.constantFrom('ann', 'bob', 'quiet'), profile, { maxKeys: 3 }),
    })
    .map(({ grid, lines, companies, users, registeredPlace, ...rest }) => {
      const at = (place: number) => grid.base + place * grid.step
      const profiles = (given: typeof companies) =>
        Object.fromEntries(
          Object.entries(given).map(([id, { createdPlace, plan }]) => [
            id,
            { createdAt: createdPlace === null ? null : at(createdPlace), properties: { plan } },
          ]),
        )
      return {
        grid,
        world: {
          ...rest,
          timezone: grid.timezone,
          registeredAt: registeredPlace === undefined ? undefined : at(registeredPlace),
          companies: profiles(companies),
          users: profiles(users),
          log: lines.map(({ place, beside, ...kept }) => ({ ...kept, at: at(place) + beside })),
        },
      }
    })

/** Filters on properties of events, and of the groups of events. */
export const filter: fc.Arbitrary<Filter> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom<Filter>(
      { property: 'p', op: 'eq', value: 'x' },
      { property: 'p', op: 'eq', value: 1 },
      { property: 'p', op: 'neq', value: 'y' },
      { property: 'q', op: 'in', value: ['x', 'y'] },
      { property: 'q', op: 'contains', value: 'X' },
      { property: 'q', op: 'gte', value: 1 },
      { property: 'p', op: 'lt', value: 2 },
      { property: 'p', op: 'is_null' },
      { property: 'q', op: 'is_not_null' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Filter>(
      { property: 'plan', of: 'company_id', op: 'eq', value: 'pro' },
      { property: 'plan', of: 'company_id', op: 'neq', value: 'pro' },
      { property: 'plan', of: 'company_id', op: 'not_in', value: ['free', 'gold'] },
      { property: 'plan', of: 'company_id', op: 'not_contains', value: 'O' },
      { property: 'plan', of: 'company_id', op: 'is_null' },
    ),
  },
)

/** Mostly undefined. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/** One that ends before it begins is a problem of the project; it gets no end. */
export function holdingSomething(range: Range, timezone: string): Range {
  return isEmpty(range, timezone) ? { from: range.from } : range
}

/** A range from or to a place of the grid or the day that it lies in; often none. */
export const rangeOn = fc
  .record({
    from: rarely(fc.tuple(fc.integer({ min: -1, max: 5 }), fc.boolean())),
    to: rarely(fc.tuple(fc.integer({ min: 7, max: 15 }), fc.boolean())),
  })
  .map(({ from, to }) => ({ base, step, timezone }: Grid) => {
    const bound = ([place, asDay]: readonly [number, boolean]) => {
      const text = new Date(base + place * step).toISOString()
      return asDay ? text.slice(0, 10) : text
    }
    const range: Range = {
      ...(from ? { from: bound(from) } : {}),
      ...(to ? { to: bound(to) } : {}),
    }
    return holdingSomething(range, timezone)
  })
