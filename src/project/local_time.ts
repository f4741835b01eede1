/** Local time of a time zone, by the runtime's own tables: which names are zones, and when their days begin. */

const DAY_MS = 86_400_000

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
