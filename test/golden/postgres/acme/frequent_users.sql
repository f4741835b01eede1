-- acme.frequent_users: report frequent_users, models/reports.yml:226
-- How many users did something, for each of the groups of company_id with any event at that time; users do not add up
-- over groups or periods.
-- One row per company_id, period_start.
-- Rules: NUM-1, REP-2, REP-3 (docs/semantics.md).
with
times_done as (
  select
    group_id,
    user_id,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as times
  from acme.event_groups
  where group_key = 'company_id'
    and event_name = 'Login'
    and user_id is not null
  group by group_id, user_id, day - (cast(extract(isodow from day) as integer) + 0) % 7
),
users_who_did as (
  select group_id, period_start, count(*) as users
  from times_done
  where times > 1
  group by group_id, period_start
),
-- groups with any event at all, for those where nobody did
active_groups as (
  select distinct group_id, day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start
  from acme.group_activity_daily
  where group_key = 'company_id'
)
select
  a.group_id as company_id,
  a.period_start,
  coalesce(d.users, 0) as users,
  'more than once, calendar week' as rule
from active_groups as a
left join users_who_did as d
  on d.group_id = a.group_id and d.period_start = a.period_start
