with
profile_rows as (
  select user_id, display_name, created_at, updated_at, properties
  from (
    select
      acme_gwh.id(id) as user_id,
      nullif(cast(name as varchar), '') as display_name,
      cast(null as timestamp) as created_at,
      cast(null as timestamp) as updated_at,
      json_merge_patch('{}', json_object(
        'role', acme_gwh.as_json(role)
      )) as properties,
      acme_gwh.group_ids(companies) as company_id,
      cast([] as varchar[]) as team
    from read_csv('<project>/people.csv', header = true, all_varchar = true, union_by_name = true, quote = '"', escape = '"', comment = '', nullstr = '', strict_mode = true)
  ) as people
),
profiles as (
  select user_id, display_name, created_at, updated_at, properties
  from (
    select
      user_id,
      display_name,
      created_at,
      updated_at,
      properties,
      -- the latest row of a user wins; equal times are settled by content, never by arrival
      row_number() over (
        partition by user_id
        order by updated_at desc nulls last, created_at, display_name, acme_gwh.ordered_text(properties)
      ) as place
    from profile_rows
    where user_id not in ('billing-bot')
  ) as ranked
  where place = 1
),
activity as (
  select
    user_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) as events,
    cast(sum(copies) as bigint) as received
  from acme.events
  where user_id is not null
  group by user_id
)
select
  coalesce(p.user_id, a.user_id) as user_id,
  coalesce(p.display_name, p.user_id, a.user_id) as display_name,
  p.user_id is not null as has_profile,
  p.created_at,
  p.updated_at,
  a.first_seen_at,
  a.last_seen_at,
  coalesce(a.events, 0) as events,
  coalesce(a.received, 0) as received,
  p.properties
from profiles as p
full join activity as a
  on a.user_id = p.user_id
