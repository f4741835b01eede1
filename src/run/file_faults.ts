/** What DuckDB says of a file that it cannot read: which file and line, and why, without advice on its own options. */
import path from 'node:path'
import type { Catalog, Source } from '../graph/catalog.ts'
import { thousands, type Problem } from '../problems.ts'
import type { WarehouseError } from '../engines/index.ts'
import { lineOfRecord } from './file_lines.ts'
import { isPacked } from './file_head.ts'

export interface FileFault {
  readonly file: string | undefined
  readonly line: number | undefined
  /** What is wrong there. */
  readonly reason: string
  /** The line as it stands in the file, or the value. */
  readonly excerpt: string | undefined
  readonly fix: string
}

/** Characters of a line in a message. */
const LONGEST = 200

/** @returns undefined for what is not about a file */
export function fileFault(message: string): FileFault | undefined {
  return csvFault(message) ?? jsonFault(message) ?? parquetFault(message)
}

function csvFault(message: string): FileFault | undefined {
  if (/File is not latin-1 encoded/.test(message)) {
    return {
      file: undefined,
      line: undefined,
      reason: 'bytes that latin-1 has no characters for',
      excerpt: undefined,
      fix: 'Files written on Windows often need `csv: { encoding: windows-1252 }`.',
    }
  }
  const file = /^ {2}file = (.+)$/m.exec(message)?.[1]
  if (/File is not utf-16 encoded/.test(message)) {
    return {
      file,
      line: undefined,
      reason: 'bytes that are not UTF-16',
      excerpt: undefined,
      fix: 'Say how the file is encoded, or leave `encoding` out for UTF-8.',
    }
  }
  if (file === undefined) return undefined
  const record = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  const excerpt = /^Original Line: (?:\r?\n(?!Expected ))?(.*)$/m.exec(message)?.[1]
  const line =
    record === undefined ? undefined : (lineOfRecord(file, Number(record), excerpt ?? '') ?? Number(record))
  const at = {
    file,
    line,
    excerpt: excerpt === undefined || excerpt.trim() === '' ? undefined : excerpt.slice(0, LONGEST),
  }
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message)
  if (counts) {
    return {
      ...at,
      reason: `expected ${counts[1]} fields, found ${counts[2]}`,
      fix: 'Correct the line: a field with a delimiter in it needs quotes around it. If the file is written in another way, say so under `csv:`.',
    }
  }
  if (/unterminated quote/i.test(message)) {
    return {
      ...at,
      reason: 'a quote that does not end, or text after one that does',
      fix: 'Quotes inside of quotes are doubled: "6"" nails". If quotes are plain characters in this file, say `csv: { quote: \'\' }`.',
    }
  }
  if (/Invalid unicode|File is not utf-8 encoded/i.test(message)) {
    return {
      ...at,
      reason: 'bytes that are not UTF-8',
      fix: 'Say how the file is encoded: `csv: { encoding: windows-1252 }`, or latin-1, or utf-16.',
    }
  }
  const conversion = /Error when converting column "([^"]+)"\. (.+)/.exec(message)
  if (conversion) {
    return {
      ...at,
      reason: `column \`${conversion[1]}\`: ${lowerFirst(conversion[2] ?? '')}`,
      fix: `Its type was found by other values. Give it one: \`column_types: { ${conversion[1]}: text }\`.`,
    }
  }
  if (/invalid state/i.test(message)) {
    return {
      ...at,
      reason: 'line ends of several kinds, or a stray carriage return',
      fix: "End all lines alike: `tr -d '\\r'` takes the carriage returns away.",
    }
  }
  const [first = '', second = ''] = message.split('\n').filter((text) => text.trim() !== '')
  return { ...at, reason: line === undefined ? first : second, fix: FIX }
}

const FIX = 'Correct the file, or say what it is: `format: parquet`, `format: csv` or `format: ndjson`.'

function jsonFault(message: string): FileFault | undefined {
  const malformed =
    /Malformed JSON in file "(.+?)", at byte (\d+) in line (\d+): (.+?)\.? *(?:Try auto.*)?$/m.exec(message)
  if (malformed) {
    const [, file, byte, line, reason = ''] = malformed
    // Lines are counted when the next one begins.
    return {
      file,
      line: Math.max(1, Number(line) - 1),
      reason: `no JSON at byte ${byte}, ${reason}`,
      excerpt: undefined,
      fix: 'Correct the line, or take it out: each line is one JSON object.',
    }
  }
  const other = /JSON transform error in file "(.+?)", in line (\d+): (.+)/.exec(message)
  if (!other) return undefined
  const [, file, line, reason = ''] = other
  return {
    file,
    line: Number(line),
    reason: lowerFirst(reason.slice(0, LONGEST)),
    excerpt: undefined,
    fix: 'Each line is one JSON object.',
  }
}

/** Of files that can be read in part. */
export const DAMAGED = { fix: 'Download it or write it again.' } as const

function parquetFault(message: string): FileFault | undefined {
  const damaged =
    /Failed to read file "(.+?)": (.+)/.exec(message) ??
    /Could not read enough bytes from file "(.+?)": (.+)/.exec(message) ??
    /bytes outside file: (.+?), (.+)/.exec(message)
  if (damaged) {
    const [, file, reason = ''] = damaged
    return { file, line: undefined, reason: `is damaged: ${reason}`, excerpt: undefined, ...DAMAGED }
  }
  const torn =
    /(?:Footer length error in|No magic bytes found at end of) file '(.+?)'|File '(.+?)' too small to be a Parquet/.exec(
      message,
    )
  if (torn) {
    return {
      file: torn[1] ?? torn[2],
      line: undefined,
      reason: 'breaks off: the footer that ends a Parquet file is not there',
      excerpt: undefined,
      ...DAMAGED,
    }
  }
  const found = /Invalid string encoding found in Parquet file "(.+?)": value "(.*)" is not valid UTF8/s.exec(
    message,
  )
  if (!found) return undefined
  return {
    file: found[1],
    line: undefined,
    reason: 'a text that is not UTF-8',
    excerpt: found[2]?.slice(0, LONGEST),
    fix: 'Write the file again with text in UTF-8; bytes that are no text cannot be read as a property or an id.',
  }
}

const lowerFirst = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1)

/** `data/e.csv, line 1,204: expected 4 fields, found 3`, with the line below it. */
export function faultText({ file, line, reason, excerpt }: FileFault, dir: string): string {
  const name = file === undefined ? undefined : inProject(file, dir)
  const where = [name, line === undefined ? undefined : `line ${thousands(line)}`].filter(Boolean).join(', ')
  return [
    `${where === '' ? '' : `${where}: `}${reason}`,
    ...(excerpt === undefined ? [] : [`  ${excerpt}`]),
  ].join('\n')
}

const inProject = (file: string, dir: string) => {
  const relative = path.relative(dir, file)
  return file.includes('://') || relative.startsWith('..') ? file : relative
}

/** The source that a file belongs to. */
export function sourceOfFile(file: string | undefined, catalog: Catalog): Source | undefined {
  if (file === undefined) return undefined
  return catalog.sources.find(
    ({ relation }) =>
      relation.kind === 'files' &&
      relation.files.some((pattern) => pattern === file || globText(pattern).test(file)),
  )
}

/** A file that cannot be read to the end, in the place of a result: the query that reads it is not at fault. */
export function faultMessage(fault: FileFault, catalog: Catalog): string {
  const source = sourceOfFile(fault.file, catalog)
  const of = source ? `Source \`${source.name}\`: ` : ''
  return [`${of}${faultText(fault, catalog.project.dir)}`, fault.fix].join('\n')
}

function globText(pattern: string): RegExp {
  const text = pattern.replaceAll(/\*\*\/?|[*?]|[.+^${}()|\\]/g, (found) => {
    if (found.startsWith('**')) return '.*'
    return found === '*' ? '[^/]*' : found === '?' ? '[^/]' : `\\${found}`
  })
  return new RegExp(`^${text}$`)
}

/** A source whose files cannot be read, as a problem. */
export function unreadable(
  source: Source,
  relation: { readonly format: string; readonly files: readonly string[] },
  found: FileFault | WarehouseError,
  catalog: Catalog,
): Problem {
  return {
    code: 'unreadable_file',
    message: `Source \`${source.name}\`: its files cannot be read as ${relation.format}.`,
    at: catalog.project.locate([...source.path, 'file']),
    cause: 'reason' in found ? faultText(found, catalog.project.dir) : firstLines(found.message),
    fix: 'reason' in found ? found.fix : isUnseen(relation) ? UNSEEN : FIX,
  }
}

/** The first lines are looked at before a file is read, to tell the reader how; those of zstd only it can unpack. */
const isUnseen = ({ format, files }: { readonly format: string; readonly files: readonly string[] }) =>
  format === 'csv' && files.some(isPacked)

const UNSEEN =
  'Unpack it, or pack it with gzip: line ends of several kinds, and what else is odd before the first row, are seen in such files, and not in .zst.'

/** What is said before advice on DuckDB's own options begins. */
function firstLines(message: string): string {
  const lines = message.split('\n')
  const advice = lines.findIndex((line) => line.trim() === '' || /^(Possible|Try |\* )/.test(line))
  return lines.slice(0, advice <= 0 ? 3 : Math.min(advice, 6)).join('\n')
}
