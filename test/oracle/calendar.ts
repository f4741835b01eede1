/** Calendar days, weeks, months and local hours by JavaScript's own calendar. */
import { localDay } from '../oracle.ts'

export type Interval = 'hour' | 'day' | 'week' | 'month'
export type WeekStart = 'monday' | 'sunday'

export interface Calendar {
  readonly timezone: string
  readonly weekStart: WeekStart
}

/** Both ends included; days are local, instants are ISO 8601. */
export interface Range {
  readonly from?: string
  readonly to?: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

const isDay = (bound: string): boolean => bound.length === 10

export function isInRange(at: number, { from, to }: Range, { timezone }: Calendar): boolean {
  const time = (bound: string) => (isDay(bound) ? localDay(at, timezone) : at)
  const limit = (bound: string) => (isDay(bound) ? bound : Date.parse(bound))
  return (from === undefined || time(from) >= limit(from)) && (to === undefined || time(to) <= limit(to))
}

/** Whether a range ends before it begins. */
export function isEmpty(range: Range, timezone: string): range is Range & { readonly from: string } {
  const { from, to } = range
  if (from === undefined || to === undefined) return false
  const last = isDay(to) ? endOf(to, { timezone }) - 1 : Date.parse(to)
  return instantOf(from, { timezone }) > last
}

/** The instant that a bound stands for; for a day its first one. */
export function instantOf(bound: string, { timezone }: Pick<Calendar, 'timezone'>): number {
  return isDay(bound) ? startOfDay(bound, timezone) : Date.parse(bound)
}

/** The last instant of a bound: for a day the one at which the next begins. */
export function endOf(bound: string, { timezone }: Pick<Calendar, 'timezone'>): number {
  return isDay(bound) ? startOfDay(daysAfter(bound, 1), timezone) : Date.parse(bound)
}

export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)
}

/** Looks through a day and a half, quarter by quarter of an hour. */
function startOfDay(day: string, timezone: string): number {
  let at = Date.parse(day) - 18 * HOUR
  while (localDay(at, timezone) < day) at += HOUR / 4
  return at
}

/** `2024-01-31`, or for hours the instant at which the local hour begins. */
export function periodOf(at: number, interval: Interval, calendar: Calendar): string {
  if (interval === 'hour') return new Date(startOfHour(at, calendar.timezone)).toISOString()
  return periodOfDay(localDay(at, calendar.timezone), interval, calendar.weekStart)
}

export function periodOfDay(day: string, interval: Exclude<Interval, 'hour'>, weekStart: WeekStart): string {
  if (interval === 'day') return day
  if (interval === 'month') return `${day.slice(0, 7)}-01`
  let start = day
  while (new Date(start).getUTCDay() !== (weekStart === 'sunday' ? 0 : 1)) start = daysAfter(start, -1)
  return start
}

function startOfHour(at: number, timezone: string): number {
  const minute = new Intl.DateTimeFormat('en', { timeZone: timezone, minute: 'numeric' }).format(at)
  const ofMinute = at - (((at % 60_000) + 60_000) % 60_000)
  return ofMinute - Number(minute) * 60_000
}

export function nextPeriod(
  period: string,
  interval: Interval,
  { timezone }: Pick<Calendar, 'timezone'>,
): string {
  if (interval === 'hour') {
    // looks at the clock every quarter of an hour, for hours may be shorter where clocks are changed
    for (let at = Date.parse(period); ; at += HOUR / 4) {
      const start = startOfHour(at, timezone)
      if (start > Date.parse(period)) return new Date(start).toISOString()
    }
  }
  if (interval === 'day') return daysAfter(period, 1)
  if (interval === 'week') return daysAfter(period, 7)
  return `${daysAfter(period, 31).slice(0, 7)}-01`
}

/** All periods from one to another, both included. */
export function periodsBetween(
  first: string,
  last: string,
  interval: Interval,
  calendar: Pick<Calendar, 'timezone'>,
): string[] {
  const periods: string[] = []
  for (let period = first; period <= last; period = nextPeriod(period, interval, calendar))
    periods.push(period)
  return periods
}

/**
 * The periods that a range touches; where it has no beginning, from the first of those seen.
 * @param all events, whatever they are: where it has no end, up to the last of them
 */
export function periodsOf(
  range: Range,
  seen: readonly string[],
  interval: Interval,
  calendar: Calendar,
  all: readonly { readonly at: number }[],
): string[] {
  const inOrder = [...seen].sort()
  const first =
    range.from === undefined ? inOrder[0] : periodOf(instantOf(range.from, calendar), interval, calendar)
  const ends = all.map(({ at }) => periodOf(at, interval, calendar)).sort()
  const last = range.to === undefined ? ends.at(-1) : lastPeriod(range.to, interval, calendar)
  return first === undefined || last === undefined ? [] : periodsBetween(first, last, interval, calendar)
}

export function lastPeriod(to: string, interval: Interval, calendar: Calendar): string {
  const last = isDay(to) ? endOf(to, calendar) - 1 : Date.parse(to)
  return periodOf(last, interval, calendar)
}

/** Whether a range touches the period of an instant. */
export function isInPeriods(at: number, range: Range, interval: Interval, calendar: Calendar): boolean {
  const period = periodOf(at, interval, calendar)
  const { from, to } = range
  return (
    (from === undefined || period >= periodOf(instantOf(from, calendar), interval, calendar)) &&
    (to === undefined || period <= lastPeriod(to, interval, calendar))
  )
}
