-- acme.users_without_pro_entities: report users_without_pro, models/reports.yml:160
-- Who is counted in users_without_pro: one row per metric and user or group, over the whole range.
-- Rules: UNI-4, REP-3 (docs/semantics.md).
with
any_event_by_user_activity as (
  select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_id not in (
      select link.event_id
      from acme.event_groups as link
      join acme.company_profiles as profile on profile.company_id = link.group_id
      where link.group_key = 'company_id'
        and nullif(acme_gwh.value_text(profile.plan), '') = 'pro'
        and link.event_id not in (
          -- any of several groups
          select link.event_id
          from acme.event_groups as link
          join acme.company_profiles as profile on profile.company_id = link.group_id
          where link.group_key = 'company_id'
            and coalesce(not (nullif(acme_gwh.value_text(profile.plan), '') = 'pro'), true)
        )
    )
  group by user_id
),
metric_2_activity as (
  select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and event_id not in (
      select link.event_id
      from acme.event_groups as link
      left join acme.company_history as version
        on version.company_id = link.group_id and version.valid_from <= link.occurred_at
          and (link.occurred_at < version.valid_to or version.valid_to is null)
      where link.group_key = 'company_id'
        and nullif(acme_gwh.value_text(version.plan), '') = 'pro'
        and link.event_id not in (
          -- any of several groups
          select link.event_id
          from acme.event_groups as link
          left join acme.company_history as version
            on version.company_id = link.group_id and version.valid_from <= link.occurred_at
              and (link.occurred_at < version.valid_to or version.valid_to is null)
          where link.group_key = 'company_id'
            and coalesce(not (nullif(acme_gwh.value_text(version.plan), '') = 'pro'), true)
        )
    )
  group by user_id
),
metric_3_activity as (
  select user_id, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
  from acme.events
  where occurred_at is not null
    and user_id is not null
    and user_id not in (
      select link.user_id
      from acme.user_groups as link
      join acme.company_profiles as profile on profile.company_id = link.group_id
      where link.group_key = 'company_id' and link.from_profile
        and strpos(acme_gwh.folded(nullif(acme_gwh.value_text(profile.plan), '')), acme_gwh.folded('Pro')) > 0
        and link.user_id not in (
          -- any of several groups
          select link.user_id
          from acme.user_groups as link
          join acme.company_profiles as profile on profile.company_id = link.group_id
          where link.group_key = 'company_id' and link.from_profile
            and coalesce(strpos(acme_gwh.folded(nullif(acme_gwh.value_text(profile.plan), '')),
              acme_gwh.folded('Pro')) = 0, true)
        )
    )
  group by user_id
)
select
  'today' as metric,
  'user' as entity_type,
  user_id as entity_id,
  events,
  first_at,
  last_at
from any_event_by_user_activity
union all
select
  'then' as metric,
  'user' as entity_type,
  user_id as entity_id,
  events,
  first_at,
  last_at
from metric_2_activity
union all
select
  'by profile' as metric,
  'user' as entity_type,
  user_id as entity_id,
  events,
  first_at,
  last_at
from metric_3_activity
