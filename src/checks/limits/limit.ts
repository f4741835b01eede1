/** One limit of the project: its number, and who says so. */
import type { Plan } from '../../graph/plan.ts'
import type { Location } from '../../problems.ts'
import { LIMIT_PROFILES, type LimitName } from '../../project/limits.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import { countOf, type Row } from '../check.ts'

export interface Limit {
  readonly name: LimitName
  readonly value: number
  /** `limits profile mixpanel`, or that the project says so. */
  readonly source: string
  /** Where the project overrides it. */
  readonly at: Location | undefined
}

/** @returns undefined where there is no such limit, and so nothing to test */
export function limitOf(plan: Plan, name: LimitName): Limit | undefined {
  const { project } = plan.catalog
  const { profile, [name]: own } = project.limits
  const value = own === undefined ? LIMIT_PROFILES[profile][name] : own
  if (value === null) return undefined
  return {
    name,
    value,
    source: own === undefined ? `limits profile ${profile}` : `limits.${name} of the project`,
    at: own === undefined ? undefined : project.locate(['limits', name]),
  }
}

/** What a test of one limit makes of it; none where there is no limit. */
export function ofLimit<Made>(plan: Plan, name: LimitName, make: (limit: Limit) => Made[]): Made[] {
  const limit = limitOf(plan, name)
  return limit === undefined ? [] : make(limit)
}

export const amount = (value: number): string => value.toLocaleString('en-US')

/** Follows `than`: `300 (limits profile mixpanel)`. */
export const said = ({ value, source }: Limit): string => `${amount(value)} (${source})`

/** Ends a list of columns: failures stand for themselves wherever they are stored. */
export const limitColumns = ({ value, source }: Limit): Sql =>
  sql`${literal(value)} as allowed, ${literal(source)} as allowed_by`

/** The beginning of a text that may be of any length. */
export const beginning = (text: unknown, room = 40): string => {
  const all = String(text)
  return all.length > room ? `${all.slice(0, room)}…` : all
}

/** `301, allowed are 300 by limits profile mixpanel`. */
export const overLimit = (found: unknown, row: Row): string =>
  `${amount(countOf(found))}, allowed are ${amount(countOf(row['allowed']))} by ${String(row['allowed_by'])}`
