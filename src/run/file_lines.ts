/** Where a record of a text file begins, in lines as an editor counts them. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

const CHUNK = 1024 * 1024
const LINE_FEED = 10

/**
 * DuckDB counts records, and one record with a line break inside of quotes is several lines of the file.
 *
 * @param record the number of the record, from 1: its line is at least that
 * @param text the record as it stands in the file
 * @returns undefined where the file is not here, or is compressed or encoded otherwise
 */
export function lineOfRecord(file: string, record: number, text: string): number | undefined {
  const [first = ''] = text.split(/\r?\n/)
  if (first === '' || !existsSync(file)) return undefined
  const wanted = Buffer.from(first)
  let line = 0
  for (const bytes of linesOf(file)) {
    line += 1
    if (line >= record && bytes.equals(wanted)) return line
  }
  return undefined
}

/** A chunk at a time, for files may be larger than memory. */
function* linesOf(file: string): Generator<Buffer> {
  const from = openSync(file, 'r')
  try {
    let rest = Buffer.alloc(0)
    for (;;) {
      const chunk = Buffer.alloc(CHUNK)
      const length = readSync(from, chunk)
      if (length === 0) break
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)])
      let start = 0
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        yield withoutReturn(bytes.subarray(start, end))
        start = end + 1
      }
      rest = bytes.subarray(start)
    }
    if (rest.length > 0) yield withoutReturn(rest)
  } finally {
    closeSync(from)
  }
}

const withoutReturn = (line: Buffer) => (line.at(-1) === 13 ? line.subarray(0, -1) : line)
