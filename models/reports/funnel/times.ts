/** Times to convert in bins of equal width, from `<name>_entities`. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { identifier, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import type { FunnelSpec } from './spec.ts'

/**
 * As many bins as the cube root of the number of conversions, rounded up, at most 60, and one more for the
 * longest time; whole seconds; 60 seconds wide where all took equally long.
 */
export function funnelTimes(
  { name, steps }: FunnelSpec,
  c: ModelContext,
  [from, to]: readonly [number, number],
  bins: number | undefined,
  rule: string,
): Sql {
  const timeOf = (n: number): Sql => (n === 1 ? sql`entered_at` : identifier(`step_${n}_at`))
  const count =
    bins === undefined
      ? sql`
          (
            select min(n)
            from (
              ${c.fn.eachInteger({ from: sql`1`, to: sql`60`, as: sql`n` })}
            ) as candidates
            where n * n * n >= conversions or n = 60
          )
        `
      : literal(bins)
  // who skipped the step where the clock starts has no time
  const started = steps[from - 1]?.optional ? sql` and ${timeOf(from)} is not null` : sql``
  return sql`
    with
    conversions as (
      select ${c.fn.microseconds(timeOf(to))} - ${c.fn.microseconds(timeOf(from))} as took_us
      from ${c.ref(`${name}_entities`)}
      where ${timeOf(to)} is not null${started}
    ),
    measured as (
      select
        count(*) as conversions,
        cast(floor(min(took_us) / 1000000.0) as bigint) as shortest,
        cast(ceil(max(took_us) / 1000000.0) as bigint) as longest,
        cast(avg(took_us) as double precision) / 1000000 as avg_seconds
      from conversions
    ),
    numbered as (
      select
        shortest,
        longest,
        avg_seconds,
        cast(${count} as bigint) as bins
      from measured
      where conversions > 0
    ),
    widths as (
      select
        shortest,
        avg_seconds,
        bins,
        case
          when longest = shortest then 60
          else cast(ceil((longest - shortest) / cast(bins as double precision)) as bigint)
        end as width
      from numbered
    ),
    bins as (
      select
        bin,
        shortest + (bin - 1) * width as from_seconds,
        shortest + bin * width as to_seconds,
        avg_seconds
      from (
        ${c.fn.eachInteger({
          rows: sql`widths`,
          keep: [sql`shortest`, sql`width`, sql`avg_seconds`],
          from: sql`1`,
          to: sql`bins + 1`,
          as: sql`bin`,
        })}
      ) as each_bin
    )
    select
      bins.bin,
      bins.from_seconds,
      bins.to_seconds,
      count(conversions.took_us) as entities,
      bins.avg_seconds,
      ${literal(rule)} as rule
    from bins
    left join conversions
      on conversions.took_us >= bins.from_seconds * 1000000
      and conversions.took_us < bins.to_seconds * 1000000
    group by bins.bin, bins.from_seconds, bins.to_seconds, bins.avg_seconds
  `
}
