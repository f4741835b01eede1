-- acme.users_without_pro: report users_without_pro, models/reports.yml:160
-- How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods,
-- segments or metrics.
-- One row per metric, period_start.
-- Rules: UNI-1, UNI-2, UNI-4 (docs/semantics.md).
with
bounds as (
  select
    cast(floor((cast(timezone('America/New_York', first_at) as date) - date '1970-01-04') / 7.0) as integer)
      as first_number,
    cast(floor((cast(timezone('America/New_York', last_at) as date) - date '1970-01-04') / 7.0) as integer)
      as last_number
  from (select min(first_at) as first_at from acme.users_without_pro_entities) as seen
  cross join (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
periods as (
  select
    (date '1970-01-04' + cast(number * 7 as integer)) as period_start
  from (
    select generate_series(first_number, last_number) as number
    from bounds
  ) as numbered
),
metrics(metric, entity_type, rule) as (
  values
    ('today', 'user', 'unique, calendar week'),
    ('then', 'user', 'unique, calendar week'),
    ('by profile', 'user', 'unique, calendar week')
),
any_event_by_user_activity as (
  select
    user_id,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and not exists (
      select 1
      from (
        select link.event_id
        from acme.event_groups as link
        join acme.company_profiles as profile on profile.company_id = link.group_id
        where link.group_key = 'company_id'
          and nullif(acme_gwh.value_text(profile.plan), '') = 'pro'
          and not exists (
            select 1
            from (
              -- any of several groups
              select link.event_id
              from acme.event_groups as link
              join acme.company_profiles as profile on profile.company_id = link.group_id
              where link.group_key = 'company_id'
                and coalesce(not (nullif(acme_gwh.value_text(profile.plan), '') = 'pro'), true)
            ) as among(id)
            where among.id = link.event_id
          )
      ) as among(id)
      where among.id = event_id
    )
  group by user_id, day - (cast(extract(isodow from day) as integer) + 0) % 7
),
metric_2_activity as (
  select
    user_id,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and not exists (
      select 1
      from (
        select link.event_id
        from acme.event_groups as link
        left join acme.company_history as version
          on version.company_id = link.group_id and version.valid_from <= link.occurred_at
            and (link.occurred_at < version.valid_to or version.valid_to is null)
        where link.group_key = 'company_id'
          and nullif(acme_gwh.value_text(version.plan), '') = 'pro'
          and not exists (
            select 1
            from (
              -- any of several groups
              select link.event_id
              from acme.event_groups as link
              left join acme.company_history as version
                on version.company_id = link.group_id and version.valid_from <= link.occurred_at
                  and (link.occurred_at < version.valid_to or version.valid_to is null)
              where link.group_key = 'company_id'
                and coalesce(not (nullif(acme_gwh.value_text(version.plan), '') = 'pro'), true)
            ) as among(id)
            where among.id = link.event_id
          )
      ) as among(id)
      where among.id = event_id
    )
  group by user_id, day - (cast(extract(isodow from day) as integer) + 0) % 7
),
metric_3_activity as (
  select
    user_id,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as events
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and not exists (
      select 1
      from (
        select link.user_id
        from acme.user_groups as link
        join acme.company_profiles as profile on profile.company_id = link.group_id
        where link.group_key = 'company_id' and link.from_profile
          and strpos(acme_gwh.folded(nullif(acme_gwh.value_text(profile.plan), '')), acme_gwh.folded('Pro')) > 0
          and not exists (
            select 1
            from (
              -- any of several groups
              select link.user_id
              from acme.user_groups as link
              join acme.company_profiles as profile on profile.company_id = link.group_id
              where link.group_key = 'company_id' and link.from_profile
                and coalesce(strpos(acme_gwh.folded(nullif(acme_gwh.value_text(profile.plan), '')),
                  acme_gwh.folded('Pro')) = 0, true)
            ) as among(id)
            where among.id = link.user_id
          )
      ) as among(id)
      where among.id = user_id
    )
  group by user_id, day - (cast(extract(isodow from day) as integer) + 0) % 7
),
counted as (
  select
    'today' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from any_event_by_user_activity
  group by period_start
  union all
  select
    'then' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from metric_2_activity
  group by period_start
  union all
  select
    'by profile' as metric,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from metric_3_activity
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
