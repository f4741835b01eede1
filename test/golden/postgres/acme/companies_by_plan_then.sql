-- acme.companies_by_plan_then: report companies_by_plan_then, models/reports.yml:178
-- How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods,
-- segments or metrics.
-- One row per metric, segment, period_start.
-- Rules: UNI-1, UNI-2, UNI-4, REP-4 (docs/semantics.md).
with
bounds as (
  select
    cast(floor((cast(timezone('America/New_York', first_at) as date) - date '1970-01-04') / 7.0) as integer)
      as first_number,
    cast(floor((cast(timezone('America/New_York', last_at) as date) - date '1970-01-04') / 7.0) as integer)
      as last_number
  from (select min(first_at) as first_at from acme.companies_by_plan_then_entities) as seen
  cross join (
    -- of all events: that nobody came does not end the data
    select max(last_at) as last_at
    from acme.events_daily
  ) as last_event
),
periods as (
  select
    (date '1970-01-04' + cast(number * 7 as integer)) as period_start
  from (
    select generate_series(first_number, last_number) as number
    from bounds
  ) as numbered
),
metrics(metric, entity_type, rule) as (
  values
    ('any event by company_id', 'company_id', 'unique, calendar week')
),
any_event_by_company_id_rows as (
  select
    group_id,
    occurred_at,
    day - (cast(extract(isodow from day) as integer) + 0) % 7 as period_start,
    count(*) as events
  from acme.event_groups
  where group_key = 'company_id'
    and exists (
      select 1
      from acme.company_history as version
      where version.company_id = group_id
        and version.valid_from <= occurred_at and (occurred_at < version.valid_to or version.valid_to is null)
        and nullif(acme_gwh.value_text(version.seats), '') is not null
    )
  group by group_id, occurred_at, day - (cast(extract(isodow from day) as integer) + 0) % 7
),
any_event_by_company_id_segmented as (
  select
    e.group_id,
    e.period_start,
    e.events,
    coalesce(nullif(acme_gwh.value_text(version.plan), ''), '') as segment
  from any_event_by_company_id_rows as e
  left join acme.company_history as version on version.company_id = e.group_id and version.valid_from <= e.occurred_at
    and (e.occurred_at < version.valid_to or version.valid_to is null)
),
kept_segments as (
  select distinct segment
  from acme.companies_by_plan_then_entities
  where segment not in ('', '$other')
),
any_event_by_company_id_activity as (
  select
    group_id,
    segment,
    period_start,
    cast(sum(events) as bigint) as events
  from (
    select
      e.group_id,
      e.period_start,
      e.events,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from any_event_by_company_id_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by group_id, segment, period_start
),
segments as (
  select distinct segment
  from (
    select segment from acme.companies_by_plan_then_entities
  ) as seen
),
counted as (
  select
    'any event by company_id' as metric,
    segment,
    period_start,
    count(*) as entities,
    cast(sum(events) as bigint) as events,
    cast(sum(events) as double precision) / count(*) as events_per_entity
  from any_event_by_company_id_activity
  group by segment, period_start
)
select
  m.metric,
  m.entity_type,
  s.segment,
  p.period_start,
  coalesce(counted.entities, 0) as entities,
  coalesce(counted.events, 0) as events,
  counted.events_per_entity,
  m.rule
from metrics as m
cross join periods as p
cross join segments as s
left join counted
  on counted.metric = m.metric
    and counted.segment = s.segment
    and counted.period_start = p.period_start
