-- acme.attribution_daily
-- How many events of each source carry a group id, by group key, event and day, and how many carry one at a time when
-- the key does not count.
-- One row per group_key, source, event_name, day.
-- Rules: ATT-1, ATT-4 (docs/semantics.md).
with
counted as (
  select
    source,
    event_name,
    day,
    count(*) as events_1,
    count(*) filter (where cardinality(company_id) > 0) as attributed_1,
    cast(0 as bigint) as outside_registration_1,
    count(*) filter (where occurred_at >= timestamptz '2024-03-02 00:00:00+00'
      and occurred_at < timestamptz '2024-03-20 00:00:00+00') as events_2,
    count(*) filter (where occurred_at >= timestamptz '2024-03-02 00:00:00+00'
      and occurred_at < timestamptz '2024-03-20 00:00:00+00' and cardinality(team) > 0) as attributed_2,
    count(*) filter (where not (occurred_at >= timestamptz '2024-03-02 00:00:00+00'
      and occurred_at < timestamptz '2024-03-20 00:00:00+00') and cardinality(team) > 0) as outside_registration_2
  from acme.events
  where day is not null
  group by source, event_name, day
)
select
  'company_id' as group_key,
  source,
  event_name,
  day,
  events_1 as events,
  attributed_1 as attributed,
  outside_registration_1 as outside_registration
from counted
where events_1 + outside_registration_1 > 0
union all
select
  'team' as group_key,
  source,
  event_name,
  day,
  events_2 as events,
  attributed_2 as attributed,
  outside_registration_2 as outside_registration
from counted
where events_2 + outside_registration_2 > 0
