select
  e.event_id,
  'company_id' as group_key,
  e.group_id,
  n.group_no,
  e.event_name,
  e.occurred_at,
  e.day,
  e.user_id,
  e.copies
from (
  select event_id, event_name, occurred_at, day, user_id, copies, unnest(company_id) as group_id
  from helm.events
  where occurred_at is not null
) as e
join helm.group_numbers as n on n.group_key = 'company_id' and n.group_id = e.group_id
union all
select
  e.event_id,
  'area' as group_key,
  e.group_id,
  n.group_no,
  e.event_name,
  e.occurred_at,
  e.day,
  e.user_id,
  e.copies
from (
  select event_id, event_name, occurred_at, day, user_id, copies, unnest(area) as group_id
  from helm.events
  where occurred_at is not null
) as e
join helm.group_numbers as n on n.group_key = 'area' and n.group_id = e.group_id
union all
select
  e.event_id,
  'participant_company' as group_key,
  e.group_id,
  n.group_no,
  e.event_name,
  e.occurred_at,
  e.day,
  e.user_id,
  e.copies
from (
  select
    event_id,
    event_name,
    occurred_at,
    day,
    user_id,
    copies,
    unnest(participant_company) as group_id
  from helm.events
  where occurred_at is not null
) as e
join helm.group_numbers as n on n.group_key = 'participant_company' and n.group_id = e.group_id
