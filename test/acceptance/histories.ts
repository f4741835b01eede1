/** Where a history keeps its files and the answers that someone else worked out for it. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Numbers = Record<string, number>

export interface Members {
  groups: number
  user_group_pairs: number
  top: { group_id: string; events: number; users: number }[]
}

/** The answers that are compared. A part that a history lacks is not compared. */
export interface Facts {
  counts: { by_event: Numbers; distinct: Numbers; [name: string]: number | string | Numbers }
  uniques_by_month: Record<string, Numbers>
  unique_company_lc_by_month_no_bots?: Numbers
  unique_company_lc_by_week?: { weeks: number; sum: number; last_20: Numbers }
  unique_company_lc_by_day?: { days: number; sum: number; max: [day: string, groups: number] }
  authors_per_company?: Members
  authors_per_area?: Members
  by_profile_kind?: { events: Numbers; companies: Numbers }
  raw_shapes: {
    mixpanel: {
      lines: number
      duplicate_lines: number
      after_dedup: Numbers
      unique_insert_ids: number
      group_profile_lines: number
    }
  }
}

export interface History {
  readonly name: string
  readonly dir: string
  readonly events: string
  readonly companies: string
  readonly areas: string
  readonly facts: Facts
  /** All users and events of every company, where the history has that table. */
  readonly authorsPerCompany: string | undefined
  readonly mixpanel: MixpanelFiles
}

export interface MixpanelFiles {
  readonly exports: readonly string[]
  readonly groups: string
  /** The export holds only the newest events. */
  readonly isSample: boolean
}

/** A folder that cannot be read as histories and other data sets. */
export class LayoutError extends Error {}

/** A folder whose events are also there as a raw export. */
export const isHistory = (dir: string): boolean =>
  ['events.parquet', 'mixpanel/groups.ndjson.gz'].every((name) => present(dir, name) !== undefined)

export function readHistory(dir: string): History {
  const facts = found(dir, ['facts/facts.json', 'facts.json'])
  return {
    name: path.basename(dir),
    dir,
    events: found(dir, ['events.parquet']),
    companies: found(dir, ['profiles_company.parquet', 'companies.parquet']),
    areas: found(dir, ['profiles_area.parquet', 'areas.parquet']),
    facts: JSON.parse(readFileSync(facts, 'utf8')) as Facts,
    authorsPerCompany: present(dir, 'facts/authors_per_company.parquet'),
    mixpanel: mixpanelFiles(dir),
  }
}

function mixpanelFiles(dir: string): MixpanelFiles {
  const groups = found(dir, ['mixpanel/groups.ndjson.gz'])
  const sample = present(dir, 'mixpanel/export-sample.ndjson')
  if (sample !== undefined) return { exports: [sample], groups, isSample: true }
  const exports = ['export-1', 'export-2'].map((name) => found(dir, [`mixpanel/${name}.ndjson.gz`]))
  return { exports, groups, isSample: false }
}

/** The first of the names that exists. */
function found(dir: string, names: readonly string[]): string {
  for (const name of names) {
    const file = present(dir, name)
    if (file !== undefined) return file
  }
  throw new LayoutError(`${dir} has no ${names.join(' or ')}.`)
}

export function present(dir: string, name: string): string | undefined {
  const file = path.join(dir, name)
  return existsSync(file) ? file : undefined
}
