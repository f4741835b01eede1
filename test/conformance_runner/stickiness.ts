/** On how many periods entities were active. */
import * as z from 'zod'
import { by, kind, number } from './kind.ts'
import { commonFields, condition, conditionOf, counts, filtersOf, period, range, rangeOf } from './parts.ts'

export const stickiness = kind({
  query: z.strictObject({
    ...commonFields,
    type: z.literal('stickiness'),
    series: condition,
    interval: period,
    interval_count: z.number().optional(),
    range: range.optional(),
    criteria: z.strictObject({ op: z.enum(['gte', 'lte', 'exact']), value: z.number() }).optional(),
    cumulative: z.boolean().optional(),
  }),
  expected: z.strictObject({ data: counts.optional() }),
  report: (query) => ({
    type: 'stickiness',
    ...conditionOf(query.series),
    where: filtersOf([...(query.series.where ?? []), ...(query.filter ?? [])]),
    interval: query.interval,
    interval_count: query.interval_count,
    range: rangeOf(query.range),
    criteria: query.criteria,
    cumulative: query.cumulative,
  }),
  answers: (_query, read) => ({
    data: async () => (await read('')).sort(by('active_periods')).map((row) => number(row['entities'])),
  }),
})
