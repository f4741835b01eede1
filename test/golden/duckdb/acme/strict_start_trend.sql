-- acme.strict_start_trend: report strict_start, models/reports.yml:34
-- Entries and conversions of the funnel by month of entry. Whoever enters in several periods counts in each.
-- One row per segment, period_start.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10, FUN-12 (docs/semantics.md).
-- Counted by instant by instant: any other event interrupts.
with
step_events as materialized (
  select
    group_sk,
    cast(date_trunc('month', day) as date) as entered_in,
    epoch_us(occurred_at) as happened_us,
    event_name
  from acme.event_groups
  where group_key = 'team'
),
instants as materialized (
  select
    group_sk,
    happened_us,
    case
      when events_of_1 = 0 then null
      when events_of_2 = 0 then 1
      when events_of_3 = 0 then 2
      else 3
    end as from_step_1,
    case
      when events_of_2 = 0 then null
      when events_of_3 = 0 then 2
      else 3
    end as from_step_2,
    case
      when events_of_3 = 0 then null
      else 3
    end as from_step_3,
    events = 1 and events_of_2 = 0 as interrupts_before_2,
    events = 1 and events_of_3 = 0 as interrupts_before_3
  from (
    select
      group_sk,
      happened_us,
      count(*) filter (where event_name = 'Invite') as events_of_1,
      count(*) filter (where event_name = 'Sign Up') as events_of_2,
      count(*) filter (where event_name = 'Login') as events_of_3,
      count(*) as events
    from step_events
    group by group_sk, happened_us
  ) as events_of_instants
),
attempts_1 as (
  select
    f.group_sk,
    f.entered_in,
    i.from_step_1 as furthest_step,
    i.happened_us as step_1_us,
    case when i.from_step_1 >= 2 then i.happened_us end as step_2_us,
    case when i.from_step_1 >= 3 then i.happened_us end as step_3_us,
    cast(null as bigint) as interrupted_us
  from (
    select distinct group_sk, entered_in, happened_us
    from step_events
    where event_name = 'Invite'
  ) as f
  join instants as i on i.group_sk = f.group_sk and i.happened_us = f.happened_us
),
standing_at_1 as (
  select group_sk, entered_in, furthest_step, step_1_us, step_2_us, step_3_us
  from attempts_1
  where furthest_step = 1
),
looked_beyond_1 as (
  select r.group_sk, r.entered_in, r.furthest_step, r.step_1_us, r.step_2_us, r.step_3_us, case
    when r.step_1_us is not null then e.happened_us end as next_us
  from standing_at_1 as r
  asof left join (select group_sk, happened_us from instants where (from_step_2 is not null or interrupts_before_2))
    as e
    on e.group_sk = r.group_sk and r.step_1_us < e.happened_us
),
attempts_2 as (
  select group_sk, entered_in, furthest_step, step_1_us, step_2_us, step_3_us, interrupted_us
  from attempts_1
  where furthest_step <> 1
  union all
  select
    a.group_sk,
    a.entered_in,
    case when a.next_us <= a.step_1_us + 1209600000000 then coalesce(i.from_step_2, a.furthest_step)
      else a.furthest_step end as furthest_step,
    a.step_1_us,
    case when a.next_us <= a.step_1_us + 1209600000000 and i.from_step_2 >= 2 then a.next_us end as step_2_us,
    case when a.next_us <= a.step_1_us + 1209600000000 and i.from_step_2 >= 3 then a.next_us end as step_3_us,
    case when i.from_step_2 is null then a.next_us end as interrupted_us
  from looked_beyond_1 as a
  left join instants as i on i.group_sk = a.group_sk and i.happened_us = a.next_us
),
standing_at_2 as (
  select group_sk, entered_in, furthest_step, step_1_us, step_2_us, step_3_us
  from attempts_2
  where furthest_step = 2
),
looked_beyond_2 as (
  select r.group_sk, r.entered_in, r.furthest_step, r.step_1_us, r.step_2_us, r.step_3_us, case
    when r.step_2_us is not null then e.happened_us end as next_us
  from standing_at_2 as r
  asof left join (select group_sk, happened_us from instants where (from_step_3 is not null or interrupts_before_3))
    as e
    on e.group_sk = r.group_sk and r.step_2_us < e.happened_us
),
attempts_3 as (
  select group_sk, entered_in, furthest_step, step_1_us, step_2_us, step_3_us, interrupted_us
  from attempts_2
  where furthest_step <> 2
  union all
  select
    a.group_sk,
    a.entered_in,
    case when a.next_us <= a.step_1_us + 1209600000000 then coalesce(i.from_step_3, a.furthest_step)
      else a.furthest_step end as furthest_step,
    a.step_1_us,
    a.step_2_us,
    case when a.next_us <= a.step_1_us + 1209600000000 and i.from_step_3 >= 3 then a.next_us end as step_3_us,
    case when i.from_step_3 is null then a.next_us end as interrupted_us
  from looked_beyond_2 as a
  left join instants as i on i.group_sk = a.group_sk and i.happened_us = a.next_us
),
furthest_journeys as (
  select group_sk, entered_in, step_1_us, step_2_us, step_3_us
  from (
    select
      group_sk,
      entered_in,
      step_1_us,
      step_2_us,
      step_3_us,
      row_number() over (
        partition by group_sk, entered_in
        order by
          step_3_us is null,
          step_2_us is null,
          coalesce(step_3_us, step_2_us, step_1_us),
          step_1_us desc
      ) as place
    from attempts_3
  ) as ranked
  where place = 1
),
furthest_attempts as (
  select group_id, entered_in, step_1_us, step_2_us, step_3_us
  from furthest_journeys
  join acme.group_surrogate_keys using (group_sk)
),
valued_attempts as (
  select
    e.group_id,
    e.entered_in,
    e.step_1_us,
    e.step_2_us,
    e.step_3_us,
    coalesce(of_groups.segment_value, '') as segment
  from furthest_attempts as e
  left join (
    select team as group_id, nullif(acme_gwh.value_text(size), '') as segment_value
    from acme.team_profiles
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
    e.entered_in,
    e.step_1_us,
    e.step_2_us,
    e.step_3_us,
    case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
  from valued_attempts as e
  left join kept_segments as kept on kept.segment = e.segment
),
counted as (
  select
    segment,
    entered_in as period_start,
    count(step_1_us) as entered,
    count(step_2_us) as converted
  from segmented_attempts
  group by segment, entered_in
),
periods as (
  select make_date(cast(floor(n / 12.0) as integer), cast(n - floor(n / 12.0) * 12 as integer) + 1, 1) as period_start
  from (
    select unnest(generate_series(first_number, last_number)) as n
    from (
      select
        (select min(cast(extract(year from period_start) * 12 + extract(month from period_start) - 1 as integer))
          from counted) as first_number,
        (select cast(extract(year from cast(timezone('America/New_York', timezone('UTC', last_at))
          as date)) * 12 + extract(month from cast(timezone('America/New_York', timezone('UTC', last_at)) as date)) - 1
          as integer) from (
          -- of all events: that nobody came does not end the data
          select max(last_at) as last_at
          from acme.events_daily
        ) as last_event) as last_number
    ) as bounds
  ) as numbers
),
segments as (select distinct segment from counted)
select
  segments.segment,
  periods.period_start,
  coalesce(counted.entered, 0) as entered,
  coalesce(counted.converted, 0) as converted,
  coalesce(cast(counted.converted as double precision) / nullif(counted.entered, 0), 0) as conversion_rate,
  'strict order, best entry, within 14 days' as rule
from periods
cross join segments
left join counted on counted.period_start = periods.period_start and counted.segment = segments.segment
