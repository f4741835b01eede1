/** The checks of limits. To add one: a file beside this one, and a line here. */
import type { Check } from '../definition.ts'
import { eventNamesLimit } from './event_names_limit.ts'
import { eventTimeBounds } from './event_time_bounds.ts'
import { eventsPerGroupPerDay } from './events_per_group_per_day.ts'
import { eventsPerUserPerDay } from './events_per_user_per_day.ts'
import { groupIdLength } from './group_id_length.ts'
import { groupKeysLimit } from './group_keys_limit.ts'
import { groupProfilesLimit } from './group_profiles_limit.ts'
import { groupsPerEvent } from './groups_per_event.ts'
import { insertIdForm } from './insert_id_form.ts'
import { propertiesPerEvent } from './properties_per_event.ts'
import { propertiesPerProfile } from './properties_per_profile.ts'
import { propertyNameLength } from './property_name_length.ts'
import { propertyStringBytes } from './property_string_bytes.ts'
import { propertyValueSize } from './property_value_size.ts'

export const LIMIT_CHECKS = [
  groupKeysLimit,
  groupProfilesLimit,
  groupsPerEvent,
  groupIdLength,
  eventsPerGroupPerDay,
  eventsPerUserPerDay,
  eventNamesLimit,
  eventTimeBounds,
  insertIdForm,
  propertiesPerEvent,
  propertiesPerProfile,
  propertyNameLength,
  propertyValueSize,
  propertyStringBytes,
] as const satisfies readonly Check[]
