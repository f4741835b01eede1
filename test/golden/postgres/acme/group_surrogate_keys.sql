-- acme.group_surrogate_keys
-- A number for each group that is seen on events. It stands for the group within one build; the next build may number
-- anew.
-- One row per group_key, group_id.
-- Rules: ID-1, ID-2 (docs/semantics.md).
select
  group_key,
  group_id,
  cast(row_number() over (order by group_key collate "C", group_id collate "C") as integer) as group_sk
from (
  select distinct 'company_id' as group_key, unnest(company_id) as group_id
  from acme.events
  where occurred_at is not null
  union all
  select distinct 'team' as group_key, unnest(team) as group_id
  from acme.events
  where occurred_at is not null
    and occurred_at >= timestamptz '2024-03-02 00:00:00+00'
    and occurred_at < timestamptz '2024-03-20 00:00:00+00'
) as seen
