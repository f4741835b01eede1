-- acme.group_activity
-- Feed of the events of each group, with their properties: only events that carry the group key.
-- One row per group_key, group_id, event_id.
-- Rules: ATT-1, ATT-3, PRO-2 (docs/semantics.md).
select
  g.group_key,
  g.group_id,
  p.display_name,
  g.occurred_at,
  g.day,
  g.event_name,
  g.user_id,
  g.event_id,
  e.source,
  e.properties
from acme.event_groups as g
join acme.events as e
  on e.event_id = g.event_id
join acme.group_profiles as p
  on p.group_key = g.group_key
  and p.group_id = g.group_id
