-- acme.daily_actives_total: report daily_actives, models/reports.yml:128
-- How many users or groups daily_actives counts over the whole range; never the sum of its periods or segments.
-- One row per metric.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
metrics(metric, entity_type, rule) as (
  values
    ('companies', 'company_id', 'unique, whole range'),
    ('teams that log in', 'team', 'unique, whole range'),
    ('users', 'user', 'unique, whole range'),
    ('users of 7 days', 'user', 'unique, whole range'),
    ('companies with two users', 'company_id', 'unique, whole range')
),
counted as (
  select
    metric,
    count(*) as entities,
    cast(sum(events) as bigint) as events
  from acme.daily_actives_entities
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
