/** Hours, days, weeks and months as whole numbers: consecutive periods have consecutive numbers. */
import type { ModelContext } from '../../src/graph/model.ts'
import type { Period, SqlFunctions } from '../../src/engines/index.ts'
import { daysAfter, hourRuns, isDay } from '../../src/project/local_time.ts'
import type { Range } from '../../src/project/report_schema.ts'
import { literal, sql, type Sql } from '../../src/sql/sql.ts'

/** The period that an event falls into: a date, or for hours the UTC instant at which the local hour begins. */
export function periodStart(
  period: Period,
  c: ModelContext,
  day: Sql = sql`day`,
  at: Sql = sql`occurred_at`,
): Sql {
  const { timezone, week_start } = c.catalog.project
  return period === 'hour' ? c.fn.hourStart(at, timezone) : c.fn.periodStart(day, period, week_start)
}

export const periodType = (period: Period): 'timestamp' | 'date' => (period === 'hour' ? 'timestamp' : 'date')

/** What `period_start` is, for the documentation of a column. */
export function periodDoc(period: Period, c: { project: { timezone: string; week_start: string } }): string {
  const { timezone, week_start } = c.project
  if (period === 'hour') return `Start of the local hour of ${timezone}, UTC.`
  if (period === 'day') return `The calendar day in ${timezone}.`
  return period === 'week'
    ? `First day of the week (from ${week_start}) in ${timezone}.`
    : `First day of the month in ${timezone}.`
}

/** Numbers the period that a day lies in; of hours it takes the start, as `periodStart` gives it. */
export function numberOf(day: Sql, period: Period, { fn, catalog }: ModelContext): Sql {
  switch (period) {
    case 'hour':
      return hourNumber(fn.microseconds(day), catalog.project.timezone, fn)
    case 'day':
      return sql`cast(${fn.daysBetween(sql`date '1970-01-01'`, day)} as integer)`
    case 'week':
      return sql`cast(floor((${fn.daysBetween(sql`date ${literal(firstWeek(catalog.project.week_start))}`, day)}) / 7.0) as integer)`
    case 'month':
      return sql`cast(extract(year from ${day}) * 12 + extract(month from ${day}) - 1 as integer)`
  }
}

/** A comment for whoever reads numbers of periods in a query. */
export const NUMBERING: Readonly<Record<Period, Sql>> = {
  hour: sql`-- hours are numbered: the next one is one more`,
  day: sql`-- days are numbered: the next one is one more`,
  week: sql`-- weeks are numbered: the next one is one more`,
  month: sql`-- months are numbered: the next one is one more`,
}

/** The number of the period that an event falls into. */
export const periodNumber = (
  period: Period,
  c: ModelContext,
  day: Sql = sql`day`,
  at: Sql = sql`occurred_at`,
): Sql => numberOf(period === 'hour' ? periodStart(period, c, day, at) : day, period, c)

/** The start of the period with a number; the inverse of `numberOf`, for the same first day of a week. */
export function startOf(number: Sql, period: Period, { fn, catalog }: ModelContext): Sql {
  switch (period) {
    case 'hour':
      return fn.instantOf(hourInMicroseconds(number, catalog.project.timezone, fn))
    case 'day':
      return sql`(${fn.addDays(sql`date '1970-01-01'`, sql`cast(${number} as integer)`)})`
    case 'week':
      return sql`(${fn.addDays(sql`date ${literal(firstWeek(catalog.project.week_start))}`, sql`cast(${number} * 7 as integer)`)})`
    case 'month':
      return fn.monthStart(number)
  }
}

/** The first day of the first whole week of 1970, which began on a Thursday: week 0. */
const firstWeek = (start: keyof typeof FIRST_WEEK) => `1970-01-0${FIRST_WEEK[start]}`

const FIRST_WEEK = {
  thursday: 1,
  friday: 2,
  saturday: 3,
  sunday: 4,
  monday: 5,
  tuesday: 6,
  wednesday: 7,
} as const

/** Hours of UTC since 1970, and those local ones that began between them. */
function hourNumber(start: Sql, timezone: string, { stepwise }: SqlFunctions): Sql {
  const ofUtc = sql`floor(${start} / 3600000000.0)`
  const [, ...later] = hourRuns(timezone)
  const more = later.filter(({ between }, i) => between > (later[i - 1]?.between ?? 0))
  if (more.length === 0) return sql`cast(${ofUtc} as integer)`
  const between = stepwise(
    start,
    0,
    more.map((run) => [run.begins, run.between]),
  )
  return sql`cast(${ofUtc} + ${between} as integer)`
}

/** Local hours begin so long after those of UTC: half an hour in Asia/Kolkata, now none and now half in others. */
function hourInMicroseconds(number: Sql, timezone: string, { stepwise }: SqlFunctions): Sql {
  const hours = sql`${number} * cast(3600000000 as bigint)`
  const [first, ...later] = hourRuns(timezone)
  const before = first?.offset ?? 0
  if (later.length > 0) {
    const offset = stepwise(
      number,
      before,
      later.map((run) => [run.first, run.offset]),
    )
    return sql`${hours} + ${offset}`
  }
  return before === 0 ? hours : sql`${hours} + ${literal(before)}`
}

/** Conditions that keep events within a range; days are those of the project's time zone, both ends included. */
export function withinRange(range: Range, c: ModelContext): Sql[] {
  return [...fromRange(range, c), ...toRange(range, c)]
}

export function fromRange({ from }: Range, { fn }: ModelContext): Sql[] {
  if (from === undefined) return []
  return [isDay(from) ? sql`day >= date ${literal(from)}` : sql`occurred_at >= ${fn.instantLiteral(from)}`]
}

export function toRange({ to }: Range, { fn }: ModelContext): Sql[] {
  if (to === undefined) return []
  return [isDay(to) ? sql`day <= date ${literal(to)}` : sql`occurred_at <= ${fn.instantLiteral(to)}`]
}

/** The local day that a bound of a range lies in, as a date. */
export function dayOf(bound: string, { fn, catalog }: ModelContext): Sql {
  return isDay(bound)
    ? sql`date ${literal(bound)}`
    : fn.localDay(fn.instantLiteral(bound), catalog.project.timezone)
}

/** A bound of a range as a UTC timestamp: for a day its local beginning. */
export const instantOfBound = (bound: string, { fn, catalog }: ModelContext): Sql =>
  isDay(bound)
    ? fn.instant(fn.text(literal(bound)), 'timestamp', catalog.project.timezone)
    : fn.instantLiteral(bound)

/** The number of the period that a bound of a range lies in. */
export function boundNumber(bound: string, period: Period, c: ModelContext): Sql {
  return periodNumber(period, c, dayOf(bound, c), instantOfBound(bound, c))
}

/** The number of the last period that the end of a range touches: a day is there to its last hour. */
export function lastNumber(to: string, period: Period, c: ModelContext): Sql {
  if (period !== 'hour' || !isDay(to)) return boundNumber(to, period, c)
  const { fn, catalog } = c
  const { timezone } = catalog.project
  const midnight = instantOfBound(daysAfter(to, 1), c)
  const lastInstant = fn.instantOf(sql`${fn.microseconds(midnight)} - 1`)
  return numberOf(fn.hourStart(lastInstant, timezone), period, c)
}

/** Keeps the whole periods that a range touches, by the columns `day` and `occurred_at`. */
export function withinPeriods({ from, to }: Range, period: Period, c: ModelContext): Sql[] {
  if (period === 'hour') {
    const hour = numberOf(periodStart(period, c), period, c)
    return [
      ...(from === undefined ? [] : [sql`${hour} >= ${boundNumber(from, period, c)}`]),
      ...(to === undefined ? [] : [sql`${hour} <= ${lastNumber(to, period, c)}`]),
    ]
  }
  return [
    ...(from === undefined ? [] : [sql`day >= ${periodStart(period, c, dayOf(from, c))}`]),
    ...(to === undefined ? [] : [sql`${periodStart(period, c)} <= ${periodStart(period, c, dayOf(to, c))}`]),
  ]
}
