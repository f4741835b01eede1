/** What a report of uniques looks for: its metrics and its breakdown. */
import type { Catalog } from '../../../src/graph/catalog.ts'
import type { Ask, Part } from '../../../src/graph/report_parts.ts'
import type { Path } from '../../../src/project/path.ts'
import { literal, sql } from '../../../src/sql/sql.ts'
import { byName } from '../conditions.ts'
import { askOf, breakdownOf, partOf, withWhole } from '../parts.ts'
import { fromRange } from '../periods.ts'
import { daysBefore, type UniquesReport } from './activity.ts'
import { givenMetrics, metricsOf, type Metric } from './metrics.ts'
import type { UniquesFilter } from './options.ts'
import { hasUsersWhoDid, isUsersWhoDid } from './users_who_did.ts'

export function uniquesParts(report: UniquesReport, catalog: Catalog): Part[] {
  const { breakdown } = report.options
  const given = givenMetrics(report)
  const parts = metricsOf(report, catalog).map((metric) =>
    metricPart(report, metric, given.find(({ name }) => name === metric.name)?.path ?? []),
  )
  const kinds = [...new Set(parts.map(({ by }) => byName(by)))]
  const breakdowns =
    breakdown === undefined || isUsersWhoDid(breakdown)
      ? []
      : kinds.flatMap((kind) => {
          const ofKind = parts.filter(({ by }) => byName(by) === kind)
          const name = kinds.length === 1 ? undefined : `the breakdown of metrics by ${kind}`
          return breakdownOf(
            report,
            breakdown,
            ofKind,
            ofKind.flatMap(({ seen }) =>
              seen.map(({ model, when }) => ({ model, when: sql`segment <> '' and ${when}` })),
            ),
            name,
          )
        })
  return [...withWhole(report, parts), ...breakdowns]
}

function metricPart(report: UniquesReport, metric: Metric, path: Path): Part {
  const { options, range, name } = report
  const { by, event, trailingDays } = metric
  const shared = options.where.length
  const asks = metric.where.map((filter, i) => {
    const own = i >= shared
    const at = own ? [...path, 'where', i - shared] : ['where', i]
    return askOfMetric(filter, report, metric, [...report.path, ...at], own)
  })
  const ofMetric = sql`metric = ${literal(metric.name)} and entities > 0`
  return partOf(report, {
    name: options.metrics === undefined ? '' : `metric '${metric.name}'`,
    path,
    by,
    condition: { event },
    asks,
    from: (c) =>
      trailingDays === undefined ? fromRange(range, c) : daysBefore(trailingDays, range, options, c),
    seen: [
      { model: `${name}_total`, when: ofMetric },
      ...(trailingDays === undefined ? [] : [{ model: name, when: ofMetric }]),
    ],
  })
}

function askOfMetric(
  filter: UniquesFilter,
  { options }: UniquesReport,
  { by, event }: Metric,
  path: Path,
  own: boolean,
): Ask {
  if (!isUsersWhoDid(filter)) return askOf(filter, { by, condition: { event }, path, own })
  return {
    path,
    own,
    said: `users_who_did ${filter.users_who_did} ${SYMBOLS[filter.op]} ${filter.value}`,
    holds: (c) => hasUsersWhoDid(filter, options.interval, c),
  }
}

const SYMBOLS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
