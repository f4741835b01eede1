-- helm.company_profiles
-- One row per Company: every group seen on events, on user profiles or in a Group Table, with its properties as
-- columns.
-- Rules: PRO-2, PRO-3, VAL-2 (docs/semantics.md).
with
seen as (
  select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, cast(sum(events) as bigint) as events
  from helm.group_activity_daily
  where group_key = 'company_id'
  group by group_id
),
members as (
  select group_id, count(case when from_events then user_id end) as users
  from helm.user_groups
  where group_key = 'company_id'
  group by group_id
),
companies_latest as (
  select
    group_id,
    display_name,
    created_at,
    updated_at,
    active_from,
    kind,
    tld
  from (
    select
      group_id,
      display_name,
      created_at,
      updated_at,
      active_from,
      kind,
      tld,
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by group_id
        order by
          updated_at desc nulls last,
          helm_gwh.value_text(display_name),
          helm_gwh.value_text(created_at),
          helm_gwh.value_text(active_from),
          helm_gwh.value_text(kind),
          helm_gwh.value_text(tld)
      ) as place
    from (
      select
        helm_gwh.id(company_id) as group_id,
        helm_gwh.id(display_name) as display_name,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at,
        first_seen as active_from,
        kind as kind,
        tld as tld
      from read_parquet('<project>/test/fixtures/helm/companies.parquet', union_by_name = true)
    ) as profile_rows
    where group_id is not null
  ) as ranked
  where place = 1
)
select
  coalesce(companies_latest.group_id, seen.group_id, members.group_id) as company_id,
  coalesce(companies_latest.display_name, companies_latest.group_id, seen.group_id, members.group_id) as display_name,
  companies_latest.group_id is not null as has_profile,
  companies_latest.created_at as created_at,
  companies_latest.updated_at as updated_at,
  seen.first_seen_at,
  seen.last_seen_at,
  coalesce(seen.events, 0) as events,
  coalesce(members.users, 0) as users,
  companies_latest.active_from,
  companies_latest.kind,
  companies_latest.tld
from seen
full join members on members.group_id = seen.group_id
full join companies_latest on companies_latest.group_id = coalesce(seen.group_id, members.group_id)
