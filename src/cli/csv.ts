/** Rows as CSV: for spreadsheets, which run what looks like a formula, or for machines as they are. */
import { shownControls, withoutCommands } from '../project/plain_text.ts'
import { cell } from './text.ts'

export interface CsvOptions {
  /** Values as they are. */
  readonly raw: boolean
  /** Hides secrets in a text. */
  readonly hide: (text: string) => string
}

/**
 * Lines of CSV. Null is nothing, and an empty text two quotes, as the databases write and read CSV. Unless `raw` is
 * asked for, a text that a spreadsheet would run begins with an apostrophe, and controls are shown.
 * @param lines the names of the columns, and the rows
 */
export function csvText(lines: readonly (readonly unknown[])[], options: CsvOptions): string {
  const text = lines.map((values) => `${values.map((value) => field(value, options)).join(',')}\n`).join('')
  return options.raw ? text : withoutCommands(text)
}

function field(value: unknown, { raw, hide }: CsvOptions): string {
  if (value === null || value === undefined) return ''
  const given = hide(cell(value))
  const text = raw || typeof value === 'number' ? given : guarded(given)
  return text === '' || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Spreadsheets of some countries take a semicolon or a tab for the end of a value. */
const NEEDS_QUOTES = /[",;\t\r\n]/

/** What spreadsheets take for the beginning of a formula, also behind quotes and blanks. */
const FORMULA = /^["\s]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function guarded(text: string): string {
  const guard = FORMULA.test(text) && !NUMBER.test(text) ? "'" : ''
  return guard + shownControls(text, '\n\t')
}
