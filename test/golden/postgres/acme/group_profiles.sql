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
    'plan', plan,
    'seats', seats
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
    'size', size,
    'founded', founded,
    'tags', tags
  )) as properties
from acme.team_profiles
