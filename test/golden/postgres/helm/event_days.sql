select
  source,
  event_name,
  day,
  count(*) as events,
  cast(sum(copies) as bigint) as received,
  min(occurred_at) as first_at,
  max(occurred_at) as last_at
from helm.events
where day is not null
group by source, event_name, day
