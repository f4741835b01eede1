-- acme.event_properties
-- The properties that events of each source have. A property of several types, or one that is suddenly gone, shows
-- here.
-- One row per source, property.
-- Rules: EVT-1, VAL-3, VAL-10 (docs/semantics.md).
with
members as (
  select source, occurred_at, unnest(map_keys(members)) as property, unnest(map_values(members)) as value
  from (
    select source, occurred_at, try_cast(properties as map(varchar, json)) as members
    from acme.events
  ) as read_members
),
-- one row for each type of value; the types are laid side by side only when few rows are left
kinds as (
  select
    source,
    property,
    case left(value, 1)
      when '"' then 'string'
      when '[' then 'array'
      when '{' then 'object'
      when 't' then 'boolean'
      when 'f' then 'boolean'
      when 'n' then 'null'
      else case when value is null then 'null' else 'number' end
    end as kind,
    count(*) as events,
    max(case left(value, 1)
      when '[' then acme_gwh.nested_bytes(cast(value as varchar))
      when '{' then acme_gwh.nested_bytes(cast(value as varchar))
      -- without escapes it is only the quotes that do not count
      when '"' then case when contains(value, '\') then strlen(value ->> '$') else strlen(value) - 2 end
    end) as max_bytes,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
  from members
  where occurred_at is not null
  group by 1, 2, 3
)
select
  source,
  property,
  coalesce(cast(sum(case when kind <> 'null' then events end) as bigint), 0) as events,
  coalesce(cast(sum(case when kind = 'string' then events end) as bigint), 0) as texts,
  coalesce(cast(sum(case when kind = 'number' then events end) as bigint), 0) as numbers,
  coalesce(cast(sum(case when kind = 'boolean' then events end) as bigint), 0) as booleans,
  coalesce(cast(sum(case when kind = 'array' then events end) as bigint), 0) as lists,
  coalesce(cast(sum(case when kind = 'object' then events end) as bigint), 0) as objects,
  coalesce(cast(sum(case when kind = 'null' then events end) as bigint), 0) as nulls,
  max(max_bytes) as max_bytes,
  min(case when kind <> 'null' then first_at end) as first_at,
  max(case when kind <> 'null' then last_at end) as last_at
from kinds
group by source, property
