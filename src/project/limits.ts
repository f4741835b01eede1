/**
 * Limit profiles by the vendors' published numbers. They are configuration only: the data tests that hold
 * data against them read them from here, and every number can be overridden under `limits:`.
 * `null` means no limit.
 */
export interface Limits {
  /** Group keys registered in one project. */
  readonly group_keys: number | null
  /** Profiles of one group key. */
  readonly group_profiles: number | null
  /** Events of one group id on one calendar day, counted before deduplication. */
  readonly events_per_group_per_day: number | null
  /** Events of one user on one calendar day, counted before deduplication. */
  readonly events_per_user_per_day: number | null
  /** Group ids of one key on one event. */
  readonly groups_per_event: number | null
  readonly properties_per_event: number | null
  readonly properties_per_profile: number | null
  /** Characters. */
  readonly property_name_length: number | null
  /** Characters. */
  readonly group_id_length: number | null
}

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
