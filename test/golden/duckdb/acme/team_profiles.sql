-- acme.team_profiles
-- One row per Team: every group seen on events, on user profiles or in a Group Table, with its properties as columns.
-- Rules: PRO-2, PRO-3, VAL-2 (docs/semantics.md).
with
seen as (
  select group_id, min(first_at) as first_seen_at, max(last_at) as last_seen_at, cast(sum(events) as bigint) as events
  from acme.group_activity_daily
  where group_key = 'team'
  group by group_id
),
members as (
  select group_id, count(case when from_events then user_id end) as users
  from acme.user_groups
  where group_key = 'team'
  group by group_id
),
rosters_latest as (
  select
    group_id,
    display_name,
    created_at,
    updated_at,
    size,
    founded,
    tags
  from (
    select
      group_id,
      display_name,
      created_at,
      updated_at,
      size,
      founded,
      tags,
      -- of two rows of one time content says which it is, never the order in which they came
      row_number() over (
        partition by group_id
        order by
          updated_at desc nulls last,
          acme_gwh.value_text(display_name),
          acme_gwh.value_text(created_at),
          acme_gwh.value_text(size),
          acme_gwh.value_text(founded),
          acme_gwh.value_text(tags)
      ) as place
    from (
      select
        acme_gwh.id(id) as group_id,
        acme_gwh.id(name) as display_name,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at,
        [case when
          regexp_matches(said,
          '^[ \t\n\r\f\v]*[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?[ \t\n\r\f\v]*$')
          then try_cast(said as double) end for said in [acme_gwh.value_text(size)]][1] as size,
        [cast(acme_gwh.utc(said, 'UTC') as date) for said in [acme_gwh.value_text(founded)]][1] as founded,
        [cast(said as varchar) for said in [acme_gwh.value_text(tags)]][1] as tags
      from (
        select
          replace(name, chr(0), '') as name,
          acme_gwh.storable_json(id) as id,
          acme_gwh.storable_json(size) as size,
          acme_gwh.storable_json(founded) as founded,
          acme_gwh.storable_json(tags) as tags
        from read_json('<project>/teams.ndjson', format = 'newline_delimited',
          columns = {'name': 'VARCHAR', 'id': 'JSON', 'size': 'JSON', 'founded': 'JSON', 'tags': 'JSON'})
      )
    ) as profile_rows
    where group_id is not null
  ) as ranked
  where place = 1
)
select
  coalesce(rosters_latest.group_id, seen.group_id, members.group_id) as team,
  coalesce(rosters_latest.display_name, rosters_latest.group_id, seen.group_id, members.group_id) as display_name,
  rosters_latest.group_id is not null as has_profile,
  rosters_latest.created_at as created_at,
  rosters_latest.updated_at as updated_at,
  seen.first_seen_at,
  seen.last_seen_at,
  coalesce(seen.events, 0) as events,
  coalesce(members.users, 0) as users,
  rosters_latest.size,
  rosters_latest.founded,
  rosters_latest.tags
from seen
full join members on members.group_id = seen.group_id
full join rosters_latest on rosters_latest.group_id = coalesce(seen.group_id, members.group_id)
