-- acme.activation_entities: report activation, models/reports.yml:4
-- From signing up to coming back. Who got how far in the funnel, and when: one row per company_id that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9 (docs/semantics.md).
-- Counted by next event: no event can be two of the steps.
with
step_events as materialized (
  select group_sk, cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us, event_name
  from acme.event_groups
  where group_key = 'company_id'
    and event_name in ('Sign Up', 'Invite', 'Login')
),
reached_step_1 as materialized (
  select distinct group_sk, happened_us as step_1_us
  from step_events
  where event_name = 'Sign Up'
),
reached_step_2 as materialized (
  -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
  select group_sk, max(step_1_us) as step_1_us, step_2_us
  from (
    select group_sk, step_1_us, next_at as step_2_us
    from (
      select
        group_sk, step_1_us, is_row,
        min(event_at) over (partition by group_sk order by looked_from desc) as next_at
      from (
        select group_sk, step_1_us, step_1_us as looked_from, cast(null as bigint) as event_at, true as is_row
        from reached_step_1
        union all
        select group_sk, null, happened_us, happened_us, false
        from step_events
        where event_name = 'Invite'
      ) as rows_and_events
    ) as looked_ahead
    where is_row and next_at is not null
  ) as next_events
  where step_2_us <= step_1_us + 1209600000000
  group by group_sk, step_2_us
),
reached_step_3 as materialized (
  select group_sk, max(step_1_us) as step_1_us, max(step_2_us) as step_2_us, step_3_us
  from (
    select group_sk, step_1_us, step_2_us, next_at as step_3_us
    from (
      select
        group_sk, step_1_us, step_2_us, is_row,
        min(event_at) over (partition by group_sk order by looked_from desc) as next_at
      from (
        select group_sk, step_1_us, step_2_us, step_2_us as looked_from, cast(null as bigint) as event_at, true
          as is_row
        from reached_step_2
        union all
        select group_sk, null, null, happened_us, happened_us, false
        from step_events
        where event_name = 'Login'
      ) as rows_and_events
    ) as looked_ahead
    where is_row and next_at is not null
  ) as next_events
  where step_3_us <= step_1_us + 1209600000000
  group by group_sk, step_3_us
),
first_to_reach_1 as (
  select group_sk, min(step_1_us) as step_1_us
  from reached_step_1
  group by group_sk
),
first_to_reach_2 as (
  select group_sk, min(step_1_us) as step_1_us, min(step_2_us) as step_2_us
  from reached_step_2
  group by group_sk
),
first_to_reach_3 as (
  select group_sk, min(step_1_us) as step_1_us, min(step_2_us) as step_2_us, min(step_3_us) as step_3_us
  from reached_step_3
  group by group_sk
),
furthest_journeys as (
  select
    s1.group_sk,
    coalesce(s3.step_1_us, s2.step_1_us, s1.step_1_us) as step_1_us,
    coalesce(s3.step_2_us, s2.step_2_us) as step_2_us,
    s3.step_3_us
  from first_to_reach_1 as s1
  left join first_to_reach_2 as s2 on s2.group_sk = s1.group_sk
  left join first_to_reach_3 as s3 on s3.group_sk = s1.group_sk
),
furthest_attempts as (
  select group_id, step_1_us, step_2_us, step_3_us
  from furthest_journeys
  join acme.group_surrogate_keys using (group_sk)
)
select
  group_id as company_id,
  case when step_3_us is not null then 3 when step_2_us is not null then 2 else 1 end as furthest_step,
  case
    when step_3_us is not null then 'Login'
    when step_2_us is not null then 'Invite'
    else 'Sign Up'
  end as furthest_step_name,
  step_3_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  acme_gwh.instant_of_microseconds(step_3_us) as step_3_at,
  cast(step_3_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'ordered, best entry, within 14 days' as rule
from furthest_attempts
