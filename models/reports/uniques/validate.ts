/** What in a report of uniques makes no sense. */
import type { Catalog, GroupKey } from '../../../src/graph/catalog.ts'
import { called } from '../../../src/graph/called.ts'
import type { Invalid, Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Path } from '../../../src/project/path.ts'
import { namedEntity } from '../../../src/graph/reports.ts'
import { quotedList, suggest } from '../../../src/problems.ts'
import type { Range } from '../../../src/project/report_schema.ts'
import { eitherEvent } from '../activity.ts'
import { byName } from '../conditions.ts'
import { givenMetrics, type GivenMetric } from './metrics.ts'
import type { UniquesBreakdown, UniquesFilter, UniquesOptions } from './options.ts'
import { readsWithin } from './time_read.ts'
import { isUsersWhoDid } from './users_who_did.ts'

/** The metrics that a filter or breakdown is for, and what they count. */
interface Counted {
  readonly entities: readonly Entity[]
  readonly metrics: readonly GivenMetric[]
}

export function validate(report: Report<UniquesOptions>, catalog: Catalog): Invalid[] {
  const forms = formsOf(report.options)
  if (forms.length > 0) return forms
  const given = givenMetrics(report)
  const entities: Entity[] = []
  const found = [...doubledNames(given), ...idleTrailing(report.options, given)]
  for (const metric of given) {
    const entity = entityOf(metric, catalog)
    if ('code' in entity) found.push(entity)
    else entities.push(entity)
  }
  if (found.length > 0) return found
  const { where, breakdown } = report.options
  const problemsOf = (use: UniquesFilter | UniquesBreakdown, path: Path, of: Counted) =>
    problemsOfUse(use, path, of, report, catalog)
  const all = { entities, metrics: given }
  return [
    ...where.flatMap((filter, i) => problemsOf(filter, ['where', i], all)),
    ...given.flatMap((metric, i) =>
      metric.where.flatMap((filter, j) =>
        problemsOf(filter, [...metric.path, 'where', j], {
          entities: entities.slice(i, i + 1),
          metrics: [metric],
        }),
      ),
    ),
    ...(breakdown === undefined ? [] : problemsOf(breakdown, ['breakdown'], all)),
  ]
}

/** One metric on the report itself, or a list of them. */
function formsOf(options: UniquesOptions): Invalid[] {
  if (options.metrics === undefined) {
    if (options.event !== undefined || options.any_event !== undefined) return eitherEvent(options)
    return [
      {
        code: 'missing_field',
        path: [],
        message: '`metrics` is missing: say what is counted.',
        fix: 'Add `metrics:` with a list, or `event:` for a single one.',
      },
    ]
  }
  return (['event', 'any_event', 'trailing_days'] as const)
    .filter((field) => options[field] !== undefined)
    .map((field) => ({
      code: 'contradiction',
      path: [field],
      message: `\`${field}\` is for a report of one metric, and this one has \`metrics\`.`,
      fix: `Move \`${field}\` into a metric.`,
    }))
}

function entityOf({ by, path }: GivenMetric, catalog: Catalog): Entity | Invalid {
  const names = ['user', ...catalog.groupKeys.map(({ name }) => name)]
  if (by === undefined) {
    return {
      code: 'missing_field',
      path,
      message: '`by` is missing: say what is counted.',
      fix: `Add \`by:\` to the report or to the metric: ${quotedList(names)}.`,
    }
  }
  return (
    namedEntity(catalog, by) ?? {
      code: 'key_not_registered',
      path: [...path, 'by'],
      message: `\`by: ${by}\` is neither \`user\` nor a registered group key.`,
      fix: suggest(by, names, 'It may be'),
    }
  )
}

function doubledNames(metrics: readonly GivenMetric[]): Invalid[] {
  return metrics
    .filter(({ name }, i) => metrics.findIndex((other) => other.name === name) < i)
    .map(({ name, path }) => ({
      code: 'duplicate_name',
      path: [...path, 'name'],
      message: `\`${name}\` is the name of two metrics.`,
      fix: 'Give one of them another `name`.',
    }))
}

/** Which day trailing actives are those of, where there are none. */
function idleTrailing({ trailing_at, metrics }: UniquesOptions, given: readonly GivenMetric[]): Invalid[] {
  if (trailing_at === 'end' || given.some(({ trailingDays }) => trailingDays !== undefined)) return []
  return [
    {
      code: 'contradiction',
      path: ['trailing_at'],
      message: '`trailing_at` is about trailing actives, and there is no `trailing_days`.',
      fix: `Add \`trailing_days\`${metrics ? ' to a metric' : ''}, or remove \`trailing_at\`.`,
    },
  ]
}

/** Whether all metrics that a filter or breakdown is for can have it. */
function problemsOfUse(
  given: UniquesFilter | UniquesBreakdown,
  path: Path,
  counted: Counted,
  report: Report<UniquesOptions>,
  catalog: Catalog,
): Invalid[] {
  if (isUsersWhoDid(given)) return usersWhoDidProblems(given.users_who_did, path, counted, report, catalog)
  const { property, of, through } = given
  const group = counted.entities.find(({ kind }) => kind === 'group')
  if (!group || (of !== 'user' && through !== 'user')) return []
  return [
    {
      code: 'one_way_rule',
      path: [...path, of === 'user' ? 'of' : 'through'],
      message: `\`${property}\` is read through users, but a metric counts groups of \`${byName(group)}\`. Group properties may be used when counting users, never the other way (one-way rule).`,
      fix: 'Put the metrics by group into a report of their own, or the filter into the metrics by user.',
    },
  ]
}

function usersWhoDidProblems(
  name: string,
  path: Path,
  { entities, metrics }: Counted,
  report: Report<UniquesOptions>,
  catalog: Catalog,
): Invalid[] {
  const at = [...path, 'users_who_did']
  const { reports } = catalog.project
  const who = called(reports, name)
  // a problem of its own
  if (who && who.type === undefined) return []
  if (who?.type !== 'number_of_users_who_did') {
    const fitting = reports.filter(({ type }) => type === 'number_of_users_who_did')
    return [
      {
        code: 'missing_reference',
        path: at,
        message: who
          ? `\`${name}\` is a report of type \`${who.type}\`, not \`number_of_users_who_did\`.`
          : `there is no report \`${name}\`.`,
        fix:
          suggest(
            name,
            fitting.map((report) => report.name),
            'The reports of type `number_of_users_who_did` are',
          ) ?? 'Add a report of type `number_of_users_who_did`.',
      },
    ]
  }
  const key = who.by ?? companyKey(catalog)?.name
  const other = entities.find((by) => byName(by) !== key)
  if (key !== undefined && other) {
    return [
      {
        code: 'contradiction',
        path: at,
        message: `\`${name}\` counts the users of \`${key}\`, but a metric counts ${other.kind === 'user' ? 'users' : `groups of \`${other.key.name}\``}.`,
        fix: `Use it for metrics with \`by: ${key}\` only.`,
      },
    ]
  }
  const interval = who['interval'] as string | undefined
  if (interval === undefined) return []
  if (interval !== report.options.interval) {
    return [
      {
        code: 'contradiction',
        path: at,
        message: `\`${name}\` counts by ${interval} and this report by ${report.options.interval}.`,
        fix: 'Give both the same `interval`, or leave it out of the other report to count over its whole range.',
      },
    ]
  }
  const trailing = metrics.flatMap(({ trailingDays }) => trailingDays ?? [])
  const days = trailing.length === 0 ? undefined : Math.max(...trailing)
  if (readsWithin(who.range, report, days, catalog)) return []
  const before = days === undefined ? '' : ' and the days before it that trailing days look back on'
  return [
    {
      code: 'contradiction',
      path: at,
      message: `\`${name}\` counts ${rangeText(who.range)} only, and this report looks at other times too, of which it does not know how many users there were.`,
      fix: `Give \`${name}\` a range that covers that of this report${before}, or none at all.`,
    },
  ]
}

/** Of a range that has one bound or both. */
function rangeText({ from, to }: Range): string {
  if (from === undefined) return `up to ${to}`
  return to === undefined ? `from ${from} on` : `from ${from} to ${to}`
}

const companyKey = ({ groupKeys }: Catalog): GroupKey | undefined => groupKeys.find(({ b2b }) => b2b)
