-- acme.export_and_upgrade: report export_and_upgrade, models/reports.yml:44
-- Funnel of groups of company_id, steps in any order: unordered, within 1 day. One row per number of steps.
-- Rules: FUN-1, FUN-3, FUN-4, FUN-5, FUN-9 (docs/semantics.md).
select
  1 as step,
  'any step' as step_name,
  count(entered_at) as entities,
  cast(count(entered_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(null as double precision) as conversion_from_previous,
  cast(0 as bigint) as dropped,
  cast(null as double precision) as avg_seconds,
  cast(null as double precision) as median_seconds,
  'unordered, within 1 day' as rule
from acme.export_and_upgrade_entities
union all
select
  2 as step,
  'any 2 steps' as step_name,
  count(step_2_at) as entities,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_previous,
  count(entered_at) - count(step_2_at) as dropped,
  cast(avg(cast(extract(epoch from step_2_at) * 1000000 as bigint) - cast(extract(epoch from entered_at) * 1000000
    as bigint)) as double precision) / 1000000 as avg_seconds,
  cast(percentile_cont(0.5) within group (order by cast(extract(epoch from step_2_at) * 1000000
    as bigint) - cast(extract(epoch from entered_at) * 1000000 as bigint)) as double precision) / 1000000
    as median_seconds,
  'unordered, within 1 day' as rule
from acme.export_and_upgrade_entities
