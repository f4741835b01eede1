-- helm.monthly_actives: report monthly_actives, models/reports.yml:4
-- Companies and people side by side, month by month. How many distinct users or groups did something, in each period of
-- the range. Uniques do not add up over periods, segments or metrics.
-- One row per metric, period_start.
-- Rules: UNI-1, UNI-2, UNI-4 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.entity_type as "by"
from (
  with
  bounds as (
    select
      cast(extract(year from cast(timezone('UTC', first_at) as date)) * 12 + extract(month
        from cast(timezone('UTC', first_at) as date)) - 1 as integer) as first_number,
      cast(extract(year from cast(timezone('UTC', last_at) as date)) * 12 + extract(month
        from cast(timezone('UTC', last_at) as date)) - 1 as integer) as last_number,
      cast(timezone('UTC', last_at) as date) as last_day
    from (select min(first_at) as first_at from helm.monthly_actives_entities) as seen
    cross join (
      -- of all events: that nobody came does not end the data
      select max(last_at) as last_at
      from helm.events_daily
    ) as last_event
  ),
  periods as (
    select
      make_date(cast(floor(number / 12.0) as integer), cast(number - floor(number / 12.0) * 12 as integer) + 1, 1)
        as period_start,
      least(make_date(cast(floor((number + 1) / 12.0) as integer),
        cast((number + 1) - floor((number + 1) / 12.0) * 12 as integer) + 1, 1) - 1, last_day) as as_of
    from (
      select last_day, generate_series(first_number, last_number) as number
      from bounds
    ) as numbered
  ),
  metrics(metric, entity_type, rule) as (
    values
      ('companies', 'company_id', 'unique, calendar month'),
      ('organisations', 'company_id', 'unique, calendar month'),
      ('companies with a team', 'company_id', 'unique, calendar month'),
      ('people', 'user', 'unique, calendar month'),
      ('people of the last 30 days', 'user', 'trailing 30 calendar days, end of calendar month')
  ),
  any_event_by_company_id_activity as (
    select
      group_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      cast(sum(events) as bigint) as events
    from helm.group_activity_daily
    where group_key = 'company_id'
    group by group_id, cast(date_trunc('month', cast(day as timestamp)) as date)
  ),
  metric_2_activity as (
    select
      group_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      cast(sum(events) as bigint) as events
    from helm.group_activity_daily
    where group_key = 'company_id'
      and group_id in (
        select company_id
        from helm.company_profiles
        where nullif(helm_gwh.value_text(kind), '') = 'organisation'
      )
    group by group_id, cast(date_trunc('month', cast(day as timestamp)) as date)
  ),
  metric_3_activity as (
    select
      group_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      cast(sum(events) as bigint) as events
    from helm.group_activity_daily
    where group_key = 'company_id'
      and (group_id, cast(date_trunc('month', cast(day as timestamp)) as date)) in (
        select company_id, period_start
        from helm.committers
        where users >= 2
      )
    group by group_id, cast(date_trunc('month', cast(day as timestamp)) as date)
  ),
  any_event_by_user_activity as (
    select
      user_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      day,
      count(*) as events
    from helm.events
    where occurred_at is not null
      and user_id is not null
    group by user_id, cast(date_trunc('month', cast(day as timestamp)) as date), day
  ),
  people_of_the_last_30_days_stretches as (
    -- a day of activity counts until the next one, at most 30 days
    select
      day,
      least(day + 30, lead(day) over (partition by user_id order by day)) as until_day
    from any_event_by_user_activity
  ),
  people_of_the_last_30_days_changes as (
    select day, cast(sum(change) as bigint) as change
    from (
      select day, 1 as change from people_of_the_last_30_days_stretches
      union all
      select until_day, -1 from people_of_the_last_30_days_stretches
      union all
      -- the days to be asked for
      select as_of, 0 from periods
    ) as begun_and_ended
    group by day
  ),
  people_of_the_last_30_days_actives as (
    select
      day,
      sum(change) over (order by day) as entities
    from people_of_the_last_30_days_changes
  ),
  people_of_the_last_30_days_events as (
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
      'organisations' as metric,
      period_start,
      count(*) as entities,
      cast(sum(events) as bigint) as events,
      cast(sum(events) as double precision) / count(*) as events_per_entity
    from metric_2_activity
    group by period_start
    union all
    select
      'companies with a team' as metric,
      period_start,
      count(*) as entities,
      cast(sum(events) as bigint) as events,
      cast(sum(events) as double precision) / count(*) as events_per_entity
    from metric_3_activity
    group by period_start
    union all
    select
      'people' as metric,
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
      'people of the last 30 days' as metric,
      p.period_start,
      cast(a.entities as bigint) as entities,
      coalesce(e.events, 0) as events,
      cast(null as double precision) as events_per_entity
    from people_of_the_last_30_days_actives as a
    join periods as p on p.as_of = a.day
    left join people_of_the_last_30_days_events as e on e.period_start = p.period_start
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
) as named
