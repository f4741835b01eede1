-- acme.login_retention_average: report login_retention, models/reports.yml:103
-- The average of the cohorts of login_retention by period, of complete cells only (first_ever, on, elapsed day,
-- mixpanel_weighted).
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
  from acme.login_retention
),
totals as (
  select
    period_number,
    from_period,
    to_period,
    count(case when counts then 1 end) as cohorts,
    coalesce(cast(sum(case when counts then cohort_size end) as bigint), 0) as cohort_size,
    coalesce(cast(sum(case when counts then retained end) as bigint), 0) as retained,
    sum(case when counts then cast(cohort_size as double precision) * retained end) as weighted_retained,
    sum(case when counts then cast(cohort_size as double precision) * cohort_size end) as weight
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
  weighted_retained / weight as rate,
  'first_ever, on, elapsed day, mixpanel_weighted' as rule
from totals
