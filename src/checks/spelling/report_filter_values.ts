import { called } from '../../graph/called.ts'
import type { Catalog } from '../../graph/catalog.ts'
import { asksWhatItIs, jsonScalarsOf } from '../../graph/filter_values.ts'
import type { ModelContext } from '../../graph/model.ts'
import type { Report } from '../../graph/report.ts'
import type { Filter } from '../../project/report_schema.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import {
  askedBy,
  asksForValues,
  isLike,
  modelOf,
  PARTS,
  plainOf,
  valueOf,
  type Asked,
} from '../asked_values.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { couldBeMeant, isNear, nearestKnown } from '../nearest_known.ts'
import { termsOf, type Term } from '../report_terms.ts'
import { visibly } from '../sentences.ts'

/** `Pro` where there is only `pro`: the filter lets nothing pass, or keeps nothing away. */
export const reportFilterValues = check({
  name: 'report_filter_values',
  description:
    'Every value that a filter of a report asks for is one that the property has, and none that it keeps away is misspelt.',
  severity: 'warn',
  testsOf: ({ catalog }) =>
    catalog.reports.flatMap((report) => {
      const filters = termsOf(report, catalog).filters.filter(({ what }) => asksForValues(what))
      const models = [...new Set(filters.map(({ what }) => modelOf(what, catalog)))]
      return models.map((model) =>
        testOf(
          report,
          model,
          filters.filter(({ what }) => modelOf(what, catalog) === model),
          catalog,
        ),
      )
    }),
})

/** What keeps a value away does so where there is none, too: only one that seems misspelt is told of. */
const EXCLUDING = ['neq', 'not_in', 'not_contains']

function testOf(
  report: Report,
  model: string,
  filters: readonly Term<Filter>[],
  catalog: Catalog,
): TestDefinition {
  const { project, groupKeys } = catalog
  const asked = filters.flatMap(({ what, place }) => askedBy(what).map((one) => ({ ...one, place })))
  return {
    name: `report_filter_values_${report.name}_in_${model}`,
    description: `Filters of \`${report.name}\` name values that \`${model}\` has.`,
    report: report.name,
    models: [
      model,
      ...new Set(
        filters
          .filter(({ what }) => asksWhatItIs(what, catalog))
          .map(({ what: { of } }) => jsonScalarsOf(called(groupKeys, of)?.noun ?? of)),
      ),
    ],
    at: project.locate([...report.path, 'name']),
    // A value that is there is soon found.
    candidates: (c) =>
      join(
        asked.map(
          (one) => sql`
            select 1 as doubtful
            where not exists (select 1 from ${c.ref(model)} where ${isLike(valueOf(one, c), plainOf(one, c), one, c)})
          `,
        ),
        '\nunion all\n',
      ),
    failures: (c) => sql`
      select place, property, op, written, known
      from (
        ${join(
          asked.map((one, i) => unmatched(one, i, model, c)),
          '\nunion all\n',
        )}
      ) as unmatched_values
      order by nth
    `,
    explain: (row) =>
      `${String(row['place'])}: ${String(row['property'])} is never ${PARTS.includes(String(row['op'])) ? 'with ' : ''}${visibly(row['written'])}${nearestKnown(row)}`,
    fix: 'Values are compared byte for byte: write the value as the data has it, or take the filter out.',
  }
}

/** One row where the property has values and none of them is the one. */
function unmatched(
  asked: Asked & Pick<Term<Filter>, 'place'>,
  nth: number,
  model: string,
  c: ModelContext,
): Sql {
  const { property, op, written, place } = asked
  const { fn } = c
  return sql`
    select *
    from (
      with
      known_names as (
        select distinct name, is_plain
        from (
          select ${valueOf(asked, c)} as name, ${plainOf(asked, c)} as is_plain
          from ${c.ref(model)}
        ) as property_values
        where name is not null
      )
      select
        ${literal(nth)} as nth,
        ${literal(place)} as place,
        ${literal(property)} as property,
        ${literal(op)} as op,
        ${literal(written)} as written,
        ${couldBeMeant(literal(written), fn)} as known
      where exists (select 1 from known_names${EXCLUDING.includes(op) ? sql` as k where ${isNear(written, fn)}` : sql``})
        and not exists (select 1 from known_names as k where ${isLike(sql`k.name`, sql`k.is_plain`, asked, c)})
    ) as unmatched_value
  `
}
