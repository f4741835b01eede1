-- helm.group_surrogate_keys
-- A number for each group that is seen on events. It stands for the group within one build; the next build may number
-- anew.
-- One row per group_key, group_id.
-- Rules: ID-1, ID-2 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.group_sk as group_no
from (
  select
    group_key,
    group_id,
    cast(row_number() over (order by group_key, group_id) as integer) as group_sk
  from (
    select distinct 'company_id' as group_key, company_id as group_id
    from helm.events
    where company_id is not null
      and occurred_at is not null
    union all
    select distinct 'area' as group_key, unnest(area) as group_id
    from helm.events
    where occurred_at is not null
    union all
    select distinct 'participant_company' as group_key, unnest(participant_company) as group_id
    from helm.events
    where occurred_at is not null
  ) as seen
) as named
