-- helm.group_profiles
-- One row per group key and group. The same id under two keys is two groups. Groups without a profile are there too.
-- Rules: PRO-2, PRO-3 (docs/semantics.md).
select
  'company_id' as group_key,
  company_id as group_id,
  display_name,
  has_profile,
  created_at,
  updated_at,
  first_seen_at,
  last_seen_at,
  events,
  users,
  cast('{' || array_to_string(
    array[
      '"active_from":' || nullif(cast(helm_gwh.as_json(active_from) as text), 'null'),
      '"kind":' || nullif(cast(helm_gwh.as_json(kind) as text), 'null'),
      '"tld":' || nullif(cast(helm_gwh.as_json(tld) as text), 'null')
    ],
    ','
  ) || '}' as jsonb) as properties
from helm.company_profiles
union all
select
  'area' as group_key,
  area as group_id,
  display_name,
  has_profile,
  created_at,
  updated_at,
  first_seen_at,
  last_seen_at,
  events,
  users,
  cast('{}' as jsonb) as properties
from helm.area_profiles
union all
select
  'participant_company' as group_key,
  participant_company as group_id,
  display_name,
  has_profile,
  created_at,
  updated_at,
  first_seen_at,
  last_seen_at,
  events,
  users,
  cast('{}' as jsonb) as properties
from helm.participant_profiles
