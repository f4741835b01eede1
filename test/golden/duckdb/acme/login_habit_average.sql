-- acme.login_habit_average: report login_habit, models/reports.yml:115
-- The average of the cohorts of login_habit by period, of complete cells only (recurring, on_or_after, calendar day, at
-- least 2 returns in a period, pooled).
-- One row per segment, period_number.
-- Rules: RET-8 (docs/semantics.md).
with
cells as (
  select
    segment,
    period_number,
    from_period,
    to_period,
    cohort_size,
    retained,
    -- what has not passed for everybody would pull the average down; empty cohorts say nothing
    is_complete and cohort_size > 0 as counts
  from acme.login_habit
),
totals as (
  select
    segment,
    period_number,
    from_period,
    to_period,
    count(case when counts then 1 end) as cohorts,
    coalesce(cast(sum(case when counts then cohort_size end) as bigint), 0) as cohort_size,
    coalesce(cast(sum(case when counts then retained end) as bigint), 0) as retained
  from cells
  group by segment, period_number, from_period, to_period
)
select
  segment,
  period_number,
  from_period,
  to_period,
  cohorts,
  cohort_size,
  retained,
  cast(retained as double precision) / nullif(cohort_size, 0) as rate,
  'recurring, on_or_after, calendar day, at least 2 returns in a period, pooled' as rule
from totals
