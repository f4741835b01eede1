with
-- two levels, since distinct users would have to be held in memory all at once
user_days as (
  select
    group_no,
    event_name,
    day,
    user_id,
    count(*) as events,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
  from acme.event_groups
  group by group_no, event_name, day, user_id
),
days as (
  select
    group_no,
    event_name,
    day,
    cast(sum(events) as bigint) as events,
    count(user_id) as users,
    min(first_at) as first_at,
    max(last_at) as last_at
  from user_days
  group by group_no, event_name, day
)
select
  n.group_key,
  n.group_id,
  d.event_name,
  d.day,
  d.events,
  d.users,
  d.first_at,
  d.last_at
from days as d
join acme.group_numbers as n on n.group_no = d.group_no
