-- acme.export_without_upgrade_entities: report export_without_upgrade, models/reports.yml:23
-- Who got how far in the funnel, and when: one row per company_id that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-6, FUN-8, FUN-9 (docs/semantics.md).
-- Counted by instant by instant: events between the steps exclude.
with
step_events as materialized (
  select
    group_sk,
    cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us,
    event_name,
    event_name = 'Upgrade' as is_exclusion_1
  from acme.event_groups
  where group_key = 'company_id'
    and event_name in ('Sign Up', 'Invite', 'Export', 'Upgrade')
),
instants as materialized (
  select
    group_sk,
    happened_us,
    case
      when events_of_1 = 0 then null
      when events_of_3 = 0 then 1
      else 3
    end as from_step_1,
    case
      when events_of_3 = 0 then null
      else 3
    end as from_step_3
  from (
    select
      group_sk,
      happened_us,
      count(*) filter (where event_name = 'Sign Up') as events_of_1,
      count(*) filter (where event_name = 'Export') as events_of_3
    from step_events
    where event_name in ('Sign Up', 'Export')
    group by group_sk, happened_us
  ) as events_of_instants
),
attempts_1 as (
  select
    f.group_sk,
    i.from_step_1 as furthest_step,
    i.happened_us as step_1_us,
    case when i.from_step_1 >= 3 then i.happened_us end as step_3_us
  from (
    select group_sk, happened_us
    from (
      select
        group_sk, happened_us,
        row_number() over (partition by group_sk order by happened_us) as place
      from step_events
      where event_name = 'Sign Up'
    ) as numbered
    where place = 1
  ) as f
  join instants as i on i.group_sk = f.group_sk and i.happened_us = f.happened_us
),
standing_at_1 as (
  select group_sk, furthest_step, step_1_us, step_3_us
  from attempts_1
  where furthest_step = 1
),
looked_beyond_1 as (
  select group_sk, furthest_step, step_1_us, step_3_us, next_at as next_us
  from (
    select
      group_sk, furthest_step, step_1_us, step_3_us, is_row,
      min(event_at) over (partition by group_sk order by looked_from desc range between unbounded preceding
        and 1 preceding) as next_at
    from (
      select group_sk, furthest_step, step_1_us, step_3_us, step_1_us as looked_from, cast(null as bigint) as event_at,
        true as is_row
      from standing_at_1
      union all
      select group_sk, null, null, null, happened_us, happened_us, false
      from instants
      where from_step_3 is not null
    ) as rows_and_events
  ) as looked_ahead
  where is_row
),
attempts_3 as (
  select group_sk, furthest_step, step_1_us, step_3_us
  from attempts_1
  where furthest_step <> 1
  union all
  select
    a.group_sk,
    coalesce(i.from_step_3, a.furthest_step) as furthest_step,
    a.step_1_us,
    case when i.from_step_3 >= 3 then a.next_us end as step_3_us
  from looked_beyond_1 as a
  left join instants as i on i.group_sk = a.group_sk and i.happened_us = a.next_us
),
met_exclusion_1_after_1 as (
  select group_sk, furthest_step, step_1_us, step_3_us, next_at as exclusion_1_after_1_us
  from (
    select
      group_sk, furthest_step, step_1_us, step_3_us, is_row,
      min(event_at) over (partition by group_sk order by looked_from desc range between unbounded preceding
        and 1 preceding) as next_at
    from (
      select group_sk, furthest_step, step_1_us, step_3_us, step_1_us as looked_from, cast(null as bigint) as event_at,
        true as is_row
      from attempts_3
      union all
      select group_sk, null, null, null, happened_us, happened_us, false
      from step_events
      where is_exclusion_1
    ) as rows_and_events
  ) as looked_ahead
  where is_row
),
attempts_with_exclusions as (
  select
    group_sk,
    furthest_step,
    step_1_us,
    step_3_us,
    case when exclusion_1_after_1_us < step_3_us or (step_3_us is null) then exclusion_1_after_1_us end as excluded_us
  from met_exclusion_1_after_1
),
clean_attempts as (
  select
    group_sk,
    furthest_step,
    step_1_us,
    step_3_us
  from (
    select
      group_sk,
      furthest_step,
      step_1_us,
      step_3_us,
      excluded_us,
      max(case when excluded_us is null then furthest_step else 0 end) over (partition by group_sk) as furthest_clean,
      max(case when excluded_us is null then 0 else furthest_step end) over (partition by group_sk) as furthest_excluded
    from attempts_with_exclusions
  ) as compared
  where excluded_us is null and furthest_clean >= furthest_excluded
),
furthest_journeys as (
  select group_sk, step_1_us, step_3_us
  from (
    select
      group_sk,
      step_1_us,
      step_3_us,
      row_number() over (
        partition by group_sk
        order by
          step_3_us is null,
          coalesce(step_3_us, step_1_us),
          step_1_us desc
      ) as place
    from clean_attempts
  ) as ranked
  where place = 1
),
before_step_2 as (
  select group_sk, step_1_us, step_3_us, step_1_us as from_us
  from furthest_journeys
),
looked_for_step_2 as (
  select group_sk, step_1_us, step_3_us, next_at as found_us
  from (
    select
      group_sk, step_1_us, step_3_us, is_row,
      min(event_at) over (partition by group_sk order by looked_from desc) as next_at
    from (
      select group_sk, step_1_us, step_3_us, from_us as looked_from, cast(null as bigint) as event_at, true as is_row
      from before_step_2
      union all
      select group_sk, null, null, happened_us, happened_us, false
      from step_events
      where event_name = 'Invite'
    ) as rows_and_events
  ) as looked_ahead
  where is_row
),
with_step_2 as (
  select group_sk, step_1_us, step_3_us, case when (step_3_us is null or found_us <= step_3_us) then found_us end
    as step_2_us
  from looked_for_step_2
),
furthest_attempts as (
  select group_id, step_1_us, step_2_us, step_3_us
  from with_step_2
  join acme.group_surrogate_keys using (group_sk)
)
select
  group_id as company_id,
  case when step_3_us is not null then 3 when step_2_us is not null then 2 else 1 end as furthest_step,
  case
    when step_3_us is not null then 'Export'
    when step_2_us is not null then 'Invite'
    else 'Sign Up'
  end as furthest_step_name,
  step_3_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  acme_gwh.instant_of_microseconds(step_3_us) as step_3_at,
  cast(step_3_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'ordered, first entry, no window, step 2 optional, with exclusions' as rule
from furthest_attempts
