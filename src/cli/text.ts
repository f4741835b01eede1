/** Tables and numbers for people. */
import stringWidth from 'string-width'
import { withoutCommands } from '../project/plain_text.ts'
import { style } from './colours.ts'

export { style } from './colours.ts'

/** Aligned columns under dim headings; numbers to the right; indented by two spaces. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const plain = rows.map((row) => row.map((text) => withoutCommands(text)))
  const lines = [head.map((h) => style('dim', h)), ...plain].flatMap(linesOf)
  const widths = head.map((_, i) =>
    lines.reduce((most, line) => Math.max(most, stringWidth(line[i] ?? '')), 0),
  )
  const padded = (text: string, i: number) => {
    const blank = ' '.repeat((widths[i] ?? 0) - stringWidth(text))
    return right.includes(i) ? blank + text : text + blank
  }
  return lines.map((line) => `  ${line.map(padded).join('  ')}`.trimEnd()).join('\n')
}

/** A row as lines: as many as its highest cell has. */
function linesOf(row: readonly string[]): string[][] {
  const cells = row.map((text) => text.split('\n'))
  const height = Math.max(...cells.map((cell) => cell.length))
  return Array.from({ length: height }, (_, i) => cells.map((cell) => cell[i] ?? ''))
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
