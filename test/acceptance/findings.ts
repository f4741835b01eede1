/** What data tests and rollups find in a data set: ids in several spellings, groups of many events on a day, resent rows. */
import type { Warehouse } from '../../src/index.ts'
import { same, type Comparison } from './comparisons.ts'
import type { StagedEvents } from './dataset_events.ts'
import type { CaseVariants, DataSet, HotDays } from './datasets.ts'
import type { Facts } from './histories.ts'
import { map, oneRow, type Values } from './published.ts'

/** The relations that are asked, which reports need not read. */
export const FOUND_IN = ['group_profiles', 'event_days']

/** Settings of the project, so that every failure of the test can be counted. */
export const FINDING = { group_id_case: { store_failures: true, store_failures_limit: 1_000_000 } }

export async function compareFindings(
  db: Warehouse,
  { facts }: DataSet,
  events: StagedEvents,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [key, variants] of Object.entries(facts.case_variants ?? {})) {
    if (events.groupKeys.includes(key)) comparisons.push(...(await compareSpellings(db, key, variants)))
  }
  for (const [key, days] of hotDays(facts.hot_groups)) {
    if (events.groupKeys.includes(key)) comparisons.push(...(await compareHotDays(db, key, days)))
  }
  return comparisons
}

/** The failures of `group_id_case` that differ in nothing but case. */
async function compareSpellings(db: Warehouse, key: string, facts: CaseVariants): Promise<Comparison[]> {
  const what = `spellings of ${key}`
  const { ids_as_written, ids_lower, groups_with_variants, events_in_them, events_on_minority_spelling } =
    facts
  const stored = (await db.relations('acceptance_gwh')).some(({ name }) => name === 'failures_group_id_case')
  const failures = `(
    select group_id, events, usual_id, usual_events
    from acceptance_gwh.failures_group_id_case
    where group_key = '${key}' and differs_in = 'case'
      -- the facts are of events; profiles have spellings of their own
      and events > 0
  ) as minorities`
  const none = { groups_with_variants: 0, events_in_them: 0, events_on_minority_spelling: 0, others: 0 }
  const found = stored
    ? await oneRow(
        db,
        `select
           count(distinct usual_id) as groups_with_variants,
           coalesce(sum(events), 0) + (
             select coalesce(sum(usual_events), 0) from (select distinct usual_id, usual_events from ${failures}) as usual
           ) as events_in_them,
           coalesce(sum(events), 0) as events_on_minority_spelling,
           count(*) as others
         from ${failures}`,
      )
    : none
  const expected = {
    groups_with_variants,
    events_in_them,
    events_on_minority_spelling,
    others: ids_as_written - ids_lower,
  }
  const spellings: Values = stored
    ? await map(
        db,
        `select distinct usual_id as name, usual_events as value from ${failures}
         union all
         select group_id, events from ${failures}`,
      )
    : {}
  const listed = Object.fromEntries(facts.top.flatMap(({ spellings: each }) => Object.entries(each)))
  const ofListed = Object.fromEntries(Object.keys(listed).map((id) => [id, spellings[id]]))
  return [...same(what, expected, numbers(found)), ...same(what, listed, ofListed)]
}

/** Sums come as decimals from one engine and as whole numbers from the other. */
const numbers = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))

/** Of one key, or by key. */
function hotDays(facts: DataSet['facts']['hot_groups']): [key: string, days: HotDays][] {
  if (facts === undefined) return []
  if (typeof facts.key === 'string') return [[facts.key, facts as unknown as HotDays]]
  return Object.entries(facts as Record<string, HotDays>)
}

/** Groups with more than so many events on a day, from the rollup of days. */
async function compareHotDays(db: Warehouse, key: string, facts: HotDays): Promise<Comparison[]> {
  const what = `hot groups of ${key}`
  const days = `(
    select group_id, cast(day as text) as day, sum(events) as events
    from group_days
    where group_key = '${key}'
    group by group_id, day
  ) as days`
  const comparisons: Comparison[] = []
  for (const [name, expected] of Object.entries(facts)) {
    const most = /^over_(\d+)$/.exec(name)?.[1]
    if (most === undefined) continue
    const found = await oneRow(
      db,
      `select count(*) as group_days, count(distinct group_id) as group_ids from ${days} where events > ${most}`,
    )
    comparisons.push(...same(`${what} ${name}`, expected as Values, found))
  }
  const top = Object.fromEntries(
    facts.top.map(({ day, group_id: id, events }) => [`${id} on ${day}`, events]),
  )
  const least = Math.min(...Object.values(top))
  const found = await map(
    db,
    `select group_id || ' on ' || day as name, cast(events as bigint) as value from ${days} where events >= ${least}`,
  )
  const ofTop = Object.fromEntries(Object.keys(top).map((name) => [name, found[name]]))
  return [...comparisons, ...same(what, top, ofTop)]
}

/** Rows that were sent again, from the events and from the rollup of days. */
export async function compareResent(db: Warehouse, { raw_shapes }: Facts): Promise<Comparison[]> {
  const { lines, duplicate_lines, unique_insert_ids } = raw_shapes.mixpanel
  const expected = { lines, duplicate_lines, unique_insert_ids }
  const ofEvents = await oneRow(
    db,
    `select sum(copies) as lines, sum(copies - 1) as duplicate_lines, count(*) as unique_insert_ids from events`,
  )
  const ofDays = await oneRow(
    db,
    `select
       sum(received) as lines, sum(received) - sum(events) as duplicate_lines, sum(events) as unique_insert_ids
     from event_days`,
  )
  return [...same('resent', expected, numbers(ofEvents)), ...same('resent by day', expected, numbers(ofDays))]
}
