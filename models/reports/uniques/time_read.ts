/** The time that a report of uniques looks at, held against that of a report whose numbers it uses. */
import type { Period } from '../../../src/engines/index.ts'
import type { Catalog } from '../../../src/graph/catalog.ts'
import { daysAfter, instantsOf, isTimeZone, localDay } from '../../../src/project/local_time.ts'
import type { Range } from '../../../src/project/report_schema.ts'
import type { UniquesReport } from './activity.ts'

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** Whether all that is read lies within a range; `trailingDays` are read before the first day, less that day itself. */
export function readsWithin(
  known: Range,
  report: UniquesReport,
  trailingDays: number | undefined,
  { project }: Catalog,
): boolean {
  const { timezone, week_start } = project
  // a problem of its own
  if (!isTimeZone(timezone)) return true
  const { from, to } = report.range
  const firstDay =
    from === undefined || trailingDays === undefined
      ? from
      : daysAfter(firstAsked(localDay(from, timezone), report, week_start), 1 - trailingDays)
  const read = instantsOf({ from: firstDay, to }, timezone)
  const whole = instantsOf(known, timezone)
  return whole.first <= read.first && read.last <= whole.last
}

/** The first day that trailing actives are those of. */
function firstAsked(day: string, { options }: UniquesReport, weekStart: string): string {
  return options.trailing_at === 'end' ? day : startOfPeriod(day, options.interval, weekStart)
}

function startOfPeriod(day: string, period: Period, weekStart: string): string {
  if (period === 'month') return `${day.slice(0, 8)}01`
  if (period !== 'week') return day
  const sinceStart = (new Date(day).getUTCDay() - WEEKDAYS.indexOf(weekStart) + 7) % 7
  return daysAfter(day, -sinceStart)
}
