-- acme.active_weeks: report active_weeks, models/reports.yml:211
-- How many users were active in 1, 2, 3 … periods of the range.
-- One row per active_periods.
-- Rules: STI-1, REP-2, REP-3 (docs/semantics.md).
with
-- days are numbered: the next one is one more
matching as (
  select user_id, cast(day - date '1970-01-01' as integer) as period
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name = 'Login'
    and day >= date '2024-03-05'
    and day <= date '2024-03-19'
),
active_periods as (
  select
    user_id,
    period,
    count(*) as events
  from matching
  group by user_id, period
),
bounds as (
  select
    cast(date '2024-03-05' - date '1970-01-01' as integer) as first_period,
    cast(date '2024-03-19' - date '1970-01-01' as integer) as last_period
),
-- cut backwards: stretch 0 ends where the range ends
active_stretches as (
  select
    a.user_id,
    cast(floor((b.last_period - a.period) / 7.0) as integer) as stretch,
    cast(sum(a.events) as bigint) as events
  from active_periods as a
  cross join bounds as b
  group by a.user_id, cast(floor((b.last_period - a.period) / 7.0) as integer)
),
habits as (
  select user_id, count(*) as active_periods
  from active_stretches
  where events >= 2
  group by user_id
),
histogram as (
  select active_periods, count(*) as entities
  from habits
  group by active_periods
),
numbers as (
  select
    unnest(generate_series(1, cast(floor((last_period - first_period) / 7.0) as integer) + 1)) as active_periods
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
  'by 7 days, at least 2 events, exactly so many' as rule
from counts
