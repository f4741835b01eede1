/** How checks say amounts, days and lists of values in sentences. */
import { plural } from '../problems.ts'
import { countOf, shown, type Row } from './check.ts'

/** How to mend what cannot happen: gwh itself makes one row for each. */
export const FIX_OF_OWN_ROWS =
  'Run `gwh build` again if something else has written to the relation; otherwise this is a fault in gwh, so please report it.'

/** `12 events`. */
export const eventsOf = (value: unknown): string => plural(countOf(value), 'event')

/** `2024-03-01`, of a time or a day; `an unknown day` where there is none. */
export function dayOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return typeof value === 'string' ? value.slice(0, 10) : 'an unknown day'
}

/** `on 2024-03-01`, or `from 2024-03-01 to 2024-03-19`. */
export function between(from: unknown, to: unknown): string {
  const [first, last] = [dayOf(from), dayOf(to)]
  return first === last ? `on ${first}` : `from ${first} to ${last}`
}

/** `12 events, from 2024-03-01 to 2024-03-19`. */
export const seen = (events: unknown, from: unknown, to: unknown): string =>
  countOf(events) === 0 ? 'no events' : `${eventsOf(events)}, ${between(from, to)}`

/** `a text`, `a text and a number`, `a text, a number and a list`. */
export const enumerated = (given: readonly string[]): string =>
  given.length < 2 ? (given[0] ?? '') : `${given.slice(0, -1).join(', ')} and ${given.at(-1)}`

/** `80.0 %`; with more digits where that would look like another share that it is not. */
export function percent(share: unknown, other: unknown = share): string {
  const text = (value: unknown, digits: number) => `${(Number(value) * 100).toFixed(digits)} %`
  const isClear = (digits: number) =>
    Number(share) === Number(other) || text(share, digits) !== text(other, digits)
  return text(share, [1, 2, 3, 4, 5].find(isClear) ?? 6)
}

/** A value that may hold what nobody sees: white space other than blanks, and accents written apart, as `\u0301`. */
export function visibly(value: unknown): string {
  if (typeof value !== 'string') return shown(value)
  const hidden = /[^\S ]|[\p{Cc}\p{Cf}\p{M}]/gu
  return shown(
    value.replaceAll(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

/** The parts that are there, separated. */
export const parts = (...given: readonly (string | undefined | false)[]): string =>
  given.filter((part) => typeof part === 'string' && part !== '').join(', ')

/** Which of two spellings has a profile, for the end of a sentence. */
export function profiled(row: Row, one: string, other: string): string | undefined {
  const [first, second] = [row['has_profile'] === true, row['usual_has_profile'] === true]
  if (first && second) return 'both have a profile'
  if (!first && !second) return undefined
  return `only ${first ? one : other} has a profile`
}
