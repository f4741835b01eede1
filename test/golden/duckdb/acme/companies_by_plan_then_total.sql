-- acme.companies_by_plan_then_total: report companies_by_plan_then, models/reports.yml:178
-- How many users or groups companies_by_plan_then counts over the whole range; never the sum of its periods or
-- segments.
-- One row per metric, segment.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
metrics(metric, entity_type, rule) as (
  values
    ('any event by company_id', 'company_id', 'unique, whole range')
),
segments as (select distinct segment from acme.companies_by_plan_then_entities),
counted as (
  select
    metric,
    segment,
    count(*) as entities,
    cast(sum(events) as bigint) as events
  from acme.companies_by_plan_then_entities
  group by metric, segment
)
select
  m.metric,
  m.entity_type,
  s.segment,
  coalesce(counted.entities, 0) as entities,
  coalesce(counted.events, 0) as events,
  cast(counted.events as double precision) / counted.entities as events_per_entity,
  m.rule
from metrics as m
cross join segments as s
left join counted on counted.metric = m.metric and counted.segment = s.segment
