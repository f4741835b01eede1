-- acme.companies_by_plan_then_entities: report companies_by_plan_then, models/reports.yml:178
-- Who is counted in companies_by_plan_then: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
any_event_by_company_id_rows as (
  select group_id, occurred_at, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.event_groups
  where group_key = 'company_id'
    and exists (
      select 1
      from acme.company_history as version
      where version.company_id = group_id
        and version.valid_from <= occurred_at and (occurred_at < version.valid_to or version.valid_to is null)
        and nullif(acme_gwh.value_text(version.seats), '') is not null
    )
  group by group_id, occurred_at
),
any_event_by_company_id_segmented as (
  select
    e.group_id,
    e.events,
    e.first_at,
    e.last_at,
    coalesce(nullif(acme_gwh.value_text(version.plan), ''), '') as segment
  from any_event_by_company_id_rows as e
  left join acme.company_history as version on version.company_id = e.group_id and version.valid_from <= e.occurred_at
    and (e.occurred_at < version.valid_to or version.valid_to is null)
),
-- most users and groups first, over all metrics; equal sizes are settled by the value's bytes
kept_segments as (
  select segment
  from (
    select distinct segment, counted, entity_id
    from (
      select segment, 'company_id' as counted, group_id as entity_id
      from any_event_by_company_id_segmented
      where segment <> ''
    ) as seen
  ) as told_apart
  group by segment
  order by count(*) desc, segment
  limit 25
),
any_event_by_company_id_activity as (
  select
    group_id,
    segment,
    cast(sum(events) as bigint) as events,
    min(first_at) as first_at,
    max(last_at) as last_at
  from (
    select
      e.group_id,
      e.events,
      e.first_at,
      e.last_at,
      case when e.segment = '' or kept.segment is not null then e.segment else '$other' end as segment
    from any_event_by_company_id_segmented as e
    left join kept_segments as kept on kept.segment = e.segment
  ) as folded
  group by group_id, segment
)
select
  'any event by company_id' as metric,
  'company_id' as entity_type,
  group_id as entity_id,
  segment,
  events,
  first_at,
  last_at
from any_event_by_company_id_activity
