import type { ModelDefinition } from '../../../src/graph/model.ts'
import type { Report } from '../../../src/graph/report.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { sumBigint } from '../../group_key_profiles.ts'
import { PERIOD_DOCS, ruleOf, segmentDoc, type RetentionOptions } from './options.ts'

/** The average row: what all cohorts say together, as far as their periods are complete. */
export function retentionAverage({
  name,
  description,
  options: o,
  materialized,
}: Report<RetentionOptions>): ModelDefinition {
  const segment = o.breakdown ? [sql`segment`] : []
  const rule = `${ruleOf(o)}, ${o.average}`
  return {
    name: `${name}_average`,
    description:
      `${description} The average of the cohorts of ${name} by period, of complete cells only (${rule}).`.trim(),
    rules: ['RET-8'],
    grain: [...(o.breakdown ? ['segment'] : []), 'period_number'],
    columns: {
      ...segmentDoc(o),
      ...PERIOD_DOCS,
      cohorts: {
        type: 'bigint',
        description: 'Cohorts with members for whom the period had passed: those that are averaged.',
      },
      cohort_size: { type: 'bigint', description: 'Their sizes together.' },
      retained: { type: 'bigint', description: 'Their retained together.' },
      rate: { type: 'number', description: RATES[o.average] },
      rule: { type: 'text', description: 'What was averaged, and how.' },
    },
    materialized,
    select: (c) => {
      const columns = join([...segment, sql`period_number`, sql`from_period`, sql`to_period`], ',\n')
      const sum = (value: Sql) => sql`coalesce(${sumBigint(sql`case when counts then ${value} end`, c)}, 0)`
      const weighted = o.average === 'mixpanel_weighted'
      const totals = [
        sql`count(case when counts then 1 end) as cohorts`,
        sql`${sum(sql`cohort_size`)} as cohort_size`,
        sql`${sum(sql`retained`)} as retained`,
        ...(weighted ? WEIGHTS : []),
      ]
      return sql`
        with
        cells as (
          select
            ${columns},
            cohort_size,
            retained,
            -- what has not passed for everybody would pull the average down; empty cohorts say nothing
            is_complete and cohort_size > 0 as counts
          from ${c.ref(name)}
        ),
        totals as (
          select
            ${join([columns, ...totals], ',\n')}
          from cells
          group by ${join([...segment, sql`period_number`, sql`from_period`, sql`to_period`], ', ')}
        )
        select
          ${columns},
          cohorts,
          cohort_size,
          retained,
          ${weighted ? sql`weighted_retained / weight` : sql`cast(retained as double precision) / nullif(cohort_size, 0)`} as rate,
          ${literal(rule)} as rule
        from totals
      `
    },
  }
}

/** A cohort counts with the square of its size. */
const WEIGHTS = [
  sql`sum(case when counts then cast(cohort_size as double precision) * retained end) as weighted_retained`,
  sql`sum(case when counts then cast(cohort_size as double precision) * cohort_size end) as weight`,
]

const RATES = {
  pooled: 'The share that came back: retained / cohort_size; null where no cohort is complete.',
  mixpanel_weighted:
    'Sum of cohort_size * retained over sum of cohort_size squared, which weights large cohorts twice; null where no cohort is complete.',
} as const
