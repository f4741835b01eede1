-- helm.committers: report committers, models/reports.yml:21
-- How many people of each company committed at least twice in a month. How many users did something, for each of the
-- groups of company_id with any event at that time; users do not add up over groups or periods.
-- One row per company_id, period_start.
-- Rules: NUM-1, REP-2, REP-3 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.company_id as group_id
from (
  with
  times_done as (
    select group_id, user_id, cast(date_trunc('month', day) as date) as period_start, count(*) as times
    from helm.event_groups
    where group_key = 'company_id'
      and event_name = 'Commit'
      and user_id is not null
    group by group_id, user_id, cast(date_trunc('month', day) as date)
  ),
  users_who_did as (
    select group_id, period_start, count(*) as users
    from times_done
    where times >= 2
    group by group_id, period_start
  ),
  -- groups with any event at all, for those where nobody did
  active_groups as (
    select distinct group_id, cast(date_trunc('month', day) as date) as period_start
    from helm.group_activity_daily
    where group_key = 'company_id'
  )
  select
    a.group_id as company_id,
    a.period_start,
    coalesce(d.users, 0) as users,
    'at least 2 times, calendar month' as rule
  from active_groups as a
  left join users_who_did as d
    on d.group_id = a.group_id and d.period_start = a.period_start
) as named
