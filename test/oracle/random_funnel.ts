/** Random funnels that make sense: every option, with steps that repeat and overlap. */
import fc from 'fast-check'
import { UNIT_MS, type ExclusionSpec, type FunnelSpec, type StepSpec } from './funnel_spec.ts'
import { EVENTS, filter, rangeOn, type Grid } from './random_world.ts'
import type { By, Condition } from './world.ts'

export const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom(...EVENTS).map((event) => ({ event })) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('A', 'B'), filter).map(([event, f]) => ({ event, where: [f] })),
  },
  { weight: 1, arbitrary: fc.constant({ any_event: true as const }) },
  { weight: 1, arbitrary: filter.map((f) => ({ any_event: true as const, where: [f] })) },
)

const steps: fc.Arbitrary<StepSpec[]> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom<StepSpec[]>(
      [{ event: 'A' }, { event: 'B' }],
      [{ event: 'A' }, { event: 'B' }, { event: 'C' }],
    ),
  },
  {
    weight: 5,
    arbitrary: fc.array(
      fc
        .record({
          condition,
          optional: fc.constantFrom(false, false, false, true),
          first_time: fc.constantFrom(...Array<undefined>(7), 'ever' as const, 'matching' as const),
        })
        .map(({ condition: c, optional, first_time }) => ({
          ...c,
          ...(optional ? { optional } : {}),
          ...(first_time ? { first_time } : {}),
        })),
      { minLength: 2, maxLength: 4 },
    ),
  },
  { weight: 2, arbitrary: fc.array<StepSpec>(condition, { minLength: 2, maxLength: 4 }) },
)

const window = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 14 }) },
    { weight: 1, arbitrary: fc.constant('unlimited' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...(Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[])) },
  )
  .map((given) => ({ step }: Grid): FunnelSpec['window'] => {
    if (given === 'unlimited') return given
    return typeof given === 'number'
      ? { value: (given * step) / 1000, unit: 'second' }
      : { value: 1, unit: given }
  })

const breakdown = fc.record({
  property: fc.constantFrom('p', 'q', 'plan'),
  own: fc.boolean(),
  attribution: fc.constantFrom('first' as const, 'last' as const, 'all' as const, 'step' as const),
  step: fc.integer({ min: 1, max: 4 }),
  limit: fc.constantFrom(undefined, undefined, 1, 2),
})

const place = fc.integer({ min: 0, max: 3 })
const sometimes = fc.constantFrom(false, false, false, true)

/** @param name of the report */
export const funnelOn = (name: string): fc.Arbitrary<(grid: Grid) => FunnelSpec> =>
  fc
    .record({
      by: fc.constantFrom<By>('user', 'company_id'),
      steps,
      order: fc.constantFrom('ordered', 'ordered', 'strict', 'unordered' as const),
      entry: fc.constantFrom('best', 'best', 'first', 'every' as const),
      window,
      strictly_increasing: sometimes,
      exclusions: fc.array(fc.tuple(condition, place, place), { minLength: 1, maxLength: 2 }),
      excluding: sometimes,
      hold_constant: fc.constantFrom([], [], [], [], [], ['p'], ['p'], ['p', 'q']),
      breakdown: fc.option(breakdown, { freq: 2 }),
      complete_after_range: fc.boolean(),
      range: rangeOn,
      where: fc.array(filter, { maxLength: 1 }),
      filtered: sometimes,
      interval: fc.constantFrom('hour', 'day', 'week', 'month' as const),
      trend: fc.tuple(place, place),
      times: fc.tuple(place, place),
      bins: fc.constantFrom(undefined, undefined, 1, 3),
    })
    .map((o) => (grid: Grid): FunnelSpec => {
      const unordered = o.order === 'unordered'
      const given = o.steps.map((step, i) => (i === 0 || unordered ? required(step) : step))
      const range = o.range(grid)
      const span = grid.base + 15 * grid.step
      return {
        name,
        type: 'funnel',
        by: o.by,
        steps: given,
        order: o.order,
        entry: unordered ? 'best' : o.entry,
        window: o.window(grid),
        strictly_increasing: !unordered && o.strictly_increasing,
        exclusions: o.excluding ? exclusionsOf(o.exclusions, given, unordered) : [],
        hold_constant: o.hold_constant,
        ...(o.breakdown ? { breakdown: breakdownOf(o.breakdown, o.by, given.length, unordered) } : {}),
        complete_after_range:
          o.complete_after_range &&
          o.order !== 'unordered' &&
          range.to !== undefined &&
          o.window(grid) !== 'unlimited',
        ...(given.every(({ optional }, i) => i === 0 || optional) ? { allow_one_step: true } : {}),
        range,
        where: o.filtered ? o.where : [],
        // hours of months would be many rows
        trend: {
          interval: o.interval === 'hour' && span - grid.base > 40 * UNIT_MS.day ? 'day' : o.interval,
          ...between(o.trend, given.length),
        },
        time_to_convert: {
          ...between(o.times, given.length),
          ...(o.bins === undefined ? {} : { bins: o.bins }),
        },
      }
    })

const required = ({ optional: _, ...step }: StepSpec): StepSpec => step

function exclusionsOf(
  given: readonly (readonly [Condition, number, number])[],
  steps: readonly StepSpec[],
  unordered: boolean,
): ExclusionSpec[] {
  const possible = steps.flatMap((step, i) => (step.optional ? [] : [i + 1]))
  if (possible.length < 2) return []
  return given.map(([what, a, b]) => {
    if (unordered) return { ...what, after_step: 1, before_step: steps.length }
    const from = a % (possible.length - 1)
    const to = from + 1 + (b % (possible.length - 1 - from))
    return { ...what, after_step: possible[from]!, before_step: possible[to]! }
  })
}

/** Two steps, the second one later; often none said. */
function between([a, b]: readonly [number, number], count: number): { from_step?: number; to_step?: number } {
  if (a === b) return {}
  const from = Math.min(a, b) % (count - 1)
  const to = Math.min(Math.max(a, b, from + 1), count - 1)
  return { from_step: from + 1, to_step: to + 1 }
}

function breakdownOf(
  { property, own, attribution, step, limit }: typeof breakdown extends fc.Arbitrary<infer T> ? T : never,
  by: By,
  count: number,
  unordered: boolean,
): NonNullable<FunnelSpec['breakdown']> {
  const at = unordered ? 1 : Math.min(step, count)
  const of = property !== 'plan' ? undefined : own ? by : ('company_id' as const)
  // that of whoever is counted is the same on all events
  const which = of === by ? 'first' : attribution
  return {
    property,
    ...(of === undefined ? {} : { of }),
    attribution: which,
    ...(which === 'step' ? { step: at } : {}),
    ...(limit === undefined ? {} : { limit }),
  }
}
