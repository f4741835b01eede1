-- acme.group_activity_daily
-- The calendar days on which each group was active, whatever it did.
-- One row per group_key, group_id, day.
-- Rules: ATT-1, DAY-2 (docs/semantics.md).
select
  group_key,
  group_id,
  day,
  cast(sum(events) as bigint) as events,
  min(first_at) as first_at,
  max(last_at) as last_at
from acme.group_events_daily
group by group_key, group_id, day
-- neighbours in the table are days of one group, which makes counting by group cheap
order by group_key, group_id, day
