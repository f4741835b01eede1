-- helm.events_daily
-- How many events of each name each source had on each day, with or without a group.
-- One row per source, event_name, day.
-- Rules: EVT-1, DAY-2 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.source_rows as received
from (
  select
    source,
    event_name,
    day,
    count(*) as events,
    cast(sum(source_rows) as bigint) as source_rows,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
  from helm.events
  where day is not null
  group by source, event_name, day
) as named
