-- acme.weekly_retention_average: report weekly_retention, models/reports.yml:95
-- The average of the cohorts of weekly_retention by period, of complete cells only (first_time, on, calendar week,
-- pooled).
-- One row per period_number.
-- Rules: RET-8 (docs/semantics.md).
with
cells as (
  select
    period_number,
    from_period,
    to_period,
    cohort_size,
    retained,
    -- what has not passed for everybody would pull the average down; empty cohorts say nothing
    is_complete and cohort_size > 0 as counts
  from acme.weekly_retention
),
totals as (
  select
    period_number,
    from_period,
    to_period,
    count(case when counts then 1 end) as cohorts,
    coalesce(cast(sum(case when counts then cohort_size end) as bigint), 0) as cohort_size,
    coalesce(cast(sum(case when counts then retained end) as bigint), 0) as retained
  from cells
  group by period_number, from_period, to_period
)
select
  period_number,
  from_period,
  to_period,
  cohorts,
  cohort_size,
  retained,
  cast(retained as double precision) / nullif(cohort_size, 0) as rate,
  'first_time, on, calendar week, pooled' as rule
from totals
