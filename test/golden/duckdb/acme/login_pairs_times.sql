-- acme.login_pairs_times: report login_pairs, models/reports.yml:13
-- How long it took from step 1 to step 2, in bins of equal width; all values of a breakdown together.
-- One row per bin.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9 (docs/semantics.md).
with
conversions as (
  select epoch_us(step_2_at) - epoch_us(entered_at) as took_us
  from acme.login_pairs_entities
  where step_2_at is not null
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
    cast(2 as bigint) as bins
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
    select shortest, width, avg_seconds, unnest(generate_series(1, bins + 1)) as bin
    from widths
  ) as each_bin
)
select
  bins.bin,
  bins.from_seconds,
  bins.to_seconds,
  count(conversions.took_us) as entities,
  bins.avg_seconds,
  'ordered, every entry, within 1 hour' as rule
from bins
left join conversions
  on conversions.took_us >= bins.from_seconds * 1000000
  and conversions.took_us < bins.to_seconds * 1000000
group by bins.bin, bins.from_seconds, bins.to_seconds, bins.avg_seconds
