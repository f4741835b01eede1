import { sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { nearestKnown, notKnown } from '../nearest_known.ts'
import { termsOf } from '../report_terms.ts'
import { visibly } from '../sentences.ts'

/** `login` for `Login` is a funnel of zeros. */
export const reportEvents = check({
  name: 'report_events',
  description: 'Every event that a report names happens.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.reports.flatMap((report) => {
      const terms = termsOf(report, catalog).events.map(({ what, place }) => ({ written: what, place }))
      if (terms.length === 0) return []
      return [
        {
          name: `report_events_${report.name}`,
          description: `Every event that \`${report.name}\` names happens.`,
          report: report.name,
          models: ['events_daily'],
          at: catalog.project.locate([...report.path, 'name']),
          failures: ({ fn, ref }) =>
            notKnown(terms, sql`select event_name as name from ${ref('events_daily')}`, fn),
          explain: (row) =>
            `${String(row['place'])}: no event is called ${visibly(row['written'])}${nearestKnown(row)}`,
          fix: 'Names are compared byte for byte: write the event as the data has it.',
        },
      ]
    }),
})
