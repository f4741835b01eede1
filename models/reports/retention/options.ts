/** What a retention report may say, and the columns of time that it asks for. */
import * as z from 'zod'
import type { ColumnDoc } from '../../../src/graph/model.ts'
import type { Invalid, Report } from '../../../src/graph/report.ts'
import {
  breakdownSchema,
  conditionSchema,
  periodSchema,
  type Condition,
} from '../../../src/project/report_schema.ts'

const MOST_PERIODS = 366

export const retentionOptions = z.object({
  start: conditionSchema.describe(
    'The event that begins: the name of an event, or {event, where}, or {any_event: true, where}.',
  ),
  return: conditionSchema
    .optional()
    .describe('The event that is a return, written like `start`. Default: the same as `start`.'),
  mode: z
    .enum(['first_time', 'first_ever', 'recurring'])
    .default('first_time')
    .describe(
      'first_time: one cohort, that of the first event of all time that matches `start`. first_ever: the first event of that name whatever its properties, which must match. recurring: the cohort of every period with a start.',
    ),
  criteria: z
    .enum(['on', 'on_or_after'])
    .default('on')
    .describe('on: a return in that very period. on_or_after: in that period or any later one.'),
  alignment: z
    .enum(['calendar', 'elapsed'])
    .default('calendar')
    .describe(
      "calendar: periods of the calendar after that of the start. elapsed: lengths of time since each one's own start event (hour 3,600 s, day 86,400 s, week 7 days, month 30 days); a return after exactly one length is in period 1.",
    ),
  period: periodSchema
    .default('day')
    .describe('Of cohorts and returns: hour, day, week or month, in the time zone of the project.'),
  periods: z
    .int()
    .min(1)
    .max(MOST_PERIODS, `at most ${MOST_PERIODS}`)
    .optional()
    .describe('How many periods to follow a cohort. Default: 12.'),
  brackets: z
    .array(z.int().min(1).max(MOST_PERIODS, `at most ${MOST_PERIODS}`))
    .min(1)
    .optional()
    .describe(
      'Instead of `periods`: sizes of consecutive brackets of periods after that of the start; [4, 10] is periods 1 to 4 and 5 to 14. Each one counts once per bracket.',
    ),
  min_occurrences: z
    .int()
    .min(1)
    .default(1)
    .describe('How many return events one period needs, also within a bracket; never asked of period 0.'),
  average: z
    .enum(['pooled', 'mixpanel_weighted'])
    .default('pooled')
    .describe(
      'How complete cohorts are averaged. pooled: all retained of all cohorts together. mixpanel_weighted: the rates weighted by the squares of the sizes.',
    ),
  breakdown: breakdownSchema
    .optional()
    .describe(
      'Cohorts for each value of a property: of the event, which start and return must then share, or of the group or user as of the start.',
    ),
})

export type RetentionOptions = z.output<typeof retentionOptions>

export function validateRetention({ options: o }: Report<RetentionOptions>): Invalid[] {
  const found: Invalid[] = []
  if (o.periods !== undefined && o.brackets !== undefined) {
    found.push({
      code: 'contradiction',
      path: ['periods'],
      message: '`brackets` say which periods there are, so `periods` does not go with them.',
      fix: 'Remove one of the two.',
    })
  }
  const total = o.brackets?.reduce((sum, size) => sum + size, 0) ?? 0
  if (total > MOST_PERIODS) {
    found.push({
      code: 'invalid_value',
      path: ['brackets'],
      message: `the brackets add up to ${total} periods; a report follows its cohorts for at most ${MOST_PERIODS}.`,
      fix: 'Use fewer or smaller brackets, or a longer `period`.',
    })
  }
  return found
}

/** A column of the report: a period, or a bracket of several; both ends included. */
export interface Column {
  readonly from: number
  readonly to: number
}

/** Column 0 is the period of the start. */
export function columnsOf({ periods = 12, brackets }: RetentionOptions): Column[] {
  const columns: Column[] = [{ from: 0, to: 0 }]
  for (const size of brackets ?? Array<number>(periods).fill(1)) {
    const from = (columns.at(-1)?.to ?? 0) + 1
    columns.push({ from, to: from + size - 1 })
  }
  return columns
}

/** The last period that a column covers. */
export const lastOffset = (o: RetentionOptions): number => columnsOf(o).at(-1)?.to ?? 0

export const returnOf = (o: RetentionOptions): Condition => o.return ?? o.start

/** What one period lasts when time runs from each one's own start; a month is 30 days. */
export const ELAPSED_MICROSECONDS = {
  hour: 3_600_000_000,
  day: 86_400_000_000,
  week: 604_800_000_000,
  month: 2_592_000_000_000,
} as const

/** "first_time, on, calendar week" */
export function ruleOf({ mode, criteria, alignment, period, min_occurrences: n }: RetentionOptions): string {
  const rule = `${mode}, ${criteria}, ${alignment} ${period}`
  return n === 1 ? rule : `${rule}, at least ${n} returns in a period`
}

/** `segment`, where the report has a breakdown. */
export function segmentDoc({ breakdown }: RetentionOptions): Record<string, ColumnDoc> {
  if (breakdown === undefined) return {}
  const description = `Value of ${breakdown.property}, '' where there is none; $other for all but the ${breakdown.limit} of most members.`
  return { segment: { type: 'text', description } }
}

export const PERIOD_DOCS: Record<'period_number' | 'from_period' | 'to_period', ColumnDoc> = {
  period_number: {
    type: 'bigint',
    description: 'Periods after the start, or number of the bracket; 0 is the period of the start.',
  },
  from_period: { type: 'bigint', description: 'First period after the start that it covers.' },
  to_period: { type: 'bigint', description: 'Last period after the start that it covers.' },
}
