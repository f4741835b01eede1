-- helm.group_events_daily
-- What each group did on each day, by event. Users do not add up over days, events or groups.
-- One row per group_key, group_id, event_name, day.
-- Rules: ATT-1, DAY-2 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.source_rows as received
from (
  with
  -- a row for each user first: plain counts are cheaper than distinct ones, and need not fit into memory
  user_days as (
    select
      group_sk,
      event_name,
      day,
      user_id,
      count(*) as events,
      cast(sum(source_rows) as bigint) as source_rows,
      min(occurred_at) as first_at,
      max(occurred_at) as last_at
    from helm.event_groups
    group by group_sk, event_name, day, user_id
  ),
  numbered_days as (
    select
      group_sk,
      event_name,
      day,
      cast(sum(events) as bigint) as events,
      cast(sum(source_rows) as bigint) as source_rows,
      count(user_id) as users,
      min(first_at) as first_at,
      max(last_at) as last_at
    from user_days
    group by group_sk, event_name, day
  )
  select
    n.group_key,
    n.group_id,
    d.event_name,
    d.day,
    d.events,
    d.source_rows,
    d.users,
    d.first_at,
    d.last_at
  from numbered_days as d
  join helm.group_surrogate_keys as n on n.group_sk = d.group_sk
) as named
