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
