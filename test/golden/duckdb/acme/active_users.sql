-- acme.active_users: report active_users, models/reports.yml:221
-- How many users did something, for each of the groups of company_id with any event at that time; users do not add up
-- over groups or periods.
-- One row per company_id.
-- Rules: NUM-1, REP-2, REP-3 (docs/semantics.md).
with
times_done as (
  select group_id, user_id, count(*) as times
  from acme.event_groups
  where group_key = 'company_id'
    and user_id is not null
  group by group_id, user_id
),
users_who_did as (
  select group_id, count(*) as users
  from times_done
  where times >= 1
  group by group_id
),
-- groups with any event at all, for those where nobody did
active_groups as (
  select distinct group_id
  from acme.group_activity_daily
  where group_key = 'company_id'
)
select
  a.group_id as company_id,
  coalesce(d.users, 0) as users,
  'at least once, whole range' as rule
from active_groups as a
left join users_who_did as d
  on d.group_id = a.group_id
