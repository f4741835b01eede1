/** Local times as text, as cases write the starts of periods. */
import type { Period } from './parts.ts'

/** `2020-06-10T06:00` in a time zone. */
function localText(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(at)
  return parts.replace(' ', 'T')
}

/** The instant of a local time such as `2020-06-10T06:00`. */
export function localInstant(text: string, zone: string): Date {
  const asUtc = (local: string) => Date.parse(`${local.slice(0, 16)}Z`)
  const wanted = asUtc(text)
  // the offset at the wanted time is that at a time a few hours away, unless a clock changes between them
  const guess = wanted - (asUtc(localText(new Date(wanted), zone)) - wanted)
  return new Date(guess - (asUtc(localText(new Date(guess), zone)) - wanted))
}

/** The start of a period in a relation, in an order: a date, or for hours the instant. */
export const startText = (start: unknown): string =>
  start instanceof Date ? start.toISOString() : String(start)

/** The same as cases write it: local time. */
export function periodText(start: string, zone: string): string {
  return spelled(start.endsWith('Z') ? localText(new Date(start), zone) : start)
}

/** One spelling of a local time: `2020-06-10`, and `2020-06-10T06:00` where it is not midnight. */
export function spelled(text: string): string {
  const [, day = text, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)\S*)?$/.exec(text) ?? []
  return time === '00:00' ? day : `${day}T${time}`
}

/** The last day of the `count` periods that begin with a date. */
export function lastDay(start: string, count: number, period: Exclude<Period, 'hour'>): string {
  const day = new Date(`${start.slice(0, 10)}T00:00:00Z`)
  if (period === 'month') day.setUTCMonth(day.getUTCMonth() + count)
  else day.setUTCDate(day.getUTCDate() + count * (period === 'week' ? 7 : 1))
  day.setUTCDate(day.getUTCDate() - 1)
  return day.toISOString().slice(0, 10)
}
