-- acme.export_and_upgrade_entities: report export_and_upgrade, models/reports.yml:44
-- Who got how far in the funnel, and when: one row per company_id that entered.
-- Rules: FUN-1, FUN-3, FUN-4, FUN-5, FUN-9 (docs/semantics.md).
-- Counted by furthest window: the steps have no order.
with
step_events as materialized (
  select group_sk, cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us, event_name
  from acme.event_groups
  where group_key = 'company_id'
    and event_name in ('Export', 'Upgrade')
),
looked_back as (
  select
    group_sk,
    happened_us,
    max(case when event_name = 'Export' then happened_us end) over up_to_here as last_step_1_us,
    max(case when event_name = 'Upgrade' then happened_us end) over up_to_here as last_step_2_us
  from step_events
  where event_name in ('Export', 'Upgrade')
  window
    up_to_here as (
      partition by group_sk
      order by happened_us
      range between unbounded preceding and current row
    )
),
progress as (
  select
    group_sk,
    happened_us,
    last_step_1_us,
    last_step_2_us,
    case when last_step_1_us >= happened_us - 86400000000 then 1 else 0 end
    + case when last_step_2_us >= happened_us - 86400000000 then 1 else 0 end as steps_done
  from looked_back
),
furthest_windows as (
  select
    group_sk,
    happened_us,
    steps_done,
    last_step_1_us,
    last_step_2_us
  from (
    select
      group_sk,
      happened_us,
      steps_done,
      last_step_1_us,
      last_step_2_us,
      row_number() over (
        partition by group_sk
        order by steps_done desc, happened_us
      ) as place
    from progress
  ) as ranked
  where place = 1
),
times_of_steps as (
  select group_sk, steps_done, last_step_1_us as done_us
  from furthest_windows
  where last_step_1_us >= happened_us - 86400000000
  union all
  select group_sk, steps_done, last_step_2_us as done_us
  from furthest_windows
  where last_step_2_us >= happened_us - 86400000000
),
furthest_journeys as (
  select
    group_sk,
    min(case when place = 1 and steps_done >= 1 then done_us end) as step_1_us,
    min(case when place = 2 and steps_done >= 2 then done_us end) as step_2_us
  from (
    select
      group_sk, steps_done, done_us,
      row_number() over (partition by group_sk order by done_us) as place
    from times_of_steps
  ) as in_order
  group by group_sk
),
furthest_attempts as (
  select group_id, step_1_us, step_2_us
  from furthest_journeys
  join acme.group_surrogate_keys using (group_sk)
)
select
  group_id as company_id,
  case when step_2_us is not null then 2 else 1 end as furthest_step,
  case when step_2_us is not null then 'any 2 steps' else 'any step' end as furthest_step_name,
  step_2_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  cast(step_2_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'unordered, within 1 day' as rule
from furthest_attempts
