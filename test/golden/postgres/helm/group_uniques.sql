-- helm.group_uniques
-- How many groups and how many users were active in each day, week and month. Uniques do not add up over periods or
-- keys. Periods without any event have no row.
-- One row per group_key, granularity, period_start.
-- Rules: ATT-1, DAY-2, SUM-1 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.granularity as period
from (
  with
  event_days as (select day, count(*) as events from helm.events where occurred_at is not null group by day),
  user_days as (select distinct day, user_id from helm.events where occurred_at is not null and user_id is not null),
  acting_days as (
    select distinct group_key, day, user_id
    from helm.event_groups
    where user_id is not null
  ),
  -- an event of three groups is one event
  attributed_days as (
    select 'company_id' as group_key, day, count(*) as events
    from helm.events
    where company_id is not null
      and occurred_at is not null
    group by day
    union all
    select 'area' as group_key, day, count(*) as events
    from helm.events
    where cardinality(area) > 0
      and occurred_at is not null
    group by day
    union all
    select 'participant_company' as group_key, day, count(*) as events
    from helm.events
    where cardinality(participant_company) > 0
      and occurred_at is not null
    group by day
  ),
  events_by_day as (select day as period_start, cast(sum(events) as bigint) as events from event_days group by 1),
  users_by_day as (
    select period_start, count(*) as users
    from (select distinct day as period_start, user_id from user_days) as active
    group by period_start
  ),
  groups_by_day as (
    select group_key, period_start, count(*) as groups
    from (select distinct group_key, day as period_start, group_id from helm.group_activity_daily) as active
    group by group_key, period_start
  ),
  acting_by_day as (
    select group_key, period_start, count(*) as group_users
    from (select distinct group_key, day as period_start, user_id from acting_days) as active
    group by group_key, period_start
  ),
  attributed_by_day as (
    select group_key, day as period_start, cast(sum(events) as bigint) as group_events
    from attributed_days
    group by 1, 2
  ),
  events_by_week as (select cast(date_trunc('week', cast(day as timestamp)) as date) as period_start,
    cast(sum(events) as bigint) as events from event_days group by 1),
  users_by_week as (
    select period_start, count(*) as users
    from (select distinct cast(date_trunc('week', cast(day as timestamp)) as date) as period_start, user_id
      from user_days) as active
    group by period_start
  ),
  groups_by_week as (
    select group_key, period_start, count(*) as groups
    from (select distinct group_key, cast(date_trunc('week', cast(day as timestamp)) as date) as period_start, group_id
      from helm.group_activity_daily) as active
    group by group_key, period_start
  ),
  acting_by_week as (
    select group_key, period_start, count(*) as group_users
    from (select distinct group_key, cast(date_trunc('week', cast(day as timestamp)) as date) as period_start, user_id
      from acting_days) as active
    group by group_key, period_start
  ),
  attributed_by_week as (
    select group_key, cast(date_trunc('week', cast(day as timestamp)) as date) as period_start,
      cast(sum(events) as bigint) as group_events
    from attributed_days
    group by 1, 2
  ),
  events_by_month as (select cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
    cast(sum(events) as bigint) as events from event_days group by 1),
  users_by_month as (
    select period_start, count(*) as users
    from (select distinct cast(date_trunc('month', cast(day as timestamp)) as date) as period_start, user_id
      from user_days) as active
    group by period_start
  ),
  groups_by_month as (
    select group_key, period_start, count(*) as groups
    from (select distinct group_key, cast(date_trunc('month', cast(day as timestamp)) as date) as period_start, group_id
      from helm.group_activity_daily) as active
    group by group_key, period_start
  ),
  acting_by_month as (
    select group_key, period_start, count(*) as group_users
    from (select distinct group_key, cast(date_trunc('month', cast(day as timestamp)) as date) as period_start, user_id
      from acting_days) as active
    group by group_key, period_start
  ),
  attributed_by_month as (
    select group_key, cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      cast(sum(events) as bigint) as group_events
    from attributed_days
    group by 1, 2
  ),
  group_keys(group_key) as (values ('company_id'), ('area'), ('participant_company'))
  select
    k.group_key,
    'day' as granularity,
    e.period_start,
    coalesce(g.groups, 0) as groups,
    coalesce(a.group_users, 0) as group_users,
    coalesce(t.group_events, 0) as group_events,
    coalesce(u.users, 0) as users,
    e.events
  from events_by_day as e
  cross join group_keys as k
  left join users_by_day as u on u.period_start = e.period_start
  left join groups_by_day as g on g.group_key = k.group_key and g.period_start = e.period_start
  left join acting_by_day as a on a.group_key = k.group_key and a.period_start = e.period_start
  left join attributed_by_day as t on t.group_key = k.group_key and t.period_start = e.period_start
  union all
  select
    k.group_key,
    'week' as granularity,
    e.period_start,
    coalesce(g.groups, 0) as groups,
    coalesce(a.group_users, 0) as group_users,
    coalesce(t.group_events, 0) as group_events,
    coalesce(u.users, 0) as users,
    e.events
  from events_by_week as e
  cross join group_keys as k
  left join users_by_week as u on u.period_start = e.period_start
  left join groups_by_week as g on g.group_key = k.group_key and g.period_start = e.period_start
  left join acting_by_week as a on a.group_key = k.group_key and a.period_start = e.period_start
  left join attributed_by_week as t on t.group_key = k.group_key and t.period_start = e.period_start
  union all
  select
    k.group_key,
    'month' as granularity,
    e.period_start,
    coalesce(g.groups, 0) as groups,
    coalesce(a.group_users, 0) as group_users,
    coalesce(t.group_events, 0) as group_events,
    coalesce(u.users, 0) as users,
    e.events
  from events_by_month as e
  cross join group_keys as k
  left join users_by_month as u on u.period_start = e.period_start
  left join groups_by_month as g on g.group_key = k.group_key and g.period_start = e.period_start
  left join acting_by_month as a on a.group_key = k.group_key and a.period_start = e.period_start
  left join attributed_by_month as t on t.group_key = k.group_key and t.period_start = e.period_start
) as named
