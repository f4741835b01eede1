/** The metrics of a report of uniques, with names, defaults and the report's filters filled in. */
import type { Catalog } from '../../../src/graph/catalog.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Path } from '../../../src/project/path.ts'
import { namedEntity } from '../../../src/graph/reports.ts'
import { plural } from '../../../src/problems.ts'
import { byName } from '../conditions.ts'
import type { UniquesFilter, UniquesOptions } from './options.ts'
import { withFields } from '../../../src/graph/with_fields.ts'

export interface Metric {
  readonly name: string
  /** A name for CTEs, different for each metric of the report. */
  readonly slug: string
  readonly by: Entity
  readonly event: string | undefined
  /** Those of the report first. */
  readonly where: readonly UniquesFilter[]
  readonly trailingDays: number | undefined
}

/** A metric as it is written; what is counted may be missing or unknown. */
export interface GivenMetric {
  readonly name: string
  readonly by: string | undefined
  readonly event: string | undefined
  readonly where: readonly UniquesFilter[]
  readonly trailingDays: number | undefined
  /** Path of its entry in the report. */
  readonly path: Path
}

/** Metrics that look at the same events of the same users or groups, which are read once. */
export interface Activity {
  readonly slug: string
  readonly by: Entity
  readonly event: string | undefined
  readonly where: readonly UniquesFilter[]
  readonly metrics: readonly Metric[]
}

export function givenMetrics({ options, by }: Report<UniquesOptions>): GivenMetric[] {
  const metrics = options.metrics?.map((metric, i) => ({ metric, path: ['metrics', i] })) ?? [
    // of its filters, those of the report are all
    { metric: { ...options, where: [], name: undefined, by: undefined }, path: [] },
  ]
  return metrics.map(({ metric, path }) => {
    const counted = metric.by ?? (by && byName(by))
    const trailing =
      metric.trailing_days === undefined ? '' : `, trailing ${plural(metric.trailing_days, 'day')}`
    return {
      name: metric.name ?? `${metric.event ?? 'any event'} by ${counted ?? 'nothing'}${trailing}`,
      by: counted,
      event: metric.event,
      where: metric.where,
      trailingDays: metric.trailing_days,
      path,
    }
  })
}

export function metricsOf(report: Report<UniquesOptions>, catalog: Catalog): Metric[] {
  const given = givenMetrics(report)
  const slugs = slugsOf(given.map(({ name }) => name))
  return given.flatMap((metric, i) => {
    const by = metric.by === undefined ? undefined : namedEntity(catalog, metric.by)
    if (by === undefined) return []
    const where = [...report.options.where, ...metric.where]
    return [withFields(metric, { by, where, slug: slugs[i] ?? '' })]
  })
}

export function activitiesOf(metrics: readonly Metric[]): Activity[] {
  const same = new Map<string, Metric[]>()
  for (const metric of metrics) {
    const key = JSON.stringify([byName(metric.by), metric.event, metric.where])
    same.set(key, [...(same.get(key) ?? []), metric])
  }
  const groups = [...same.values()].flatMap((all) => (all[0] ? [{ first: all[0], all }] : []))
  const slugs = slugsOf(groups.map(({ first }) => `${first.event ?? 'any event'} by ${byName(first.by)}`))
  return groups.map(({ first, all }, i) => ({
    slug: slugs[i] ?? '',
    by: first.by,
    event: first.event,
    where: first.where,
    metrics: all,
  }))
}

/** The names in letters, digits and `_`, or numbers where that does not tell them apart. */
function slugsOf(names: readonly string[]): string[] {
  const slugs = names.map((name) =>
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^[_0-9]+|_+$/g, '')
      // PostgreSQL has room for 63 bytes
      .slice(0, 40),
  )
  const clear = new Set(slugs).size === slugs.length && !slugs.includes('')
  if (clear) return slugs
  const numbered = slugs.map((slug, i) => (slugs.indexOf(slug) < i || slug === '' ? `metric_${i + 1}` : slug))
  return new Set(numbered).size === slugs.length ? numbered : names.map((_, i) => `metric_${i + 1}`)
}
