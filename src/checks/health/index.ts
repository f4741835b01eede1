/** Checks on attribution, profiles and types. To add one: a file beside this one, and a line here. */
import type { Check } from '../definition.ts'
import { absentGroupKeys } from './absent_group_keys.ts'
import { attributionHistory } from './attribution_history.ts'
import { attributionShare } from './attribution_share.ts'
import { attributionWindow } from './attribution_window.ts'
import { discardedGroupValues } from './discarded_group_values.ts'
import { duplicateProfileRows } from './duplicate_profile_rows.ts'
import { emptySources } from './empty_sources.ts'
import { groupKeyCardinality } from './group_key_cardinality.ts'
import { groupsPerUser } from './groups_per_user.ts'
import { groupsWithoutProfile } from './groups_without_profile.ts'
import { historyIntervals } from './history_intervals.ts'
import { inexactIds } from './inexact_ids.ts'
import { nullProfileIds } from './null_profile_ids.ts'
import { nullProperties } from './null_properties.ts'
import { objectIds } from './object_ids.ts'
import { profilesWithoutEvents } from './profiles_without_events.ts'
import { sameIdUnderTwoKeys } from './same_id_under_two_keys.ts'
import { typeDrift } from './type_drift.ts'
import { unmatchedProfiles } from './unmatched_profiles.ts'
import { unregisteredGroupKeys } from './unregistered_group_keys.ts'

export const HEALTH_CHECKS = [
  emptySources,
  absentGroupKeys,
  nullProperties,
  unmatchedProfiles,
  attributionShare,
  attributionHistory,
  attributionWindow,
  unregisteredGroupKeys,
  groupsWithoutProfile,
  profilesWithoutEvents,
  sameIdUnderTwoKeys,
  groupsPerUser,
  groupKeyCardinality,
  objectIds,
  inexactIds,
  typeDrift,
  discardedGroupValues,
  nullProfileIds,
  duplicateProfileRows,
  historyIntervals,
] as const satisfies readonly Check[]
