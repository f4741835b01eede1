-- helm.company_lifecycle: report company_lifecycle, models/reports.yml:46
-- Which companies came, stayed, came back and went quiet, month by month. How many groups of company_id were new,
-- returning, resurrecting and dormant in each month.
-- One row per period_start.
-- Rules: LIF-1, LIF-2, LIF-3, LIF-4, LIF-5 (docs/semantics.md).
with
-- months are numbered: the next one is one more
matching as (
  select
    group_id,
    cast(extract(year from day) * 12 + extract(month from day) - 1 as integer) as period
  from helm.group_activity_daily
  where group_key = 'company_id'
),
active_periods as (
  select distinct group_id, period
  from matching
),
bounds as (
  select
    first_active as first_period,
    cast(extract(year from cast(last_at as date)) * 12 + extract(month from cast(last_at as date)) - 1 as integer)
      as last_period
  from (
    select min(period) as first_active
    from active_periods
  ) as active
  cross join (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from helm.events_daily
  ) as last_event
),
neighbours as (
  select
    group_id,
    period,
    lag(period) over (partition by group_id order by period) as period_before,
    lead(period) over (partition by group_id order by period) as period_after
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
  make_date(cast(floor(p.period / 12.0) as integer), cast(p.period - floor(p.period / 12.0) * 12 as integer) + 1, 1)
    as period_start,
  coalesce(a.new_entities, 0) as new_entities,
  coalesce(a.returning_entities, 0) as returning_entities,
  coalesce(a.resurrecting_entities, 0) as resurrecting_entities,
  coalesce(d.dormant_entities, 0) as dormant_entities,
  coalesce(a.active_entities, 0) as active_entities,
  'by month, new by first event' as rule
from periods as p
left join active_counts as a on a.period = p.period
left join dormant_counts as d on d.period = p.period
