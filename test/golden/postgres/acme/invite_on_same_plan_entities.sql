-- acme.invite_on_same_plan_entities: report invite_on_same_plan, models/reports.yml:54
-- Who got how far in the funnel, and when: one row per user_id that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-11 (docs/semantics.md).
-- Counted by next event: no event can be two of the steps.
with
step_events as materialized (
  select
    user_id,
    acme_gwh.property_text(properties -> 'plan') as held_1,
    cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us,
    event_name
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name in ('Sign Up', 'Invite')
    and acme_gwh.property_text(properties -> 'plan') is not null
),
reached_step_1 as materialized (
  select distinct user_id, held_1, happened_us as step_1_us
  from step_events
  where event_name = 'Sign Up'
),
reached_step_2 as materialized (
  -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
  select user_id, held_1, max(step_1_us) as step_1_us, step_2_us
  from (
    select user_id, held_1, step_1_us, next_at as step_2_us
    from (
      select
        user_id, held_1, step_1_us, is_row,
        min(event_at) over (partition by user_id, held_1 order by looked_from desc) as next_at
      from (
        select user_id, held_1, step_1_us, step_1_us as looked_from, cast(null as bigint) as event_at, true as is_row
        from reached_step_1
        union all
        select user_id, held_1, null, happened_us, happened_us, false
        from step_events
        where event_name = 'Invite'
      ) as rows_and_events
    ) as looked_ahead
    where is_row and next_at is not null
  ) as next_events
  where step_2_us <= step_1_us + 1209600000000
  group by user_id, held_1, step_2_us
),
first_to_reach_1 as (
  select user_id, held_1, min(step_1_us) as step_1_us
  from reached_step_1
  group by user_id, held_1
),
first_to_reach_2 as (
  select user_id, held_1, min(step_1_us) as step_1_us, min(step_2_us) as step_2_us
  from reached_step_2
  group by user_id, held_1
),
furthest_by_held_values as (
  select s1.user_id, s1.held_1, coalesce(s2.step_1_us, s1.step_1_us) as step_1_us, s2.step_2_us
  from first_to_reach_1 as s1
  left join first_to_reach_2 as s2 on s2.user_id = s1.user_id and s2.held_1 = s1.held_1
),
furthest_attempts as (
  select user_id, held_1, step_1_us, step_2_us
  from (
    select
      user_id,
      held_1,
      step_1_us,
      step_2_us,
      row_number() over (
        partition by user_id
        order by
          step_2_us is null,
          coalesce(step_2_us, step_1_us),
          step_1_us desc,
          held_1 collate "C"
      ) as place
    from furthest_by_held_values
  ) as ranked
  where place = 1
)
select
  user_id,
  case when step_2_us is not null then 2 else 1 end as furthest_step,
  case when step_2_us is not null then 'Invite' else 'Sign Up' end as furthest_step_name,
  step_2_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  cast(step_2_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'ordered, best entry, within 14 days, plan held constant' as rule
from furthest_attempts
