/**
 * Limit profiles by the vendors' published numbers. They are configuration only: the data tests that hold
 * data against them read them from here, and every number can be overridden under `limits:`.
 * `null` means no limit.
 */
export const LIMIT_DOCS = {
  group_keys: 'Group keys registered in one project.',
  group_profiles: 'Profiles of one group key.',
  events_per_group_per_day: 'Events of one group id on one calendar day, counted before deduplication.',
  events_per_user_per_day: 'Events of one user on one calendar day, counted before deduplication.',
  groups_per_event: 'Group ids of one key on one event.',
  properties_per_event: 'Properties of one event.',
  properties_per_profile: 'Properties of one profile.',
  property_name_length: 'Characters of a property name.',
  group_id_length: 'Characters of a group id.',
} as const

export type Limits = Readonly<Record<keyof typeof LIMIT_DOCS, number | null>>

const MIXPANEL: Limits = {
  group_keys: 6,
  group_profiles: 1_000_000,
  events_per_group_per_day: 1_000_000,
  events_per_user_per_day: 200_000,
  groups_per_event: 300,
  properties_per_event: 255,
  properties_per_profile: 2_000,
  property_name_length: 255,
  group_id_length: null,
}

const NONE: Limits = {
  group_keys: null,
  group_profiles: null,
  events_per_group_per_day: null,
  events_per_user_per_day: null,
  groups_per_event: null,
  properties_per_event: null,
  properties_per_profile: null,
  property_name_length: null,
  group_id_length: null,
}

export const LIMIT_PROFILES = {
  mixpanel: MIXPANEL,
  mixpanel_growth: { ...MIXPANEL, group_keys: 3 },
  posthog: { ...NONE, group_keys: 5, groups_per_event: 1, group_id_length: 400 },
  amplitude: { ...NONE, group_keys: 5, groups_per_event: 10 },
  none: NONE,
} as const satisfies Record<string, Limits>

export type LimitProfile = keyof typeof LIMIT_PROFILES
