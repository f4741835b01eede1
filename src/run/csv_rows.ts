/** Rows of the CSV files that only the lenient reader takes, which leaves out the fields that are too many. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { CsvOptions } from '../project/file_schema.ts'
import { decoded, firstRecord, withoutLines, type CsvHead } from './csv_head.ts'
import type { FileFault } from './file_faults.ts'

/** Characters of a row in a message. */
const LONGEST = 200

/** @returns the first row that has not as many fields as there are columns */
export function miscounted(
  file: string,
  { names, delimiter }: CsvHead,
  csv: CsvOptions | undefined,
): FileFault | undefined {
  const bytes = readFileSync(file)
  const text = decoded(/\.gz$/i.test(file) ? gunzipSync(bytes) : bytes, csv?.encoding)
  const quote = csv?.quote ?? '"'
  let rest = withoutLines(text, csv?.skip ?? 0)
  let line = 1 + breaks(text.slice(0, text.length - rest.length))
  for (;;) {
    const record = firstRecord(rest, delimiter, quote, csv?.escape ?? quote)
    if (record === undefined) return undefined
    const { fields, start, end } = record
    line += breaks(rest.slice(0, start))
    if (fields.length !== names.length) {
      return {
        file,
        line,
        reason: `expected ${names.length} fields, found ${fields.length}`,
        excerpt: rest.slice(start, end).trimEnd().slice(0, LONGEST),
        fix: 'Correct the line: a field with a delimiter in it needs quotes around it.',
      }
    }
    line += breaks(rest.slice(start, end))
    rest = rest.slice(end)
  }
}

const breaks = (text: string): number => (text.match(/\r\n|\n|\r/g) ?? []).length
