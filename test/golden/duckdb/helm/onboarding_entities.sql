-- helm.onboarding_entities: report onboarding, models/reports.yml:28
-- From the first commit of a company to a second one and to a merge, within half a year, by kind of company. Who got
-- how far in the funnel, and when: one row per company_id that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10 (docs/semantics.md).
-- Counted by next event after early conversions: no event can be two of the steps, and large groups convert early.
select
  named.*,
  -- names of version 0.1
  named.company_id as group_id
from (
  with
  -- as many slices of time as steps, at the beginning and within one window
  early as (
    select first_us, slice_us, make_timestamp(first_us + 3 * slice_us) as ends_at
    from (
      select first_us, cast(floor(least((last_us - first_us) / 20, 15552000000000) / 3) as bigint) as slice_us
      from (
        select epoch_us(min(occurred_at)) as first_us, epoch_us(max(occurred_at)) as last_us
        from helm.event_groups
      ) as bounds
    ) as slices
  ),
  through_early as materialized (
    -- who did each step in its own slice is through by then: what they did later changes nothing
    select group_sk
    from (
      select group_sk, epoch_us(occurred_at) as happened_us, event_name
      from helm.event_groups
      where group_key = 'company_id'
        and event_name in ('First Commit', 'Commit', 'Merge')
        and occurred_at < (select ends_at from early)
    ) as early_events
    cross join early
    group by group_sk
    having
      count(case when event_name = 'First Commit' and happened_us < first_us + slice_us then 1 end) > 0
      and count(case when event_name = 'Commit' and happened_us >= first_us + slice_us
        and happened_us < first_us + 2 * slice_us then 1 end) > 0
      and count(case when event_name = 'Merge' and happened_us >= first_us + 2 * slice_us then 1 end) > 0
  ),
  step_events as materialized (
    select group_sk, epoch_us(occurred_at) as happened_us, event_name
    from helm.event_groups
    where group_key = 'company_id'
      and event_name in ('First Commit', 'Commit', 'Merge')
      and (occurred_at < (select ends_at from early) or group_sk not in (select group_sk from through_early))
  ),
  reached_step_1 as materialized (
    select distinct group_sk, happened_us as step_1_us
    from step_events
    where event_name = 'First Commit'
  ),
  reached_step_2 as materialized (
    -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
    select group_sk, max(step_1_us) as step_1_us, step_2_us
    from (
      select r.group_sk, r.step_1_us, e.happened_us as step_2_us
      from reached_step_1 as r
      asof join (select group_sk, happened_us from step_events where event_name = 'Commit') as e
        on e.group_sk = r.group_sk and r.step_1_us <= e.happened_us
    ) as next_events
    where step_2_us <= step_1_us + 15552000000000
    group by group_sk, step_2_us
  ),
  reached_step_3 as materialized (
    select group_sk, max(step_1_us) as step_1_us, max(step_2_us) as step_2_us, step_3_us
    from (
      select r.group_sk, r.step_1_us, r.step_2_us, e.happened_us as step_3_us
      from reached_step_2 as r
      asof join (select group_sk, happened_us from step_events where event_name = 'Merge') as e
        on e.group_sk = r.group_sk and r.step_2_us <= e.happened_us
    ) as next_events
    where step_3_us <= step_1_us + 15552000000000
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
    join helm.group_surrogate_keys using (group_sk)
  ),
  valued_attempts as (
    select
      e.group_id,
      e.step_1_us,
      e.step_2_us,
      e.step_3_us,
      coalesce(of_groups.segment_value, '') as segment
    from furthest_attempts as e
    left join (
      select company_id as group_id, nullif(helm_gwh.value_text(kind), '') as segment_value
      from helm.company_profiles
    ) as of_groups on of_groups.group_id = e.group_id
  ),
  -- most entities first; equal sizes are settled by the value's bytes
  kept_segments as (
    select segment
    from (select distinct segment, group_id from valued_attempts where segment <> '') as seen
    group by segment
    order by count(*) desc, segment
    limit 25
  ),
  segmented_attempts as (
    select
      e.group_id,
      e.step_1_us,
      e.step_2_us,
      e.step_3_us,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from valued_attempts as e
    left join kept_segments as kept on kept.segment = e.segment
  )
  select
    group_id as company_id,
    segment,
    case when step_3_us is not null then 3 when step_2_us is not null then 2 else 1 end as furthest_step,
    case
      when step_3_us is not null then 'Merge'
      when step_2_us is not null then 'Commit'
      else 'First Commit'
    end as furthest_step_name,
    step_3_us is not null as converted,
    make_timestamp(step_1_us) as entered_at,
    make_timestamp(step_2_us) as step_2_at,
    make_timestamp(step_3_us) as step_3_at,
    cast(step_3_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
    'ordered, best entry, within 180 days' as rule
  from segmented_attempts
) as named
