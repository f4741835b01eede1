-- acme.user_lifecycle: report user_lifecycle, models/reports.yml:193
-- How many users were new, returning, resurrecting and dormant in each day.
-- One row per period_start.
-- Rules: LIF-1, LIF-2, LIF-3, LIF-4, LIF-5 (docs/semantics.md).
with
-- days are numbered: the next one is one more
matching as (
  select user_id, cast(day - date '1970-01-01' as integer) as period
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name = 'Login'
),
active_periods as (
  select distinct user_id, period
  from matching
  where period <= cast(date '2024-03-12' - date '1970-01-01' as integer)
),
bounds as (
  select
    cast(date '2024-03-10' - date '1970-01-01' as integer) as first_period,
    cast(date '2024-03-12' - date '1970-01-01' as integer) as last_period
),
neighbours as (
  select
    user_id,
    period,
    lag(period) over (partition by user_id order by period) as period_before,
    lead(period) over (partition by user_id order by period) as period_after
  from active_periods
),
stages as (
  select
    n.period,
    n.period_after,
    case
      when n.period_before is null then 'new'
      -- a first activity has none before it
      when n.period_before = n.period - 1 then 'returning'
      else 'resurrecting'
    end as stage
  from neighbours as n
),
active_counts as (
  select
    period,
    count(case when stage = 'new' then 1 end) as new_entities,
    count(case when stage = 'returning' then 1 end) as returning_entities,
    count(case when stage = 'resurrecting' then 1 end) as resurrecting_entities,
    count(*) as active_entities
  from stages
  group by period
),
dormant_counts as (
  -- only the one period right after an active one
  select period + 1 as period, count(*) as dormant_entities
  from stages
  where period_after is null or period_after > period + 1
  group by period + 1
),
periods as (
  select unnest(generate_series(first_period, last_period)) as period
  from bounds
)
select
  (date '1970-01-01' + cast(p.period as integer)) as period_start,
  coalesce(a.new_entities, 0) as new_entities,
  coalesce(a.returning_entities, 0) as returning_entities,
  coalesce(a.resurrecting_entities, 0) as resurrecting_entities,
  coalesce(d.dormant_entities, 0) as dormant_entities,
  coalesce(a.active_entities, 0) as active_entities,
  'by day, new by first event' as rule
from periods as p
left join active_counts as a on a.period = p.period
left join dormant_counts as d on d.period = p.period
