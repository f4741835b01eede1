-- acme.group_profiles
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
      '"plan":' || nullif(cast(acme_gwh.as_json(plan) as text), 'null'),
      '"seats":' || nullif(cast(acme_gwh.as_json(seats) as text), 'null')
    ],
    ','
  ) || '}' as jsonb) as properties
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
  cast('{' || array_to_string(
    array[
      '"size":' || nullif(cast(acme_gwh.as_json(size) as text), 'null'),
      '"founded":' || nullif(cast(acme_gwh.as_json(founded) as text), 'null'),
      '"tags":' || nullif(cast(acme_gwh.as_json(tags) as text), 'null')
    ],
    ','
  ) || '}' as jsonb) as properties
from acme.team_profiles
