/** What users did for each company: CTEs by group and period. */
import type { Period } from '../../src/engines/index.ts'
import type { ModelContext } from '../../src/graph/model.ts'
import type { Report } from '../../src/graph/report.ts'
import { identifier, join, sql, trusted, type Sql } from '../../src/sql/sql.ts'
import { sumBigint } from '../group_key_profiles.ts'
import { requireEntity } from './activity.ts'
import type { HealthOptions } from './company_health_options.ts'
import { allOf, filterSql, needsProperties } from './conditions.ts'
import { lastDay, lastEvent, lastEventNumber } from './data_end.ts'
import {
  boundNumber,
  dayOf,
  lastNumber,
  numberOf,
  periodStart,
  startOf,
  toRange,
  withinRange,
} from './periods.ts'
import { entityEvents } from './stream.ts'

/** The users who are active in so many days. */
export const TRAILING = { dau: 1, wau: 7, mau: 30 } as const

/** Of the look backs, in days. */
const LONGEST = Math.max(...Object.values(TRAILING))

/** The calendar periods after that of the first event in which new users may come back. */
export const RETURNS = { d1: 'day', w1: 'week', m1: 'month' } as const

const numberOfDay = (day: Sql, period: Period, c: ModelContext): Sql => numberOf(day, period, c)

/** All history: who is new shows in what was before the range, who came back in what came after it. */
export function userDays(
  { options: o, where, range, by: given }: Report<HealthOptions>,
  c: ModelContext,
): Sql[] {
  const by = requireEntity(given)
  const within = allOf(withinRange(range, c))
  const select = entityEvents(
    {
      by,
      columns: [
        sql`user_id`,
        sql`day`,
        sql`min(occurred_at) as occurred_at`,
        sql`${within ? sql`count(case when ${within} then 1 end)` : sql`count(*)`} as events`,
      ],
      where: where.map((filter) => filterSql(filter, by, c)),
      events: o.event === undefined ? undefined : [o.event],
      properties: needsProperties(where),
    },
    c,
  )
  const until = allOf(toRange(range, c))
  const nextDay = until ? sql`case when ${until} then day end` : sql`day`
  return [
    sql`
      -- of anonymous and service users, who are nobody, there is one row a day
      daily_activity as (
        ${select}
        group by group_id, user_id, day
      )
    `,
    sql`
      -- each beside the first day of the user, and those before and after it
      user_days as (
        select
          group_id,
          user_id,
          day,
          occurred_at,
          events,
          first_value(day) over its_days as first_day,
          first_value(occurred_at) over its_days as first_at,
          lag(day) over its_days as previous_day,
          ${hasStart(range) ? sql`lag(events) over its_days as previous_events,` : sql``}
          -- it counts until the next one, at most ${trusted(String(LONGEST))} days
          ${c.fn.leastOf([c.fn.addDays(sql`day`, LONGEST), sql`lead(${nextDay}) over its_days`])} as counts_until
        from daily_activity
        window its_days as (partition by group_id, user_id order by day)
      )
    `,
  ]
}

const hasStart = ({ from }: Report<HealthOptions>['range']): boolean => from !== undefined

/** Every period of a group from its first one on, and the day that its actives are those of. */
export function periods({ options: { interval }, range }: Report<HealthOptions>, c: ModelContext): Sql[] {
  const until = toRange(range, c)
  const end = range.to === undefined ? lastDay(c) : dayOf(range.to, c)
  const last = range.to === undefined ? lastEventNumber(interval, c) : lastNumber(range.to, interval, c)
  const first =
    range.from === undefined
      ? sql`first_number`
      : c.fn.greatestOf([sql`first_number`, boundNumber(range.from, interval, c)])
  return [
    sql`
      bounds as (
        select
          ${lastDay(c)} as data_day,
          ${end} as last_day,
          ${last} as last_number
        from ${lastEvent(c)}
      )
    `,
    sql`
      first_periods as (
        select group_id, min(${numberOfDay(sql`day`, interval, c)}) as first_number
        from user_days
        ${until.length > 0 ? sql`where ${join(until, ' and ')}` : sql``}
        group by group_id
      )
    `,
    sql`
      periods as (
        select
          group_id,
          ${startOf(sql`number`, interval, c)} as period_start,
          ${c.fn.leastOf([c.fn.addDays(startOf(sql`(number + 1)`, interval, c), -1), sql`last_day`])} as as_of
        from (
          ${c.fn.eachInteger({
            rows: sql`first_periods cross join bounds`,
            keep: [sql`group_id`, sql`last_day`],
            from: first,
            to: sql`last_number`,
            as: sql`number`,
          })}
        ) as numbered
      )
    `,
  ]
}

/**
 * Each day of a user covers the days up to the next one; where coverage begins and ends, the number of actives
 * changes. Its cost is that of the days, however long the look back.
 */
export function trailing({ range }: Report<HealthOptions>, c: ModelContext): Sql[] {
  const names = Object.keys(TRAILING).map((name) => identifier(name))
  const changes = Object.values(TRAILING).map((days, i) => {
    const until =
      days === LONGEST ? sql`counts_until` : c.fn.leastOf([c.fn.addDays(sql`day`, days), sql`counts_until`])
    const ended = names.map((_, j) => (i === j ? sql`-users` : sql`0`))
    return sql`select group_id, ${until}, ${join(ended, ', ')} from alike_days`
  })
  const active = [sql`user_id is not null`, ...toRange(range, c)]
  return [
    sql`
      alike_days as (
        select group_id, day, counts_until, count(*) as users
        from user_days
        where ${join(active, ' and ')}
        group by group_id, day, counts_until
      )
    `,
    sql`
      changes as (
        select group_id, day, ${join(
          names.map((name) => sql`sum(${name}) as ${name}`),
          ', ',
        )}
        from (
          -- a day counts for 1, 7 or 30 days, or until the user's next one
          select group_id, day, ${join(
            names.map((name) => sql`users as ${name}`),
            ', ',
          )} from alike_days
          union all
          ${join(changes, '\nunion all\n')}
          union all
          -- the days to be asked for
          select group_id, as_of, ${join(
            names.map(() => sql`0`),
            ', ',
          )} from periods
        ) as begun_and_ended
        group by group_id, day
      )
    `,
    sql`
      actives as (
        select
          group_id,
          day,
          ${join(
            names.map((name) => sql`cast(sum(${name}) over up_to_day as ${c.fn.type('bigint')}) as ${name}`),
            ',\n',
          )}
        from changes
        window up_to_day as (partition by group_id order by day)
      )
    `,
  ]
}

/** Activity within the range: each user once in a period. */
export function done({ options: { interval }, range }: Report<HealthOptions>, c: ModelContext): Sql {
  const isFirst = [
    sql`previous_day is null`,
    sql`${periodStart(interval, c, sql`previous_day`)} < ${periodStart(interval, c)}`,
    // before the range
    ...(hasStart(range) ? [sql`previous_events = 0`] : []),
  ]
  return sql`
    done as (
      select
        group_id,
        ${periodStart(interval, c)} as period_start,
        -- a user counts on the first of the days in the period
        count(case when ${join(isFirst, ' or ')} then user_id end) as active_users,
        ${sumBigint(sql`events`, c)} as events
      from user_days
      where events > 0
      group by group_id, ${periodStart(interval, c)}
    )
  `
}

/** The start of the period after the one that starts on a day. */
function following(start: Sql, period: Period, { fn }: ModelContext): Sql {
  return period === 'month' ? fn.nextMonth(start) : fn.addDays(start, period === 'week' ? 7 : 1)
}

/** Whether the period that starts on a day is over: the data has a day after it. Its last day may still run. */
export const isOver = (start: Sql, period: Period, c: ModelContext): Sql =>
  sql`${following(start, period, c)} <= b.data_day`

export const nextName = (period: Period): Sql => identifier(`next_${period}`)

/** New users and whether they came back: on the first of the days in the next period. */
export function cohorts({ options: { interval }, range }: Report<HealthOptions>, c: ModelContext): Sql[] {
  const within = withinRange(range, c)
  const returns = Object.entries(RETURNS)
  const next = returns.map(
    ([, period]) => sql`${following(periodStart(period, c), period, c)} as ${nextName(period)}`,
  )
  const returned = returns.map(([name, period]) => {
    const start = (day: Sql) => periodStart(period, c, day)
    const isBack = sql`${start(sql`active_day`)} = ${nextName(period)} and ${start(sql`previous_day`)} < ${nextName(period)}`
    return sql`count(case when ${isBack} then 1 end) as ${identifier(`${name}_users`)}`
  })
  return [
    sql`
      days_of_new_users as (
        select
          ${join([sql`group_id`, sql`day`, sql`active_day`, sql`previous_day`, ...next], ',\n')}
        from (
          select group_id, first_day as day, first_at as occurred_at, day as active_day, previous_day
          from user_days
          where user_id is not null
        ) as first_events
        ${within.length > 0 ? sql`where ${join(within, ' and ')}` : sql``}
      )
    `,
    sql`
      newcomers as (
        select
          group_id,
          ${periodStart(interval, c)} as period_start,
          count(case when active_day = day then 1 end) as new_users,
          ${join(
            [
              ...returned,
              ...returns.map(([, period]) => sql`max(${nextName(period)}) as ${nextName(period)}`),
            ],
            ',\n',
          )}
        from days_of_new_users
        group by group_id, ${periodStart(interval, c)}
      )
    `,
  ]
}
