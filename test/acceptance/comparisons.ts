/** What the facts say against what is published. */
import { openFileReader } from '../../src/engines/file_reader.ts'
import type { Warehouse } from '../../src/engines/index.ts'
import type { Facts, History, Members, Numbers } from './histories.ts'
import {
  BY_EVENT,
  COMPANIES_BY_KIND,
  COMPANY_ROWS,
  DISTINCT,
  EVENT_COUNTS,
  EVENTS_BY_KIND,
  EXPORT_COUNTS,
  GROUP_COUNTS,
  map,
  MONTHS_WITHOUT_BOTS,
  oneRow,
  PARTICIPANTS_BY_MONTH,
  SHAPES,
  uniqueGroups,
  USERS_BY_MONTH,
  type Value,
  type Values,
} from './published.ts'

const LOWER = 'company_id_lc'

export interface Comparison {
  readonly what: string
  readonly expected: Value
  readonly found: Value
}

export const passed = ({ expected, found }: Comparison): boolean => expected === found

/** One comparison per name on either side: a name that is missing on one side is a difference. */
export function same(what: string, expected: Values | undefined, found: Values): Comparison[] {
  if (expected === undefined) return []
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  return names.map((name) => ({ what: `${what} ${name}`, expected: expected[name], found: found[name] }))
}

/** As `same`, where the facts know more than was asked for. */
const sameOf = (
  what: string,
  expected: Readonly<Record<string, Value | Numbers>>,
  found: Values,
): Comparison[] => same(what, pick(expected, Object.keys(found)), found)

function pick(values: Readonly<Record<string, Value | Numbers>>, names: readonly string[]): Values {
  const entries = Object.entries(values).filter(
    (entry): entry is [string, Value] => typeof entry[1] !== 'object',
  )
  return Object.fromEntries(entries.filter(([name]) => names.includes(name)))
}

/** What the flat tables and the raw exports must both give. */
export async function compareEvents(db: Warehouse, facts: Facts): Promise<Comparison[]> {
  const { counts, uniques_by_month: months } = facts
  const companies = await uniqueGroups(db, 'company_id', 'month')
  const areas = await uniqueGroups(db, 'area', 'month')
  const participants = await map(db, PARTICIPANTS_BY_MONTH)
  return [
    ...sameOf('counts', counts, await oneRow(db, EVENT_COUNTS)),
    ...sameOf('counts', counts, await oneRow(db, GROUP_COUNTS)),
    ...same('by_event', counts.by_event, await map(db, BY_EVENT)),
    ...sameOf('distinct', counts.distinct, await map(db, DISTINCT)),
    ...same('unique company_id by month', months['company_id'], companies),
    ...same('unique area by month', months['area'], areas),
    ...same('unique participant_company_lc by month', months['participant_company_lc'], participants),
    ...same('unique user_id by month', months['user_id'], await map(db, USERS_BY_MONTH)),
  ]
}

/** What only the flat tables have: companies in lower case, and Group Tables with everyone in them. */
export async function compareFlat(db: Warehouse, history: History): Promise<Comparison[]> {
  const { facts } = history
  const { by_profile_kind: kinds, unique_company_lc_by_month_no_bots: noBots } = facts
  const attributed = Number(facts.counts['rows']) - Number(facts.counts['null_company'])
  const rows = { company_id: attributed, [LOWER]: attributed }
  const months = await uniqueGroups(db, LOWER, 'month')
  return [
    ...same('event_groups rows', rows, await map(db, COMPANY_ROWS)),
    ...same(`unique ${LOWER} by month`, facts.uniques_by_month[LOWER], months),
    ...same(`unique ${LOWER} by month without bots`, noBots, await map(db, MONTHS_WITHOUT_BOTS)),
    ...byWeek(facts, await uniqueGroups(db, LOWER, 'week')),
    ...byDay(facts, await uniqueGroups(db, LOWER, 'day')),
    ...(await members(db, 'company_lc', LOWER, facts.authors_per_company)),
    ...(await members(db, 'area', 'area', facts.authors_per_area)),
    ...(await everyCompany(db, history)),
    ...same('companies by kind', kinds?.companies, await map(db, COMPANIES_BY_KIND)),
    ...same('events by kind', kinds?.events, await map(db, EVENTS_BY_KIND)),
  ]
}

/** What only the raw exports tell: the shape of their events after deduplication, and their profile lines. */
export async function compareExport(db: Warehouse, facts: Facts): Promise<Comparison[]> {
  const { after_dedup: shapes, unique_insert_ids, group_profile_lines } = facts.raw_shapes.mixpanel
  const repos = await uniqueGroups(db, 'repo_id', 'month')
  return [
    ...same('after_dedup', shapes, await oneRow(db, SHAPES)),
    ...same('export', { unique_insert_ids, group_profile_lines }, await oneRow(db, EXPORT_COUNTS)),
    ...same('unique repo_id by month', facts.uniques_by_month['repo_id'], repos),
  ]
}

function byWeek({ unique_company_lc_by_week: facts }: Facts, found: Values): Comparison[] {
  if (facts === undefined) return []
  const { last_20: last, ...whole } = facts
  return [
    ...same(`unique ${LOWER} by week`, whole, { weeks: Object.keys(found).length, sum: sum(found) }),
    ...same(`unique ${LOWER} by week`, last, Object.fromEntries(Object.entries(found).slice(-20))),
  ]
}

function byDay({ unique_company_lc_by_day: facts }: Facts, found: Values): Comparison[] {
  if (facts === undefined) return []
  const [day, most] = facts.max
  const expected = { days: facts.days, sum: facts.sum, max: most, [day]: most }
  const max = Math.max(...Object.values(found).map(Number))
  const whole = { days: Object.keys(found).length, sum: sum(found), max, [day]: found[day] }
  return same(`unique ${LOWER} by day`, expected, whole)
}

export const sum = (values: Values): number =>
  Object.values(values).reduce((total: number, n) => total + Number(n), 0)

/** Users and events of groups, from their profiles and from the links to users. */
async function members(
  db: Warehouse,
  noun: string,
  key: string,
  facts: Members | undefined,
): Promise<Comparison[]> {
  if (facts === undefined) return []
  const { groups, user_group_pairs, top } = facts
  const whole = await oneRow(
    db,
    `select
       (select count(*) from ${noun}_profiles where events > 0) as groups,
       (select count(*) from user_groups where group_key = '${key}') as user_group_pairs`,
  )
  const all = await db.query<Member>(
    `select ${key} as group_id, events, users from ${noun}_profiles order by users desc`,
  )
  const listed = byGroup(top)
  const what = `authors per ${noun}`
  return [
    ...same(what, { groups, user_group_pairs }, whole),
    ...same(what, byPlace(top), byPlace(all.slice(0, top.length))),
    ...same(what, listed, pick(byGroup(all), Object.keys(listed))),
  ]
}

type Member = Members['top'][number]

/** Groups of as many users may stand in any order, so places are compared by their users. */
const byPlace = (rows: readonly Member[]): Values =>
  Object.fromEntries(rows.map(({ users }, i) => [`users of place ${i + 1}`, users]))

const byGroup = (rows: readonly Member[]): Values =>
  Object.fromEntries(
    rows.flatMap(({ group_id: id, events, users }) => [
      [`events of ${id}`, events],
      [`users of ${id}`, users],
    ]),
  )

/** The whole table behind the list of companies: from the profiles, and the users again from their links. */
async function everyCompany(db: Warehouse, { authorsPerCompany: file }: History): Promise<Comparison[]> {
  if (file === undefined) return []
  await using reader = await openFileReader()
  const expected = await reader.query<Member>(
    `select group_id, events, users from '${file.replaceAll("'", "''")}'`,
  )
  const profiles = await db.query<Member>(
    'select company_id_lc as group_id, events, users from company_lc_profiles where events > 0',
  )
  const links = await map(
    db,
    `select group_id as name, count(*) as value from user_groups where group_key = 'company_id_lc' group by 1`,
  )
  const linked: Values = {}
  for (const { group_id: id, users } of expected) if (users > 0) linked[id] = users
  return [
    ...same('company_lc_profiles', byGroup(expected), byGroup(profiles)),
    ...same('user_groups of', linked, links),
  ]
}
