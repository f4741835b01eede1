/** Retention: cohorts by the period of the start event, and who came back how many periods later. */
import * as z from 'zod'
import { lastDay, localInstant, periodText, startText } from './clock.ts'
import { answersBySegment, by, kind, number, type Read, type Row } from './kind.ts'
import {
  breakdown,
  breakdownOf,
  commonFields,
  condition,
  conditionOf,
  counts,
  filtersOf,
  period,
  periodStart,
} from './parts.ts'

const query = z
  .strictObject({
    ...commonFields,
    type: z.literal('retention'),
    period,
    start: condition,
    return: condition,
    mode: z.enum(['recurring', 'first_time', 'first_ever']).optional(),
    window_mode: z.literal('rolling').optional(),
    alignment: z.enum(['calendar', 'elapsed']).optional(),
    cumulative: z.boolean().optional(),
    criteria: z.enum(['on', 'on_or_after']).optional(),
    min_occurrences: z.number().optional(),
    intervals: z.int().positive().optional(),
    first_interval_start: z.string().optional(),
    offsets: z.array(z.int().nonnegative()).min(1).optional(),
    brackets: z.array(z.number()).optional(),
    breakdown: breakdown.optional(),
  })
  .refine(
    (q) =>
      (q.cumulative === undefined || q.criteria === undefined) &&
      (q.window_mode === undefined || q.alignment === undefined) &&
      (q.offsets === undefined || (q.intervals ?? q.first_interval_start ?? q.brackets) === undefined),
    'has fields that say one thing in two ways',
  )

type Query = z.output<typeof query>

const cells = {
  triangle: z.array(counts).optional(),
  rows: z.array(counts).optional(),
  row_0: counts.optional(),
}

export const retention = kind({
  query,
  expected: z.strictObject({
    ...cells,
    cohort_starts: z.array(periodStart).optional(),
    cohort_size: z.number().optional(),
    retained: counts.optional(),
    breakdown: z.record(z.string(), z.strictObject(cells)).optional(),
  }),
  report: (q) => ({
    type: 'retention',
    start: conditionOf(q.start),
    return: conditionOf(q.return),
    period: q.period,
    periods: q.brackets ? undefined : lastPeriod(q),
    brackets: q.brackets,
    // 24-hour windows run from an entity's own first start, so it is in one cohort only
    mode: q.mode ?? (q.window_mode === 'rolling' ? 'first_time' : 'recurring'),
    alignment: q.alignment ?? (q.window_mode === 'rolling' ? 'elapsed' : 'calendar'),
    criteria: q.criteria ?? (q.cumulative ? 'on_or_after' : 'on'),
    min_occurrences: q.min_occurrences,
    breakdown: q.breakdown && breakdownOf(q.breakdown),
    range: cohortRange(q),
    where: filtersOf(q.filter),
  }),
  answers(q, read, { timezone }, expected) {
    const starts = async () => [...new Set((await read('')).map(startOf))].sort()
    const table = (which: (row: Row) => boolean) => tableOf(q, read, starts, which)
    const total = (rows: readonly Row[], column: string) =>
      rows.reduce((sum, row) => sum + Number(row[column]), 0)
    return {
      ...table(() => true),
      cohort_starts: async () => (await starts()).map((start) => periodText(start, timezone)),
      cohort_size: async () =>
        total(
          (await read('')).filter((row) => Number(row['period']) === 0),
          'cohort_size',
        ),
      // rules count what happened after each number of periods, in the cohort's own one too
      retained: async () => {
        const rows = await read('')
        const after = (offset: number) => rows.filter((row) => Number(row['period']) === offset)
        return (q.offsets ?? [0]).map((offset) => total(after(offset), 'returned'))
      },
      breakdown: async () => answersBySegment(expected.breakdown, await read(''), table),
    }
  },
})

/** The table by cohort and period; a cohort's own period holds its size. */
function tableOf(q: Query, read: Read, starts: () => Promise<string[]>, which: (row: Row) => boolean) {
  const table = async () => {
    const cells = (await read('')).filter(which).sort(by('period'))
    return (await starts()).map((cohort) =>
      cells.filter((cell) => startOf(cell) === cohort).map((cell) => number(cell['retained'])),
    )
  }
  const rows = async (shorter: number) =>
    (await table()).map((row, i) =>
      q.intervals === undefined ? row : row.slice(0, q.intervals - i * shorter),
    )
  return {
    rows: () => rows(0),
    triangle: () => rows(1),
    row_0: async () => (await table())[0] ?? [],
  }
}

const startOf = (row: Row) => startText(row['cohort_start'])

/** Periods of columns after the cohort's own; a report has one at least. */
function lastPeriod({ intervals, offsets }: Query): number | undefined {
  if (offsets) return Math.max(...offsets, 1)
  return intervals === undefined ? undefined : Math.max(intervals - 1, 1)
}

/** Cohorts begin in the first interval or a later one; without a first one, whenever there are events. */
function cohortRange({ period, intervals = 1, first_interval_start: first, timezone = 'UTC' }: Query) {
  if (first === undefined) return undefined
  if (period !== 'hour') return { from: first.slice(0, 10), to: lastDay(first, intervals, period) }
  const from = localInstant(first, timezone)
  return {
    from: from.toISOString(),
    to: new Date(from.getTime() + intervals * 3_600_000 - 1).toISOString(),
  }
}
