-- acme.events
-- All events of all sources, deduplicated, with the group ids that each carries.
-- One row per event_id.
-- Rules: EVT-1, EVT-2, EVT-3, DAY-1, DAY-2, ID-1 (docs/semantics.md).
with
app_read as (
  select
    acme_gwh.value_text(event) as event_name,
    acme_gwh.instant("at", 'UTC') as occurred_at,
    acme_gwh.instant(arrived, 'UTC') as ingested_at,
    acme_gwh.id("user") as user_id,
    cast(null as text) as device_id,
    acme_gwh.id(id) as insert_id,
    cast('{' || array_to_string(
      array[
        '"plan":' || nullif(cast(acme_gwh.as_json(plan) as text), 'null'),
        '"seats":' || nullif(cast(acme_gwh.as_json(seats) as text), 'null')
      ],
      ','
    ) || '}' as jsonb) as properties,
    acme_gwh.group_ids(company_id) as company_id,
    acme_gwh.group_ids(team) as team
  from acme_gwh.seed_app
),
app_counted as (
  select
    -- an event that the source does not name is counted all the same
    coalesce(event_name, '') as event_name,
    occurred_at,
    ingested_at,
    user_id,
    device_id,
    insert_id,
    properties,
    company_id,
    team,
    -- a resent event has the same name, user, time and insert id
    count(*) over (partition by event_name, user_id, occurred_at, insert_id) as source_rows
  from app_read
  where coalesce(event_name, '') not in ('Heartbeat')
),
app_numbered as (
  select
    event_name,
    occurred_at,
    ingested_at,
    user_id,
    device_id,
    insert_id,
    properties,
    source_rows,
    company_id,
    team,
    -- its latest arrival is copy 1; what ties is told apart by content, never by arrival order
    row_number() over (
      partition by event_name, user_id, occurred_at, insert_id
      order by
        ingested_at desc nulls last,
        company_id collate "C",
        team collate "C",
        case when source_rows > 1 then acme_gwh.ordered_text(properties) collate "C" end
    ) as copy
  from app_counted
),
web_read as (
  select
    'Page View' as event_name,
    acme_gwh.instant_from_epoch(cast(ts as text), 1000000) as occurred_at,
    cast(null as timestamptz) as ingested_at,
    acme_gwh.id(uid) as user_id,
    acme_gwh.id(did) as device_id,
    cast(null as text) as insert_id,
    case
      when jsonb_exists_any(object, array['org'])
        then object - array['org'] || cast('{' || array_to_string(
          array[
            '"organisation":' || nullif(cast(object -> 'org' as text), 'null')
          ],
          ','
        ) || '}' as jsonb)
      else object
    end as properties,
    acme_gwh.group_ids(object -> 'org') as company_id,
    acme_gwh.group_ids(object -> 'team') as team
  from (
    select
      ts,
      uid,
      did,
      acme_gwh.json_object_of(props) as object
    from acme_gwh.seed_web
    offset 0
  ) as given
),
web_counted as (
  select
    -- an event that the source does not name is counted all the same
    coalesce(event_name, '') as event_name,
    occurred_at,
    ingested_at,
    user_id,
    device_id,
    insert_id,
    properties,
    company_id,
    team,
    -- a resent event has the same name, user, time and insert id
    count(*) over (partition by event_name, user_id, occurred_at, insert_id) as source_rows
  from web_read
  where coalesce(event_name, '') not in ('Heartbeat')
),
web_numbered as (
  select
    event_name,
    occurred_at,
    ingested_at,
    user_id,
    device_id,
    insert_id,
    properties,
    source_rows,
    company_id,
    team,
    -- its latest arrival is copy 1; what ties is told apart by content, never by arrival order
    row_number() over (
      partition by event_name, user_id, occurred_at, insert_id
      order by
        ingested_at desc nulls last,
        company_id collate "C",
        team collate "C",
        case when source_rows > 1 then acme_gwh.ordered_text(properties) collate "C" end
    ) as copy
  from web_counted
)
select
  md5(concat_ws(
    chr(31),
    'app',
    event_name,
    coalesce(user_id, ''),
    coalesce(cast(cast(extract(epoch from occurred_at) * 1000000 as bigint) as text), ''),
    coalesce(insert_id, ''),
    cast(copy as text)
  )) as event_id,
  'app' as source,
  event_name,
  occurred_at,
  cast(timezone('America/New_York', occurred_at) as date) as day,
  ingested_at,
  case when user_id not in ('billing-bot') then user_id end as user_id,
  device_id,
  insert_id,
  properties,
  case when insert_id is null then 1 else source_rows end as source_rows,
  company_id,
  team
from app_numbered
-- without an insert id nothing says that two equal rows are one event
where copy = 1 or insert_id is null
union all
select
  md5(concat_ws(
    chr(31),
    'web',
    event_name,
    coalesce(user_id, ''),
    coalesce(cast(cast(extract(epoch from occurred_at) * 1000000 as bigint) as text), ''),
    coalesce(insert_id, ''),
    cast(copy as text)
  )) as event_id,
  'web' as source,
  event_name,
  occurred_at,
  cast(timezone('America/New_York', occurred_at) as date) as day,
  ingested_at,
  case when user_id not in ('billing-bot') then user_id end as user_id,
  device_id,
  insert_id,
  properties,
  case when insert_id is null then 1 else source_rows end as source_rows,
  company_id,
  team
from web_numbered
-- without an insert id nothing says that two equal rows are one event
where copy = 1 or insert_id is null
