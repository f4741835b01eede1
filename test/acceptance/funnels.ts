/** Funnels: what the facts say against the funnels of a project. */
import { openFileReader } from '../../src/engines/file_reader.ts'
import type { Warehouse } from '../../src/engines/index.ts'
import { same, type Comparison } from './comparisons.ts'
import type { StagedEvents } from './dataset_events.ts'
import { quoted, type DataSet, type FunnelFacts } from './datasets.ts'
import { map, MONTH, oneRow, type Values } from './published.ts'
import { counted, idColumn, type ReportYml } from './report_project.ts'

/** How the facts call three ways to count, and how a project asks for them. */
const VARIANTS = {
  any_nonstrict: {},
  any_strict: { strictly_increasing: true },
  first_strict: { entry: 'first', strictly_increasing: true },
} as const

type Variant = keyof typeof VARIANTS
const variants = Object.keys(VARIANTS) as Variant[]

interface Funnel {
  readonly facts: FunnelFacts
  readonly what: string
  readonly relation: (variant: Variant) => string
}

const funnelsOf = ({ facts: { funnels = [] } }: DataSet, { missing }: StagedEvents): Funnel[] =>
  funnels
    .filter(({ key }) => !missing.includes(key))
    .map((facts, i) => ({
      facts,
      what: facts.name ?? `${facts.key}: ${facts.steps.join(' > ')} in ${facts.window_s}s`,
      relation: (variant) => `funnel_${i + 1}_${variant}`,
    }))

export const funnelReports = (set: DataSet, events: StagedEvents): ReportYml[] =>
  funnelsOf(set, events).flatMap(({ facts: { key, steps, window_s }, relation }) =>
    variants.map((variant) => ({
      name: relation(variant),
      type: 'funnel',
      by: counted(key, events),
      steps,
      window: { value: window_s, unit: 'second' },
      ...VARIANTS[variant],
      trend: false,
      time_to_convert: false,
    })),
  )

export async function compareFunnels(
  db: Warehouse,
  set: DataSet,
  events: StagedEvents,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  const detail = await detailOf(set)
  for (const funnel of funnelsOf(set, events)) {
    comparisons.push(
      ...(await compareSteps(db, funnel)),
      ...(await compareMonths(db, funnel)),
      ...(await compareSeconds(db, funnel)),
      ...(await compareDetail(db, funnel, detail.get(funnel.what), idColumn(funnel.facts.key, events))),
    )
  }
  return comparisons
}

const bySteps = (counts: readonly number[]): Values =>
  Object.fromEntries(counts.map((n, i) => [`step ${i + 1}`, n]))

async function compareSteps(db: Warehouse, { facts, what, relation }: Funnel): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const variant of variants) {
    const found = await map(
      db,
      `select 'step ' || cast(step as varchar) as name, entities as value from ${relation(variant)}`,
    )
    comparisons.push(...same(`funnel ${what}: ${variant}`, bySteps(facts[variant]), found))
  }
  return comparisons
}

/** Who entered in a month, and who of them got to each step. */
async function compareMonths(db: Warehouse, { facts, what, relation }: Funnel): Promise<Comparison[]> {
  const steps = facts.steps.map(
    (_, i) => `count(case when furthest_step >= ${i + 1} then 1 end) as step_${i + 1}`,
  )
  const rows = await db.query<{ month: string } & Record<string, number | string>>(
    `select ${MONTH('entered_at')} as month, ${steps.join(', ')}
     from ${relation('first_strict')}_entities group by 1`,
  )
  const found = rows.map(({ month, ...counts }): [string, string] => [month, Object.values(counts).join(' ')])
  const expected = Object.entries(facts.first_strict_by_month).map(([month, counts]): [string, string] => [
    month,
    counts.join(' '),
  ])
  return same(
    `funnel ${what}: first_strict by month`,
    Object.fromEntries(expected),
    Object.fromEntries(found),
  )
}

async function compareSeconds(db: Warehouse, { facts, what, relation }: Funnel): Promise<Comparison[]> {
  const { n, ...found } = await oneRow(
    db,
    `select
       count(seconds_to_convert) as n,
       min(seconds_to_convert) as min,
       max(seconds_to_convert) as max,
       sum(seconds_to_convert) as sum,
       percentile_cont(0.5) within group (order by seconds_to_convert) as median_interpolated
     from ${relation('first_strict')}_entities`,
  )
  const expected = facts.first_strict_seconds_to_convert
  return same(
    `funnel ${what}: first_strict seconds to convert,`,
    expected === null ? { n: 0 } : rounded(expected),
    n === 0 ? { n } : { n, ...rounded(found) },
  )
}

/** Sums of doubles depend on their order in the last digits; times have three decimals and their middle four. */
const rounded = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, roundedTo4(Number(value))]))

const roundedTo4 = (value: number): number => Math.round(value * 10_000) / 10_000

interface GroupDetail extends Record<Variant, number> {
  funnel: string
  group_id: string
  first_t: number
  first_conv_s: number | null
}

/** Rows by funnel. */
async function detailOf({ funnelDetail: file }: DataSet): Promise<Map<string, GroupDetail[]>> {
  const funnels = new Map<string, GroupDetail[]>()
  if (file === undefined) return funnels
  await using reader = await openFileReader()
  for (const row of await reader.query<GroupDetail>(`select * from ${quoted(file)}`)) {
    const rows = funnels.get(row.funnel) ?? []
    rows.push(row)
    funnels.set(row.funnel, rows)
  }
  return funnels
}

/** Group by group: when it first entered, how far it got by each variant, how long it took. */
async function compareDetail(
  db: Warehouse,
  { what, relation }: Funnel,
  detail: readonly GroupDetail[] | undefined,
  id: string,
): Promise<Comparison[]> {
  if (detail === undefined) return []
  const [first, ...others] = (['first_strict', 'any_strict', 'any_nonstrict'] as const).map(
    (variant) => `${relation(variant)}_entities`,
  )
  const rows = await db.query<Record<string, string | number | Date | null>>(
    `select f.${id} as group_id, f.entered_at, f.furthest_step as first_strict, a.furthest_step as any_strict,
       n.furthest_step as any_nonstrict, f.seconds_to_convert
     from ${first} as f
     full join ${others[0]} as a on a.${id} = f.${id}
     full join ${others[1]} as n on n.${id} = f.${id}`,
  )
  const found = rows.map((row): [string, string] => {
    const { entered_at: at, seconds_to_convert: seconds } = row
    const enteredAt = at instanceof Date ? at.getTime() : undefined
    return [row['group_id'] as string, described(row, enteredAt, seconds === null ? null : Number(seconds))]
  })
  const expected = detail.map((row): [string, string] => [
    row.group_id,
    described(row, Number(row.first_t), row.first_conv_s),
  ])
  return same(`funnel ${what}: group`, Object.fromEntries(expected), Object.fromEntries(found))
}

const described = (
  steps: { readonly [variant in Variant]?: unknown },
  enteredAt: number | undefined,
  seconds: number | null,
): string =>
  [
    ...variants.map((variant) => `${variant} ${String(steps[variant])}`),
    `entered ${enteredAt === undefined ? 'never' : new Date(enteredAt).toISOString()}`,
    seconds === null ? 'not converted' : `in ${roundedTo4(seconds)} s`,
  ].join(', ')
