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
  jsonb_strip_nulls(jsonb_build_object(
    'active_from', helm_gwh.as_json(active_from),
    'kind', helm_gwh.as_json(kind),
    'tld', helm_gwh.as_json(tld)
  )) as properties
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
