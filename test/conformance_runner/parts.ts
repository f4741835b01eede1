/** The parts that queries of a case are written with, and how a report of gwh says the same. */
import * as z from 'zod'
import { spelled } from './clock.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])

const OPERATORS = [
  'eq',
  'neq',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'gt',
  'gte',
  'lt',
  'lte',
  'is_null',
  'is_not_null',
] as const

/** Whose property it is: `event`, `user` or `group:KEY`. */
const source = z.string().regex(/^(event|user|group:.+)$/s, 'is not event, user or group:KEY')

const filter = z.strictObject({
  property: z.string(),
  source: source.optional(),
  op: z.enum(OPERATORS),
  value: z.union([scalar, z.array(scalar)]).nullish(),
})

export const filters = z.array(filter)

export const conditionFields = {
  event: z.string().optional(),
  any_event: z.literal(true).optional(),
  where: filters.optional(),
}

export const oneEvent = (c: { event?: string | undefined; any_event?: true | undefined }) =>
  (c.event === undefined) !== (c.any_event === undefined)

export const ONE_EVENT = 'names either an event or any_event'

export const condition = z.strictObject(conditionFields).refine(oneEvent, ONE_EVENT)

export const range = z
  .strictObject({
    from: z.string().optional(),
    to: z.string().optional(),
    from_date: z.iso.date().optional(),
    to_date: z.iso.date().optional(),
    timezone: z.string().optional(),
  })
  .refine(
    (r) =>
      (r.from === undefined || r.from_date === undefined) && (r.to === undefined || r.to_date === undefined),
    'is given both as instants and as dates',
  )

export const breakdown = z.strictObject({ property: z.string(), source: source.optional() })

export const period = z.enum(['hour', 'day', 'week', 'month'])

/** The local time at which a period begins. */
export const periodStart = z.string().transform(spelled)

/** Fields that any type of query may have, because the project and all reports know them. */
export const commonFields = {
  timezone: z.string().optional(),
  week_start: z
    .enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
    .optional(),
  filter: filters.optional(),
  group_key_registered_at: z.string().optional(),
}

/** Numbers of steps, periods or entities. */
export const counts = z.array(z.number())

export type Filter = z.output<typeof filter>
export type Condition = z.output<typeof condition>
export type Range = z.output<typeof range>
export type Period = z.output<typeof period>
type Breakdown = z.output<typeof breakdown>

const ownerOf = (given: string | undefined) => (given ?? 'event').replace(/^group:/, '')

/** Undefined fields vanish when the project is written as JSON. */
export function filtersOf(given: readonly Filter[] = []): object[] {
  return given.map(({ property, source: from, op, value }) => ({
    property,
    of: ownerOf(from),
    op,
    value: value ?? undefined,
  }))
}

export function conditionOf({ event, any_event, where }: Condition): object {
  return { event, any_event, where: filtersOf(where) }
}

export function breakdownOf({ property, source: from }: Breakdown): object {
  return { property, of: ownerOf(from) }
}

export function rangeOf(given: Range | undefined): object | undefined {
  if (given === undefined) return undefined
  return { from: given.from_date ?? instantOf(given.from), to: given.to_date ?? instantOf(given.to) }
}

/** Instants of cases are UTC, whether they say so or not; a bare date stays one, which is a whole day for gwh. */
function instantOf(text: string | undefined): string | undefined {
  return text !== undefined && /T[\d:.]+$/.test(text) ? `${text}Z` : text
}
