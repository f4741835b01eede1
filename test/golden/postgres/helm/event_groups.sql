select
  event_id,
  'company_id' as group_key,
  unnest(company_id) as group_id,
  event_name,
  occurred_at,
  day,
  user_id
from helm.events
union all
select
  event_id,
  'area' as group_key,
  unnest(area) as group_id,
  event_name,
  occurred_at,
  day,
  user_id
from helm.events
union all
select
  event_id,
  'participant_company' as group_key,
  unnest(participant_company) as group_id,
  event_name,
  occurred_at,
  day,
  user_id
from helm.events
