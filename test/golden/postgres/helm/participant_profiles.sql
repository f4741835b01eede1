-- helm.participant_profiles
-- One row per Participating company: every group seen on events, on user profiles or in a Group Table, with its
-- properties as columns.
-- Rules: PRO-2, PRO-3, VAL-2 (docs/semantics.md).
with
seen as (
  select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, cast(sum(events) as bigint) as events
  from helm.group_activity_daily
  where group_key = 'participant_company'
  group by group_id
),
members as (
  select group_id, count(case when from_events then user_id end) as users
  from helm.user_groups
  where group_key = 'participant_company'
  group by group_id
)
select
  coalesce(seen.group_id, members.group_id) as participant_company,
  coalesce(seen.group_id, members.group_id) as display_name,
  false as has_profile,
  cast(null as timestamptz) as created_at,
  cast(null as timestamptz) as updated_at,
  seen.first_seen_at,
  seen.last_seen_at,
  coalesce(seen.events, 0) as events,
  coalesce(members.users, 0) as users
from seen
full join members on members.group_id = seen.group_id
