-- acme.login_pairs_entities: report login_pairs, models/reports.yml:13
-- Who got how far in the funnel, and when: one row per user_id and attempt that entered.
-- Rules: FUN-1, FUN-2, FUN-3, FUN-4, FUN-5, FUN-9 (docs/semantics.md).
-- Counted by instant by instant: every attempt counts and one event may be two of the steps.
with
step_events as materialized (
  select
    user_id,
    cast(extract(epoch from occurred_at) * 1000000 as bigint) as happened_us,
    event_name = 'Login' as is_step_1,
    event_name = 'Login' as is_step_2
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_name = 'Login'
),
journeys as materialized (
  select user_id, cast(row_number() over () as integer) as journey
  from (
    select distinct user_id
    from step_events
    where is_step_1
  ) as entered
),
steps as materialized (
  select j.journey, e.happened_us, e.is_step_1, e.is_step_2
  from step_events as e
  join journeys as j on j.user_id = e.user_id
),
instants as materialized (
  select
    journey,
    happened_us,
    case when events_of_1_2 > 0 then case events_of_1_2 when 0 then 0 when 1 then 1 else 2 end end as from_step_1,
    case when events_of_1_2 > 0 then case events_of_1_2 when 0 then 1 else 2 end end as from_step_2
  from (
    select
      journey,
      happened_us,
      count(*) filter (where (is_step_1 or is_step_2)) as events_of_1_2
    from steps
    where (is_step_1 or is_step_2)
    group by journey, happened_us
  ) as events_of_instants
),
attempts_1 as (
  select
    f.journey,
    i.from_step_1 as furthest_step,
    i.happened_us as step_1_us,
    case when i.from_step_1 >= 2 then i.happened_us end as step_2_us
  from (
    select journey, happened_us
    from (
      select
        journey, happened_us,
        row_number() over (partition by journey, happened_us order by happened_us) as place
      from steps
      where is_step_1
    ) as numbered
    where place = 1
  ) as f
  join instants as i on i.journey = f.journey and i.happened_us = f.happened_us
),
standing_at_1 as (
  select journey, furthest_step, step_1_us, step_2_us
  from attempts_1
  where furthest_step = 1
),
looked_beyond_1 as (
  select journey, furthest_step, step_1_us, step_2_us, next_at as next_us
  from (
    select
      journey, furthest_step, step_1_us, step_2_us, is_row,
      min(event_at) over (partition by journey order by looked_from desc range between unbounded preceding
        and 1 preceding) as next_at
    from (
      select journey, furthest_step, step_1_us, step_2_us, step_1_us as looked_from, cast(null as bigint) as event_at,
        true as is_row
      from standing_at_1
      union all
      select journey, null, null, null, happened_us, happened_us, false
      from instants
      where from_step_2 is not null
    ) as rows_and_events
  ) as looked_ahead
  where is_row
),
attempts_2 as (
  select journey, furthest_step, step_1_us, step_2_us
  from attempts_1
  where furthest_step <> 1
  union all
  select
    a.journey,
    case when a.next_us <= a.step_1_us + 3600000000 then coalesce(i.from_step_2, a.furthest_step) else a.furthest_step
      end as furthest_step,
    a.step_1_us,
    case when a.next_us <= a.step_1_us + 3600000000 and i.from_step_2 >= 2 then a.next_us end as step_2_us
  from looked_beyond_1 as a
  left join instants as i on i.journey = a.journey and i.happened_us = a.next_us
),
ended_attempts as (
  select
    journey,
    step_1_us,
    step_2_us,
    coalesce(step_2_us, step_1_us + 3600000000) as ended_us
  from attempts_2
),
after_1 as materialized (
  select journey, step_1_us, next_at as next_entry_us
  from (
    select
      journey, step_1_us, is_row,
      min(event_at) over (partition by journey order by looked_from desc range between unbounded preceding
        and 1 preceding) as next_at
    from (
      select journey, step_1_us, ended_us as looked_from, cast(null as bigint) as event_at, true as is_row
      from ended_attempts
      union all
      select journey, null, step_1_us, step_1_us, false
      from ended_attempts
    ) as rows_and_events
  ) as looked_ahead
  where is_row and next_at is not null
),
after_2 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_1 as a
  join after_1 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_4 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_2 as a
  join after_2 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_8 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_4 as a
  join after_4 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_16 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_8 as a
  join after_8 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_32 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_16 as a
  join after_16 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_64 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_32 as a
  join after_32 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_128 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_64 as a
  join after_64 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_256 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_128 as a
  join after_128 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_512 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_256 as a
  join after_256 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_1024 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_512 as a
  join after_512 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_2048 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_1024 as a
  join after_1024 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_4096 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_2048 as a
  join after_2048 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_8192 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_4096 as a
  join after_4096 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_16384 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_8192 as a
  join after_8192 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_32768 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_16384 as a
  join after_16384 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_65536 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_32768 as a
  join after_32768 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_131072 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_65536 as a
  join after_65536 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_262144 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_131072 as a
  join after_131072 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
after_524288 as materialized (
  select a.journey, a.step_1_us, b.next_entry_us
  from after_262144 as a
  join after_262144 as b on b.journey = a.journey and b.step_1_us = a.next_entry_us
),
first_entries as (
  select journey, min(step_1_us) as entry_us
  from ended_attempts
  group by journey
),
every_524288th as materialized (
  select journey, entry_us
  from first_entries
  union all
  select l.journey, l.next_entry_us
  from first_entries as f
  join after_524288 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_262144th as materialized (
  select journey, entry_us
  from every_524288th
  union all
  select l.journey, l.next_entry_us
  from every_524288th as f
  join after_262144 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_131072th as materialized (
  select journey, entry_us
  from every_262144th
  union all
  select l.journey, l.next_entry_us
  from every_262144th as f
  join after_131072 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_65536th as materialized (
  select journey, entry_us
  from every_131072th
  union all
  select l.journey, l.next_entry_us
  from every_131072th as f
  join after_65536 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_32768th as materialized (
  select journey, entry_us
  from every_65536th
  union all
  select l.journey, l.next_entry_us
  from every_65536th as f
  join after_32768 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_16384th as materialized (
  select journey, entry_us
  from every_32768th
  union all
  select l.journey, l.next_entry_us
  from every_32768th as f
  join after_16384 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_8192th as materialized (
  select journey, entry_us
  from every_16384th
  union all
  select l.journey, l.next_entry_us
  from every_16384th as f
  join after_8192 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_4096th as materialized (
  select journey, entry_us
  from every_8192th
  union all
  select l.journey, l.next_entry_us
  from every_8192th as f
  join after_4096 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_2048th as materialized (
  select journey, entry_us
  from every_4096th
  union all
  select l.journey, l.next_entry_us
  from every_4096th as f
  join after_2048 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_1024th as materialized (
  select journey, entry_us
  from every_2048th
  union all
  select l.journey, l.next_entry_us
  from every_2048th as f
  join after_1024 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_512th as materialized (
  select journey, entry_us
  from every_1024th
  union all
  select l.journey, l.next_entry_us
  from every_1024th as f
  join after_512 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_256th as materialized (
  select journey, entry_us
  from every_512th
  union all
  select l.journey, l.next_entry_us
  from every_512th as f
  join after_256 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_128th as materialized (
  select journey, entry_us
  from every_256th
  union all
  select l.journey, l.next_entry_us
  from every_256th as f
  join after_128 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_64th as materialized (
  select journey, entry_us
  from every_128th
  union all
  select l.journey, l.next_entry_us
  from every_128th as f
  join after_64 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_32th as materialized (
  select journey, entry_us
  from every_64th
  union all
  select l.journey, l.next_entry_us
  from every_64th as f
  join after_32 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_16th as materialized (
  select journey, entry_us
  from every_32th
  union all
  select l.journey, l.next_entry_us
  from every_32th as f
  join after_16 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_8th as materialized (
  select journey, entry_us
  from every_16th
  union all
  select l.journey, l.next_entry_us
  from every_16th as f
  join after_8 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_4th as materialized (
  select journey, entry_us
  from every_8th
  union all
  select l.journey, l.next_entry_us
  from every_8th as f
  join after_4 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_2th as materialized (
  select journey, entry_us
  from every_4th
  union all
  select l.journey, l.next_entry_us
  from every_4th as f
  join after_2 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
every_1th as materialized (
  select journey, entry_us
  from every_2th
  union all
  select l.journey, l.next_entry_us
  from every_2th as f
  join after_1 as l on l.journey = f.journey and l.step_1_us = f.entry_us
),
furthest_journeys as (
  select
    a.journey,
    a.step_1_us,
    a.step_2_us,
    row_number() over (partition by a.journey order by a.step_1_us) as attempt
  from ended_attempts as a
  join every_1th as counted on counted.journey = a.journey and counted.entry_us = a.step_1_us
),
furthest_attempts as (
  select user_id, attempt, step_1_us, step_2_us
  from furthest_journeys
  join journeys using (journey)
)
select
  user_id,
  attempt,
  case when step_2_us is not null then 2 else 1 end as furthest_step,
  case when step_2_us is not null then 'Login' else 'Login' end as furthest_step_name,
  step_2_us is not null as converted,
  acme_gwh.instant_of_microseconds(step_1_us) as entered_at,
  acme_gwh.instant_of_microseconds(step_2_us) as step_2_at,
  cast(step_2_us - step_1_us as double precision) / 1000000 as seconds_to_convert,
  'ordered, every entry, within 1 hour' as rule
from furthest_attempts
