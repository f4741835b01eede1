-- helm.onboarding_trend: report onboarding, models/reports.yml:28
-- From the first commit of a company to a second one and to a merge, within half a year, by kind of company. Entries
-- and conversions of the funnel by month of entry. Whoever enters in several periods counts in each.
-- One row per segment, period_start.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9, FUN-10, FUN-12 (docs/semantics.md).
-- Counted by next event: no event can be two of the steps.
with
step_events as materialized (
  select
    group_sk,
    cast(date_trunc('month', day) as date) as entered_in,
    epoch_us(occurred_at) as happened_us,
    event_name
  from helm.event_groups
  where group_key = 'company_id'
    and event_name in ('First Commit', 'Commit', 'Merge')
),
reached_step_1 as materialized (
  select distinct group_sk, entered_in, happened_us as step_1_us
  from step_events
  where event_name = 'First Commit'
),
reached_step_2 as materialized (
  -- of attempts that meet at one event the latest entry has most time left; its times are the latest, too
  select group_sk, entered_in, max(step_1_us) as step_1_us, step_2_us
  from (
    select r.group_sk, r.entered_in, r.step_1_us, e.happened_us as step_2_us
    from reached_step_1 as r
    asof join (select group_sk, happened_us from step_events where event_name = 'Commit') as e
      on e.group_sk = r.group_sk and r.step_1_us <= e.happened_us
  ) as next_events
  where step_2_us <= step_1_us + 15552000000000
  group by group_sk, entered_in, step_2_us
),
reached_step_3 as materialized (
  select group_sk, entered_in, max(step_1_us) as step_1_us, max(step_2_us) as step_2_us, step_3_us
  from (
    select r.group_sk, r.entered_in, r.step_1_us, r.step_2_us, e.happened_us as step_3_us
    from reached_step_2 as r
    asof join (select group_sk, happened_us from step_events where event_name = 'Merge') as e
      on e.group_sk = r.group_sk and r.step_2_us <= e.happened_us
  ) as next_events
  where step_3_us <= step_1_us + 15552000000000
  group by group_sk, entered_in, step_3_us
),
first_to_reach_1 as (
  select group_sk, entered_in, min(step_1_us) as step_1_us
  from reached_step_1
  group by group_sk, entered_in
),
first_to_reach_2 as (
  select group_sk, entered_in, min(step_1_us) as step_1_us, min(step_2_us) as step_2_us
  from reached_step_2
  group by group_sk, entered_in
),
first_to_reach_3 as (
  select
    group_sk,
    entered_in,
    min(step_1_us) as step_1_us,
    min(step_2_us) as step_2_us,
    min(step_3_us) as step_3_us
  from reached_step_3
  group by group_sk, entered_in
),
furthest_journeys as (
  select
    s1.group_sk,
    s1.entered_in,
    coalesce(s3.step_1_us, s2.step_1_us, s1.step_1_us) as step_1_us,
    coalesce(s3.step_2_us, s2.step_2_us) as step_2_us,
    s3.step_3_us
  from first_to_reach_1 as s1
  left join first_to_reach_2 as s2 on s2.group_sk = s1.group_sk and s2.entered_in = s1.entered_in
  left join first_to_reach_3 as s3 on s3.group_sk = s1.group_sk and s3.entered_in = s1.entered_in
),
furthest_attempts as (
  select group_id, entered_in, step_1_us, step_2_us, step_3_us
  from furthest_journeys
  join helm.group_surrogate_keys using (group_sk)
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
    count(step_3_us) as converted
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
        (select cast(extract(year from cast(last_at as date)) * 12 + extract(month from cast(last_at as date)) - 1
          as integer) from (
          -- of all events: that nobody came does not end the data
          select max(last_at) as last_at
          from helm.events_daily
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
  'ordered, best entry, within 180 days' as rule
from periods
cross join segments
left join counted on counted.period_start = periods.period_start and counted.segment = segments.segment
