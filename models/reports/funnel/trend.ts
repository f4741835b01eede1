/** Entries and conversions by the period of entry. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { valuedAttempts, withCtes } from './entities.ts'
import { cte } from '../../lib/ctes.ts'
import { lastEvent, lastEventNumber } from '../data_end.ts'
import { stepTime } from './names.ts'
import { lastRequired, type FunnelOptions } from './options.ts'
import type { FunnelPlan } from './plan.ts'
import type { FunnelSpec } from './spec.ts'
import { boundNumber, lastNumber, numberOf, periodStart, startOf } from '../periods.ts'

/**
 * Whether the trend has to look at the events: with the best entry, an entity that enters in several periods
 * has a best attempt in each. The other rules have listed every attempt that counts already.
 */
export const trendFromEvents = ({ entry }: FunnelOptions): boolean => entry === 'best'

/** @param spec where the trend looks at the events, with the period */
export function funnelTrend(spec: FunnelSpec, plan: FunnelPlan, c: ModelContext, rule: string): Sql {
  const { name, options, range } = spec
  if (options.trend === false) throw new RangeError(`no trend in ${name}`)
  const { interval, from_step: from, to_step: to = lastRequired(options) } = options.trend
  const isSkippable = options.steps[from - 1]?.optional === true
  const fromEvents = trendFromEvents(options)
  const segment = options.breakdown === undefined ? [] : [sql`segment`]
  const reached = (n: number): Sql =>
    fromEvents ? stepTime(n) : n === 1 ? sql`entered_at` : identifier(`step_${n}_at`)
  const best = fromEvents ? valuedAttempts(spec, plan, c) : undefined
  const { timezone } = c.catalog.project
  const start = fromEvents
    ? sql`entered_in`
    : periodStart(interval, c, c.fn.localDay(sql`entered_at`, timezone), sql`entered_at`)
  const counted = sql`
    select
      ${join(
        [
          ...segment,
          sql`${start} as period_start`,
          sql`count(${reached(from)}) as entered`,
          // a step that can be skipped may have been, and then nobody goes on from it
          sql`count(${isSkippable ? sql`case when ${reached(from)} is not null then ${reached(to)} end` : reached(to)}) as converted`,
        ],
        ',\n',
      )}
    from ${best?.from ?? c.ref(`${name}_entities`)}
    ${best?.where ?? sql``}
    group by ${join([...segment, start], ', ')}
  `
  const number = numberOf(sql`period_start`, interval, c)
  const bounds = sql`
    (
      select
        ${range.from === undefined ? sql`(select min(${number}) from counted)` : boundNumber(range.from, interval, c)} as first_number,
        ${range.to === undefined ? sql`(select ${lastEventNumber(interval, c)} from ${lastEvent(c)})` : lastNumber(range.to, interval, c)} as last_number
    ) as bounds
  `
  return sql`
    ${withCtes([
      ...(best?.ctes ?? []),
      cte(sql`counted`, counted),
      cte(
        sql`periods`,
        sql`
          select ${startOf(sql`n`, interval, c)} as period_start
          from (
            ${c.fn.eachInteger({ rows: bounds, from: sql`first_number`, to: sql`last_number`, as: sql`n` })}
          ) as numbers
        `,
      ),
      ...(segment.length > 0 ? [sql`segments as (select distinct segment from counted)`] : []),
    ])}
    select
      ${join(
        [
          ...segment.map(() => sql`segments.segment`),
          sql`periods.period_start`,
          sql`coalesce(counted.entered, 0) as entered`,
          sql`coalesce(counted.converted, 0) as converted`,
          sql`coalesce(cast(counted.converted as double precision) / nullif(counted.entered, 0), 0) as conversion_rate`,
          sql`${literal(rule)} as rule`,
        ],
        ',\n',
      )}
    from periods
    ${segment.length > 0 ? sql`cross join segments` : sql``}
    left join counted on counted.period_start = periods.period_start${segment.length > 0 ? sql` and counted.segment = segments.segment` : sql``}
  `
}
