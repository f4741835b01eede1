/** The parts of reports in words: what they look for, and why there is none. */
import type { Ask, Part } from '../graph/report_parts.ts'
import { plural } from '../problems.ts'
import { isDay } from '../project/local_time.ts'
import type { Filter, Range } from '../project/report_schema.ts'
import { countOf, type Row } from './check.ts'
import { between, enumerated, visibly } from './sentences.ts'

/** `kind`, `company_id.tier`; that of a group may be read in two more ways. */
export function propertyText({ property, of, through, properties }: Filter): string {
  const whose = of === 'event' ? '' : `${of}.`
  const way = through === 'user' ? ' (through user)' : properties === 'as_of' ? ' (as of then)' : ''
  return `${whose}${property}${way}`
}

const SYMBOLS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

const WORDS = {
  in: 'in',
  not_in: 'not in',
  contains: 'containing',
  not_contains: 'not containing',
  starts_with: 'starting with',
} as const

/** What an event has that meets it: `kind = 'B'`, `any kind`. */
export function askText({ filter, said = 'it', because }: Ask): string {
  const text = filter ? filterText(filter) : said
  return because === undefined ? text : `${text}, ${because}`
}

function filterText(filter: Filter): string {
  const { op, value } = filter
  const name = propertyText(filter)
  if (op === 'is_null') return `no ${name}`
  if (op === 'is_not_null') return `any ${name}`
  const list = (value === undefined ? [] : [value].flat()).map(({ text }) => visibly(text))
  const one =
    Array.isArray(value) || op === 'in' || op === 'not_in' ? `(${list.join(', ')})` : (list[0] ?? '')
  // a list with `eq` is one of these as well
  if (op === 'eq' || op === 'neq') {
    const symbol = Array.isArray(value) ? WORDS[op === 'eq' ? 'in' : 'not_in'] : SYMBOLS[op]
    return `${name} ${symbol} ${one}`
  }
  if (op in SYMBOLS) return `${name} ${SYMBOLS[op as keyof typeof SYMBOLS]} ${list[0]?.slice(1, -1) ?? ''}`
  return `${name} ${WORDS[op as keyof typeof WORDS]} ${one}`
}

/** `'Buy' event`, or `event`. */
const eventText = ({ event }: Part): string => (event === undefined ? 'event' : `${visibly(event)} event`)

const asked = (asks: readonly Ask[]): string => enumerated(asks.map(askText))

/** `step 2 ('Buy' with kind = 'B')`. */
export function partText(part: Part): string {
  const { name, event, asks, whole, among } = part
  if (whole === true || among !== undefined) return name
  const own = asks.filter((ask) => ask.own || name === '')
  const what = `${event === undefined ? 'any event' : visibly(event)}${own.length > 0 ? ` with ${asked(own)}` : ''}`
  return name === '' ? what : `${name} (${what})`
}

/** Nobody that the report counts did it. */
export const nobodyText = (part: Part): string =>
  `no ${eventText(part)} ${part.by.kind === 'user' ? 'has a user' : `carries ${part.by.key.name}`}`

export const outsideText = (part: Part): string =>
  `every ${eventText(part)} with ${part.by.kind === 'group' ? part.by.key.name : 'a user'} is of a time at which that key does not count (\`registered_at\`, \`retired_at\`)`

/** One thing that is asked holds of no event. */
export function aloneText(part: Part, ask: Ask): string {
  const { filter } = ask
  if (part.among !== undefined && filter)
    return `no event that counts there has any ${propertyText(filter)}, so that all are in the one segment ''`
  if (filter?.op === 'is_null') return `every ${eventText(part)} has ${propertyText(filter)}`
  return `no ${eventText(part)} has ${askText(ask)}`
}

/** No profile names a group of the key. */
export const unlinkedText = ({ of }: Filter): string =>
  `no profile or link of a user names a group of ${of}, so that \`through: user\` finds none`

/** Each holds of some event, and never all of them of one. */
export function togetherText(part: Part, asks: readonly Ask[]): string {
  const both = asks.length === 2 ? 'both' : 'all of'
  return `no ${eventText(part)} has ${both} ${asked(asks)}, though each of these is there`
}

/** Whether a range is told in days and not in instants. */
export const hasDays = ({ from, to }: Range): boolean =>
  [from, to].every((bound) => bound === undefined || isDay(bound))

/** What a row says of events that lie outside of the range. */
export function outOfRangeText(part: Part, row: Row): string {
  const { range, asks } = part
  const [events, early] = [countOf(row['events']), countOf(row['early'])]
  const late = events - early
  const what = `${eventText(part)}${events === 1 ? '' : 's'}${asks.length > 0 ? ` with ${asked(asks)}` : ''}`
  const who = events === 1 ? `the one ${what} lies` : `all ${plural(events, '', '').trim()} ${what} lie`
  const when = hasDays(range)
    ? between(row['first_at'], row['last_at'])
    : betweenInstants(row['first_at'], row['last_at'])
  if (late === 0) return `${who} before ${String(range.from)}, the start of the range: ${when}`
  if (early === 0) return `${who} after ${String(range.to)}, the end of the range: ${when}`
  return `${who} outside of the range: ${early} before ${String(range.from)} and ${late} after ${String(range.to)}`
}

function betweenInstants(from: unknown, to: unknown): string {
  const text = (at: unknown) => (at instanceof Date ? at.toISOString() : String(at))
  return text(from) === text(to) ? `at ${text(from)}` : `from ${text(from)} to ${text(to)}`
}
