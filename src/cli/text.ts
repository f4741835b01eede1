/** Tables and numbers for people. */
import Table from 'cli-table3'
import { withoutCommands } from '../project/plain_text.ts'
import { style } from './colours.ts'

export { style } from './colours.ts'

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Aligned columns under dim headings; numbers to the right; indented by two spaces. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const made = new Table({
    head: head.map((h) => style('dim', h)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
  })
  made.push(...rows.map((row) => row.map((text) => withoutCommands(text))))
  return made
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n')
}

export { thousands } from '../problems.ts'

export const seconds = (s: number): string =>
  s < 10 ? `${s.toFixed(2)} s` : s < 120 ? `${s.toFixed(1)} s` : `${(s / 60).toFixed(1)} min`

/** A value in a table cell. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return instantText(value)
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  return jsonText(value)
}

/** JSON of a value whose whole numbers may be larger than JavaScript's. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), indent)

/** `2024-01-31 12:00:00`, with milliseconds only where there are some. */
export function instantText(at: Date): string {
  if (Number.isNaN(at.getTime())) return ''
  return at
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.000$/, '')
}
