-- acme.users_by_plan: report users_by_plan, models/reports.yml:152
-- How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods,
-- segments or metrics.
-- One row per metric, segment, period_start.
-- Rules: UNI-1, UNI-2, UNI-4, REP-4 (docs/semantics.md).
with
bounds as (
  select
    cast(extract(year from cast(timezone('America/New_York', first_at) as date)) * 12 + extract(month
      from cast(timezone('America/New_York', first_at) as date)) - 1 as integer) as first_number,
    cast(extract(year from cast(timezone('America/New_York', last_at) as date)) * 12 + extract(month
      from cast(timezone('America/New_York', last_at) as date)) - 1 as integer) as last_number
  from (select min(first_at) as first_at from acme.users_by_plan_entities) as seen
  cross join (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
periods as (
  select
    make_date(cast(floor(number / 12.0) as integer), cast(number - floor(number / 12.0) * 12 as integer) + 1, 1)
      as period_start
  from (
    select generate_series(first_number, last_number) as number
    from bounds
  ) as numbered
),
metrics(metric, entity_type, rule) as (
  values
    ('any event by user', 'user', 'unique, calendar month')
),
any_event_by_user_rows as (
  select
    user_id,
    cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
    count(*) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
  group by user_id, cast(date_trunc('month', cast(day as timestamp)) as date)
),
any_event_by_user_segmented as (
  select
    e.user_id,
    e.period_start,
    e.events,
    coalesce(of_groups.segment_value, '') as segment
  from any_event_by_user_rows as e
  left join (
    select distinct link.user_id, nullif(acme_gwh.value_text(profile.plan), '') as segment_value
    from acme.user_groups as link
    join acme.company_profiles as profile on profile.company_id = link.group_id
    where link.group_key = 'company_id' and link.from_profile
  ) as of_groups on of_groups.user_id = e.user_id
),
kept_segments as (
  select distinct segment
  from acme.users_by_plan_entities
  where segment not in ('', '$other')
),
any_event_by_user_activity as (
  select
    user_id,
    segment,
    period_start,
    cast(sum(events) as bigint) as events
  from (
    -- what has several of the other values is there once
    select distinct
      e.user_id,
      e.period_start,
      e.events,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from any_event_by_user_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by user_id, segment, period_start
),
segments as (
  select distinct segment
  from (
    select segment from acme.users_by_plan_entities
  ) as seen
),
counted as (
  select
    'any event by user' as metric,
    segment,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from any_event_by_user_activity
  group by segment, period_start
)
select
  m.metric,
  m.entity_type,
  s.segment,
  p.period_start,
  coalesce(counted.entities, 0) as entities,
  coalesce(counted.events, 0) as events,
  counted.events_per_entity,
  m.rule
from metrics as m
cross join periods as p
cross join segments as s
left join counted
  on counted.metric = m.metric
    and counted.segment = s.segment
    and counted.period_start = p.period_start
