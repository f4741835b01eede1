-- acme.company_history
-- Versions of the properties of each Company, one for each row of its Group Tables that says when it came into force.
-- One row per company_id, source, valid_from.
-- Rules: PRO-3, DAY-1 (docs/semantics.md).
select
  group_id as company_id,
  'crm' as source,
  updated_at as valid_from,
  lead(updated_at) over (partition by group_id order by updated_at) as valid_to,
  plan,
  seats
from (
  select
    group_id,
    updated_at,
    plan,
    seats,
    row_number() over (
      partition by group_id, updated_at
      order by
        acme_gwh.value_text(display_name) collate "C",
        acme_gwh.value_text(created_at) collate "C",
        acme_gwh.value_text(plan) collate "C",
        acme_gwh.value_text(seats) collate "C"
    ) as place
  from (
    select
      acme_gwh.id(id) as group_id,
      acme_gwh.id(name) as display_name,
      acme_gwh.instant(created, 'UTC') as created_at,
      acme_gwh.instant(updated, 'UTC') as updated_at,
      plan as plan,
      seats as seats
    from acme_gwh.seed_crm
  ) as profile_rows
  where group_id is not null and updated_at is not null
) as versions
-- of rows of one instant the same one wins as in the profiles
where place = 1
