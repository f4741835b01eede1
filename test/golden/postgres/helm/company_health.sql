-- helm.company_health: report company_health, models/reports.yml:62
-- How each company did in each month since 2025. How groups of company_id do in each month, from the first with
-- activity on. Users are counted for each group by itself.
-- One row per company_id, period_start.
-- Rules: HEA-1, HEA-2, HEA-3, HEA-4 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.company_id as group_id
from (
  with
  -- of anonymous and service users, who are nobody, there is one row a day
  daily_activity as (
    select
      group_id,
      user_id,
      day,
      min(occurred_at) as occurred_at,
      count(case when day >= date '2025-01-01' then 1 end) as events
    from helm.event_groups
    where group_key = 'company_id'
    group by group_id, user_id, day
  ),
  -- each beside the first day of the user, and those before and after it
  user_days as (
    select
      group_id,
      user_id,
      day,
      occurred_at,
      events,
      first_value(day) over its_days as first_day,
      first_value(occurred_at) over its_days as first_at,
      lag(day) over its_days as previous_day,
      lag(events) over its_days as previous_events,
      -- it counts until the next one, at most 30 days
      least(day + 30, lead(day) over its_days) as counts_until
    from daily_activity
    window its_days as (partition by group_id, user_id order by day)
  ),
  bounds as (
    select
      cast(timezone('UTC', last_at) as date) as data_day,
      cast(timezone('UTC', last_at) as date) as last_day,
      cast(extract(year from cast(timezone('UTC', last_at) as date)) * 12 + extract(month
        from cast(timezone('UTC', last_at) as date)) - 1 as integer) as last_number
    from (
      -- of all events: that nobody came does not end the data
      select max(last_at) as last_at
      from helm.events_daily
    ) as last_event
  ),
  first_periods as (
    select group_id, min(cast(extract(year from day) * 12 + extract(month from day) - 1 as integer)) as first_number
    from user_days
    group by group_id
  ),
  periods as (
    select
      group_id,
      make_date(cast(floor(number / 12.0) as integer), cast(number - floor(number / 12.0) * 12 as integer) + 1, 1)
        as period_start,
      least(make_date(cast(floor((number + 1) / 12.0) as integer),
        cast((number + 1) - floor((number + 1) / 12.0) * 12 as integer) + 1, 1) - 1, last_day) as as_of
    from (
      select
        group_id,
        last_day,
        generate_series(greatest(first_number,
          cast(extract(year from date '2025-01-01') * 12 + extract(month from date '2025-01-01') - 1 as integer)),
          last_number) as number
      from first_periods cross join bounds
    ) as numbered
  ),
  alike_days as (
    select group_id, day, counts_until, count(*) as users
    from user_days
    where user_id is not null
    group by group_id, day, counts_until
  ),
  changes as (
    select group_id, day, sum(dau) as dau, sum(wau) as wau, sum(mau) as mau
    from (
      -- a day counts for 1, 7 or 30 days, or until the user's next one
      select group_id, day, users as dau, users as wau, users as mau from alike_days
      union all
      select group_id, least(day + 1, counts_until), -users, 0, 0 from alike_days
      union all
      select group_id, least(day + 7, counts_until), 0, -users, 0 from alike_days
      union all
      select group_id, counts_until, 0, 0, -users from alike_days
      union all
      -- the days to be asked for
      select group_id, as_of, 0, 0, 0 from periods
    ) as begun_and_ended
    group by group_id, day
  ),
  actives as (
    select
      group_id,
      day,
      cast(sum(dau) over up_to_day as bigint) as dau,
      cast(sum(wau) over up_to_day as bigint) as wau,
      cast(sum(mau) over up_to_day as bigint) as mau
    from changes
    window up_to_day as (partition by group_id order by day)
  ),
  done as (
    select
      group_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      -- a user counts on the first of the days in the period
      count(case when previous_day is null
        or cast(date_trunc('month', cast(previous_day as timestamp))
        as date) < cast(date_trunc('month', cast(day as timestamp)) as date) or previous_events = 0 then user_id end)
        as active_users,
      cast(sum(events) as bigint) as events
    from user_days
    where events > 0
    group by group_id, cast(date_trunc('month', cast(day as timestamp)) as date)
  ),
  days_of_new_users as (
    select
      group_id,
      day,
      active_day,
      previous_day,
      day + 1 as next_day,
      cast(date_trunc('week', cast(day as timestamp)) as date) + 7 as next_week,
      cast(cast(date_trunc('month', cast(day as timestamp)) as date) + interval '1 month' as date) as next_month
    from (
      select group_id, first_day as day, first_at as occurred_at, day as active_day, previous_day
      from user_days
      where user_id is not null
    ) as first_events
    where day >= date '2025-01-01'
  ),
  newcomers as (
    select
      group_id,
      cast(date_trunc('month', cast(day as timestamp)) as date) as period_start,
      count(case when active_day = day then 1 end) as new_users,
      count(case when active_day = next_day and previous_day < next_day then 1 end) as d1_users,
      count(case when cast(date_trunc('week', cast(active_day as timestamp)) as date) = next_week
        and cast(date_trunc('week', cast(previous_day as timestamp)) as date) < next_week then 1 end) as w1_users,
      count(case when cast(date_trunc('month', cast(active_day as timestamp)) as date) = next_month
        and cast(date_trunc('month', cast(previous_day as timestamp)) as date) < next_month then 1 end) as m1_users,
      max(next_day) as next_day,
      max(next_week) as next_week,
      max(next_month) as next_month
    from days_of_new_users
    group by group_id, cast(date_trunc('month', cast(day as timestamp)) as date)
  )
  select
    p.group_id as company_id,
    profile.display_name,
    p.period_start,
    p.as_of,
    a.dau,
    a.wau,
    a.mau,
    coalesce(n.new_users, 0) as new_users,
    coalesce(d.active_users, 0) as active_users,
    coalesce(d.events, 0) as events,
    cast(d.events as double precision) / nullif(d.active_users, 0) as events_per_user,
    coalesce(n.d1_users, 0) as d1_users,
    case
      when n.next_day + 1 <= b.data_day
        then cast(n.d1_users as double precision) / n.new_users
    end as d1_rate,
    coalesce(n.w1_users, 0) as w1_users,
    case
      when n.next_week + 7 <= b.data_day
        then cast(n.w1_users as double precision) / n.new_users
    end as w1_rate,
    coalesce(n.m1_users, 0) as m1_users,
    case
      when cast(n.next_month + interval '1 month' as date) <= b.data_day
        then cast(n.m1_users as double precision) / n.new_users
    end as m1_rate,
    'users of one group; calendar month; trailing 1, 7 and 30 calendar days; next calendar day, week and month' as rule
  from periods as p
  cross join bounds as b
  join actives as a on a.group_id = p.group_id and a.day = p.as_of
  left join done as d on d.group_id = p.group_id and d.period_start = p.period_start
  left join newcomers as n on n.group_id = p.group_id and n.period_start = p.period_start
  left join helm.company_profiles as profile on profile.company_id = p.group_id
) as named
