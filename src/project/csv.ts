/** CSV as RFC 4180 has it: fields in quotes may hold commas, quotes (doubled) and line breaks. */

import { plural } from '../problems.ts'

export interface CsvTable {
  readonly columns: readonly string[]
  /** Fields in order; an empty field without quotes is null. */
  readonly rows: readonly { readonly line: number; readonly fields: readonly (string | null)[] }[]
}

/** What is wrong with a CSV text, and on which of its lines (from 1). */
export class CsvError extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.name = 'CsvError'
    this.line = line
  }
}

/**
 * Reads CSV with a heading. Lines that are empty are left out, unless there is only one column.
 * @throws CsvError for an open quote, a heading with a name twice, a row of too many or too few fields
 */
export function readCsv(text: string): CsvTable {
  const [heading, ...rest] = recordsOf(text.replace(/^\uFEFF/, ''))
  if (!heading) throw new CsvError('There is no heading.', 1)
  const columns = heading.fields.map((field) => field?.trim() ?? '')
  const doubled = columns.find((column, i) => columns.indexOf(column) !== i)
  if (columns.includes('')) throw new CsvError('A column has no name.', heading.line)
  if (doubled !== undefined) throw new CsvError(`The column \`${doubled}\` is there twice.`, heading.line)
  const wrong = rest.find(({ fields }) => fields.length !== columns.length)
  if (wrong) {
    throw new CsvError(
      `A row has ${plural(wrong.fields.length, 'field')} where the heading has ${columns.length}.`,
      wrong.line,
    )
  }
  return { columns, rows: rest }
}

interface CsvRecord {
  readonly line: number
  readonly fields: (string | null)[]
}

function recordsOf(text: string): CsvRecord[] {
  const records: CsvRecord[] = []
  const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/y
  let at = 0
  let line = 1
  let record: CsvRecord = { line, fields: [] }
  while (at < text.length) {
    field.lastIndex = at
    const [whole = '', quoted, bare = ''] = field.exec(text) ?? []
    at += whole.length
    const next = text[at]
    if (next !== undefined && !',\r\n'.includes(next)) {
      throw new CsvError(
        whole === '' && next === '"'
          ? 'A quote is opened and not closed.'
          : 'There is text beside a quoted field.',
        line,
      )
    }
    record.fields.push(quoted?.replaceAll('""', '"') ?? (bare === '' ? null : bare))
    line += whole.split('\n').length - 1
    if (next === ',') {
      at += 1
      // A comma at the very end stands before an empty field.
      if (at === text.length) record.fields.push(null)
      continue
    }
    records.push(record)
    at += text.startsWith('\r\n', at) ? 2 : 1
    line += 1
    record = { line, fields: [] }
  }
  if (record.fields.length > 0 && records.at(-1) !== record) records.push(record)
  const single = records[0]?.fields.length === 1
  return records.filter(({ fields }) => single || fields.length > 1 || fields[0] !== null)
}
