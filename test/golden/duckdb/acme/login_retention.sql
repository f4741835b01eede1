-- acme.login_retention: report login_retention, models/reports.yml:103
-- How many users of each cohort returned in each period after their start (first_ever, on, elapsed day).
-- One row per cohort_start, period_number.
-- Rules: RET-1, RET-2, RET-3, RET-4, RET-7 (docs/semantics.md).
with
matching as (
  select
    user_id,
    cast(day - date '1970-01-01' as integer) as period,
    epoch_us(occurred_at) as microsecond,
    event_name = 'Sign Up' as is_start,
    event_name = 'Sign Up' as is_named,
    event_name = 'Login' as is_return
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name in ('Sign Up', 'Login')
),
activity as (
  select
    user_id,
    period,
    min(case when is_start then microsecond end) as started_at,
    min(case when is_named then microsecond end) as named_at,
    min(case when is_return then microsecond end) as first_return_at,
    max(case when is_return then microsecond end) as last_return_at
  from matching
  group by user_id, period, cast(floor(cast(microsecond as double precision) / 86400000000) as integer)
),
bounds as (
  select
    first_active as first_period,
    cast(cast(timezone('America/New_York', timezone('UTC', last_at)) as date) - date '1970-01-01' as integer)
      as last_period
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
  select user_id, min(named_at) as first_named_at
  from activity
  group by user_id
),
-- who started first in the period of a cohort is in that cohort and in no other
members as (
  select
    a.user_id,
    a.period as cohort,
    a.started_at
  from activity as a
  -- of several events at the first instant any may be the one that matches
  join firsts as f on f.user_id = a.user_id and f.first_named_at = a.started_at
  cross join bounds as b
  where a.period between b.first_period and b.last_period
),
-- within one length of time the first and the last return are enough: any other is in a period of theirs
return_times as (
  select user_id, first_return_at as returned_at
  from activity
  where first_return_at is not null
  union all
  select user_id, last_return_at
  from activity
  where last_return_at > first_return_at
),
elapsed_returns as (
  select
    m.user_id,
    m.cohort,
    cast(floor(cast(a.returned_at - m.started_at as double precision) / 86400000000) as integer) as period
  from members as m
  join return_times as a
    on a.user_id = m.user_id
      and a.returned_at > m.started_at
      and a.returned_at - m.started_at < 1814400000000
),
returns as (
  select
    user_id,
    cohort,
    case
      when period <= 0 then 0
      when period <= 8 then 1
      when period <= 20 then 2
    end as period
  from elapsed_returns
),
returned as (
  select cohort, period, count(*) as entities
  from (select distinct user_id, cohort, period from returns) as each_once
  group by cohort, period
),
cohort_sizes as (
  select cohort, count(*) as entities
  from members
  group by cohort
),
-- what has not begun when the data ends can have no return
data_end as (
  select epoch_us(last_at) as last_microsecond
  from (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
begun as (
  select
    cohort,
    case
      when offset_begun <= 0 then 0
      when offset_begun <= 8 then 1
      when offset_begun <= 20 then 2
      else 2
    end as period,
    count(*) as entities
  from (
    select m.user_id, m.cohort, cast(floor(cast(max(d.last_microsecond - m.started_at)
      as double precision) / 86400000000) as integer) as offset_begun
    from members as m
    cross join data_end as d
    group by m.user_id, m.cohort
  ) as last_begun
  group by cohort, case
    when offset_begun <= 0 then 0
    when offset_begun <= 8 then 1
    when offset_begun <= 20 then 2
    else 2
  end
),
cohort_starts as (
  select
    cohort,
    (date '1970-01-01' + cast(cohort as integer)) as cohort_start,
    epoch_us(acme_gwh.utc((date '1970-01-01' + cast((cohort + 1) as integer)), 'America/New_York')) as cohort_end
  from (
    select unnest(generate_series(first_period, last_period)) as cohort
    from bounds
  ) as numbers
),
periods(period, from_period, to_period) as (values (0, 0, 0), (1, 1, 8), (2, 9, 20)),
-- each period of each cohort, also where nobody came back
grid as (
  select
    c.cohort,
    c.cohort_start,
    c.cohort_end,
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
    cast(sum(coalesce(b.entities, 0)) over (partition by g.cohort order by g.period desc) as bigint) as eligible,
    coalesce(r.entities, 0) as returned,
    coalesce(g.cohort_end - 1 + (g.to_period + 1) * 86400000000 <= d.last_microsecond, false) as is_complete
  from grid as g
  cross join data_end as d
  left join cohort_sizes as s on s.cohort = g.cohort
  left join begun as b on b.cohort = g.cohort and b.period = g.period
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
  'first_ever, on, elapsed day' as rule
from cells
