/** Who came back when: one row per member of a cohort and column of the report in which it returned. */
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { quotient, type Retention } from './cohorts.ts'
import { columnsOf, ELAPSED_MICROSECONDS, lastOffset, type RetentionOptions } from './options.ts'
import type { ModelContext } from '../../../src/graph/model.ts'

/** CTEs from `activity` and `members` to `returned`: how many of each cohort returned, by column. */
export function returns(r: Retention, c: ModelContext): Sql[] {
  const { entity, options: o, segment } = r
  const found = o.alignment === 'calendar' ? calendarReturns(r, c) : elapsedReturns(r, c)
  const cohort = join([...segment, sql`cohort`], ', ')
  // a period of the calendar finds each member once; a bracket, or the values that became one, may more often
  const once = o.alignment === 'calendar' && o.brackets === undefined && segment.length === 0
  const members =
    o.criteria === 'on_or_after'
      ? sql`
          (
            -- who came back in a later period is counted for the earlier ones as well
            select ${entity}, ${cohort}, max(period) as period
            from returns
            group by ${entity}, ${cohort}
          ) as furthest
        `
      : once
        ? sql`returns`
        : sql`(select distinct ${entity}, ${cohort}, period from returns) as each_once`
  return [
    ...found,
    sql`
      returned as (
        select ${cohort}, period, count(*) as entities
        from ${members}
        group by ${cohort}, period
      )
    `,
  ]
}

/** The column that a period belongs to; `reached`: the last one that begins with it or before it. */
export function columnOf(
  offset: Sql,
  o: RetentionOptions,
  { fn }: ModelContext,
  reached = o.criteria === 'on_or_after',
): Sql {
  const last = lastOffset(o)
  if (o.brackets === undefined) return reached ? fn.leastOf([offset, literal(last)]) : offset
  const columns = columnsOf(o)
  const cases = [
    ...columns.map(({ to }, n) => sql`when ${offset} <= ${literal(to)} then ${literal(n)}`),
    ...(reached ? [sql`else ${literal(columns.length - 1)}`] : []),
  ]
  return sql`
    case
      ${join(cases, '\n')}
    end
  `
}

const kept = ({ entity, segment }: Retention) =>
  [entity, ...segment, sql`cohort`].map((column) => sql`m.${column}`)

/** The activity of a member: its own, and of the same value where start and return share one. */
const ownOf = ({ entity, shared }: Retention, alias: Sql) =>
  [entity, ...shared].map((column) => sql`${alias}.${column} = m.${column}`)

function calendarReturns(r: Retention, c: ModelContext): Sql[] {
  const { entity, options: o, shared } = r
  const enough =
    o.min_occurrences > 1 ? sql`returns >= ${literal(o.min_occurrences)}` : sql`last_return_at is not null`
  const cumulative = o.criteria === 'on_or_after'
  const span = lastOffset(o)
  const later = cumulative
    ? [sql`a.period > m.cohort`]
    : [sql`a.period between m.cohort + 1 and m.cohort + ${literal(span)}`]
  const near = isNear(r, (alias, column) => quotientOfPeriod(sql`${alias}.${column}`, span + 1), {
    member: sql`cohort`,
    activity: sql`period`,
  })
  return [
    sql`
      return_periods as (
        select ${join([entity, ...shared, cumulative ? sql`max(period) as period` : sql`period`], ', ')}
        from activity
        where ${enough}
        ${cumulative ? sql`group by ${join([entity, ...shared], ', ')}` : sql``}
      )
    `,
    sql`
      returns as (
        -- in the period of the start only what comes after it
        select
          ${join([...kept(r), sql`0 as period`], ',\n')}
        from members as m
        join activity as a
          on ${join([...ownOf(r, sql`a`), sql`a.period = m.cohort`], '\n  and ')}
        where a.last_return_at > m.started_at
        union all
        select
          ${join([...kept(r), sql`${columnOf(sql`a.period - m.cohort`, o, c)} as period`], ',\n')}
        from members as m
        ${near.stretches}
        join return_periods as a
          on ${join([...ownOf(r, sql`a`), ...near.condition, ...later], '\n  and ')}
      )
    `,
  ]
}

const quotientOfPeriod = (period: Sql, size: number) => sql`floor(${period} / ${literal(size)}.0)`

/**
 * Something that starts in many periods and returns in many would be held against itself all over. A return
 * counts within so many periods only, so it lies in the same stretch of so many as the start or in the next.
 */
function isNear(
  { options: o }: Retention,
  stretchOf: (alias: Sql, column: Sql) => Sql,
  { member, activity }: { member: Sql; activity: Sql },
): { stretches: Sql; condition: Sql[] } {
  if (o.mode !== 'recurring' || o.criteria === 'on_or_after') return { stretches: sql``, condition: [] }
  return {
    stretches: sql`
      -- a return lies in the same stretch of periods as the start, or in the next
      cross join (values (0), (1)) as near(stretches)
    `,
    condition: [sql`${stretchOf(sql`a`, activity)} = ${stretchOf(sql`m`, member)} + near.stretches`],
  }
}

function elapsedReturns(r: Retention, c: ModelContext): Sql[] {
  const { entity, options: o, segment, shared } = r
  const length = ELAPSED_MICROSECONDS[o.period]
  const span = (lastOffset(o) + 1) * length
  const since = sql`a.returned_at - m.started_at`
  const near = isNear(r, (alias, column) => quotient(sql`${alias}.${column}`, span), {
    member: sql`started_at`,
    activity: sql`returned_at`,
  })
  const on = [
    ...ownOf(r, sql`a`),
    ...near.condition,
    sql`a.returned_at > m.started_at`,
    ...(o.criteria === 'on' ? [sql`${since} < ${literal(span)}`] : []),
  ]
  const enough = o.min_occurrences > 1
  const keys = [entity, ...shared, ...segment, sql`cohort`]
  const columns = [...keys.map((column) => sql`m.${column}`), sql`${quotient(since, length)} as period`]
  return [
    returnTimes(r),
    sql`
      elapsed_returns as (
        select
          ${join([...columns, ...(enough ? [sql`a.returns`] : [])], ',\n')}
        from members as m
        ${near.stretches}
        join return_times as a
          on ${join(on, '\n  and ')}
      )
    `,
    sql`
      returns as (
        select
          ${join([entity, ...segment, sql`cohort`, sql`${columnOf(sql`period`, o, c)} as period`], ',\n')}
        from elapsed_returns
        ${enough ? enoughReturns(o, keys) : sql``}
      )
    `,
  ]
}

const enoughReturns = ({ min_occurrences: n }: RetentionOptions, keys: readonly Sql[]) => sql`
  group by ${join([...keys, sql`period`], ', ')}
  having period = 0 or sum(returns) >= ${literal(n)}
`

/** The times of returns that can matter. */
function returnTimes({ entity, options: o, shared }: Retention): Sql {
  const own = join([entity, ...shared], ', ')
  if (o.min_occurrences > 1) {
    return sql`
      return_times as (
        select ${own}, last_return_at as returned_at, returns
        from activity
        where last_return_at is not null
      )
    `
  }
  if (o.criteria === 'on_or_after') {
    return sql`
      return_times as (
        select ${own}, max(last_return_at) as returned_at
        from activity
        group by ${own}
      )
    `
  }
  return sql`
    -- within one length of time the first and the last return are enough: any other is in a period of theirs
    return_times as (
      select ${own}, first_return_at as returned_at
      from activity
      where first_return_at is not null
      union all
      select ${own}, last_return_at
      from activity
      where last_return_at > first_return_at
    )
  `
}
