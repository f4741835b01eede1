/** What happened in a random log, who counts it, and which events a condition or filter is true of. */
import { ids } from '../oracle.ts'
import type { Calendar, Range } from './calendar.ts'

export type Value = string | number | boolean | null

/** A line of the log, as it is written. */
export interface LogLine {
  readonly event: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly user: string | null
  readonly company: Value | readonly Value[]
  readonly properties: Readonly<Record<string, Value>>
}

export interface Profile {
  readonly createdAt: number | null
  readonly properties: Readonly<Record<string, Value>>
}

export interface World extends Calendar {
  readonly log: readonly LogLine[]
  readonly services: readonly string[]
  readonly registeredAt: number | undefined
  /** Profiles of groups and of users; not all of them have one. */
  readonly companies: Readonly<Record<string, Profile>>
  readonly users: Readonly<Record<string, Profile>>
}

/** An event as an entity sees it. */
export interface Happening {
  /** Settles which of two events of one instant is the first, where that has to be said. */
  readonly id: string
  readonly event: string
  readonly at: number
  readonly user: string | undefined
  readonly companies: readonly string[]
  readonly properties: Readonly<Record<string, Value>>
}

/** @param eventIds of the lines of the log, in their order */
export function happenings(world: World, eventIds: readonly string[]): Happening[] {
  return world.log.map(({ event, at, user, company, properties }, i) => ({
    id: eventIds[i] ?? '',
    event,
    at,
    user: user === null || user === '' || world.services.includes(user) ? undefined : user,
    companies: world.registeredAt !== undefined && at < world.registeredAt ? [] : ids(company),
    properties,
  }))
}

/** A row of a relation, without `rule`. */
export type OracleRow = Record<string, string | number | boolean | null>

/** `user`, or the group key. */
export type By = 'user' | 'company_id'

/** Entity → its events. */
export function streams(events: readonly Happening[], by: By): Map<string, Happening[]> {
  const found = new Map<string, Happening[]>()
  for (const event of events) {
    const entities = by === 'user' ? (event.user === undefined ? [] : [event.user]) : event.companies
    for (const entity of entities) found.set(entity, [...(found.get(entity) ?? []), event])
  }
  return found
}

export interface Filter {
  readonly property: string
  /** `event` unless said otherwise. */
  readonly of?: 'event' | 'user' | 'company_id'
  readonly op:
    'eq' | 'neq' | 'in' | 'not_in' | 'contains' | 'not_contains' | 'gte' | 'lt' | 'is_null' | 'is_not_null'
  readonly value?: string | number | readonly (string | number)[]
}

export interface Condition {
  readonly event?: string
  readonly any_event?: true
  readonly where?: readonly Filter[]
}

/** What every report has. */
export interface ReportSpec {
  readonly name: string
  readonly by: By
  readonly range?: Range
  readonly where?: readonly Filter[]
}

/** An event in the eyes of one who is counted. */
export interface View {
  readonly world: World
  readonly by: By
  readonly entity: string
}

export function meets(condition: Condition, event: Happening, view: View): boolean {
  return (
    (condition.any_event === true || condition.event === event.event) &&
    (condition.where ?? []).every((filter) => holds(filter, event, view))
  )
}

/** With several groups it is enough that the filter holds of one; without any the value is absent. */
export function holds(filter: Filter, event: Happening, view: View): boolean {
  const values = valuesOf(filter, event, view)
  return (values.length === 0 ? [undefined] : values).some((value) => compares(value, filter))
}

/** The texts of a property, one for each user or group that it is a property of. */
function valuesOf(
  { property, of = 'event' }: Pick<Filter, 'property' | 'of'>,
  event: Happening,
  { world, by, entity }: View,
): (string | undefined)[] {
  if (of === 'event') return [textOf(event.properties[property])]
  if (of === 'user') return [textOf(world.users[event.user ?? '']?.properties[property])]
  const companies = by === 'company_id' ? [entity] : event.companies
  return companies.map((company) => textOf(world.companies[company]?.properties[property]))
}

/** The values of a breakdown at an event; '' where there is none. */
export function segmentsOf(
  property: Pick<Filter, 'property' | 'of'>,
  event: Happening,
  view: View,
): string[] {
  const values = new Set(valuesOf(property, event, view).map((value) => value ?? ''))
  return values.size === 0 ? [''] : [...values]
}

export const textOf = (value: Value | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value)

function compares(value: string | undefined, { op, value: given }: Filter): boolean {
  const list = (Array.isArray(given) ? given : [given]).map(String)
  const one = list[0] ?? ''
  switch (op) {
    case 'eq':
    case 'in':
      return value !== undefined && list.includes(value)
    case 'neq':
    case 'not_in':
      return value === undefined || !list.includes(value)
    case 'contains':
      return value !== undefined && value.toLowerCase().includes(one.toLowerCase())
    case 'not_contains':
      return value === undefined || !value.toLowerCase().includes(one.toLowerCase())
    case 'gte':
    case 'lt': {
      if (value === undefined || value.trim() === '' || Number.isNaN(Number(value))) return false
      return op === 'gte' ? Number(value) >= Number(one) : Number(value) < Number(one)
    }
    case 'is_null':
      return value === undefined
    case 'is_not_null':
      return value !== undefined
  }
}

/** Byte for byte. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

export interface BreakdownSpec {
  readonly property: string
  readonly of?: 'event' | 'user' | 'company_id'
  readonly limit?: number
}

/** The values that are kept, those of most entities first. */
export function keptValues(
  seen: readonly { readonly entity: string; readonly segment: string }[],
  { limit = 25 }: BreakdownSpec,
): Set<string> {
  const entities = new Map<string, Set<string>>()
  for (const { entity, segment } of seen) {
    if (segment === '') continue
    entities.set(segment, (entities.get(segment) ?? new Set()).add(entity))
  }
  const inOrder = [...entities].sort(([a, x], [b, y]) => y.size - x.size || compareBytes(a, b))
  return new Set(inOrder.slice(0, limit).map(([segment]) => segment))
}

export const named = (segment: string, kept: ReadonlySet<string>): string =>
  segment === '' || kept.has(segment) ? segment : '$other'
