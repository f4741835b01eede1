/** All relations that gwh builds. To add one: a file beside this one, and a line here. */
import type { ModelDefinition } from '../src/graph/model.ts'
import { withOldNames } from '../src/graph/old_names.ts'
import type { FullCatalog, Report } from '../src/graph/report.ts'
import { attributionDaily } from './attribution_daily.ts'
import { foldedOperations } from './folded_operations.ts'
import { eventsDaily } from './events_daily.ts'
import { eventGroups } from './event_groups.ts'
import { eventProperties } from './event_properties.ts'
import { events } from './events.ts'
import { groupActivityDaily } from './group_activity_daily.ts'
import { groupActivity } from './group_activity.ts'
import { groupEventsDaily } from './group_events_daily.ts'
import { groupSurrogateKeys } from './group_surrogate_keys.ts'
import { groupProfiles } from './group_profiles.ts'
import { groupUniques } from './group_uniques.ts'
import { groupKeyHistory, readAsOf } from './group_key_history.ts'
import { groupKeyJsonScalars } from './group_key_json_scalars.ts'
import { groupKeyProfiles } from './group_key_profiles.ts'
import { userGroups } from './user_groups.ts'
import { userProfiles } from './user_profiles.ts'
import { withFields } from '../src/graph/with_fields.ts'

/** The models of a project, in reading order; one more for each group key, and those of the reports. */
export function modelsOf(catalog: FullCatalog): ModelDefinition[] {
  const own = [
    events(catalog),
    groupSurrogateKeys(catalog),
    eventGroups(catalog),
    userGroups(),
    userProfiles(catalog),
    groupEventsDaily(catalog),
    groupActivityDaily(catalog),
    eventsDaily(catalog),
    attributionDaily(catalog),
    eventProperties(catalog),
    ...catalog.sourcesOf('operations').map((source) => foldedOperations(source)),
    ...catalog.groupKeys.map((key) => groupKeyProfiles(catalog, key)),
    ...readAsOf(catalog).map((key) => groupKeyHistory(catalog, key)),
    ...catalog.groupKeys.flatMap((key) => groupKeyJsonScalars(catalog, key)),
    groupProfiles(catalog),
    groupUniques(catalog),
    groupActivity(catalog),
  ]
  return [
    ...own.map((model) => withOldNames(model, catalog)),
    ...catalog.reports.flatMap((report) => modelsOfReport(report, catalog)),
  ]
}

function modelsOfReport(report: Report, catalog: FullCatalog): ModelDefinition[] {
  const at = catalog.project.locate([...report.path, 'name'])
  return report
    .models(catalog)
    .map((model) => withFields(withOldNames(model, catalog, report), { report: report.name, at }))
}
