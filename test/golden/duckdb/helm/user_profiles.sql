-- helm.user_profiles
-- Users with their properties and what is known of them from events. Service users are left out.
-- One row per user_id.
-- Rules: PRO-3, VAL-2, ID-1 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.source_rows as received
from (
  with
  activity as (
    select
      user_id,
      min(occurred_at) as first_seen_at,
      max(occurred_at) as last_seen_at,
      count(*) as events,
      cast(sum(source_rows) as bigint) as source_rows
    from helm.events
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
      is_bot
    from (
      select
        user_id,
        display_name,
        created_at,
        updated_at,
        properties,
        is_bot,
        -- of two rows of one time content says which it is, never the order in which they came
        row_number() over (
          partition by user_id
          order by
            updated_at desc nulls last,
            created_at,
            display_name,
            helm_gwh.ordered_text(properties)
        ) as place
      from (
        select
          helm_gwh.id(user_id) as user_id,
          cast(null as varchar) as display_name,
          helm_gwh.utc(first_commit_at, 'UTC') as created_at,
          cast(null as timestamp) as updated_at,
          json('{' || concat_ws(
            ',',
            '"is_bot":' || nullif(cast(helm_gwh.as_json(is_bot) as varchar), 'null')
          ) || '}') as properties,
          helm_gwh.group_ids(company_id) as company_id,
          cast([] as varchar[]) as area,
          cast([] as varchar[]) as participant_company,
          is_bot as is_bot
        from read_parquet('<project>/test/fixtures/helm/users.parquet', union_by_name = true)
      ) as profile_rows
      where user_id is not null
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
    people_latest.is_bot
  from activity
  full join people_latest on people_latest.user_id = activity.user_id
) as named
