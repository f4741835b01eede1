/** Uniques and trailing actives by period. */
import type { Catalog } from '../../../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../../../src/graph/model.ts'
import { plural } from '../../../src/problems.ts'
import { join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { sumBigint } from '../../group_key_profiles.ts'
import { byName, entityColumn } from '../conditions.ts'
import { periodDoc, periodType } from '../periods.ts'
import {
  activityName,
  foldedActivity,
  readActivity,
  segmentedName,
  type Detail,
  type UniquesReport,
} from './activity.ts'
import { METRIC_DOCS, segmentDocs, segmentOf } from './entities.ts'
import { keptSegments } from './kept_segments.ts'
import { hasTrailing, isLookedBackOn, longestLookBack, looksBeforeRange, periods } from './look_back.ts'
import { activitiesOf, type Activity, type Metric } from './metrics.ts'
import { named, trailing } from './trailing.ts'

export function seriesModel(
  report: UniquesReport,
  metrics: readonly Metric[],
  catalog: Catalog,
): ModelDefinition {
  const { breakdown, interval } = report.options
  const activities = activitiesOf(metrics)
  return {
    name: report.name,
    description:
      `${report.description} How many distinct users or groups did something, in each period of the range. Uniques do not add up over periods, segments or metrics.`.trim(),
    rules: ['UNI-1', 'UNI-2', 'UNI-4', ...(breakdown === undefined ? [] : ['REP-4'])],
    grain: ['metric', ...(breakdown === undefined ? [] : ['segment']), 'period_start'],
    columns: {
      ...METRIC_DOCS,
      ...segmentDocs(report),
      period_start: { type: periodType(interval), description: periodDoc(interval, catalog) },
      entities: {
        type: 'bigint',
        description:
          'Distinct users or groups of the period; of trailing metrics, of the days up to its end.',
      },
      events: {
        type: 'bigint',
        description: 'Events of the period; by a group key, an event of several groups counts for each.',
      },
      events_per_entity: {
        type: 'number',
        description: 'Events per user or group; null where there are none, and for trailing metrics.',
      },
      rule: { type: 'text', description: 'The rule that counted.' },
    },
    materialized: report.materialized,
    select: (c) => select(report, metrics, activities, c),
  }
}

function select(
  report: UniquesReport,
  metrics: readonly Metric[],
  activities: readonly Activity[],
  c: ModelContext,
): Sql {
  const segment = segmentOf(report)
  const ctes = [
    ...periods(report, metrics, c.ref(`${report.name}_entities`), c),
    metricRules(report, metrics),
    ...activities.flatMap((activity) => readActivity(activity, detailOf(activity), report, c)),
    ...segments(report, activities, c),
    ...activities.flatMap((activity) =>
      activity.metrics.flatMap((metric) =>
        metric.trailingDays === undefined ? [] : trailing(metric, metric.trailingDays, activity, report, c),
      ),
    ),
    sql`
      counted as (
        ${join(
          activities.flatMap((activity) =>
            activity.metrics.map((metric) => counts(metric, activity, report, c)),
          ),
          '\nunion all\n',
        )}
      )
    `,
  ]
  const same = [
    sql`counted.metric = m.metric`,
    ...segment.map((name) => sql`counted.${name} = s.${name}`),
    sql`counted.period_start = p.period_start`,
  ]
  return sql`
    with
    ${join(ctes, ',\n')}
    select
      m.metric,
      m.entity_type,
      ${join(
        [
          ...segment.map((name) => sql`s.${name}`),
          sql`p.period_start`,
          sql`coalesce(counted.entities, 0) as entities`,
          sql`coalesce(counted.events, 0) as events`,
          sql`counted.events_per_entity`,
          sql`m.rule`,
        ],
        ',\n',
      )}
    from metrics as m
    cross join periods as p
    ${join(
      segment.map(() => sql`cross join segments as s`),
      '\n',
    )}
    left join counted
      on ${join(same, '\n  and ')}
  `
}

/** Trailing metrics need days, and those of the longest of them before the range. */
const detailOf = ({ metrics }: Activity): Detail => ({
  periods: true,
  trailingDays: longestLookBack(metrics),
  times: false,
})

function metricRules({ options }: UniquesReport, metrics: readonly Metric[]): Sql {
  const { interval, trailing_at } = options
  const sampled =
    interval === 'hour' || interval === 'day' ? 'each day' : `${trailing_at} of calendar ${interval}`
  const rules = metrics.map(({ name, by, trailingDays }) => {
    const rule =
      trailingDays === undefined
        ? `unique, calendar ${interval}`
        : `trailing ${plural(trailingDays, 'calendar day')}, ${sampled}`
    return sql`(${literal(name)}, ${literal(byName(by))}, ${literal(rule)})`
  })
  return sql`
    metrics(metric, entity_type, rule) as (
      values
        ${join(rules, ',\n')}
    )
  `
}

/** With a breakdown: the segments of all metrics, and the activities in them. */
function segments(report: UniquesReport, activities: readonly Activity[], c: ModelContext): Sql[] {
  const { breakdown } = report.options
  if (breakdown === undefined) return []
  const entities = c.ref(`${report.name}_entities`)
  const looking = activities.filter((activity) => looksBeforeRange(report, activity))
  const kept = sql`
    kept_segments as (
      select distinct segment
      from ${entities}
      where segment not in ('', '$other')
    )
  `
  // of trailing metrics, segments from before the range too
  const before = looking.map(
    (activity) => sql`
      select segment from ${activityName(activity)}
      where ${isInRangeOrLookedBackOn(activity)}
    `,
  )
  const rows = [sql`select segment from ${entities}`, ...before]
  return [
    looking.length === 0
      ? kept
      : keptSegments(
          activities.map((activity) => ({
            activity,
            from: segmentedName(activity),
            where: looking.includes(activity) ? [isInRangeOrLookedBackOn(activity)] : [],
          })),
          breakdown,
          c,
        ),
    ...activities.map((a) => foldedActivity(a, breakdown, detailOf(a), report, c)),
    sql`
      segments as (
        select distinct segment
        from (
          ${join(rows, '\nunion all\n')}
        ) as seen
      )
    `,
  ]
}

const isInRangeOrLookedBackOn = ({ metrics }: Activity): Sql => sql`
  (
    events > 0
    or ${isLookedBackOn(metrics)}
  )
`

function counts(metric: Metric, activity: Activity, report: UniquesReport, c: ModelContext): Sql {
  const segment = segmentOf(report)
  const head = (alias: Sql) => [
    sql`${literal(metric.name)} as metric`,
    ...segment.map((name) => sql`${alias}${name}`),
  ]
  if (metric.trailingDays !== undefined) {
    const same = [...segment.map((name) => sql`e.${name} = a.${name}`), sql`e.period_start = p.period_start`]
    return sql`
      select
        ${join([...head(sql`a.`), sql`p.period_start`], ',\n')},
        cast(a.entities as ${c.fn.type('bigint')}) as entities,
        coalesce(e.events, 0) as events,
        cast(null as double precision) as events_per_entity
      from ${named(metric, 'actives')} as a
      join periods as p on p.as_of = a.day
      left join ${named(metric, 'events')} as e on ${join(same, ' and ')}
    `
  }
  const keys = [...segment, sql`period_start`]
  return sql`
    select
      ${join([...head(sql``), sql`period_start`], ',\n')},
      count(*) as entities,
      ${sumBigint(sql`events`, c)} as events,
      cast(sum(events) as double precision) / count(*) as events_per_entity
    from ${perPeriod(activity, segment, c)}
    group by ${join(keys, ', ')}
  `
}

/** Users and groups once in each period, of the range only, where the activity has days as well. */
function perPeriod(activity: Activity, segment: readonly Sql[], c: ModelContext): Sql {
  const name = activityName(activity)
  if (!hasTrailing(activity.metrics)) return name
  const keys = join([entityColumn(activity.by), ...segment, sql`period_start`], ', ')
  return sql`
    (
      select ${keys}, ${sumBigint(sql`events`, c)} as events
      from ${name}
      where events > 0
      group by ${keys}
    ) as of_periods
  `
}
