/** Distinct entities per period, over trailing days, and over the whole range. */
import * as z from 'zod'
import { periodText } from './clock.ts'
import { byStart, kind, number, sorted } from './kind.ts'
import {
  commonFields,
  condition,
  conditionOf,
  filtersOf,
  period,
  periodStart,
  range,
  rangeOf,
} from './parts.ts'

export const uniques = kind({
  query: z.strictObject({
    ...commonFields,
    type: z.literal('uniques'),
    series: condition,
    interval: period.optional(),
    range: range.optional(),
    trailing_days: z.number().optional(),
    total: z.boolean().optional(),
  }),
  expected: z.strictObject({
    series: z.array(z.strictObject({ period: periodStart, value: z.number() })).optional(),
    total: z.number().optional(),
    entities: z.array(z.string()).optional(),
  }),
  report: (query) => ({
    type: 'uniques',
    interval: query.interval,
    range: rangeOf(query.range),
    where: filtersOf(query.filter),
    metrics: [{ name: 'answer', ...conditionOf(query.series), trailing_days: query.trailing_days }],
    // the other systems sample the trailing days of a week or month on its first day
    trailing_at: query.trailing_days === undefined ? undefined : 'start',
  }),
  answers: (_query, read, { timezone }) => ({
    series: async () =>
      byStart(await read('')).map((row) => ({
        period: periodText(row.start, timezone),
        value: number(row['entities']),
      })),
    total: async () => number((await read('_total'))[0]?.['entities'] ?? 0),
    entities: async () => sorted((await read('_entities')).map((row) => String(row['entity_id']))),
  }),
})
