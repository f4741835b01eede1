/** All relations that gwh builds. To add one: a file beside this one, and a line here. */
import type { ModelDefinition } from '../src/graph/model.ts'
import { withOldColumns } from '../src/graph/old_names.ts'
import type { FullCatalog, Report } from '../src/graph/report.ts'
import { attributionDays } from './attribution_days.ts'
import { eventDays } from './event_days.ts'
import { eventGroups } from './event_groups.ts'
import { eventProperties } from './event_properties.ts'
import { events } from './events.ts'
import { groupActiveDays } from './group_active_days.ts'
import { groupActivity } from './group_activity.ts'
import { groupDays } from './group_days.ts'
import { groupNumbers } from './group_numbers.ts'
import { groupProfiles } from './group_profiles.ts'
import { groupUniques } from './group_uniques.ts'
import { nounHistory, readAsOf } from './noun_history.ts'
import { nounPlainValues } from './noun_plain_values.ts'
import { nounProfiles } from './noun_profiles.ts'
import { userGroups } from './user_groups.ts'
import { userProfiles } from './user_profiles.ts'

/** The models of a project, in reading order; one more for each group key, and those of the reports. */
export function modelsOf(catalog: FullCatalog): ModelDefinition[] {
  const own = [
    events(catalog),
    groupNumbers(catalog),
    eventGroups(catalog),
    userGroups(),
    userProfiles(catalog),
    groupDays(catalog),
    groupActiveDays(catalog),
    eventDays(catalog),
    attributionDays(catalog),
    eventProperties(catalog),
    ...catalog.groupKeys.map((key) => nounProfiles(catalog, key)),
    ...readAsOf(catalog).map((key) => nounHistory(catalog, key)),
    ...catalog.groupKeys.flatMap((key) => nounPlainValues(catalog, key)),
    groupProfiles(catalog),
    groupUniques(catalog),
    groupActivity(catalog),
  ]
  return [
    ...own.map((model) => withOldColumns(model, catalog)),
    ...catalog.reports.flatMap((report) => modelsOfReport(report, catalog)),
  ]
}

function modelsOfReport(report: Report, catalog: FullCatalog): ModelDefinition[] {
  const at = catalog.project.locate([...report.path, 'name'])
  return report
    .models(catalog)
    .map((model) => ({ ...withOldColumns(model, catalog, report), report: report.name, at }))
}
