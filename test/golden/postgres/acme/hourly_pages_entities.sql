-- acme.hourly_pages_entities: report hourly_pages, models/reports.yml:143
-- Who is counted in hourly_pages: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
page_view_by_user_rows as (
  select
    user_id,
    acme_gwh.property_text(properties -> 'path') as segment_value,
    count(*) as events,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name = 'Page View'
    and occurred_at >= timestamptz '2024-03-03 10:00:00+00'
    and occurred_at <= timestamptz '2024-03-03 11:59:59+00'
  group by user_id, acme_gwh.property_text(properties -> 'path')
),
page_view_by_user_segmented as (
  select
    e.user_id,
    e.events,
    e.first_at,
    e.last_at,
    coalesce(e.segment_value, '') as segment
  from page_view_by_user_rows as e
),
-- most users and groups first, over all metrics; equal sizes are settled by the value's bytes
kept_segments as (
  select segment
  from (
    select distinct segment, counted, entity_id
    from (
      select segment, 'user' as counted, user_id as entity_id
      from page_view_by_user_segmented
      where segment <> ''
    ) as seen
  ) as told_apart
  group by segment
  order by count(*) desc, segment collate "C"
  limit 1
),
page_view_by_user_activity as (
  select
    user_id,
    segment,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from (
    select
      e.user_id,
      e.events,
      e.first_at,
      e.last_at,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from page_view_by_user_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by user_id, segment
)
select
  'Page View by user' as metric,
  'user' as entity_type,
  user_id as entity_id,
  segment,
  events,
  first_at,
  last_at
from page_view_by_user_activity
