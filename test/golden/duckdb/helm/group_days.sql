select
  group_key,
  group_id,
  event_name,
  day,
  count(*) as events,
  count(distinct user_id) as users,
  min(occurred_at) as first_at,
  max(occurred_at) as last_at
from helm.event_groups
group by group_key, group_id, event_name, day
