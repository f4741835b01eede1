/** The periods of a report and the days that its trailing metrics look back on. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { fromEach, lastDay, lastEvent, lastEventNumber } from '../data_end.ts'
import { isDay } from '../../../src/project/local_time.ts'
import { boundNumber, dayOf, instantOfBound, lastNumber, periodNumber, startOf } from '../periods.ts'
import type { UniquesReport } from './activity.ts'
import type { Activity, Metric } from './metrics.ts'

export const hasTrailing = (metrics: readonly Metric[]): boolean => longestLookBack(metrics) !== undefined

/** The most days that metrics look back on; undefined where none does. */
export function longestLookBack(metrics: readonly Metric[]): number | undefined {
  const days = metrics.flatMap(({ trailingDays }) => (trailingDays === undefined ? [] : [trailingDays]))
  return days.length === 0 ? undefined : Math.max(...days)
}

/** Whether metrics read days before the range, which may have values that the range does not have. */
export const looksBeforeRange = ({ options, range }: UniquesReport, { metrics }: Activity): boolean =>
  options.breakdown !== undefined && range.from !== undefined && hasTrailing(metrics)

/** Whether a row with a `day` is among the days that a period of `periods` looks back on. */
export const isLookedBackOn = (metrics: readonly Metric[]): Sql => sql`
  exists (
    select 1
    from periods
    where day <= as_of and day > as_of - ${literal(longestLookBack(metrics) ?? 0)}
  )
`

/**
 * Every period of the range, and for trailing metrics the day that they are those of.
 * @param inRange relation with `first_at` of what is in the range; needed for a range without a beginning
 */
export function periods(
  report: UniquesReport,
  metrics: readonly Metric[],
  inRange: Sql | undefined,
  c: ModelContext,
): Sql[] {
  const { range, options } = report
  const { interval } = options
  const firstDay = c.fn.localDay(sql`first_at`, c.catalog.project.timezone)
  const first =
    range.from === undefined
      ? periodNumber(interval, c, firstDay, sql`first_at`)
      : boundNumber(range.from, interval, c)
  const last = range.to === undefined ? lastEventNumber(interval, c) : lastNumber(range.to, interval, c)
  const end = range.to === undefined ? lastDay(c) : dayOf(range.to, c)
  const samplesLast =
    hasTrailing(metrics) && options.trailing_at === 'end' && interval !== 'hour' && interval !== 'day'
  const isOpen = range.to === undefined
  const read = [
    ...(range.from === undefined && inRange
      ? [sql`(select min(first_at) as first_at from ${inRange}) as seen`]
      : []),
    ...(isOpen ? [lastEvent(c)] : []),
  ]
  const starts = [
    sql`${startOf(sql`number`, interval, c)} as period_start`,
    ...(hasTrailing(metrics) ? [sql`${asOf(report, c)} as as_of`] : []),
  ]
  return [
    sql`
      bounds as (
        select
          ${join([sql`${first} as first_number`, sql`${last} as last_number`, ...(samplesLast ? [sql`${end} as last_day`] : [])], ',\n')}
        ${fromEach(read)}
        ${isOpen && range.from !== undefined ? sql`where ${beginsBefore(range.from, c)}` : sql``}
      )
    `,
    sql`
      periods as (
        select
          ${join(starts, ',\n')}
        from (
          ${c.fn.eachInteger({
            rows: sql`bounds`,
            keep: samplesLast ? [sql`last_day`] : [],
            from: sql`first_number`,
            to: sql`last_number`,
            as: sql`number`,
          })}
        ) as numbered
      )
    `,
  ]
}

function asOf({ options: { interval, trailing_at } }: UniquesReport, c: ModelContext): Sql {
  const start = startOf(sql`number`, interval, c)
  if (interval === 'hour') return c.fn.localDay(start, c.catalog.project.timezone)
  if (interval === 'day' || trailing_at === 'start') return start
  return c.fn.leastOf([c.fn.addDays(startOf(sql`(number + 1)`, interval, c), -1), sql`last_day`])
}

/** A range that begins after the data ends has no periods, though one of them may hold both. */
const beginsBefore = (from: string, c: ModelContext): Sql =>
  isDay(from) ? sql`${lastDay(c)} >= ${dayOf(from, c)}` : sql`last_at >= ${instantOfBound(from, c)}`
