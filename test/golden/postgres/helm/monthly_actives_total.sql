-- helm.monthly_actives_total: report monthly_actives, models/reports.yml:4
-- How many users or groups monthly_actives counts over the whole range; never the sum of its periods or segments.
-- One row per metric.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
select
  named.*,
  -- names of version 0.1
  named.entity_type as "by"
from (
  with
  metrics(metric, entity_type, rule) as (
    values
      ('companies', 'company_id', 'unique, whole range'),
      ('organisations', 'company_id', 'unique, whole range'),
      ('companies with a team', 'company_id', 'unique, whole range'),
      ('people', 'user', 'unique, whole range'),
      ('people of the last 30 days', 'user', 'unique, whole range')
  ),
  counted as (
    select
      metric,
      count(*) as entities,
      cast(sum(events) as bigint) as events
    from helm.monthly_actives_entities
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
) as named
