import type { Report } from '../../graph/report.ts'
import type { Catalog } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { sql, type Sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { nearestKnown, notKnown } from '../nearest_known.ts'
import { termsOf } from '../report_terms.ts'
import { visibly } from '../sentences.ts'

/** Of sources that keep whatever there is, nobody can say before which properties those are. */
export const reportProperties = check({
  name: 'report_properties',
  description: 'Every property of events and users that a filter or breakdown of a report reads is there.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.reports.flatMap((report) => [
      ...testOf(report, catalog, 'event', 'event_properties', ofEvents),
      ...testOf(report, catalog, 'user', 'user_profiles', ofUsers),
    ]),
})

const ofEvents = ({ ref }: ModelContext): Sql => sql`
  select property as name
  from ${ref('event_properties')}
  where events > 0
`

const ofUsers = ({ fn, ref }: ModelContext): Sql => sql`
  select property as name
  from (
    ${fn.members({ rows: ref('user_profiles'), keep: [], json: sql`properties` })}
  ) as members
`

function testOf(
  report: Report,
  catalog: Catalog,
  of: 'event' | 'user',
  model: string,
  known: (c: ModelContext) => Sql,
): TestDefinition[] {
  const keepsAll = catalog
    .sourcesOf(of === 'event' ? 'events' : 'user_table')
    .some(({ keptProperties }) => keptProperties === undefined)
  const terms = termsOf(report, catalog)
    .properties.filter(({ what }) => what.of === of)
    .map(({ what, place }) => ({ written: what.property, place }))
  // Where they are listed, a name that is not on the list is a fault of the configuration.
  if (!keepsAll || terms.length === 0) return []
  return [
    {
      name: `report_properties_${report.name}_of_${of}s`,
      description: `Every property of ${of}s that \`${report.name}\` reads is there.`,
      report: report.name,
      models: [model],
      at: catalog.project.locate([...report.path, 'name']),
      failures: (c) => notKnown(terms, known(c), c.fn),
      explain: (row) =>
        `${String(row['place'])}: no ${of} has a property ${visibly(row['written'])}${nearestKnown(row)}`,
      fix: 'Names are compared byte for byte: write the property as the data has it.',
    },
  ]
}
