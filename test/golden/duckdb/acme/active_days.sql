-- acme.active_days: report active_days, models/reports.yml:202
-- How many groups of company_id were active in 1, 2, 3 … or more periods of the range.
-- One row per active_periods.
-- Rules: STI-1, REP-2, REP-3 (docs/semantics.md).
with
-- days are numbered: the next one is one more
matching as (
  select
    group_id,
    cast(day - date '1970-01-01' as integer) as period
  from acme.group_activity_daily
  where group_key = 'company_id'
    and day >= date '2024-03-01'
    and day <= date '2024-03-11'
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
    cast(date '2024-03-01' - date '1970-01-01' as integer) as first_period,
    cast(date '2024-03-11' - date '1970-01-01' as integer) as last_period
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
    cast(sum(coalesce(h.entities, 0)) over (order by n.active_periods desc) as bigint) as entities
  from numbers as n
  left join histogram as h on h.active_periods = n.active_periods
)
select
  active_periods,
  entities,
  cast(entities as double precision) / nullif((select count(*) from habits), 0) as share,
  'by day, so many or more' as rule
from counts
