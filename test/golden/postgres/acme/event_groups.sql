select
  event_id,
  'company_id' as group_key,
  unnest(company_id) as group_id,
  event_name,
  occurred_at,
  day,
  user_id
from acme.events
union all
select
  event_id,
  'team' as group_key,
  unnest(team) as group_id,
  event_name,
  occurred_at,
  day,
  user_id
from acme.events
where occurred_at >= timestamp '2024-03-02 00:00:00'
  and occurred_at < timestamp '2024-03-20 00:00:00'
