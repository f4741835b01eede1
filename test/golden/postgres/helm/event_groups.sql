-- helm.event_groups
-- Which groups each event belongs to. Never count events here without saying for which group.
-- One row per event_id, group_key, group_id.
-- Rules: ATT-1, ATT-3, ATT-4, ID-1 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.group_sk as group_no,
  named.source_rows as copies
from (
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
    select event_id, event_name, occurred_at, day, user_id, source_rows, company_id as group_id
    from helm.events
    where company_id is not null
      and occurred_at is not null
  ) as e
  join helm.group_surrogate_keys as n on n.group_key = 'company_id' and n.group_id = e.group_id
  union all
  select
    e.event_id,
    'area' as group_key,
    e.group_id,
    n.group_sk,
    e.event_name,
    e.occurred_at,
    e.day,
    e.user_id,
    e.source_rows
  from (
    select event_id, event_name, occurred_at, day, user_id, source_rows, unnest(area) as group_id
    from helm.events
    where occurred_at is not null
  ) as e
  join helm.group_surrogate_keys as n on n.group_key = 'area' and n.group_id = e.group_id
  union all
  select
    e.event_id,
    'participant_company' as group_key,
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
      unnest(participant_company) as group_id
    from helm.events
    where occurred_at is not null
  ) as e
  join helm.group_surrogate_keys as n on n.group_key = 'participant_company' and n.group_id = e.group_id
) as named
