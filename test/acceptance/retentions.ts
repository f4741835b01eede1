/** Retention: what the facts say against the cohorts of a project. */
import { openFileReader } from '../../src/engines/file_reader.ts'
import type { Warehouse } from '../../src/engines/index.ts'
import { same, type Comparison } from './comparisons.ts'
import type { StagedEvents } from './dataset_events.ts'
import { quoted, type DataSet, type Kept, type RetentionFacts } from './datasets.ts'
import { map, type Values } from './published.ts'
import { COMPANY, counted, type ReportYml } from './report_project.ts'

const ANY = { any_event: true }

/** How the facts call four rules, and how a project asks for them. */
const RULES = {
  calendar_first: () => ({ start: ANY }),
  rolling_first: () => ({ start: ANY, alignment: 'elapsed' }),
  recurring: () => ({ start: ANY, mode: 'recurring' }),
  birth_return: ({ birth_return: { birth, return: back } }: RetentionFacts) => ({
    start: birth,
    return: back,
  }),
}

type Rule = keyof typeof RULES
const rules = Object.keys(RULES) as Rule[]

interface Retention {
  readonly facts: RetentionFacts
  readonly relation: (rule: Rule) => string
}

const retentionsOf = ({ facts: { retention = [] } }: DataSet, { missing }: StagedEvents): Retention[] =>
  retention
    .filter(({ key }) => !missing.includes(key))
    .map((facts, i) => ({ facts, relation: (rule) => `retention_${i + 1}_${rule}` }))

export const retentionReports = (set: DataSet, events: StagedEvents): ReportYml[] =>
  retentionsOf(set, events).flatMap(({ facts, relation }) =>
    rules.map((rule) => ({
      name: relation(rule),
      type: 'retention',
      by: counted(facts.key, events),
      ...RULES[rule](facts),
      period: 'week',
      periods: facts.K,
    })),
  )

export async function compareRetentions(
  db: Warehouse,
  set: DataSet,
  events: StagedEvents,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const { facts, relation } of retentionsOf(set, events)) {
    for (const rule of rules) {
      // the facts do not say how many were born
      const first = rule === 'birth_return' ? 1 : 0
      const found = await map(
        db,
        `select 'retained in ' || cast(period as varchar) as name, sum(retained) as value
         from ${relation(rule)} where period >= ${first} group by period
         union all
         select 'eligible in ' || cast(period as varchar), sum(eligible)
         from ${relation(rule)} where period >= ${first} group by period`,
      )
      comparisons.push(...same(`retention of ${facts.key}: ${rule}`, byPeriod(facts[rule], first), found))
    }
    if (facts.key === COMPANY)
      comparisons.push(...(await compareCohorts(db, relation('calendar_first'), set.companyCohorts)))
  }
  return comparisons
}

const byPeriod = ({ retained, eligible }: Kept, first: number): Values =>
  Object.fromEntries(
    retained
      .flatMap((n, k) => [[k, `retained in ${k}`, n] as const, [k, `eligible in ${k}`, eligible[k]] as const])
      .flatMap(([k, name, n]) => (k < first ? [] : [[name, n]])),
  )

/** Every cohort: its size and who of it returned, week by week. */
async function compareCohorts(db: Warehouse, relation: string, file?: string): Promise<Comparison[]> {
  if (file === undefined) return []
  await using reader = await openFileReader()
  const cohorts = await reader.query<{ cohort_week: string; size: number; retained: number[] }>(
    `select cohort_week, size, retained from ${quoted(file)}`,
  )
  const rows = await db.query<{ cohort_start: string; cohort_size: number; retained: number }>(
    `select cohort_start, cohort_size, retained from ${relation}
     where cohort_size > 0 order by cohort_start, period`,
  )
  const found: Record<string, string> = {}
  for (const { cohort_start: week, cohort_size: size, retained } of rows)
    found[week] = `${found[week] ?? `of ${size}:`} ${retained}`
  const expected = cohorts.map(({ cohort_week: week, size, retained }): [string, string] => [
    week,
    `of ${size}: ${retained.join(' ')}`,
  ])
  return same(`retention of ${COMPANY}: cohort of`, Object.fromEntries(expected), found)
}
