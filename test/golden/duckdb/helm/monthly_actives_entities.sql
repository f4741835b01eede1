-- helm.monthly_actives_entities: report monthly_actives, models/reports.yml:4
-- Who is counted in monthly_actives: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.entity_type as "by"
from (
  with
  any_event_by_company_id_activity as (
    select
      group_id,
      cast(sum(events) as bigint) as events,
      min(first_at) as first_at,
      max(last_at) as last_at
    from helm.group_activity_daily
    where group_key = 'company_id'
    group by group_id
  ),
  metric_2_activity as (
    select
      group_id,
      cast(sum(events) as bigint) as events,
      min(first_at) as first_at,
      max(last_at) as last_at
    from helm.group_activity_daily
    where group_key = 'company_id'
      and group_id in (
        select company_id
        from helm.company_profiles
        where nullif(helm_gwh.value_text(kind), '') = 'organisation'
      )
    group by group_id
  ),
  metric_3_activity as (
    select
      group_id,
      cast(sum(events) as bigint) as events,
      min(first_at) as first_at,
      max(last_at) as last_at
    from helm.group_activity_daily
    where group_key = 'company_id'
      and (group_id, cast(date_trunc('month', day) as date)) in (
        select company_id, period_start
        from helm.committers
        where users >= 2
      )
    group by group_id
  ),
  any_event_by_user_activity as (
    select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
    from helm.events
    where occurred_at is not null
      and user_id is not null
    group by user_id
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
    'organisations' as metric,
    'company_id' as entity_type,
    group_id as entity_id,
    events,
    first_at,
    last_at
  from metric_2_activity
  union all
  select
    'companies with a team' as metric,
    'company_id' as entity_type,
    group_id as entity_id,
    events,
    first_at,
    last_at
  from metric_3_activity
  union all
  select
    'people' as metric,
    'user' as entity_type,
    user_id as entity_id,
    events,
    first_at,
    last_at
  from any_event_by_user_activity
  union all
  select
    'people of the last 30 days' as metric,
    'user' as entity_type,
    user_id as entity_id,
    events,
    first_at,
    last_at
  from any_event_by_user_activity
) as named
