/** The header of a CSV file: the names of its columns, and how its fields and lines end. */
import type { CsvOptions } from '../project/file_schema.ts'
import { decoderLabel } from './file_encoding.ts'
import type { FileHead } from './file_head.ts'

export interface CsvHead {
  readonly names: readonly string[]
  /** Names that are there more than once, and where: fields count from 1. */
  readonly repeated: Readonly<Record<string, readonly number[]>>
  readonly delimiter: string
  /** Empty lines before it. */
  readonly blank: number
  /** Its lines do not all end alike, or its header is on several: the strict reader would lose rows. */
  readonly lenient: boolean
  /** There is a line after the header. */
  readonly hasRows: boolean
}

const DELIMITERS = [',', ';', '\t', '|']

/**
 * @param wanted columns that are read: of several delimiters it is the one with which they are found
 * @returns undefined for a file without a line, or whose first record does not end within what was read
 */
export function csvHead(
  file: string,
  { bytes, whole }: FileHead,
  csv: CsvOptions | undefined,
  wanted: readonly string[],
): CsvHead | undefined {
  const text = withoutLines(decoded(bytes, csv?.encoding), csv?.skip ?? 0)
  const given = csv?.delimiter ?? (/\.tsv(\.(gz|zst))?$/i.test(file) ? '\t' : undefined)
  const quote = csv?.quote ?? '"'
  const found = (given === undefined ? DELIMITERS : [given]).flatMap((delimiter) => {
    const record = firstRecord(text, delimiter, quote, csv?.escape ?? quote)
    if (record === undefined || (record.end === text.length && !whole)) return []
    const known = csv?.names
      ? Number(record.fields.length === csv.names.length)
      : record.fields.filter((name) => wanted.includes(name)).length
    return [{ ...record, delimiter, known }]
  })
  const [best] = found.sort((a, b) => b.known - a.known || b.fields.length - a.fields.length)
  if (!best) return undefined
  return {
    names: toldApart(csv?.names ?? best.fields),
    repeated: repeatedIn(csv?.names ?? best.fields),
    delimiter: best.delimiter,
    blank: (text.slice(0, best.start).match(/\r\n|\n|\r/g) ?? []).length,
    lenient: /[\r\n]/.test(text.slice(best.start, best.end).trimEnd()) || endsDiffer(text, quote),
    hasRows: csv?.names !== undefined || text.slice(best.end).trim() !== '',
  }
}

export const decoded = (bytes: Buffer, encoding: CsvOptions['encoding'] | undefined): string =>
  new TextDecoder(decoderLabel(bytes, encoding)).decode(bytes)

export function withoutLines(text: string, lines: number): string {
  let rest = text
  for (let i = 0; i < lines; i++) rest = rest.replace(/^[^\r\n]*(\r\n|\n|\r|$)/, '')
  return rest
}

/** Whether lines end in more than one way, outside of quotes. */
function endsDiffer(text: string, quote: string): boolean {
  const ends = new Set<string>()
  const parts = quote === '' ? [text] : text.split(quote)
  for (const outside of parts.filter((_, i) => i % 2 === 0))
    for (const [end] of outside.matchAll(/\r\n|\n|\r(?!$)/g)) ends.add(end)
  return ends.size > 1
}

interface FirstRecord {
  readonly fields: readonly string[]
  readonly start: number
  /** Where the next record begins. */
  readonly end: number
}

/** @returns undefined where there is no record, or where its quotes do not end */
export function firstRecord(
  text: string,
  delimiter: string,
  quote: string,
  escape: string,
): FirstRecord | undefined {
  const start = /^[\r\n]*/.exec(text)?.[0].length ?? 0
  if (start === text.length) return undefined
  let at = start
  const fields: string[] = []
  let field = ''
  for (let quoted = false; ;) {
    const character = text[at]
    if (character === undefined) {
      if (quoted) return undefined
      return { fields: [...fields, field], start, end: text.length }
    }
    if (quoted) {
      if (escape !== '' && text.startsWith(escape + quote, at)) {
        field += quote
        at += escape.length + quote.length
      } else {
        if (character === quote) quoted = false
        else field += character
        at += 1
      }
    } else if (text.startsWith(delimiter, at)) {
      fields.push(field)
      field = ''
      at += delimiter.length
    } else if (character === '\n' || character === '\r') {
      const newLine = text.startsWith('\r\n', at) ? '\r\n' : character
      return { fields: [...fields, field], start, end: at + newLine.length }
    } else if (quote !== '' && character === quote && field === '') {
      quoted = true
      at += 1
    } else {
      field += character
      at += 1
    }
  }
}

/** Byte for byte; those that differ in case are told apart elsewhere. */
function repeatedIn(names: readonly string[]): Record<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [i, name] of names.entries())
    if (name !== '') places.set(name, [...(places.get(name) ?? []), i + 1])
  return Object.fromEntries([...places].filter(([, at]) => at.length > 1))
}

/** Names that the reader could not tell apart, and those that are missing, get a number: `id_1`, `column2`. */
function toldApart(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((written, i) => {
    const name = written === '' ? `column${i}` : written
    let free = name
    for (let n = 1; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`
    taken.add(free.toLowerCase())
    return free
  })
}
