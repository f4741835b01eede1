-- acme.login_habit: report login_habit, models/reports.yml:115
-- How many groups of team of each cohort returned in each period after their start (recurring, on_or_after, calendar
-- day, at least 2 returns in a period).
-- One row per segment, cohort_start, period_number.
-- Rules: RET-1, RET-2, RET-3, RET-4, RET-6, RET-7 (docs/semantics.md).
with
-- days are numbered: the next one is one more
matching as (
  select
    group_id,
    cast(day - date '1970-01-01' as integer) as period,
    first_at,
    last_at,
    events,
    event_name = 'Login' as is_start
  from acme.group_events_daily
  where group_key = 'team'
    and event_name = 'Login'
    and day >= date '2024-03-09'
),
activity as (
  select
    group_id,
    period,
    min(case when is_start then first_at end) as started_at,
    max(case when is_start then last_at end) as last_return_at,
    cast(sum(case when is_start then events end) as bigint) as returns
  from matching
  group by group_id, period
),
bounds as (
  select
    cast(date '2024-03-09' - date '1970-01-01' as integer) as first_period,
    cast(date '2024-03-11' - date '1970-01-01' as integer) as last_period
),
starts as (
  select
    a.group_id,
    a.period as cohort,
    min(a.started_at) as started_at
  from activity as a
  cross join bounds as b
  where a.started_at is not null
    and a.period between b.first_period and b.last_period
  group by a.group_id, a.period
),
segmented as (
  select
    e.group_id,
    e.cohort,
    e.started_at,
    coalesce(of_groups.segment_value, '') as segment
  from starts as e
  left join (
    select team as group_id, nullif(acme_gwh.value_text(size), '') as segment_value
    from acme.team_profiles
  ) as of_groups on of_groups.group_id = e.group_id
),
-- most entities first; equal sizes are settled by the value's bytes
kept_segments as (
  select segment
  from (select distinct segment, group_id from segmented where segment <> '') as seen
  group by segment
  order by count(*) desc, segment collate "C"
  limit 25
),
labelled as (
  select
    e.group_id,
    e.cohort,
    e.started_at,
    case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
  from segmented as e
  left join kept_segments as kept on kept.segment = e.segment
),
members as (
  select distinct group_id, cohort, started_at, segment
  from labelled
),
return_periods as (
  select group_id, max(period) as period
  from activity
  where returns >= 2
  group by group_id
),
returns as (
  -- in the period of the start only what comes after it
  select
    m.group_id,
    m.segment,
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
    m.segment,
    m.cohort,
    least(a.period - m.cohort, 2) as period
  from members as m
  join return_periods as a
    on a.group_id = m.group_id
      and a.period > m.cohort
),
returned as (
  select segment, cohort, period, count(*) as entities
  from (
    -- who came back in a later period is counted for the earlier ones as well
    select group_id, segment, cohort, max(period) as period
    from returns
    group by group_id, segment, cohort
  ) as furthest
  group by segment, cohort, period
),
cohort_sizes as (
  select segment, cohort, count(*) as entities
  from (select distinct segment, cohort, group_id from members) as each_once
  group by segment, cohort
),
-- what has not begun when the data ends can have no return
data_end as (
  select cast(cast(timezone('America/New_York', last_at) as date) - date '1970-01-01' as integer) as last_period
  from (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
cohort_starts as (
  select
    cohort,
    (date '1970-01-01' + cast(cohort as integer)) as cohort_start
  from (
    select generate_series(first_period, last_period) as cohort
    from bounds
  ) as numbers
),
periods as (
  select n as period, n as from_period, n as to_period
  from (
    select generate_series(0, 2) as n
  ) as numbers
),
-- each period of each cohort, also where nobody came back
grid as (
  select
    s.segment,
    c.cohort,
    c.cohort_start,
    p.period,
    p.from_period,
    p.to_period
  from cohort_starts as c
  cross join periods as p
  cross join (select distinct segment from members) as s
),
cells as (
  select
    g.segment,
    g.cohort_start,
    cast(g.period as bigint) as period,
    cast(g.from_period as bigint) as from_period,
    cast(g.to_period as bigint) as to_period,
    coalesce(s.entities, 0) as cohort_size,
    case when g.cohort + g.from_period <= d.last_period then coalesce(s.entities, 0) else 0 end as eligible,
    cast(sum(coalesce(r.entities, 0)) over (partition by g.segment, g.cohort order by g.period desc) as bigint)
      as returned,
    coalesce(g.cohort + g.to_period < d.last_period, false) as is_complete
  from grid as g
  cross join data_end as d
  left join cohort_sizes as s on s.segment = g.segment and s.cohort = g.cohort
  left join returned as r on r.segment = g.segment and r.cohort = g.cohort and r.period = g.period
)
select
  segment,
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
  'recurring, on_or_after, calendar day, at least 2 returns in a period' as rule
from cells
