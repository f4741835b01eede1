/** The table of cohorts and periods: every cell is there, also where nothing happened. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { lastEvent, lastEventNumber } from '../data_end.ts'
import { startOf } from '../periods.ts'
import { quotient, type Retention } from './cohorts.ts'
import { columnsOf, ELAPSED_MICROSECONDS } from './options.ts'
import { columnOf } from './returns.ts'

/** CTEs from `members` and `returned` to `cells`: sizes, who could have returned, who did. */
export function cells(r: Retention, c: ModelContext): Sql[] {
  const { entity, options: o, segment } = r
  const elapsed = o.alignment === 'elapsed'
  const cohort = join([...segment, sql`cohort`], ', ')
  const sameCohort = (alias: Sql) =>
    join(
      [...segment, sql`cohort`].map((column) => sql`${alias}.${column} = g.${column}`),
      ' and ',
    )
  const samePeriod = (alias: Sql) => sql`${sameCohort(alias)} and ${alias}.period = g.period`
  return [
    sql`
      cohort_sizes as (
        select ${cohort}, count(*) as entities
        from ${segment.length > 0 ? sql`(select distinct ${cohort}, ${entity} from members) as each_once` : sql`members`}
        group by ${cohort}
      )
    `,
    dataEnd(r, c),
    ...(elapsed ? [begun(r, c)] : []),
    ...grid(r, c),
    sql`
      cells as (
        select
          ${join(
            [
              ...segment.map((column) => sql`g.${column}`),
              sql`g.cohort_start`,
              ...['period', 'from_period', 'to_period'].map((n) =>
                big(sql`g.${identifier(n)}`, sql`${identifier(n)}`, c),
              ),
              sql`coalesce(s.entities, 0) as cohort_size`,
              elapsed
                ? big(soFar(sql`b.entities`, r), sql`eligible`, c)
                : sql`case when g.cohort + g.from_period <= d.last_period then coalesce(s.entities, 0) else 0 end as eligible`,
              o.criteria === 'on_or_after'
                ? big(soFar(sql`r.entities`, r), sql`returned`, c)
                : sql`coalesce(r.entities, 0) as returned`,
              sql`coalesce(${isComplete(r)}, false) as is_complete`,
            ],
            ',\n',
          )}
        from grid as g
        cross join data_end as d
        left join cohort_sizes as s on ${sameCohort(sql`s`)}
        ${elapsed ? sql`left join begun as b on ${samePeriod(sql`b`)}` : sql``}
        left join returned as r on ${samePeriod(sql`r`)}
      )
    `,
  ]
}

const big = (value: Sql, name: Sql, { fn }: ModelContext) =>
  sql`cast(${value} as ${fn.type('bigint')}) as ${name}`

/** Counts of a column and of all later ones: who got that far was there before. */
const soFar = (count: Sql, { segment }: Retention): Sql =>
  sql`sum(coalesce(${count}, 0)) over (partition by ${join(
    [...segment, sql`cohort`].map((column) => sql`g.${column}`),
    ', ',
  )} order by g.period desc)`

function dataEnd({ options: o }: Retention, c: ModelContext): Sql {
  const end =
    o.alignment === 'elapsed'
      ? sql`${c.fn.microseconds(sql`last_at`)} as last_microsecond`
      : sql`${lastEventNumber(o.period, c)} as last_period`
  return sql`
    -- what has not begun when the data ends can have no return
    data_end as (
      select ${end}
      from ${lastEvent(c)}
    )
  `
}

/** For how many a period was the last that had begun when the data ended, by their own clocks. */
function begun({ entity, options: o, segment }: Retention, c: ModelContext): Sql {
  const cohort = [...segment, sql`cohort`]
  const since = sql`max(d.last_microsecond - m.started_at)`
  const own = [entity, ...cohort].map((column) => sql`m.${column}`)
  const period = columnOf(sql`offset_begun`, o, c, true)
  return sql`
    begun as (
      select
        ${join([...cohort, sql`${period} as period`, sql`count(*) as entities`], ',\n')}
      from (
        select ${join(own, ', ')}, ${quotient(since, ELAPSED_MICROSECONDS[o.period])} as offset_begun
        from members as m
        cross join data_end as d
        group by ${join(own, ', ')}
      ) as last_begun
      group by ${join([...cohort, period], ', ')}
    )
  `
}

function grid({ options: o, segment }: Retention, c: ModelContext): Sql[] {
  const columns = columnsOf(o)
  const elapsed = o.alignment === 'elapsed'
  const starts = [
    sql`cohort`,
    sql`${startOf(sql`cohort`, o.period, c)} as cohort_start`,
    ...(elapsed ? [sql`${endOfCohort(o.period, c)} as cohort_end`] : []),
  ]
  const values = columns.map(({ from, to }, n) => sql`(${literal(n)}, ${literal(from)}, ${literal(to)})`)
  const periods =
    o.brackets === undefined
      ? sql`
          periods as (
            select n as period, n as from_period, n as to_period
            from (
              ${c.fn.eachInteger({ from: sql`0`, to: literal(columns.length - 1), as: sql`n` })}
            ) as numbers
          )
        `
      : sql`periods(period, from_period, to_period) as (values ${join(values, ', ')})`
  return [
    sql`
      cohort_starts as (
        select
          ${join(starts, ',\n')}
        from (
          ${c.fn.eachInteger({ rows: sql`bounds`, from: sql`first_period`, to: sql`last_period`, as: sql`cohort` })}
        ) as numbers
      )
    `,
    periods,
    sql`
      -- each period of each cohort, also where nobody came back
      grid as (
        select
          ${join(
            [
              ...segment.map((column) => sql`s.${column}`),
              sql`c.cohort`,
              sql`c.cohort_start`,
              ...(elapsed ? [sql`c.cohort_end`] : []),
              sql`p.period`,
              sql`p.from_period`,
              sql`p.to_period`,
            ],
            ',\n',
          )}
        from cohort_starts as c
        cross join periods as p
        ${segment.length > 0 ? sql`cross join (select distinct segment from members) as s` : sql``}
      )
    `,
  ]
}

/** The microsecond at which the next cohort begins. */
function endOfCohort(period: Retention['options']['period'], c: ModelContext): Sql {
  const next = startOf(sql`(cohort + 1)`, period, c)
  return c.fn.microseconds(
    period === 'hour' ? next : c.fn.instant(next, 'timestamp', c.catalog.project.timezone),
  )
}

function isComplete({ options: o }: Retention): Sql {
  if (o.alignment === 'calendar') return sql`g.cohort + g.to_period < d.last_period`
  // also for who started in the last microsecond of the cohort's period
  return sql`g.cohort_end - 1 + (g.to_period + 1) * ${literal(ELAPSED_MICROSECONDS[o.period])} <= d.last_microsecond`
}
