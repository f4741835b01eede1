/** Compares rows as multisets, by value, and shows what is missing and what is too much. */
import type { ValueKind } from '../engines/file_reader.ts'
import { plural } from '../problems.ts'

/** A value in the one spelling that all equal values have; null is null. */
export function canonical(value: unknown, kind: ValueKind): string | null {
  if (value === null || value === undefined) return null
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : stable(value)
  switch (kind) {
    case 'number':
      return numberText(text)
    case 'instant':
      return instantText(text)
    case 'boolean':
      return text.toLowerCase()
    case 'json':
      return typeof value === 'string' ? parsed(value) : stable(value)
    case 'text':
      return text
  }
}

/** 2, 2.0 and 2e0 are one number. Sums of fractions differ in the last digits, which say nothing. */
function numberText(text: string): string {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, '')).toString()
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) return text
  return String(Number(value.toPrecision(12)) + 0)
}

const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/

/** `2024-01-31 12:00:00`, in UTC; without an offset it is UTC already. */
function instantText(text: string): string {
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', offset = 'Z'] = INSTANT.exec(text) ?? []
  if (day === undefined) return text
  const shift = /^[+-]/.test(offset)
    ? `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`
    : 'Z'
  const at = new Date(`${day}T${minutes}${seconds}${shift}`)
  if (Number.isNaN(at.getTime())) return text
  const rest = fraction.replace(/0+$/, '')
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}${rest === '' ? '' : `.${rest}`}`
}

function parsed(text: string): string {
  try {
    return stable(JSON.parse(text))
  } catch {
    return JSON.stringify(text)
  }
}

/** JSON with the members of objects in order. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${stable(item)}`).join(', ')}}`
  }
  return JSON.stringify(value)
}

export type CanonicalRow = readonly (string | null)[]

export interface Difference {
  readonly missing: readonly CanonicalRow[]
  readonly unexpected: readonly CanonicalRow[]
  /** Rows that are in both. */
  readonly same: number
}

/** What one multiset of rows has and the other has not. The order of rows means nothing. */
export function difference(expected: readonly CanonicalRow[], actual: readonly CanonicalRow[]): Difference {
  const left = new Map<string, number>()
  for (const row of actual) left.set(keyOf(row), (left.get(keyOf(row)) ?? 0) + 1)
  const missing = expected.filter((row) => {
    const count = left.get(keyOf(row)) ?? 0
    if (count > 0) left.set(keyOf(row), count - 1)
    return count === 0
  })
  const unexpected = actual.filter((row) => {
    const count = left.get(keyOf(row)) ?? 0
    if (count > 0) left.set(keyOf(row), count - 1)
    return count > 0
  })
  return { missing, unexpected, same: expected.length - missing.length }
}

const keyOf = (row: CanonicalRow) => JSON.stringify(row)

/** How many rows of each side are shown. */
const SHOWN = 20

/**
 * The difference for people: what it comes to, and the rows, those that are alike below one another.
 *
 *     1 row is missing and 1 is unexpected; 2 rows are as expected.
 *         company_id  users
 *       - acme        3
 *       + acme        2
 */
export function differenceText(
  columns: readonly string[],
  { missing, unexpected, same }: Difference,
): string {
  const counts = [
    ...(missing.length > 0 ? [`${isOrAre(missing.length, 'row')} missing (-)`] : []),
    ...(unexpected.length > 0 ? [`${isOrAre(unexpected.length, 'row')} unexpected (+)`] : []),
  ]
  const signed = paired(missing.slice(0, SHOWN), unexpected.slice(0, SHOWN))
  const cells = [columns.map((c) => c), ...signed.map(({ row }) => row.map(shown))]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const lines = cells.map((line, i) => {
    const text = line.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join('  ')
    return `  ${i === 0 ? ' ' : (signed[i - 1]?.sign ?? ' ')} ${text}`.trimEnd()
  })
  const hidden = Math.max(0, missing.length - SHOWN) + Math.max(0, unexpected.length - SHOWN)
  return [
    `${counts.join(', ')}; ${same === 0 ? 'none is' : isOrAre(same, 'row')} as expected.`,
    ...lines,
    ...(hidden > 0 ? [`    … and ${plural(hidden, 'more row')}`] : []),
  ].join('\n')
}

/** Each missing row above the unexpected one that shares most values with it; the others of them below. */
function paired(
  missing: readonly CanonicalRow[],
  unexpected: readonly CanonicalRow[],
): { sign: '-' | '+'; row: CanonicalRow }[] {
  const left = [...unexpected].sort(compared)
  const lines = [...missing].sort(compared).flatMap((row) => {
    const likeness = left.map((other) => other.filter((value, i) => value === row[i]).length)
    const most = Math.max(0, ...likeness)
    const twins = most === 0 ? [] : left.splice(likeness.indexOf(most), 1)
    return [{ sign: '-' as const, row }, ...twins.map((twin) => ({ sign: '+' as const, row: twin }))]
  })
  return [...lines, ...left.map((row) => ({ sign: '+' as const, row }))]
}

const isOrAre = (count: number, noun: string) => `${plural(count, noun)} ${count === 1 ? 'is' : 'are'}`

/** By the first column that differs; numbers by value. */
function compared(a: CanonicalRow, b: CanonicalRow): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? null
    if (left === right) continue
    if (left === null || right === null) return left === null ? 1 : -1
    const numbers = Number(left) - Number(right)
    if (!Number.isNaN(numbers) && numbers !== 0) return numbers
    return left < right ? -1 : 1
  }
  return 0
}

/** A cell: null as it is, and texts in quotes where one would not see what they are. */
function shown(value: string | null): string {
  if (value === null) return 'null'
  return value === '' || value === 'null' || value !== value.trim() || /[\n\r\t]/.test(value)
    ? JSON.stringify(value)
    : value
}
