/** The functions that engines write alike. An engine that differs in one gives its own. */
import { join, literal, sql } from '../../sql/sql.ts'
import type { SqlFunctions } from '../functions.ts'
import { utcText } from './patterns.ts'
import { unfolded } from './unfolded.ts'

export const COMMON = {
  now: () => sql`timezone('UTC', now())`,
  instantLiteral: (iso) => sql`timestamp ${literal(utcText(iso))}`,
  utcClock: (instant) => instant,

  localDay: (instant, zone) =>
    zone === 'UTC'
      ? sql`cast(${instant} as date)`
      : sql`cast(timezone(${literal(zone)}, timezone('UTC', ${instant})) as date)`,

  hourStart(instant, zone) {
    if (zone === 'UTC') return sql`date_trunc('hour', ${instant})`
    const local = sql`timezone(${literal(zone)}, timezone('UTC', ${instant}))`
    return sql`${instant} - (${local} - date_trunc('hour', ${local}))`
  },

  eachMember: (of) => unfolded(of, sql`unnest(${of.list})`),
  leastOf: (values) => sql`least(${join(values, ', ')})`,
  greatestOf: (values) => sql`greatest(${join(values, ', ')})`,
  addDays: (day, days) =>
    typeof days === 'number' && days < 0
      ? sql`${day} - ${literal(-days)}`
      : sql`${day} + ${typeof days === 'number' ? literal(days) : days}`,
  daysBetween: (earlier, later) => sql`${later} - ${earlier}`,
  monthStart: (months) =>
    sql`make_date(cast(floor(${months} / 12.0) as integer), cast(${months} - floor(${months} / 12.0) * 12 as integer) + 1, 1)`,
  nextMonth: (day) => sql`cast(${day} + interval '1 month' as date)`,
  after: (instant, count, unit) =>
    count < 0
      ? sql`${instant} - interval ${literal(`${-count} ${unit}`)}`
      : sql`${instant} + interval ${literal(`${count} ${unit}`)}`,
  md5: (text) => sql`md5(${text})`,
} satisfies Partial<SqlFunctions>
