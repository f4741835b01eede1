import type { Catalog } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { relationsRead } from '../../graph/parents.ts'
import type { Part } from '../../graph/report_parts.ts'
import { join, literal, sql } from '../../sql/sql.ts'
import type { Report } from '../../graph/report.ts'
import type { Row, TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { isUnseen, linksOf, OUT_OF_RANGE, partFindings, placeOf } from '../part_findings.ts'
import { asksForSome } from '../part_told.ts'
import { askText, outOfRangeText } from '../part_words.ts'

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
      const candidates = (c: ModelContext) =>
        join(
          parts.map((part, nth) => sql`select ${literal(nth)} as nth where ${isUnseen(part, c)}`),
          '\nunion all\n',
        )
      const failures = (c: ModelContext) => partFindings(parts, c)
      const relations = relationsRead(failures, catalog)
      return [
        ...unlinked(report, parts, catalog),
        {
          name: `report_matches_${report.name}`,
          description: `Everything that \`${report.name}\` looks for is found at least once.`,
          report: report.name,
          models: () => [
            ...new Set([...parts.flatMap(({ seen }) => seen.map(({ model }) => model)), ...relations()]),
          ],
          at: catalog.project.locate([...report.path, 'name']),
          // What was found shows in the report, which is far smaller than the events.
          candidates,
          failuresAmong: (rows, c) => partFindings(parts, c, new Set(rows.map(({ nth }) => Number(nth)))),
          failures,
          explain: (row) => explain(row, parts),
          fix: 'Correct the condition or the range that is named, or take the part out.',
        },
      ]
    }),
})

/** What is kept away by groups that no profile names: the filter lets everything through, and the report shows no zero. */
function unlinked({ name, path }: Report, parts: readonly Part[], { project }: Catalog): TestDefinition[] {
  const asks = new Map(
    parts
      .flatMap(({ asks: asked }) => asked)
      .filter(({ filter }) => filter?.through === 'user' && !asksForSome(filter))
      .map((ask) => [JSON.stringify(ask.path), ask]),
  )
  if (asks.size === 0) return []
  return [
    {
      name: `report_matches_${name}_links`,
      description: `Filters of \`${name}\` that keep groups of users away have profiles that name groups.`,
      report: name,
      models: ['user_groups'],
      at: project.locate([...path, 'name']),
      failures: (c) =>
        join(
          [...asks.values()].map(
            (ask) => sql`
              select
                ${literal(placeOf(ask.path, c.catalog))} as place,
                ${literal(`${askText(ask)} keeps nobody away`)} as filter,
                ${literal(`no profile or link of a user names a group of ${ask.filter?.of}`)} as reason
              where not exists (${linksOf(ask.filter?.of ?? '', c)})
            `,
          ),
          '\nunion all\n',
        ),
      explain: (row) => `${String(row['place'])}: ${String(row['filter'])}: ${String(row['reason'])}`,
      fix: 'Map the group key in a user table, leave `through` out to ask the groups of the event, or remove the filter.',
    },
  ]
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
