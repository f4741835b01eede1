-- helm.area_profiles
-- One row per Area: every group seen on events, on user profiles or in a Group Table, with its properties as columns.
-- Rules: PRO-2, PRO-3, VAL-2 (docs/semantics.md).
with
seen as (
  select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, cast(sum(events) as bigint) as events
  from helm.group_activity_daily
  where group_key = 'area'
  group by group_id
),
members as (
  select group_id, count(case when from_events then user_id end) as users
  from helm.user_groups
  where group_key = 'area'
  group by group_id
),
areas_latest as (
  select
    group_id,
    display_name,
    created_at,
    updated_at
  from (
    select
      group_id,
      display_name,
      created_at,
      updated_at,
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by group_id
        order by
          updated_at desc nulls last,
          helm_gwh.value_text(display_name) collate "C",
          helm_gwh.value_text(created_at) collate "C"
      ) as place
    from (
      select
        helm_gwh.id(area) as group_id,
        cast(null as text) as display_name,
        cast(null as timestamptz) as created_at,
        cast(null as timestamptz) as updated_at
      from helm_gwh.seed_areas
    ) as profile_rows
    where group_id is not null
  ) as ranked
  where place = 1
)
select
  coalesce(areas_latest.group_id, seen.group_id, members.group_id) as area,
  coalesce(areas_latest.display_name, areas_latest.group_id, seen.group_id, members.group_id) as display_name,
  areas_latest.group_id is not null as has_profile,
  areas_latest.created_at as created_at,
  areas_latest.updated_at as updated_at,
  seen.first_seen_at,
  seen.last_seen_at,
  coalesce(seen.events, 0) as events,
  coalesce(members.users, 0) as users
from seen
full join members on members.group_id = seen.group_id
full join areas_latest on areas_latest.group_id = coalesce(seen.group_id, members.group_id)
