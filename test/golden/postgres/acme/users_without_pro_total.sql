-- acme.users_without_pro_total: report users_without_pro, models/reports.yml:160
-- How many users or groups users_without_pro counts over the whole range; never the sum of its periods or segments.
-- One row per metric.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
metrics(metric, entity_type, rule) as (
  values
    ('today', 'user', 'unique, whole range'),
    ('then', 'user', 'unique, whole range'),
    ('by profile', 'user', 'unique, whole range')
),
counted as (
  select
    metric,
    count(*) as entities,
    cast(sum(events) as bigint) as events
  from acme.users_without_pro_entities
  group by metric
)
select
  m.metric,
  m.entity_type,
  coalesce(counted.entities, 0) as entities,
  coalesce(counted.events, 0) as events,
  cast(counted.events as double precision) / counted.entities as events_per_entity,
  m.rule
from metrics as m
left join counted on counted.metric = m.metric
