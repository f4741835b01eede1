-- acme.weekly_retention: report weekly_retention, models/reports.yml:95
-- How many groups of company_id of each cohort returned in each period after their start (first_time, on, calendar
-- week).
-- One row per cohort_start, period_number.
-- Rules: RET-1, RET-2, RET-3, RET-4, RET-7 (docs/semantics.md).
with
-- weeks are numbered: the next one is one more
matching as (
  select
    group_id,
    cast(floor((day - date '1970-01-04') / 7.0) as integer) as period,
    first_at,
    last_at,
    true as is_start
  from acme.group_activity_daily
  where group_key = 'company_id'
),
activity as (
  select
    group_id,
    period,
    min(case when is_start then first_at end) as started_at,
    max(case when is_start then last_at end) as last_return_at
  from matching
  group by group_id, period
),
bounds as (
  select
    first_active as first_period,
    cast(floor((cast(timezone('America/New_York', timezone('UTC', last_at)) as date) - date '1970-01-04') / 7.0)
      as integer) as last_period
  from (
    select min(period) as first_active
    from (
      select period
      from activity
      where started_at is not null
    ) as starts
  ) as active
  cross join (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
firsts as (
  select group_id, min(started_at) as first_started_at
  from activity
  group by group_id
),
-- who started first in the period of a cohort is in that cohort and in no other
members as (
  select
    a.group_id,
    a.period as cohort,
    a.started_at
  from activity as a
  join firsts as f on f.group_id = a.group_id and f.first_started_at = a.started_at
  cross join bounds as b
  where a.period between b.first_period and b.last_period
),
return_periods as (
  select group_id, period
  from activity
  where last_return_at is not null
),
returns as (
  -- in the period of the start only what comes after it
  select
    m.group_id,
    m.cohort,
    0 as period
  from members as m
  join activity as a
    on a.group_id = m.group_id
      and a.period = m.cohort
  where a.last_return_at > m.started_at
  union all
  select
    m.group_id,
    m.cohort,
    a.period - m.cohort as period
  from members as m
  join return_periods as a
    on a.group_id = m.group_id
      and a.period between m.cohort + 1 and m.cohort + 2
),
returned as (
  select cohort, period, count(*) as entities
  from returns
  group by cohort, period
),
cohort_sizes as (
  select cohort, count(*) as entities
  from members
  group by cohort
),
-- what has not begun when the data ends can have no return
data_end as (
  select cast(floor((cast(timezone('America/New_York', timezone('UTC', last_at)) as date) - date '1970-01-04') / 7.0)
    as integer) as last_period
  from (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
cohort_starts as (
  select
    cohort,
    (date '1970-01-04' + cast(cohort * 7 as integer)) as cohort_start
  from (
    select unnest(generate_series(first_period, last_period)) as cohort
    from bounds
  ) as numbers
),
periods as (
  select n as period, n as from_period, n as to_period
  from (
    select unnest(generate_series(0, 2)) as n
  ) as numbers
),
-- each period of each cohort, also where nobody came back
grid as (
  select
    c.cohort,
    c.cohort_start,
    p.period,
    p.from_period,
    p.to_period
  from cohort_starts as c
  cross join periods as p
),
cells as (
  select
    g.cohort_start,
    cast(g.period as bigint) as period,
    cast(g.from_period as bigint) as from_period,
    cast(g.to_period as bigint) as to_period,
    coalesce(s.entities, 0) as cohort_size,
    case when g.cohort + g.from_period <= d.last_period then coalesce(s.entities, 0) else 0 end as eligible,
    coalesce(r.entities, 0) as returned,
    coalesce(g.cohort + g.to_period < d.last_period, false) as is_complete
  from grid as g
  cross join data_end as d
  left join cohort_sizes as s on s.cohort = g.cohort
  left join returned as r on r.cohort = g.cohort and r.period = g.period
)
select
  cohort_start,
  period as period_number,
  from_period,
  to_period,
  cohort_size,
  eligible,
  returned,
  case when period = 0 then cohort_size else returned end as retained,
  cast(case when period = 0 then cohort_size else returned end as double precision) / nullif(cohort_size, 0) as rate,
  is_complete,
  'first_time, on, calendar week' as rule
from cells
