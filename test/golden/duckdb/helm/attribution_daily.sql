-- helm.attribution_daily
-- How many events of each source carry a group id, by group key, event and day, and how many carry one at a time when
-- the key does not count.
-- One row per group_key, source, event_name, day.
-- Rules: ATT-1, ATT-4 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.outside_registration as outside
from (
  with
  counted as (
    select
      source,
      event_name,
      day,
      count(*) as events_1,
      count(*) filter (where company_id is not null) as attributed_1,
      cast(0 as bigint) as outside_registration_1,
      count(*) as events_2,
      count(*) filter (where len(area) > 0) as attributed_2,
      cast(0 as bigint) as outside_registration_2,
      count(*) as events_3,
      count(*) filter (where len(participant_company) > 0) as attributed_3,
      cast(0 as bigint) as outside_registration_3
    from helm.events
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
    'area' as group_key,
    source,
    event_name,
    day,
    events_2 as events,
    attributed_2 as attributed,
    outside_registration_2 as outside_registration
  from counted
  where events_2 + outside_registration_2 > 0
  union all
  select
    'participant_company' as group_key,
    source,
    event_name,
    day,
    events_3 as events,
    attributed_3 as attributed,
    outside_registration_3 as outside_registration
  from counted
  where events_3 + outside_registration_3 > 0
) as named
