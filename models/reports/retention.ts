import type { Catalog } from '../../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../../src/graph/model.ts'
import { reportType, type Report } from '../../src/graph/report.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { entityNoun } from './conditions.ts'
import { periodDoc, periodType } from './periods.ts'
import { retentionAverage } from './retention/average.ts'
import { cells } from './retention/cells.ts'
import { cohorts, retentionOf, type Retention } from './retention/cohorts.ts'
import {
  PERIOD_DOCS,
  validateRetention,
  retentionOptions,
  ruleOf,
  segmentDoc,
  type RetentionOptions,
} from './retention/options.ts'
import { retentionParts } from './retention/parts.ts'
import { returns } from './retention/returns.ts'

/** Cohorts by when something started, and how much of each came back in the periods after. */
export const retention = reportType({
  type: 'retention',
  description:
    'Of the users or groups that started in a period, how many returned 1, 2, 3 … periods later; and the average of the cohorts.',
  options: retentionOptions,
  by: 'required',
  validate: validateRetention,
  models: (report, catalog) => [cohortsModel(report, catalog), retentionAverage(report)],
  parts: retentionParts,
})

function cohortsModel(report: Report<RetentionOptions>, catalog: Catalog): ModelDefinition {
  const { name, options: o, materialized } = report
  const r = retentionOf(report)
  const noun = entityNoun(r.by)
  return {
    name,
    description:
      `${report.description} How many ${noun} of each cohort returned in each period after their start (${ruleOf(o)}).`.trim(),
    rules: ['RET-1', 'RET-2', 'RET-3', 'RET-4', ...(o.breakdown ? ['RET-6'] : []), 'RET-7'],
    grain: [...(o.breakdown ? ['segment'] : []), 'cohort_start', 'period_number'],
    columns: {
      ...segmentDoc(o),
      cohort_start: {
        type: periodType(o.period),
        description: `When the cohort started. ${periodDoc(o.period, catalog)}`,
      },
      ...PERIOD_DOCS,
      cohort_size: { type: 'bigint', description: `How many ${noun} are in the cohort.` },
      eligible: {
        type: 'bigint',
        description: 'Of these, for how many the period had at least begun by the last event of the data.',
      },
      returned: { type: 'bigint', description: RETURNED[o.criteria] },
      retained: {
        type: 'bigint',
        description:
          'As shown in a table of retention: the size of the cohort in period 0, later those who returned.',
      },
      rate: {
        type: 'number',
        description: 'The share that came back: retained / cohort_size; null where the cohort is empty.',
      },
      is_complete: {
        type: 'boolean',
        description: 'The period had passed for everybody in the cohort by the last event of the data.',
      },
      rule: { type: 'text', description: 'Which start counts, which return, and how periods are measured.' },
    },
    materialized,
    select: (c) => select(r, c),
  }
}

const RETURNED = {
  on: 'With a return in that period; in period 0 after their start event.',
  on_or_after: 'With a return in that period or a later one; in period 0 after their start event.',
} as const

function select(r: Retention, c: ModelContext): Sql {
  const { segment, options: o } = r
  return sql`
    with
    ${join([...cohorts(r, c), ...returns(r, c), ...cells(r, c)], ',\n')}
    select
      ${join(segment, ',\n')}${segment.length > 0 ? sql`,` : sql``}
      cohort_start,
      period as period_number,
      from_period,
      to_period,
      cohort_size,
      eligible,
      returned,
      case when period = 0 then cohort_size else returned end as retained,
      cast(case when period = 0 then cohort_size else returned end as double precision) / nullif(cohort_size, 0) as rate,
      is_complete,
      ${literal(ruleOf(o))} as rule
    from cells
  `
}
