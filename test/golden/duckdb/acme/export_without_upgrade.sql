-- acme.export_without_upgrade: report export_without_upgrade, models/reports.yml:23
-- Funnel of groups of company_id from "Sign Up" on: ordered, first entry, no window, step 2 optional, with exclusions.
-- One row per step.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-6, FUN-8, FUN-9 (docs/semantics.md).
select
  1 as step,
  'Sign Up' as step_name,
  count(entered_at) as entities,
  cast(count(entered_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(null as double precision) as conversion_from_previous,
  cast(0 as bigint) as dropped,
  cast(null as double precision) as avg_seconds,
  cast(null as double precision) as median_seconds,
  'ordered, first entry, no window, step 2 optional, with exclusions' as rule
from acme.export_without_upgrade_entities
union all
select
  2 as step,
  'Invite' as step_name,
  count(step_2_at) as entities,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_previous,
  count(entered_at) - count(step_2_at) as dropped,
  cast(null as double precision) as avg_seconds,
  cast(null as double precision) as median_seconds,
  'ordered, first entry, no window, step 2 optional, with exclusions' as rule
from acme.export_without_upgrade_entities
union all
select
  3 as step,
  'Export' as step_name,
  count(step_3_at) as entities,
  cast(count(step_3_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(count(step_3_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_previous,
  count(entered_at) - count(step_3_at) as dropped,
  cast(avg(epoch_us(step_3_at) - epoch_us(entered_at)) as double precision) / 1000000 as avg_seconds,
  cast(median(epoch_us(step_3_at) - epoch_us(entered_at)) as double precision) / 1000000 as median_seconds,
  'ordered, first entry, no window, step 2 optional, with exclusions' as rule
from acme.export_without_upgrade_entities
