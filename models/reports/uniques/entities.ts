/** Who the unique users or groups are, over the whole range, and how many they are. */
import type { ColumnDoc, ModelDefinition, ModelContext } from '../../../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { sumBigint } from '../../group_key_profiles.ts'
import { byName, entityColumn } from '../conditions.ts'
import {
  activityName,
  foldedActivity,
  readActivity,
  segmentedName,
  type Detail,
  type UniquesReport,
} from './activity.ts'
import { keptSegments } from './kept_segments.ts'
import { isLookedBackOn, longestLookBack, looksBeforeRange, periods } from './look_back.ts'
import { activitiesOf, type Activity, type Metric } from './metrics.ts'
import type { UniquesBreakdown } from './options.ts'

const WHOLE_RANGE: Detail = { periods: false, trailingDays: undefined, times: true }

/** Columns that the relations of a report share. */
export const METRIC_DOCS = {
  metric: { type: 'text', description: 'Name of the metric.' },
  entity_type: { type: 'text', description: 'What is counted: user, or the group key.' },
} as const satisfies Record<string, ColumnDoc>

export const segmentDocs = ({ options }: UniquesReport): Record<string, ColumnDoc> =>
  options.breakdown === undefined
    ? {}
    : {
        segment: {
          type: 'text',
          description: 'Value of the breakdown; empty where there is none, $other beyond its limit.',
        },
      }

/** `segment` as a column, where there is a breakdown. */
export const segmentOf = ({ options }: UniquesReport): Sql[] =>
  options.breakdown === undefined ? [] : [sql`segment`]

export function entitiesModel(report: UniquesReport, metrics: readonly Metric[]): ModelDefinition {
  const activities = activitiesOf(metrics)
  return {
    name: `${report.name}_entities`,
    description: `Who is counted in ${report.name}: one row per metric and user or group, over the whole range.`,
    rules: ['UNI-4', 'REP-3'],
    grain: ['metric', 'entity_id', ...(report.options.breakdown === undefined ? [] : ['segment'])],
    columns: {
      ...METRIC_DOCS,
      entity_id: { type: 'text', description: 'The user or the group.' },
      ...segmentDocs(report),
      events: { type: 'bigint', description: 'Events of the metric that the user or the group did.' },
      first_at: { type: 'timestamp', description: 'The first of them, UTC.' },
      last_at: { type: 'timestamp', description: 'The last of them, UTC.' },
    },
    materialized: report.materialized,
    select: (c) => {
      const { breakdown } = report.options
      const read = activities.flatMap((activity) => readActivity(activity, WHOLE_RANGE, report, c))
      const folded =
        breakdown === undefined
          ? []
          : [
              ...segmentsToKeep(report, metrics, activities, breakdown, c),
              ...activities.map((a) => foldedActivity(a, breakdown, WHOLE_RANGE, report, c)),
            ]
      const rows = activities.flatMap((activity) =>
        activity.metrics.map((metric) => rowsOf(metric, activity, report)),
      )
      return sql`
        with
        ${join([...read, ...folded], ',\n')}
        ${join(rows, '\nunion all\n')}
      `
    },
  }
}

/**
 * The values of the range, and of the days before it that trailing metrics look back on: there `_entities` has
 * nobody, and still the values are ranked here as where they are counted.
 */
function segmentsToKeep(
  report: UniquesReport,
  metrics: readonly Metric[],
  activities: readonly Activity[],
  breakdown: UniquesBreakdown,
  c: ModelContext,
): Sql[] {
  const inRange = activities.map((activity) => ({ activity, from: segmentedName(activity), where: [] }))
  const looking = activities.filter((activity) => looksBeforeRange(report, activity))
  if (looking.length === 0) return [keptSegments(inRange, breakdown, c)]
  const before = looking.map((activity) => ({ ...activity, slug: `${activity.slug}_before_range` }))
  const read = before.flatMap((activity) => readActivity(activity, beforeRange(activity), report, c))
  const lookedBackOn = before.map((activity) => ({
    activity,
    from: segmentedName(activity),
    where: [isLookedBackOn(activity.metrics)],
  }))
  return [
    ...periods(report, metrics, undefined, c),
    ...read,
    keptSegments([...inRange, ...lookedBackOn], breakdown, c),
  ]
}

const beforeRange = ({ metrics }: Activity): Detail => ({
  periods: false,
  trailingDays: longestLookBack(metrics),
  times: false,
  onlyBeforeRange: true,
})

const rowsOf = (metric: Metric, activity: Activity, report: UniquesReport): Sql => sql`
  select
    ${join(
      [
        sql`${literal(metric.name)} as metric`,
        sql`${literal(byName(metric.by))} as entity_type`,
        sql`${entityColumn(metric.by)} as entity_id`,
        ...segmentOf(report),
        sql`events`,
        sql`first_at`,
        sql`last_at`,
      ],
      ',\n',
    )}
  from ${activityName(activity)}
`

export function totalModel(report: UniquesReport, metrics: readonly Metric[]): ModelDefinition {
  const bySegment = report.options.breakdown !== undefined
  return {
    name: `${report.name}_total`,
    description: `How many users or groups ${report.name} counts over the whole range; never the sum of its periods or segments.`,
    rules: ['UNI-4', 'REP-3'],
    grain: ['metric', ...(bySegment ? ['segment'] : [])],
    columns: {
      ...METRIC_DOCS,
      ...segmentDocs(report),
      entities: { type: 'bigint', description: 'Distinct users or groups over the whole range.' },
      events: {
        type: 'bigint',
        description: 'Their events; by a group key, an event of several groups counts for each.',
      },
      events_per_entity: {
        type: 'number',
        description: 'Events per user or group; null where there are none.',
      },
      rule: { type: 'text', description: 'The rule that counted.' },
    },
    materialized: report.materialized,
    select: (c) => totals(report, metrics, c),
  }
}

function totals(report: UniquesReport, metrics: readonly Metric[], c: ModelContext): Sql {
  const segment = segmentOf(report)
  const entities = c.ref(`${report.name}_entities`)
  const rules = metrics.map(
    ({ name, by }) => sql`(${literal(name)}, ${literal(byName(by))}, 'unique, whole range')`,
  )
  const segments = sql`segments as (select distinct segment from ${entities})`
  return sql`
    with
    ${join(
      [
        sql`
          metrics(metric, entity_type, rule) as (
            values
              ${join(rules, ',\n')}
          )
        `,
        ...segment.map(() => segments),
        sql`
          counted as (
            select
              ${join([sql`metric`, ...segment, sql`count(*) as entities`, sql`${sumBigint(sql`events`, c)} as events`], ',\n')}
            from ${entities}
            group by ${join([sql`metric`, ...segment], ', ')}
          )
        `,
      ],
      ',\n',
    )}
    select
      m.metric,
      m.entity_type,
      ${join(
        [
          ...segment.map((name) => sql`s.${name}`),
          sql`coalesce(counted.entities, 0) as entities`,
          sql`coalesce(counted.events, 0) as events`,
          sql`cast(counted.events as double precision) / counted.entities as events_per_entity`,
          sql`m.rule`,
        ],
        ',\n',
      )}
    from metrics as m
    ${join(
      segment.map(() => sql`cross join segments as s`),
      '\n',
    )}
    left join counted on ${join(
      [sql`metric`, ...segment].map((name, i) => sql`counted.${name} = ${i === 0 ? sql`m` : sql`s`}.${name}`),
      ' and ',
    )}
  `
}
