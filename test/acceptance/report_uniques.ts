/** Uniques: what the facts say against the uniques of a project, of users and groups side by side. */
import type { Warehouse } from '../../src/index.ts'
import { same, sum, type Comparison } from './comparisons.ts'
import type { StagedEvents } from './dataset_events.ts'
import type { DataSet } from './datasets.ts'
import { map, MONTH, type Values } from './published.ts'
import { COMPANY, counted, type ReportYml } from './report_project.ts'

const NO_BOTS = `${COMPANY} without bots`
const COMMITTERS = 'companies_with_committers'
const TWO_COMMITTERS = `${COMPANY} with two committers`

/** A metric of a month, by the name that comparisons give it; facts that the events do not tell are left out. */
function monthly({ facts }: DataSet, { missing, columns }: StagedEvents): Record<string, Values> {
  const { unique_company_lc_by_month_no_bots: noBots, companies_with_2plus_committers_by_month: two } = facts
  const keys = Object.entries(facts.uniques_by_month).filter(([key]) => !missing.includes(key))
  return {
    ...Object.fromEntries(keys),
    ...(noBots && columns.includes('is_bot') ? { [NO_BOTS]: noBots } : {}),
    ...(two ? { [TWO_COMMITTERS]: two } : {}),
  }
}

/** Filters of the metrics that are more than a key. */
const FILTERS: Readonly<Record<string, object>> = {
  [NO_BOTS]: { property: 'is_bot', value: false },
  [TWO_COMMITTERS]: { users_who_did: COMMITTERS, op: 'gte', value: 2 },
}

export function uniquesReports(set: DataSet, events: StagedEvents): ReportYml[] {
  const metrics = Object.keys(monthly(set, events)).map((name) => {
    const filter = FILTERS[name]
    return {
      name,
      by: filter ? COMPANY : counted(name, events),
      any_event: true,
      where: filter ? [filter] : [],
    }
  })
  return [
    { name: 'uniques_month', type: 'uniques', interval: 'month', metrics },
    ...periodSums(set).map(({ key, interval }) => ({
      name: `uniques_${interval}`,
      type: 'uniques',
      interval,
      by: counted(key, events),
      any_event: true,
    })),
    ...(set.facts.companies_with_2plus_committers_by_month
      ? [
          {
            name: COMMITTERS,
            type: 'number_of_users_who_did',
            by: COMPANY,
            event: 'Commit',
            interval: 'month',
          },
        ]
      : []),
  ]
}

export async function compareUniques(
  db: Warehouse,
  set: DataSet,
  events: StagedEvents,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [metric, expected] of Object.entries(monthly(set, events))) {
    const found = await map(
      db,
      `select ${MONTH('period_start')} as name, entities as value from uniques_month
       where metric = '${metric}' and entities > 0`,
    )
    comparisons.push(...same(`unique ${metric} by month`, withoutZeros(expected), found))
  }
  for (const { key, interval, expected } of periodSums(set)) {
    const found = await map(
      db,
      `select cast(period_start as varchar) as name, entities as value from uniques_${interval}`,
    )
    const whole: Values = { ...found, sum: sum(found), max: Math.max(...Object.values(found).map(Number)) }
    const asked = Object.keys(expected).map((name) => [name, whole[name]] as const)
    comparisons.push(...same(`unique ${key} by ${interval},`, expected, Object.fromEntries(asked)))
  }
  const { companies_with_2plus_committers_by_month: two } = set.facts
  if (two) {
    const found = await map(
      db,
      `select ${MONTH('period_start')} as name, count(*) as value from ${COMMITTERS}
       where users >= 2 group by 1`,
    )
    comparisons.push(...same('companies where two or more users committed by month', two, found))
  }
  return comparisons
}

/** Periods in which only events without a group happened have 0 in the facts. */
const withoutZeros = (counts: Values): Values =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))

interface PeriodSum {
  readonly key: string
  readonly interval: 'week' | 'day'
  readonly expected: Values
}

/** What the facts know of weeks and days: their sum, the largest of them, the last of them. */
function periodSums({ facts }: DataSet): PeriodSum[] {
  const { unique_company_lc_by_week: weeks, unique_company_lc_by_day: days } = facts
  const [day = '', most] = days?.max ?? []
  const sums = Object.keys(facts).flatMap((name): PeriodSum[] => {
    const { key, interval } = /^unique_(?<key>.+)_by_(?<interval>week|day)_sum$/.exec(name)?.groups ?? {}
    if (key === undefined) return []
    const expected = { sum: facts[name as `unique_${string}_sum`] }
    return [{ key, interval: interval as 'week' | 'day', expected }]
  })
  return [
    ...sums,
    ...(weeks
      ? [{ key: COMPANY, interval: 'week' as const, expected: { sum: weeks.sum, ...weeks.last_20 } }]
      : []),
    ...(days
      ? [{ key: COMPANY, interval: 'day' as const, expected: { sum: days.sum, max: most, [day]: most } }]
      : []),
  ]
}

/** A project of another time zone answers this. */
export const LOS_ANGELES = 'America/Los_Angeles'

export const losAngelesReports = ({ facts }: DataSet): ReportYml[] =>
  facts.unique_company_lc_by_month_los_angeles
    ? [{ name: 'uniques_month', type: 'uniques', interval: 'month', by: COMPANY, any_event: true }]
    : []

export async function compareLosAngeles(db: Warehouse, { facts }: DataSet): Promise<Comparison[]> {
  const found = await map(
    db,
    `select ${MONTH('period_start')} as name, entities as value from uniques_month where entities > 0`,
  )
  const expected = withoutZeros(facts.unique_company_lc_by_month_los_angeles ?? {})
  return same(`unique ${COMPANY} by month`, expected, found)
}
