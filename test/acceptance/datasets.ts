/** The data sets in a folder whose facts tell what reports must answer. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import {
  isHistory,
  LayoutError,
  present,
  readHistory,
  type History,
  type Members,
  type Numbers,
} from './histories.ts'

export interface FunnelFacts {
  /** What is counted: a column of the events. */
  key: string
  steps: string[]
  window_s: number
  /** Who reached at least the first step, the second, … */
  any_strict: number[]
  any_nonstrict: number[]
  first_strict: number[]
  first_strict_by_month: Record<string, number[]>
  first_strict_seconds_to_convert: Numbers | null
  name?: string
}

/** By period after the start, from 0. */
export interface Kept {
  retained: number[]
  eligible: number[]
}

export interface RetentionFacts {
  key: string
  /** The last period. */
  K: number
  calendar_first: Kept
  rolling_first: Kept
  recurring: Kept
  birth_return: Kept & { birth: string; return: string }
}

export interface UsersPerGroup extends Members {
  key: string
}

/** Ids that are equal in lower case. */
export interface CaseVariants {
  ids_as_written: number
  ids_lower: number
  groups_with_variants: number
  events_in_them: number
  events_on_minority_spelling: number
  top: { id_lower: string; spellings: Numbers }[]
}

/** Groups with more than so many events on a day: `over_5` and so on. */
export interface HotDays {
  [over: `over_${number}`]: { group_days: number; group_ids: number }
  top: { day: string; group_id: string; events: number }[]
}

/** The answers about reports. A part that a data set lacks is not compared. */
export interface ReportFacts {
  dataset?: string
  counts: { rows?: number; by_event: Numbers; distinct: Numbers; attributions?: Numbers }
  uniques_by_month: Record<string, Numbers>
  unique_company_lc_by_month_no_bots?: Numbers
  unique_company_lc_by_month_los_angeles?: Numbers
  unique_company_lc_by_week?: { sum: number; last_20: Numbers }
  unique_company_lc_by_day?: { sum: number; max: [day: string, groups: number] }
  companies_with_2plus_committers_by_month?: Numbers
  funnels?: FunnelFacts[]
  retention?: RetentionFacts[]
  users_per_group?: UsersPerGroup
  case_variants?: Record<string, CaseVariants>
  /** By key, or of the key that it names. */
  hot_groups?: Record<string, HotDays> | ({ key: string } & Record<string, unknown>)
  /** `unique_<key>_by_week_sum` and `unique_<key>_by_day_sum`. */
  [sum: `unique_${string}_sum`]: number
}

export interface DataSet {
  readonly name: string
  readonly facts: ReportFacts
  /** Its events as a relation of DuckDB. */
  readonly events: string
  /** Which user a device belongs to, where not all events name one. */
  readonly devices: string | undefined
  /** The furthest step of every group, for some of the funnels. */
  readonly funnelDetail: string | undefined
  /** The cohorts of companies and who of them returned. */
  readonly companyCohorts: string | undefined
  /** Of millions of events. */
  readonly isLarge: boolean
}

/** What is compared of one folder: the relations of a history, the reports on any data set. */
export interface Given {
  readonly name: string
  readonly history: History | undefined
  /** Or why it cannot be compared here. */
  readonly dataSet: DataSet | string
}

const LARGE = 2_000_000

/** Where the events are that are in no folder of data sets. */
const FLIGHTS =
  'its events are in an npm package: `npm pack vega-datasets@3.2.1`, unpack it, and give --flights package/data/flights-3m.parquet'

/**
 * @param folder of data sets, or one of them
 * @param flights the file with the events of the flights, which is in no folder of data sets
 */
export function readFolder(folder: string, flights?: string): Given[] {
  const root = path.resolve(folder)
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new LayoutError(`There is no folder ${folder}.`)
  if (flights !== undefined && !existsSync(flights)) throw new LayoutError(`There is no file ${flights}.`)
  const dirs = dataFolders(root, 2)
  if (dirs.length === 0) throw new LayoutError(`${folder} holds no history and no other data set with facts.`)
  return dirs.map((dir) => ({
    name: path.basename(dir),
    history: isHistory(dir) ? readHistory(dir) : undefined,
    dataSet: readDataSet(dir, flights),
  }))
}

const factsOf = (dir: string) => present(dir, 'facts/facts.json') ?? present(dir, 'facts.json')
const eventsOf = (dir: string) => present(dir, 'events.parquet')

/** Folders with facts or events, at most so many levels down. */
function dataFolders(dir: string, depth: number): string[] {
  if (factsOf(dir) !== undefined || isHistory(dir)) return [dir]
  return depth === 0 ? [] : foldersIn(dir).flatMap((child) => dataFolders(child, depth - 1))
}

const foldersIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(dir, name))
    .sort()

export function readDataSet(dir: string, flights?: string): DataSet | string {
  const file = factsOf(dir)
  if (file === undefined) throw new LayoutError(`${dir} has no facts/facts.json or facts.json.`)
  const facts = JSON.parse(readFileSync(file, 'utf8')) as ReportFacts
  const events = relationOf(dir, facts, flights)
  if (events === undefined) return FLIGHTS
  return {
    name: path.basename(dir),
    facts,
    events,
    isLarge: Number(facts.counts.rows) > LARGE,
    devices: present(dir, 'device_user.parquet'),
    funnelDetail: beside(file, 'funnel_detail.parquet'),
    companyCohorts: beside(file, 'retention_company_calendar.parquet'),
  }
}

const beside = (file: string, name: string) => present(path.dirname(file), name)

function relationOf(dir: string, { dataset }: ReportFacts, flights: string | undefined): string | undefined {
  if (dataset === 'flights') return flights === undefined ? undefined : flightEvents(path.resolve(flights))
  const own = eventsOf(dir)
  // facts without events are about the events of all folders beside them
  const files = own === undefined ? foldersIn(path.dirname(dir)).map(eventsOf) : [own]
  return `read_parquet([${files.flatMap((file) => (file === undefined ? [] : [quoted(file)])).join(', ')}])`
}

const flightEvents = (file: string): string => `(
  select
    case when delay > 15 then 'Late' when delay < 0 then 'Early' else 'On Time' end as event,
    date as time, origin, destination, [origin, destination] as airports
  from read_parquet(${quoted(file)})
)`

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
