/**
 * Limit profiles by the vendors' published numbers. They are configuration only: the data tests that hold
 * data against them read them from here, and every number can be overridden under `limits:`.
 * `null` means no limit.
 */
export const LIMIT_DOCS = {
  group_keys: 'Group keys registered in one project.',
  group_profiles: 'Profiles of one group key.',
  groups_per_event: 'Group ids of one key on one event.',
  group_id_length: 'Characters of a group id.',
  events_per_group_per_day: 'Events of one group id on one calendar day, counted before deduplication.',
  events_per_user_per_day:
    'Events of one user, or of one device without a user, on one calendar day, counted before deduplication.',
  event_names: 'Names of events in one project.',
  properties_per_event: 'Properties of one event.',
  properties_per_profile: 'Properties of one profile.',
  property_name_length: 'Characters of a property name; longer names are cut off there.',
  string_characters: 'Characters of a text property.',
  string_bytes: 'Bytes of a text property, in UTF-8.',
  event_value_bytes: 'Bytes of a list or object on an event, as JSON without spaces.',
  profile_value_bytes: 'Bytes of a list or object on a profile, as JSON without spaces.',
  object_keys: 'Members of an object property.',
  object_depth: 'Levels of objects inside of each other in a property: {"a": {"b": 1}} has two.',
  insert_id_bytes: 'Bytes of an insert id; where there is a limit, an insert id is letters, digits and -.',
  earliest_event_year: 'The year, in UTC and from 1 to 9999, before which no event may have happened.',
  future_minutes: 'Minutes that an event may have happened after it arrived.',
  event_age_days: 'Days that an event may take to arrive.',
} as const

export type LimitName = keyof typeof LIMIT_DOCS
export type Limits = Readonly<Record<LimitName, number | null>>

/** Numbers beyond these would break a query on one of the databases; whoever wants no limit writes null. */
const BOUNDS: Readonly<Partial<Record<LimitName, readonly [least: number, greatest: number]>>> = {
  // It becomes part of a pattern, a piece for each level.
  object_depth: [0, 1_000],
  earliest_event_year: [1, 9_999],
  // A thousand years: times that far from any that were read are times for both databases.
  future_minutes: [0, 525_600_000],
  event_age_days: [0, 365_000],
}

/** The least and the greatest number that a limit may have. */
export const boundsOf = (name: LimitName): readonly [least: number, greatest: number] =>
  BOUNDS[name] ?? [0, 1_000_000_000]

const NONE: Limits = {
  group_keys: null,
  group_profiles: null,
  groups_per_event: null,
  group_id_length: null,
  events_per_group_per_day: null,
  events_per_user_per_day: null,
  event_names: null,
  properties_per_event: null,
  properties_per_profile: null,
  property_name_length: null,
  string_characters: null,
  string_bytes: null,
  event_value_bytes: null,
  profile_value_bytes: null,
  object_keys: null,
  object_depth: null,
  insert_id_bytes: null,
  earliest_event_year: null,
  future_minutes: null,
  event_age_days: null,
}

const MIXPANEL: Limits = {
  ...NONE,
  group_keys: 6,
  group_profiles: 1_000_000,
  groups_per_event: 300,
  events_per_group_per_day: 1_000_000,
  events_per_user_per_day: 200_000,
  event_names: 5_000,
  properties_per_event: 255,
  properties_per_profile: 2_000,
  property_name_length: 255,
  string_characters: 255,
  string_bytes: 255,
  event_value_bytes: 8 * 1024,
  profile_value_bytes: 256 * 1024,
  object_keys: 255,
  object_depth: 3,
  insert_id_bytes: 36,
  earliest_event_year: 1971,
  future_minutes: 60,
}

export const LIMIT_PROFILES = {
  mixpanel: MIXPANEL,
  mixpanel_growth: { ...MIXPANEL, group_keys: 3 },
  posthog: { ...NONE, group_keys: 5, groups_per_event: 1, group_id_length: 400 },
  amplitude: { ...NONE, group_keys: 5, groups_per_event: 10 },
  none: NONE,
} as const satisfies Record<string, Limits>

export type LimitProfile = keyof typeof LIMIT_PROFILES
