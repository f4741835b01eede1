/** Funnels: counts and times per step, who got how far, conversion over time, time to convert. */
import * as z from 'zod'
import { periodText } from './clock.ts'
import { answersBySegment, by, byStart, kind, number, sorted, type Read, type Row } from './kind.ts'
import {
  breakdown,
  breakdownOf,
  commonFields,
  conditionFields,
  conditionOf,
  counts,
  filtersOf,
  ONE_EVENT,
  oneEvent,
  period,
  periodStart,
  range,
  rangeOf,
} from './parts.ts'

const step = z
  .strictObject({
    ...conditionFields,
    optional: z.boolean().optional(),
    first_time: z.enum(['ever', 'matching']).optional(),
  })
  .refine(oneEvent, ONE_EVENT)

const exclusion = z
  .strictObject({ ...conditionFields, after_step: z.number(), before_step: z.number() })
  .refine(oneEvent, ONE_EVENT)

const window = z.union([
  z.literal('unlimited'),
  z.strictObject({
    value: z.number().optional(),
    unit: z.enum(['second', 'minute', 'hour', 'day', 'week', 'month']).optional(),
  }),
])

/** What a funnel answers for all, or for each value of a breakdown. */
const perStep = {
  step_counts: counts.optional(),
  avg_seconds_from_previous: z.array(z.number().nullable()).optional(),
  median_seconds_from_previous: z.array(z.number().nullable()).optional(),
  levels: z.record(z.string(), z.number()).optional(),
  entities_by_step: z.array(z.array(z.string())).optional(),
}

const query = z
  .strictObject({
    ...commonFields,
    type: z.literal('funnel'),
    order: z.enum(['ordered', 'strict', 'unordered']).optional(),
    steps: z.array(step),
    window: window.optional(),
    strictly_increasing: z.boolean().optional(),
    range: range.optional(),
    exclusions: z.array(exclusion).optional(),
    breakdown: breakdown
      .extend({
        attribution: z.enum(['first', 'last', 'all', 'step']).optional(),
        step: z.number().optional(),
      })
      .optional(),
    viz: z.enum(['trends', 'time_to_convert']).optional(),
    interval: period.optional(),
    from_step: z.number().optional(),
    to_step: z.number().optional(),
    bin_count: z.number().optional(),
  })
  .refine(
    ({ viz, interval, from_step, to_step, bin_count }) =>
      (viz !== undefined || (from_step ?? to_step) === undefined) &&
      (viz === 'trends' || interval === undefined) &&
      (viz === 'time_to_convert' || bin_count === undefined),
    'has fields that go with another viz',
  )

export const funnel = kind({
  query,
  expected: z.strictObject({
    ...perStep,
    breakdown: z.record(z.string(), z.strictObject(perStep)).optional(),
    series: z
      .array(
        z.strictObject({
          period: periodStart,
          entered: z.number(),
          converted: z.number(),
          rate_percent: z.number(),
        }),
      )
      .optional(),
    bins: z.array(z.tuple([z.number(), z.number()])).optional(),
    average_seconds: z.number().nullable().optional(),
    error: z.string().optional(),
  }),
  report: (q) => ({
    type: 'funnel',
    order: q.order,
    steps: q.steps.map((s) => ({
      ...conditionOf(s),
      optional: s.optional,
      first_time: s.first_time,
    })),
    allow_one_step: q.steps.length === 1,
    entry: 'best',
    window: isDefault(q.window) ? undefined : q.window,
    strictly_increasing: q.strictly_increasing,
    range: rangeOf(q.range),
    where: filtersOf(q.filter),
    exclusions: q.exclusions?.map((e) => ({
      ...conditionOf(e),
      after_step: e.after_step,
      before_step: e.before_step,
    })),
    breakdown: q.breakdown && {
      ...breakdownOf(q.breakdown),
      attribution: q.breakdown.attribution,
      step: q.breakdown.step,
    },
    trend: q.viz === 'trends' && {
      interval: q.interval,
      from_step: q.from_step,
      to_step: q.to_step,
    },
    time_to_convert: q.viz === 'time_to_convert' && {
      from_step: q.from_step,
      to_step: q.to_step,
      bins: q.bin_count,
    },
  }),
  answers(q, read, { entity, timezone }, expected) {
    const perStep = (which: (row: Row) => boolean) => answersPerStep(q.steps.length, read, entity, which)
    const times = async () => (await read('_times')).sort(by('bin'))
    return {
      ...perStep(() => true),
      breakdown: async () => answersBySegment(expected.breakdown, await read(''), perStep),
      series: async () =>
        byStart(await read('_trend')).map((row) => ({
          period: periodText(row.start, timezone),
          entered: number(row['entered']),
          converted: number(row['converted']),
          // cases have two decimals, and 0 where nobody entered
          rate_percent: Math.round(Number(row['conversion_rate'] ?? 0) * 10_000) / 100,
        })),
      bins: async () => (await times()).map((row) => [number(row['from_seconds']), number(row['entities'])]),
      average_seconds: async () => number((await times())[0]?.['average_seconds'] ?? null),
      // a configuration that had to be rejected has been built
      error: async () => 'no error',
    }
  },
})

const isDefault = (given: z.output<typeof window> | undefined) =>
  given === undefined || (given !== 'unlimited' && given.value === undefined && given.unit === undefined)

function answersPerStep(count: number, read: Read, entity: string, which: (row: Row) => boolean) {
  const steps = async () => (await read('')).filter(which).sort(by('step'))
  const column = (name: string) => async () => (await steps()).map((row) => number(row[name]))
  const entities = async () => (await read('_entities')).filter(which)
  const id = (row: Row) => String(row[entity === 'user' ? 'user_id' : 'group_id'])
  return {
    step_counts: column('entities'),
    avg_seconds_from_previous: column('avg_seconds'),
    median_seconds_from_previous: column('median_seconds'),
    levels: async () =>
      Object.fromEntries((await entities()).map((row) => [id(row), number(row['furthest_step'])])),
    // a step that may be skipped was not reached by all who got further
    entities_by_step: async () => {
      const rows = await entities()
      const reached = (row: Row, n: number) => row[n === 1 ? 'entered_at' : `step_${n}_at`] !== null
      return Array.from({ length: count }, (_, i) =>
        sorted(rows.filter((row) => reached(row, i + 1)).map(id)),
      )
    },
  }
}
