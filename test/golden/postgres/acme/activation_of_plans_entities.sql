-- acme.activation_of_plans_entities: report activation_of_plans, models/reports.yml:72
-- Who got how far in the funnel, and when: one row per user_id that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10 (docs/semantics.md).
-- Counted by next event: no two steps share an instant.
with
read_events as (
  select
    user_id,
    cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us,
    event_name,
    acme_gwh.property_text(properties -> 'plan') as segment_value
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name in ('Sign Up', 'Invite')
),
valued_events as (
  select
    e.user_id,
    e.happened_us,
    e.event_name,
    coalesce(e.segment_value, '') as segment
  from read_events as e
),
-- most entities first; equal sizes are settled by the value's bytes
kept_segments as (
  select segment
  from (select distinct segment, user_id from valued_events where segment <> '') as seen
  group by segment
  order by count(*) desc, segment collate "C"
  limit 25
),
step_events as (
  select
    e.user_id,
    e.happened_us,
    e.event_name,
    case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
  from valued_events as e
  left join kept_segments as kept on kept.segment = e.segment
),
journeys as materialized (
  select user_id, segment, cast(row_number() over () as integer) as journey
  from (
    select distinct user_id, segment
    from step_events
    where event_name = 'Sign Up'
  ) as entered
),
steps as materialized (
  select j.journey, e.happened_us, e.event_name
  from step_events as e
  join journeys as j on j.user_id = e.user_id and j.segment = e.segment
),
reached_step_1 as materialized (
  select distinct journey, happened_us as step_1_us
  from steps
  where event_name = 'Sign Up'
),
reached_step_2 as materialized (
  -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
  select journey, max(step_1_us) as step_1_us, step_2_us
  from (
    select journey, step_1_us, next_at as step_2_us
    from (
      select
        journey, step_1_us, is_row,
        min(event_at) over (partition by journey order by looked_from desc range between unbounded preceding
          and 1 preceding) as next_at
      from (
        select journey, step_1_us, step_1_us as looked_from, cast(null as bigint) as event_at, true as is_row
        from reached_step_1
        union all
        select journey, null, happened_us, happened_us, false
        from steps
        where event_name = 'Invite'
      ) as rows_and_events
    ) as looked_ahead
    where is_row and next_at is not null
  ) as next_events
  where step_2_us <= step_1_us + 1209600000000
  group by journey, step_2_us
),
first_to_reach_1 as (
  select journey, min(step_1_us) as step_1_us
  from reached_step_1
  group by journey
),
first_to_reach_2 as (
  select journey, min(step_1_us) as step_1_us, min(step_2_us) as step_2_us
  from reached_step_2
  group by journey
),
furthest_journeys as (
  select s1.journey, coalesce(s2.step_1_us, s1.step_1_us) as step_1_us, s2.step_2_us
  from first_to_reach_1 as s1
  left join first_to_reach_2 as s2 on s2.journey = s1.journey
),
furthest_attempts as (
  select user_id, segment, step_1_us, step_2_us
  from furthest_journeys
  join journeys using (journey)
)
select
  user_id,
  segment,
  case when step_2_us is not null then 2 else 1 end as furthest_step,
  case when step_2_us is not null then 'Invite' else 'Sign Up' end as furthest_step_name,
  step_2_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  cast(step_2_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'ordered, best entry, within 14 days, strictly increasing' as rule
from furthest_attempts
