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
    'plan', acme_gwh.as_json(plan),
    'seats', acme_gwh.as_json(seats)
  )) as properties
from acme.company_profiles
union all
select
  'team' as group_key,
  team as group_id,
  display_name,
  has_profile,
  created_at,
  updated_at,
  first_seen_at,
  last_seen_at,
  events,
  users,
  jsonb_strip_nulls(jsonb_build_object(
    'size', acme_gwh.as_json(size),
    'founded', acme_gwh.as_json(founded),
    'tags', acme_gwh.as_json(tags)
  )) as properties
from acme.team_profiles
