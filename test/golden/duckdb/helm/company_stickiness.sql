-- helm.company_stickiness: report company_stickiness, models/reports.yml:54
-- In how many of the twelve months of 2017 companies were active. How many groups of company_id were active in 1, 2, 3
-- … periods of the range.
-- One row per active_periods.
-- Rules: STI-1, REP-2, REP-3 (docs/semantics.md).
with
-- months are numbered: the next one is one more
matching as (
  select
    group_id,
    cast(extract(year from day) * 12 + extract(month from day) - 1 as integer) as period
  from helm.group_activity_daily
  where group_key = 'company_id'
    and day >= cast(date_trunc('month', date '2017-01-01') as date)
    and cast(date_trunc('month', day) as date) <= cast(date_trunc('month', date '2017-12-31') as date)
),
active_periods as (
  select
    group_id,
    period
  from matching
  group by group_id, period
),
bounds as (
  select
    cast(extract(year from date '2017-01-01') * 12 + extract(month from date '2017-01-01') - 1 as integer)
      as first_period,
    cast(extract(year from date '2017-12-31') * 12 + extract(month from date '2017-12-31') - 1 as integer)
      as last_period
),
habits as (
  select group_id, count(*) as active_periods
  from active_periods
  group by group_id
),
histogram as (
  select active_periods, count(*) as entities
  from habits
  group by active_periods
),
numbers as (
  select unnest(generate_series(1, last_period - first_period + 1)) as active_periods
  from bounds
),
counts as (
  select
    cast(n.active_periods as bigint) as active_periods,
    coalesce(h.entities, 0) as entities
  from numbers as n
  left join histogram as h on h.active_periods = n.active_periods
)
select
  active_periods,
  entities,
  cast(entities as double precision) / nullif((select count(*) from habits), 0) as share,
  'by month, exactly so many' as rule
from counts
