/** Who was active in the last so many days, for each day that is asked for: CTEs. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { sumBigint } from '../../group_key_profiles.ts'
import { entityColumn } from '../conditions.ts'
import { activityName, type UniquesReport } from './activity.ts'
import { segmentOf } from './entities.ts'
import type { Activity, Metric } from './metrics.ts'

/** The name of a CTE of a metric. */
export const named = ({ slug }: Metric, part: string): Sql => identifier(`${slug}_${part}`)

/**
 * Each day of activity covers the days up to the next one; where coverage begins and ends, the number of
 * actives changes. Its cost is that of the days, however long the look back.
 */
export function trailing(
  metric: Metric,
  days: number,
  activity: Activity,
  report: UniquesReport,
  c: ModelContext,
): Sql[] {
  const segment = segmentOf(report)
  const who = [entityColumn(activity.by), ...segment]
  const list = (...columns: readonly Sql[]) => join([...segment, ...columns], ', ')
  const lines = (...columns: readonly Sql[]) => join([...segment, ...columns], ',\n')
  const stretches = named(metric, 'stretches')
  return [
    sql`
      ${stretches} as (
        -- a day of activity counts until the next one, at most ${literal(days)} days
        select
          ${lines(sql`day`, sql`${c.fn.leastOf([c.fn.addDays(sql`day`, days), sql`lead(day) over (partition by ${join(who, ', ')} order by day)`])} as until_day`)}
        from ${activityName(activity)}
      )
    `,
    sql`
      ${named(metric, 'changes')} as (
        select ${list(sql`day`, sql`${sumBigint(sql`change`, c)} as change`)}
        from (
          select ${list(sql`day`, sql`1 as change`)} from ${stretches}
          union all
          select ${list(sql`until_day`, sql`-1`)} from ${stretches}
          union all
          -- the days to be asked for
          select ${list(sql`as_of`, sql`0`)} from periods${segment.length > 0 ? sql` cross join segments` : sql``}
        ) as begun_and_ended
        group by ${list(sql`day`)}
      )
    `,
    sql`
      ${named(metric, 'actives')} as (
        select
          ${lines(sql`day`, sql`sum(change) over (${segment.length > 0 ? sql`partition by segment ` : sql``}order by day) as entities`)}
        from ${named(metric, 'changes')}
      )
    `,
    sql`
      ${named(metric, 'events')} as (
        select ${list(sql`period_start`, sql`${sumBigint(sql`events`, c)} as events`)}
        from ${activityName(activity)}
        group by ${list(sql`period_start`)}
      )
    `,
  ]
}
