-- acme.company_profiles
-- One row per Company: every group seen on events, on user profiles or in a Group Table, with its properties as
-- columns.
-- Rules: PRO-2, PRO-3, VAL-2 (docs/semantics.md).
with
seen as (
  select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, cast(sum(events) as bigint) as events
  from acme.group_activity_daily
  where group_key = 'company_id'
  group by group_id
),
members as (
  select group_id, count(case when from_events then user_id end) as users
  from acme.user_groups
  where group_key = 'company_id'
  group by group_id
),
crm_latest as (
  select
    group_id,
    display_name,
    created_at,
    updated_at,
    plan,
    seats
  from (
    select
      group_id,
      display_name,
      created_at,
      updated_at,
      plan,
      seats,
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by group_id
        order by
          updated_at desc nulls last,
          acme_gwh.value_text(display_name),
          acme_gwh.value_text(created_at),
          acme_gwh.value_text(plan),
          acme_gwh.value_text(seats)
      ) as place
    from (
      select
        acme_gwh.id(id) as group_id,
        acme_gwh.id(name) as display_name,
        acme_gwh.utc(created, 'UTC') as created_at,
        acme_gwh.utc(updated, 'UTC') as updated_at,
        plan as plan,
        seats as seats
      from read_csv('<project>/companies.csv', header = true, all_varchar = true,
        union_by_name = true, quote = '"', escape = '"', comment = '', nullstr = '', strict_mode = true)
    ) as profile_rows
    where group_id is not null
  ) as ranked
  where place = 1
)
select
  coalesce(crm_latest.group_id, seen.group_id, members.group_id) as company_id,
  coalesce(crm_latest.display_name, crm_latest.group_id, seen.group_id, members.group_id) as display_name,
  crm_latest.group_id is not null as has_profile,
  crm_latest.created_at as created_at,
  crm_latest.updated_at as updated_at,
  seen.first_seen_at,
  seen.last_seen_at,
  coalesce(seen.events, 0) as events,
  coalesce(members.users, 0) as users,
  crm_latest.plan,
  crm_latest.seats
from seen
full join members on members.group_id = seen.group_id
full join crm_latest on crm_latest.group_id = coalesce(seen.group_id, members.group_id)
