-- acme.user_groups
-- Links between users and groups: from events, from user profiles, and from sources of links. Service users have none.
-- One row per user_id, group_key, group_id.
-- Rules: ATT-1, ATT-2, ATT-3, ATT-5 (docs/semantics.md).
with
seen_on_events as (
  select
    user_id,
    group_key,
    group_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(*) as events
  from acme.event_groups
  where user_id is not null
  group by user_id, group_key, group_id
),
named_on_profiles as (
  select distinct user_id, group_key, group_id
  from (
    select user_id, 'company_id' as group_key, unnest(company_id) as group_id
    from (
      select
        user_id,
        company_id,
        -- rows of one time, or without one, are all of them current
        rank() over (partition by user_id order by updated_at desc nulls last) as place
      from (
        select
          acme_gwh.id(id) as user_id,
          acme_gwh.id(name) as display_name,
          cast(null as timestamptz) as created_at,
          cast(null as timestamptz) as updated_at,
          cast('{' || array_to_string(
            array[
              '"role":' || nullif(cast(acme_gwh.as_json(role) as text), 'null')
            ],
            ','
          ) || '}' as jsonb) as properties,
          acme_gwh.group_ids(companies) as company_id,
          cast('{}' as text[]) as team,
          role as role
        from acme_gwh.seed_people
      ) as people
      where user_id not in ('billing-bot')
    ) as ranked
    where place = 1
  ) as links
),
said_by_links as (
  select
    cast(null as text) as user_id,
    cast(null as text) as group_key,
    cast(null as text) as group_id
  where false
)
select
  coalesce(e.user_id, p.user_id, l.user_id) as user_id,
  coalesce(e.group_key, p.group_key, l.group_key) as group_key,
  coalesce(e.group_id, p.group_id, l.group_id) as group_id,
  e.user_id is not null as from_events,
  p.user_id is not null as from_profile,
  l.user_id is not null as from_link,
  e.first_seen_at,
  e.last_seen_at,
  coalesce(e.events, 0) as events
from seen_on_events as e
full join named_on_profiles as p
  on p.user_id = e.user_id
  and p.group_key = e.group_key
  and p.group_id = e.group_id
full join said_by_links as l
  on l.user_id = coalesce(e.user_id, p.user_id)
  and l.group_key = coalesce(e.group_key, p.group_key)
  and l.group_id = coalesce(e.group_id, p.group_id)
