-- acme.event_groups
-- Which groups each event belongs to. Never count events here without saying for which group.
-- One row per event_id, group_key, group_id.
-- Rules: ATT-1, ATT-3, ATT-4, ID-1 (docs/semantics.md).
select
  e.event_id,
  'company_id' as group_key,
  e.group_id,
  n.group_sk,
  e.event_name,
  e.occurred_at,
  e.day,
  e.user_id,
  e.source_rows
from (
  select
    event_id,
    event_name,
    occurred_at,
    day,
    user_id,
    source_rows,
    unnest(company_id) as group_id
  from acme.events
  where occurred_at is not null
) as e
join acme.group_surrogate_keys as n on n.group_key = 'company_id' and n.group_id = e.group_id
union all
select
  e.event_id,
  'team' as group_key,
  e.group_id,
  n.group_sk,
  e.event_name,
  e.occurred_at,
  e.day,
  e.user_id,
  e.source_rows
from (
  select event_id, event_name, occurred_at, day, user_id, source_rows, unnest(team) as group_id
  from acme.events
  where occurred_at is not null
    and occurred_at >= timestamptz '2024-03-02 00:00:00+00'
    and occurred_at < timestamptz '2024-03-20 00:00:00+00'
) as e
join acme.group_surrogate_keys as n on n.group_key = 'team' and n.group_id = e.group_id
