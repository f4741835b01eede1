-- helm.onboarding_times: report onboarding, models/reports.yml:28
-- From the first commit of a company to a second one and to a merge, within half a year, by kind of company. How long
-- it took from step 1 to step 3, in bins of equal width; all values of a breakdown together.
-- One row per bin.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.avg_seconds as average_seconds
from (
  with
  conversions as (
    select cast(extract(epoch from step_3_at) * 1000000 as bigint) - cast(extract(epoch from entered_at) * 1000000
      as bigint) as took_us
    from helm.onboarding_entities
    where step_3_at is not null
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
      cast((
        select min(n)
        from (
          select generate_series(1, 60) as n
        ) as candidates
        where n * n * n >= conversions or n = 60
      ) as bigint) as bins
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
      select shortest, width, avg_seconds, generate_series(1, bins + 1) as bin
      from widths
    ) as each_bin
  )
  select
    bins.bin,
    bins.from_seconds,
    bins.to_seconds,
    count(conversions.took_us) as entities,
    bins.avg_seconds,
    'ordered, best entry, within 180 days' as rule
  from bins
  left join conversions
    on conversions.took_us >= bins.from_seconds * 1000000
    and conversions.took_us < bins.to_seconds * 1000000
  group by bins.bin, bins.from_seconds, bins.to_seconds, bins.avg_seconds
) as named
