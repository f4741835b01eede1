-- acme.hourly_pages: report hourly_pages, models/reports.yml:143
-- How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods,
-- segments or metrics.
-- One row per metric, segment, period_start.
-- Rules: UNI-1, UNI-2, UNI-4, REP-4 (docs/semantics.md).
with
bounds as (
  select
    cast(floor(cast(extract(epoch from timestamptz '2024-03-03 10:00:00+00' - (timezone('America/New_York',
      timestamptz '2024-03-03 10:00:00+00') - date_trunc('hour',
      timezone('America/New_York', timestamptz '2024-03-03 10:00:00+00')))) * 1000000 as bigint) / 3600000000.0)
      as integer) as first_number,
    cast(floor(cast(extract(epoch from timestamptz '2024-03-03 11:59:59+00' - (timezone('America/New_York',
      timestamptz '2024-03-03 11:59:59+00') - date_trunc('hour',
      timezone('America/New_York', timestamptz '2024-03-03 11:59:59+00')))) * 1000000 as bigint) / 3600000000.0)
      as integer) as last_number
),
periods as (
  select
    acme_gwh.instant_of_microseconds(number * cast(3600000000 as bigint)) as period_start
  from (
    select generate_series(first_number, last_number) as number
    from bounds
  ) as numbered
),
metrics(metric, entity_type, rule) as (
  values
    ('Page View by user', 'user', 'unique, calendar hour')
),
page_view_by_user_rows as (
  select
    user_id,
    acme_gwh.property_text(properties -> 'path') as segment_value,
    occurred_at - (timezone('America/New_York', occurred_at) - date_trunc('hour',
      timezone('America/New_York', occurred_at))) as period_start,
    count(*) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name = 'Page View'
    and occurred_at >= timestamptz '2024-03-03 10:00:00+00'
    and occurred_at <= timestamptz '2024-03-03 11:59:59+00'
  group by user_id, acme_gwh.property_text(properties -> 'path'),
    occurred_at - (timezone('America/New_York', occurred_at) - date_trunc('hour',
    timezone('America/New_York', occurred_at)))
),
page_view_by_user_segmented as (
  select
    e.user_id,
    e.period_start,
    e.events,
    coalesce(e.segment_value, '') as segment
  from page_view_by_user_rows as e
),
kept_segments as (
  select distinct segment
  from acme.hourly_pages_entities
  where segment not in ('', '$other')
),
page_view_by_user_activity as (
  select
    user_id,
    segment,
    period_start,
    cast(sum(events) as bigint) as events
  from (
    select
      e.user_id,
      e.period_start,
      e.events,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from page_view_by_user_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by user_id, segment, period_start
),
segments as (
  select distinct segment
  from (
    select segment from acme.hourly_pages_entities
  ) as seen
),
counted as (
  select
    'Page View by user' as metric,
    segment,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from page_view_by_user_activity
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
