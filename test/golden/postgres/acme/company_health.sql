with
-- of anonymous and service users, who are nobody, there is one row a day
daily_activity as (
  select
    group_id,
    user_id,
    day,
    min(occurred_at) as occurred_at,
    count(*) as events
  from acme.event_groups
  where group_key = 'company_id'
  group by group_id, user_id, day
),
bounds as (
  select
    max(day) as data_day,
    max(day) as last_day,
    cast(floor((max(day) - date '1970-01-04') / 7.0) as integer) as last_number
  from acme.events
),
first_periods as (
  select group_id, min(cast(floor((day - date '1970-01-04') / 7.0) as integer)) as first_number
  from daily_activity
  group by group_id
),
periods as (
  select
    group_id,
    (date '1970-01-04' + cast(number * 7 as integer)) as period_start,
    least((date '1970-01-04' + cast((number + 1) * 7 as integer)) - 1, last_day) as as_of
  from (
    select
      group_id,
      last_day,
      generate_series(first_number, last_number) as number
    from first_periods
    cross join bounds
  ) as numbered
),
user_days as (
  select group_id, day, lead(day) over (partition by group_id, user_id order by day) as next_day
  from daily_activity
  where user_id is not null
),
changes as (
  select group_id, day, sum(dau) as dau, sum(wau) as wau, sum(mau) as mau
  from (
    -- a day counts until the user's next one, at most 1, 7 or 30 days
    select group_id, day, 1 as dau, 1 as wau, 1 as mau from user_days
    union all
    select group_id, least(day + 1, next_day), -1, 0, 0 from user_days
    union all
    select group_id, least(day + 7, next_day), 0, -1, 0 from user_days
    union all
    select group_id, least(day + 30, next_day), 0, 0, -1 from user_days
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
  select group_id, period_start, count(user_id) as active_users, cast(sum(events) as bigint) as events
  from (
    select group_id, user_id, day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start, sum(events) as events
    from daily_activity
    where events > 0
    group by group_id, user_id, period_start
  ) as user_periods
  group by group_id, period_start
),
first_days as (
  select
    group_id,
    user_id,
    day,
    day + 1 as next_day,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 + 7 as next_week,
    cast(cast(date_trunc('month', cast(day as timestamp)) as date) + interval '1 month' as date) as next_month
  from (
    select group_id, user_id, min(day) as day, min(occurred_at) as occurred_at
    from daily_activity
    where user_id is not null
    group by group_id, user_id
  ) as first_events
),
new_users as (
  select
    f.group_id,
    f.user_id,
    f.day,
    f.next_day,
    f.next_week,
    f.next_month,
    max(case when a.day = f.next_day then 1 else 0 end) as d1,
    max(case when a.day - (cast(extract(isodow from a.day) as integer) + 0) % 7 = f.next_week then 1 else 0 end) as w1,
    max(case when cast(date_trunc('month', cast(a.day as timestamp)) as date) = f.next_month then 1 else 0 end) as m1
  from first_days as f
  join daily_activity as a on a.group_id = f.group_id and a.user_id = f.user_id
  group by f.group_id, f.user_id, f.day, f.next_day, f.next_week, f.next_month
),
newcomers as (
  select
    group_id,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as new_users,
    cast(sum(d1) as bigint) as d1_users,
    cast(sum(w1) as bigint) as w1_users,
    cast(sum(m1) as bigint) as m1_users,
    max(next_day) as next_day,
    max(next_week) as next_week,
    max(next_month) as next_month
  from new_users
  group by group_id, period_start
)
select
  p.group_id,
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
    when n.next_day + 1 <= b.data_day + 1
      then cast(n.d1_users as double precision) / n.new_users
  end as d1_rate,
  coalesce(n.w1_users, 0) as w1_users,
  case
    when n.next_week + 7 <= b.data_day + 1
      then cast(n.w1_users as double precision) / n.new_users
  end as w1_rate,
  coalesce(n.m1_users, 0) as m1_users,
  case
    when cast(n.next_month + interval '1 month' as date) <= b.data_day + 1
      then cast(n.m1_users as double precision) / n.new_users
  end as m1_rate,
  'users of one group; calendar week; trailing 1, 7 and 30 calendar days; next calendar day, week and month' as rule
from periods as p
cross join bounds as b
join actives as a on a.group_id = p.group_id and a.day = p.as_of
left join done as d on d.group_id = p.group_id and d.period_start = p.period_start
left join newcomers as n on n.group_id = p.group_id and n.period_start = p.period_start
left join acme.company_profiles as profile on profile.company_id = p.group_id
