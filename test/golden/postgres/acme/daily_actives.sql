-- acme.daily_actives: report daily_actives, models/reports.yml:128
-- How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods,
-- segments or metrics.
-- One row per metric, period_start.
-- Rules: UNI-1, UNI-2, UNI-4 (docs/semantics.md).
with
bounds as (
  select
    cast(date '2024-03-05' - date '1970-01-01' as integer) as first_number,
    cast(date '2024-03-11' - date '1970-01-01' as integer) as last_number
),
periods as (
  select
    (date '1970-01-01' + cast(number as integer)) as period_start,
    (date '1970-01-01' + cast(number as integer)) as as_of
  from (
    select generate_series(first_number, last_number) as number
    from bounds
  ) as numbered
),
metrics(metric, entity_type, rule) as (
  values
    ('companies', 'company_id', 'unique, calendar day'),
    ('teams that log in', 'team', 'unique, calendar day'),
    ('users', 'user', 'unique, calendar day'),
    ('users of 7 days', 'user', 'trailing 7 calendar days, each day'),
    ('companies with two users', 'company_id', 'unique, calendar day')
),
any_event_by_company_id_activity as (
  select
    group_id,
    day as period_start,
    cast(sum(events) as bigint) as events
  from acme.group_activity_daily
  where group_key = 'company_id'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
  group by group_id, day
),
login_by_team_activity as (
  select
    group_id,
    day as period_start,
    cast(sum(events) as bigint) as events
  from acme.group_events_daily
  where group_key = 'team'
    and event_name = 'Login'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
  group by group_id, day
),
any_event_by_user_activity as (
  select
    user_id,
    day as period_start,
    day,
    count(case when day >= date '2024-03-05' and day <= date '2024-03-11' then 1 end) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and day >= date '2024-03-05' - 6
    and day <= date '2024-03-11'
  group by user_id, day, day
),
metric_4_activity as (
  select
    group_id,
    day as period_start,
    cast(sum(events) as bigint) as events
  from acme.group_activity_daily
  where group_key = 'company_id'
    and day >= date '2024-03-05'
    and day <= date '2024-03-11'
    and group_id in (
      select company_id
      from acme.active_users
      where users >= 2
    )
  group by group_id, day
),
users_of_7_days_stretches as (
  -- a day of activity counts until the next one, at most 7 days
  select
    day,
    least(day + 7, lead(day) over (partition by user_id order by day)) as until_day
  from any_event_by_user_activity
),
users_of_7_days_changes as (
  select day, cast(sum(change) as bigint) as change
  from (
    select day, 1 as change from users_of_7_days_stretches
    union all
    select until_day, -1 from users_of_7_days_stretches
    union all
    -- the days to be asked for
    select as_of, 0 from periods
  ) as begun_and_ended
  group by day
),
users_of_7_days_actives as (
  select
    day,
    sum(change) over (order by day) as entities
  from users_of_7_days_changes
),
users_of_7_days_events as (
  select period_start, cast(sum(events) as bigint) as events
  from any_event_by_user_activity
  group by period_start
),
counted as (
  select
    'companies' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from any_event_by_company_id_activity
  group by period_start
  union all
  select
    'teams that log in' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from login_by_team_activity
  group by period_start
  union all
  select
    'users' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from (
    select user_id, period_start, cast(sum(events) as bigint) as events
    from any_event_by_user_activity
    where events > 0
    group by user_id, period_start
  ) as of_periods
  group by period_start
  union all
  select
    'users of 7 days' as metric,
    p.period_start,
    cast(a.entities as bigint) as entities,
    coalesce(e.events, 0) as events,
    cast(null as double precision) as events_per_entity
  from users_of_7_days_actives as a
  join periods as p on p.as_of = a.day
  left join users_of_7_days_events as e on e.period_start = p.period_start
  union all
  select
    'companies with two users' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from metric_4_activity
  group by period_start
)
select
  m.metric,
  m.entity_type,
  p.period_start,
  coalesce(counted.entities, 0) as entities,
  coalesce(counted.events, 0) as events,
  counted.events_per_entity,
  m.rule
from metrics as m
cross join periods as p
left join counted
  on counted.metric = m.metric
    and counted.period_start = p.period_start
