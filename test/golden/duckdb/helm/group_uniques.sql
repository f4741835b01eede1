with
all_by_day as (
  select day as period_start, count(distinct user_id) as users, count(*) as events
  from helm.events
  group by 1
),
acting_by_day as (
  select
    group_key,
    day as period_start,
    count(distinct user_id) as group_users,
    count(distinct event_id) as group_events
  from helm.event_groups
  group by 1, 2
),
active_by_day as (
  select group_key, day as period_start, count(distinct group_id) as groups
  from helm.group_days
  group by 1, 2
),
all_by_week as (
  select cast(date_trunc('week', day) as date) as period_start, count(distinct user_id) as users, count(*) as events
  from helm.events
  group by 1
),
acting_by_week as (
  select
    group_key,
    cast(date_trunc('week', day) as date) as period_start,
    count(distinct user_id) as group_users,
    count(distinct event_id) as group_events
  from helm.event_groups
  group by 1, 2
),
active_by_week as (
  select group_key, cast(date_trunc('week', day) as date) as period_start, count(distinct group_id) as groups
  from helm.group_days
  group by 1, 2
),
all_by_month as (
  select cast(date_trunc('month', day) as date) as period_start, count(distinct user_id) as users, count(*) as events
  from helm.events
  group by 1
),
acting_by_month as (
  select
    group_key,
    cast(date_trunc('month', day) as date) as period_start,
    count(distinct user_id) as group_users,
    count(distinct event_id) as group_events
  from helm.event_groups
  group by 1, 2
),
active_by_month as (
  select group_key, cast(date_trunc('month', day) as date) as period_start, count(distinct group_id) as groups
  from helm.group_days
  group by 1, 2
),
group_keys(group_key) as (values ('company_id'), ('area'), ('participant_company'))
select
  k.group_key,
  'day' as period,
  e.period_start,
  coalesce(g.groups, 0) as groups,
  coalesce(a.group_users, 0) as group_users,
  coalesce(a.group_events, 0) as group_events,
  e.users,
  e.events
from all_by_day as e
cross join group_keys as k
left join acting_by_day as a on a.group_key = k.group_key and a.period_start = e.period_start
left join active_by_day as g on g.group_key = k.group_key and g.period_start = e.period_start
union all
select
  k.group_key,
  'week' as period,
  e.period_start,
  coalesce(g.groups, 0) as groups,
  coalesce(a.group_users, 0) as group_users,
  coalesce(a.group_events, 0) as group_events,
  e.users,
  e.events
from all_by_week as e
cross join group_keys as k
left join acting_by_week as a on a.group_key = k.group_key and a.period_start = e.period_start
left join active_by_week as g on g.group_key = k.group_key and g.period_start = e.period_start
union all
select
  k.group_key,
  'month' as period,
  e.period_start,
  coalesce(g.groups, 0) as groups,
  coalesce(a.group_users, 0) as group_users,
  coalesce(a.group_events, 0) as group_events,
  e.users,
  e.events
from all_by_month as e
cross join group_keys as k
left join acting_by_month as a on a.group_key = k.group_key and a.period_start = e.period_start
left join active_by_month as g on g.group_key = k.group_key and g.period_start = e.period_start
