-- acme.user_profiles
-- Users with their properties and what is known of them from events. Service users are left out.
-- One row per user_id.
-- Rules: PRO-3, VAL-2, ID-1 (docs/semantics.md).
with
activity as (
  select
    user_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) as events,
    cast(sum(source_rows) as bigint) as source_rows
  from acme.events
  where occurred_at is not null and user_id is not null
  group by user_id
),
people_latest as (
  select
    user_id,
    display_name,
    created_at,
    updated_at,
    properties,
    role
  from (
    select
      user_id,
      display_name,
      created_at,
      updated_at,
      properties,
      role,
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by user_id
        order by
          updated_at desc nulls last,
          created_at,
          display_name,
          acme_gwh.ordered_text(properties)
      ) as place
    from (
      select
        acme_gwh.id(id) as user_id,
        acme_gwh.id(name) as display_name,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at,
        json('{' || concat_ws(
          ',',
          '"role":' || nullif(cast(acme_gwh.as_json(role) as varchar), 'null')
        ) || '}') as properties,
        acme_gwh.group_ids(companies) as company_id,
        cast([] as varchar[]) as team,
        role as role
      from read_csv('<project>/people.csv', header = true, all_varchar = true,
        union_by_name = true, quote = '"', escape = '"', comment = '', nullstr = '', strict_mode = true)
    ) as profile_rows
    where user_id not in ('billing-bot')
  ) as ranked
  where place = 1
)
select
  coalesce(people_latest.user_id, activity.user_id) as user_id,
  coalesce(people_latest.display_name, people_latest.user_id, activity.user_id) as display_name,
  people_latest.user_id is not null as has_profile,
  people_latest.created_at as created_at,
  people_latest.updated_at as updated_at,
  activity.first_seen_at,
  activity.last_seen_at,
  coalesce(activity.events, 0) as events,
  coalesce(activity.source_rows, 0) as source_rows,
  people_latest.properties as properties,
  people_latest.role
from activity
full join people_latest on people_latest.user_id = activity.user_id
