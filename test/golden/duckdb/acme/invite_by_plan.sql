-- acme.invite_by_plan: report invite_by_plan, models/reports.yml:63
-- Funnel of groups of company_id from "Sign Up" on: ordered, best entry, within 14 days, by plan at step 2. One row per
-- step.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10 (docs/semantics.md).
select
  segment,
  1 as step,
  'Sign Up' as step_name,
  count(entered_at) as entities,
  cast(count(entered_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(null as double precision) as conversion_from_previous,
  cast(0 as bigint) as dropped,
  cast(null as double precision) as avg_seconds,
  cast(null as double precision) as median_seconds,
  'ordered, best entry, within 14 days, by plan at step 2' as rule
from acme.invite_by_plan_entities
group by segment
union all
select
  segment,
  2 as step,
  'Invite' as step_name,
  count(step_2_at) as entities,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_start,
  cast(count(step_2_at) as double precision) / nullif(count(entered_at), 0) as conversion_from_previous,
  count(entered_at) - count(step_2_at) as dropped,
  cast(avg(epoch_us(step_2_at) - epoch_us(entered_at)) as double precision) / 1000000 as avg_seconds,
  cast(median(epoch_us(step_2_at) - epoch_us(entered_at)) as double precision) / 1000000 as median_seconds,
  'ordered, best entry, within 14 days, by plan at step 2' as rule
from acme.invite_by_plan_entities
group by segment
