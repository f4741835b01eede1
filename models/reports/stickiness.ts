import * as z from 'zod'
import type { ModelDefinition, ModelContext } from '../../src/graph/model.ts'
import { reportType, type Report } from '../../src/graph/report.ts'
import type { Part } from '../../src/graph/report_parts.ts'
import { plural } from '../../src/problems.ts'
import { conditionFields, periodSchema } from '../../src/project/report_schema.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import {
  activity,
  allFilters,
  boundsOf,
  requireEntity,
  eitherEvent,
  numbered,
  type ActivityOptions,
} from './activity.ts'
import { entityColumn, entityNoun, filterSql } from './conditions.ts'
import { sumBigint } from '../group_key_profiles.ts'
import { asksOf, partOf } from './parts.ts'
import { NUMBERING, withinPeriods } from './periods.ts'

const options = z.object({
  event: conditionFields.event.describe('Name of the event that makes a period active.'),
  any_event: conditionFields.any_event.describe('Any event makes a period active.'),
  interval: periodSchema
    .default('day')
    .describe('The periods that are counted: hour, day, week or month, in the time zone of the project.'),
  interval_count: z
    .int()
    .positive()
    .max(366, 'at most 366')
    .default(1)
    .describe(
      'How many intervals make a period, cut backwards from the end of the range, or of the data; the first may be shorter.',
    ),
  criteria: z
    .strictObject({
      op: z
        .enum(['gte', 'lte', 'exact'])
        .default('gte')
        .describe('At least, at most, or exactly that many events.'),
      value: z.int().positive().describe('The number of events.'),
    })
    .optional()
    .describe('How many events make a period active; a period without any never is. Default: one or more.'),
  cumulative: z
    .boolean()
    .default(false)
    .describe('Count who was active in that many periods or more, instead of in exactly that many.'),
})

type Options = z.output<typeof options>

/** On how many periods something was active: the habit behind the count of actives. */
export const stickiness = reportType({
  type: 'stickiness',
  description: 'On how many different periods of a range users or groups were active.',
  options,
  by: 'required',
  validate: ({ options: o }) => eitherEvent(o),
  models: (report) => [model(report)],
  parts: (report) => [part(report)],
})

function part(report: Report<Options>): Part {
  const { options: o, range } = report
  const by = requireEntity(report.by)
  const condition = { event: o.event, any_event: o.any_event, where: [] }
  const period = o.interval_count === 1 ? o.interval : `${o.interval_count} ${o.interval}s`
  return partOf(report, {
    by,
    condition,
    asks: asksOf(report, by, condition, []),
    from: (c) => withinPeriods({ from: range.from }, o.interval, c),
    to: (c) => withinPeriods({ to: range.to }, o.interval, c),
    seen: [{ model: report.name, when: sql`entities > 0` }],
    otherwise:
      o.criteria &&
      `no ${by.kind === 'user' ? 'user' : by.key.name} has ${CRITERIA[o.criteria.op]} ${plural(o.criteria.value, 'of them', 'of them')} in one ${period}`,
  })
}

function model(report: Report<Options>): ModelDefinition {
  const { name, options: o, materialized } = report
  const reads = activityOf(report)
  const noun = entityNoun(reads.by)
  return {
    name,
    description:
      `${report.description} How many ${noun} were active in 1, 2, 3 … ${o.cumulative ? 'or more ' : ''}periods of the range.`.trim(),
    rules: ['STI-1', 'REP-2', 'REP-3'],
    grain: ['active_periods'],
    columns: {
      active_periods: {
        type: 'bigint',
        description: `A number of periods${o.cumulative ? ', or more' : ''}: from 1 to as many as the range has.`,
      },
      entities: { type: 'bigint', description: `How many ${noun} were active in so many periods.` },
      share: { type: 'number', description: 'Of all that were active at all; null when none was.' },
      rule: { type: 'text', description: 'What counted.' },
    },
    materialized,
    select: (c) => select(report, reads, c),
  }
}

function activityOf({ by, where, options: o }: Report<Options>): ActivityOptions {
  return {
    by: requireEntity(by),
    period: o.interval,
    conditions: [{ event: o.event, any_event: o.any_event, where: [] }],
    where,
  }
}

function select({ range, options: o }: Report<Options>, reads: ActivityOptions, c: ModelContext): Sql {
  const entity = entityColumn(reads.by)
  const read = activity(reads, c)
  const where = [
    ...withinPeriods(range, o.interval, c),
    ...allFilters(reads).map((filter) => filterSql(filter, reads.by, c)),
  ]
  const enough = o.criteria !== undefined
  const entities = o.cumulative
    ? sql`cast(sum(coalesce(h.entities, 0)) over (order by n.active_periods desc) as ${c.fn.type('bigint')})`
    : sql`coalesce(h.entities, 0)`
  return sql`
    with
    ${NUMBERING[o.interval]}
    matching as (
      ${read.rows([numbered(o.interval, c), ...(enough ? read.amounts : [])], where)}
    ),
    active_periods as (
      select
        ${join([entity, sql`period`, ...(enough ? [sql`${read.count()} as events`] : [])], ',\n')}
      from matching
      group by ${entity}, period
    ),
    bounds as (
      ${boundsOf(range, o.interval, sql`active_periods`, c)}
    ),
    ${habits(o, entity, c)},
    histogram as (
      select active_periods, count(*) as entities
      from habits
      group by active_periods
    ),
    numbers as (
      ${c.fn.eachInteger({ rows: sql`bounds`, from: sql`1`, to: periodsIn(o), as: sql`active_periods` })}
    ),
    counts as (
      select
        cast(n.active_periods as ${c.fn.type('bigint')}) as active_periods,
        ${entities} as entities
      from numbers as n
      left join histogram as h on h.active_periods = n.active_periods
    )
    select
      active_periods,
      entities,
      cast(entities as double precision) / nullif((select count(*) from habits), 0) as share,
      ${literal(ruleOf(o))} as rule
    from counts
  `
}

/** On how many periods each was active, as `habits`. */
function habits({ interval_count: n, criteria }: Options, entity: Sql, c: ModelContext): Sql {
  const met = criteria && sql`events ${COMPARISONS[criteria.op]} ${literal(criteria.value)}`
  if (n === 1) {
    return sql`
      habits as (
        select ${entity}, count(*) as active_periods
        from active_periods
        ${met ? sql`where ${met}` : sql``}
        group by ${entity}
      )
    `
  }
  const stretch = whole(sql`(b.last_period - a.period) / ${literal(n)}.0`)
  return sql`
    -- cut backwards: stretch 0 ends where the range ends
    active_stretches as (
      select
        ${join([sql`a.${entity}`, sql`${stretch} as stretch`, ...(met ? [sql`${sumBigint(sql`a.events`, c)} as events`] : [])], ',\n')}
      from active_periods as a
      cross join bounds as b
      group by a.${entity}, ${stretch}
    ),
    habits as (
      select ${entity}, count(*) as active_periods
      from active_stretches
      ${met ? sql`where ${met}` : sql``}
      group by ${entity}
    )
  `
}

/** How many periods lie between the bounds; the first may be shorter than the others. */
const periodsIn = ({ interval_count: n }: Options): Sql =>
  n === 1
    ? sql`last_period - first_period + 1`
    : sql`${whole(sql`(last_period - first_period) / ${literal(n)}.0`)} + 1`

const whole = (value: Sql) => sql`cast(floor(${value}) as integer)`

const COMPARISONS = { gte: sql`>=`, lte: sql`<=`, exact: sql`=` } as const

function ruleOf({ interval, interval_count: n, criteria, cumulative }: Options): string {
  const period = n === 1 ? interval : `${n} ${interval}s`
  const events = criteria === undefined ? [] : [`${CRITERIA[criteria.op]} ${plural(criteria.value, 'event')}`]
  return [`by ${period}`, ...events, cumulative ? 'so many or more' : 'exactly so many'].join(', ')
}

const CRITERIA = { gte: 'at least', lte: 'at most', exact: 'exactly' } as const
