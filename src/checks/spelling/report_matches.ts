import type { Part } from '../../graph/report_parts.ts'
import { join, literal, sql } from '../../sql/sql.ts'
import { modelOf } from '../asked_values.ts'
import { check, type Row } from '../check.ts'
import { isSeen, OUT_OF_RANGE, partFindings } from '../part_findings.ts'
import { outOfRangeText } from '../part_words.ts'

/** Each of its conditions holds somewhere, and nothing holds all of them: a step of zeros. */
export const reportMatches = check({
  name: 'report_matches',
  description:
    'Every step, metric, start, return and breakdown of a report finds something: its conditions hold together at least once.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.reports.flatMap((report) => {
      const parts = report.parts(catalog)
      if (parts.length === 0) return []
      return [
        {
          name: `report_matches_${report.name}`,
          description: `Everything that \`${report.name}\` looks for is found at least once.`,
          models: [...new Set(parts.flatMap((part) => modelsOf(part, (filter) => modelOf(filter, catalog))))],
          at: catalog.project.locate([...report.path, 'name']),
          // What was found shows in the report, which is far smaller than the events.
          doubts: (c) =>
            join(
              parts.map((part, nth) => sql`select ${literal(nth)} as nth where not (${isSeen(part, c)})`),
              '\nunion all\n',
            ),
          doubtful: (rows, c) => partFindings(parts, c, new Set(rows.map(({ nth }) => Number(nth)))),
          failures: (c) => partFindings(parts, c),
          explain: (row) => explain(row, parts),
          mend: 'Correct the condition or the range that is named, or take the part out.',
        },
      ]
    }),
})

function modelsOf(
  { asks, by, models }: Part,
  valuesIn: (filter: NonNullable<Part['asks'][number]['filter']>) => string,
): string[] {
  const filters = asks.flatMap(({ filter }) => (filter ? [filter] : []))
  const links = filters.some(({ through }) => through === 'user') ? ['user_groups'] : []
  const keys = by.kind === 'group' || filters.some(({ of }) => of !== 'event' && of !== 'user')
  return [...models, ...filters.map(valuesIn), 'event_days', ...links, ...(keys ? ['attribution_days'] : [])]
}

function explain(row: Row, parts: readonly Part[]): string {
  const part = parts[Number(row['nth'])]
  const reason = row['reason'] === OUT_OF_RANGE && part ? outOfRangeText(part, row) : String(row['reason'])
  return `${String(row['place'])}: ${String(row['part'])} finds nothing: ${reason}${instead(row)}`
}

function instead({ instead: text }: Row): string {
  if (typeof text !== 'string') return ''
  return text === '' ? ' (it has none at all)' : ` (it has ${text.replace(/, others$/, ' and others')})`
}
