/** Checks on one thing that is written in several ways. To add one: a file beside this one, and a line here. */
import type { Check } from '../definition.ts'
import { eventNameCase } from './event_name_case.ts'
import { groupIdCase } from './group_id_case.ts'
import { groupIdProfileCase } from './group_id_profile_case.ts'
import { groupKeySpelling } from './group_key_spelling.ts'
import { listedNameCase } from './listed_name_case.ts'
import { placeholderIds } from './placeholder_ids.ts'
import { reportEvents } from './report_events.ts'
import { reportFilterValues } from './report_filter_values.ts'
import { reportMatches } from './report_matches.ts'
import { reportProperties } from './report_properties.ts'

export const SPELLING_CHECKS = [
  groupIdCase,
  groupIdProfileCase,
  groupKeySpelling,
  eventNameCase,
  listedNameCase,
  placeholderIds,
  reportEvents,
  reportProperties,
  reportFilterValues,
  reportMatches,
] as const satisfies readonly Check[]
