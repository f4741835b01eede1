-- acme.users_by_plan_entities: report users_by_plan, models/reports.yml:152
-- Who is counted in users_by_plan: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
any_event_by_user_rows as (
  select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
  group by user_id
),
any_event_by_user_segmented as (
  select
    e.user_id,
    e.events,
    e.first_at,
    e.last_at,
    coalesce(of_groups.segment_value, '') as segment
  from any_event_by_user_rows as e
  left join (
    select distinct link.user_id, nullif(acme_gwh.value_text(profile.plan), '') as segment_value
    from acme.user_groups as link
    join acme.company_profiles as profile on profile.company_id = link.group_id
    where link.group_key = 'company_id' and link.from_profile
  ) as of_groups on of_groups.user_id = e.user_id
),
-- most users and groups first, over all metrics; equal sizes are settled by the value's bytes
kept_segments as (
  select segment
  from (
    select distinct segment, counted, entity_id
    from (
      select segment, 'user' as counted, user_id as entity_id
      from any_event_by_user_segmented
      where segment <> ''
    ) as seen
  ) as told_apart
  group by segment
  order by count(*) desc, segment collate "C"
  limit 25
),
any_event_by_user_activity as (
  select
    user_id,
    segment,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from (
    -- what has several of the other values is there once
    select distinct
      e.user_id,
      e.events,
      e.first_at,
      e.last_at,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from any_event_by_user_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by user_id, segment
)
select
  'any event by user' as metric,
  'user' as entity_type,
  user_id as entity_id,
  segment,
  events,
  first_at,
  last_at
from any_event_by_user_activity
