/**
 * What was called otherwise in version 0.1. The old names are there beside the new ones in version 0.2, unless the
 * project says `deprecated_names: false`, and go with version 0.3.
 */

/** The version without the old names. */
export const GOES_WITH = '0.3'

/** Stands for the group key that a report counts. */
export const GROUP_KEY = '<group key>'

/** Relations, old name to new name; `<noun>` is that of a group key. */
export const RENAMED_RELATIONS: Readonly<Record<string, string>> = {
  attribution_days: 'attribution_daily',
  event_days: 'events_daily',
  group_days: 'group_events_daily',
  group_active_days: 'group_activity_daily',
  group_numbers: 'group_surrogate_keys',
  '<noun>_plain_values': '<noun>_json_scalars',
}

/**
 * By kind of relation: its columns, old name to new name. The kind of a relation of a report is the type of the
 * report and what its name ends in.
 */
export const RENAMED_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  events: { copies: 'source_rows' },
  event_groups: { group_no: 'group_sk', copies: 'source_rows' },
  group_surrogate_keys: { group_no: 'group_sk' },
  events_daily: { received: 'source_rows' },
  group_events_daily: { received: 'source_rows' },
  user_profiles: { received: 'source_rows' },
  attribution_daily: { outside: 'outside_registration' },
  event_properties: { longest: 'max_bytes' },
  group_uniques: { period: 'granularity' },
  uniques: { by: 'entity_type' },
  uniques_entities: { by: 'entity_type' },
  uniques_total: { by: 'entity_type' },
  retention: { period: 'period_number' },
  retention_average: { period: 'period_number' },
  funnel_entities: { group_id: GROUP_KEY },
  funnel_times: { average_seconds: 'avg_seconds' },
  company_health: { group_id: GROUP_KEY },
  number_of_users_who_did: { group_id: GROUP_KEY },
}
