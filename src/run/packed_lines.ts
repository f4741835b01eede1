/** Lines that are left out before the header of a file that only DuckDB can unpack: where it counts them otherwise. */
import { textLines, type FileReader } from '../engines/file_reader.ts'
import { literal, sql } from '../sql/sql.ts'
import { csvSchema, type CsvOptions } from '../project/file_schema.ts'
import { plural } from '../problems.ts'
import { isCopied } from './file_encoding.ts'
import type { FileFault } from './file_faults.ts'
import { isPacked } from './file_head.ts'

const REPACK = 'Unpack it, or pack it with gzip: such files are read like any other.'

/** Empty lines that are looked at before a header. */
const MOST_EMPTY = 1000

/** @returns undefined where the file is read as one that is not compressed would be */
export async function packedFault(
  file: string,
  given: CsvOptions | undefined,
  reader: FileReader,
): Promise<FileFault | undefined> {
  if (!isPacked(file)) return undefined
  const csv = given ?? csvSchema.parse({})
  const fault = { file, line: undefined, excerpt: undefined }
  if (isCopied(csv.encoding))
    return { ...fault, reason: `text in ${csv.encoding}, which is not read from .zst`, fix: REPACK }
  const lines = await firstLines(file, csv.skip + MOST_EMPTY, csv, reader)
  const quoted = lines.slice(0, csv.skip).find((line) => beginsQuoted(line, csv))
  if (quoted !== undefined)
    return {
      ...fault,
      reason: 'a quote in a line before the header, which would be taken for the beginning of a field',
      excerpt: quoted.slice(0, 200),
      fix: REPACK,
    }
  const rest = lines.slice(csv.skip)
  if (rest.length < MOST_EMPTY && rest.every((line) => line === ''))
    return { ...fault, reason: 'is empty, without even a header', fix: 'Was it written to the end?' }
  const empty = rest.findIndex((line) => line !== '')
  if (csv.skip === 0 || empty <= 0) return undefined
  return {
    ...fault,
    reason: `${plural(empty, 'empty line')} after those that are left out`,
    fix: `Leave out as many lines more: \`skip: ${csv.skip + empty}\`.`,
  }
}

async function firstLines(
  file: string,
  limit: number,
  csv: CsvOptions,
  reader: FileReader,
): Promise<string[]> {
  const found = await reader.query<{ line: string | null }>(
    sql`select line from ${textLines(file, csv)} limit ${literal(limit)}`,
  )
  return found.map(({ line }) => line ?? '')
}

/** Whether a field of a line begins with a quote, whatever stands between fields. */
function beginsQuoted(line: string, { delimiter, quote }: CsvOptions): boolean {
  if (quote === '') return false
  const between = delimiter === undefined ? [',', ';', '\t', '|'] : [delimiter]
  return between.some((mark) => line.split(mark).some((field) => field.trimStart().startsWith(quote)))
}
