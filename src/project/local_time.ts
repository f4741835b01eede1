/** Local time of a time zone, by the runtime's own tables: which names are zones, when their days and hours begin. */

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export function isTimeZone(name: string): boolean {
  // Asking for the time zone data costs 10 ms, and most projects are in UTC.
  if (name === 'UTC') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^(UTC|[A-Za-z]+\/.+)$/.test(name)
  } catch {
    return false
  }
}

/** Whether a bound of a range is a day, not an instant. */
export const isDay = (bound: string): boolean => bound.length === 10

/**
 * First and last instant of a range, in microseconds since 1970; infinite where it has no bound. A day lasts from
 * its local beginning to its local end.
 */
export function instantsOf(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timezone: string,
): { first: number; last: number } {
  // there is no day of four-digit years after the last
  const endless = to === undefined || to === '9999-12-31'
  return {
    first: from === undefined ? -Infinity : isDay(from) ? beginningOf(from, timezone) : instant(from),
    last: endless ? Infinity : isDay(to) ? beginningOf(daysAfter(to, 1), timezone) - 1 : instant(to),
  }
}

/** The calendar day so many days after another; before it where they are negative. */
export const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

/** The local day that a bound of a range lies in. */
export const localDay = (bound: string, timezone: string): string =>
  isDay(bound) ? bound : localDays(timezone)(Date.parse(bound))

/** Dates keep no more than milliseconds. */
function instant(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return Date.parse(text.replace(/\.\d+/, '')) * 1_000 + Number(fraction.padEnd(6, '0'))
}

/** Not all days begin at midnight: in some years clocks skip it, or whole days. */
function beginningOf(day: string, timezone: string): number {
  const midnight = Date.parse(day)
  if (timezone === 'UTC') return midnight * 1_000
  const dayAt = localDays(timezone)
  // zones are less than a day apart from UTC
  let before = midnight - DAY_MS
  let after = midnight + DAY_MS
  while (after - before > 1) {
    const between = Math.floor((before + after) / 2)
    if (dayAt(between) < day) before = between
    else after = between
  }
  return after * 1_000
}

function localDays(timezone: string): (ms: number) => string {
  if (timezone === 'UTC') return (ms) => new Date(ms).toISOString().slice(0, 10)
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  // years before 1000 have fewer digits
  return (ms) => format.format(ms).padStart(10, '0')
}

/** Local hours that follow one another an hour apart; numbers count them on from one run to the next. */
export interface HourRun {
  /** When its first hour begins, in microseconds since 1970. */
  readonly begins: number
  /** The number of that hour: of whole hours of UTC since 1970, and of those that came between. */
  readonly first: number
  /** How many came between: where clocks go back by half an hour, two hours begin within one of UTC. */
  readonly between: number
  /** Microseconds from so many hours since 1970 as the number says to the beginning of the hour. */
  readonly offset: number
}

/** Until when rules of zones that still change are followed. */
const LAST_YEAR = 2100

const runs = new Map<string, readonly HourRun[]>()

/** The runs of a zone since 1970, or before: one, but in zones that changed by less than an hour. */
export function hourRuns(timezone: string): readonly HourRun[] {
  const known = runs.get(timezone) ?? findRuns(timezone)
  runs.set(timezone, known)
  return known
}

function findRuns(timezone: string): HourRun[] {
  if (timezone === 'UTC') return [{ begins: -Infinity, first: -Infinity, between: 0, offset: 0 }]
  const hourAt = hoursOf(timezone)
  const phaseAt = (ms: number) => modulo(hourAt(ms), HOUR_MS)
  let phase = phaseAt(0)
  const found: HourRun[] = [{ begins: -Infinity, first: -Infinity, between: 0, offset: phase * 1_000 }]
  for (let month = 1; month < (LAST_YEAR - 1970) * 12; month++) {
    let after = Date.UTC(1970, month)
    if (phaseAt(after) === phase) continue
    let before = Date.UTC(1970, month - 1)
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (phaseAt(middle) === phase) before = middle
      else after = middle
    }
    phase = phaseAt(after)
    const begins = hourAt(after)
    const sameHour = Math.floor(begins / HOUR_MS) === Math.floor(hourAt(before) / HOUR_MS)
    const between = (found.at(-1)?.between ?? 0) + (sameHour ? 1 : 0)
    const first = Math.floor(begins / HOUR_MS) + between
    found.push({ begins: begins * 1_000, first, between, offset: (phase - between * HOUR_MS) * 1_000 })
  }
  return found
}

/** When the local hour of an instant begins, by the minutes and seconds on a clock there. */
function hoursOf(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, minute: 'numeric', second: 'numeric' })
  return (ms) => {
    const [minutes = 0, seconds = 0] = format.format(ms).split(':').map(Number)
    return Math.floor(ms / 1_000) * 1_000 - (minutes * 60 + seconds) * 1_000
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by
