-- acme.daily_actives_entities: report daily_actives, models/reports.yml:128
-- Who is counted in daily_actives: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
any_event_by_company_id_activity as (
  select
    group_id,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from acme.group_activity_daily
  where group_key = 'company_id'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
  group by group_id
),
login_by_team_activity as (
  select
    group_id,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from acme.group_events_daily
  where group_key = 'team'
    and event_name = 'Login'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
  group by group_id
),
any_event_by_user_activity as (
  select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
  group by user_id
),
metric_4_activity as (
  select
    group_id,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from acme.group_activity_daily
  where group_key = 'company_id'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
    and group_id in (
      select company_id
      from acme.active_users
      where users >= 2
    )
  group by group_id
)
select
  'companies' as metric,
  'company_id' as entity_type,
  group_id as entity_id,
  events,
  first_at,
  last_at
from any_event_by_company_id_activity
union all
select
  'teams that log in' as metric,
  'team' as entity_type,
  group_id as entity_id,
  events,
  first_at,
  last_at
from login_by_team_activity
union all
select
  'users' as metric,
  'user' as entity_type,
  user_id as entity_id,
  events,
  first_at,
  last_at
from any_event_by_user_activity
union all
select
  'users of 7 days' as metric,
  'user' as entity_type,
  user_id as entity_id,
  events,
  first_at,
  last_at
from any_event_by_user_activity
union all
select
  'companies with two users' as metric,
  'company_id' as entity_type,
  group_id as entity_id,
  events,
  first_at,
  last_at
from metric_4_activity
