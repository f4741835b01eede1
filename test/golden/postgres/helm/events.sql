-- helm.events
-- All events of all sources, deduplicated, with the group ids that each carries.
-- One row per event_id.
-- Rules: EVT-1, EVT-2, EVT-3, DAY-1, DAY-2, ID-1 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.source_rows as copies
from (
  with
  commits_read as (
    select
      helm_gwh.value_text(event) as event_name,
      helm_gwh.instant("time", 'UTC') as occurred_at,
      helm_gwh.instant(received_at, 'UTC') as ingested_at,
      helm_gwh.id(user_id) as user_id,
      cast(null as text) as device_id,
      helm_gwh.id(event_id) as insert_id,
      cast('{' || array_to_string(
        array[
          '"pr_id":' || nullif(cast(helm_gwh.as_json(pr_id) as text), 'null'),
          '"is_bot":' || nullif(cast(helm_gwh.as_json(is_bot) as text), 'null'),
          '"files_changed":' || nullif(cast(helm_gwh.as_json(files_changed) as text), 'null'),
          '"insertions":' || nullif(cast(helm_gwh.as_json(insertions) as text), 'null'),
          '"deletions":' || nullif(cast(helm_gwh.as_json(deletions) as text), 'null')
        ],
        ','
      ) || '}' as jsonb) as properties,
      helm_gwh.group_ids(company_id) as company_id,
      helm_gwh.group_ids(area) as area,
      helm_gwh.group_ids(participant_company) as participant_company
    from helm_gwh.seed_commits
  ),
  commits_counted as (
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
      area,
      participant_company,
      -- a resent event has the same name, user, time and insert id
      count(*) over (partition by event_name, user_id, occurred_at, insert_id) as source_rows
    from commits_read
  ),
  commits_numbered as (
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
      area,
      participant_company,
      -- its latest arrival is copy 1; what ties is told apart by content, never by arrival order
      row_number() over (
        partition by event_name, user_id, occurred_at, insert_id
        order by
          ingested_at desc nulls last,
          company_id collate "C",
          area collate "C",
          participant_company collate "C",
          case when source_rows > 1 then helm_gwh.ordered_text(properties) collate "C" end
      ) as copy
    from commits_counted
  )
  select
    md5(concat_ws(
      chr(31),
      'commits',
      event_name,
      coalesce(user_id, ''),
      coalesce(cast(cast(extract(epoch from occurred_at) * 1000000 as bigint) as text), ''),
      coalesce(insert_id, ''),
      cast(copy as text)
    )) as event_id,
    'commits' as source,
    event_name,
    occurred_at,
    cast(timezone('UTC', occurred_at) as date) as day,
    ingested_at,
    user_id,
    device_id,
    insert_id,
    properties,
    case when insert_id is null then 1 else source_rows end as source_rows,
    case when cardinality(company_id) = 1 then (company_id)[1] end as company_id,
    area,
    participant_company
  from commits_numbered
  -- without an insert id nothing says that two equal rows are one event
  where copy = 1 or insert_id is null
) as named
