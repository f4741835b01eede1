/** The first bytes of a file: what it is, whatever its name says. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import type { FileFormat } from '../engines/index.ts'
import { otherByBytes, packedParquet, type OtherFile } from '../project/other_files.ts'

export interface FileHead {
  /** The first bytes, of a compressed file as they are before it is compressed. */
  readonly bytes: Buffer
  /** They are all that there is. */
  readonly whole: boolean
}

/** Bytes that are enough for a header of a thousand columns. */
const FIRST = 256 * 1024

/** Compressed in a way that only the reader knows. */
export const isPacked = (file: string): boolean => /\.zst$/i.test(file)

/** Undefined for files elsewhere, and for those that are compressed in a way that only the reader knows. */
export function headOf(file: string, length = FIRST): FileHead | undefined {
  if (file.includes('://') || isPacked(file)) return undefined
  const open = openSync(file, 'r')
  try {
    const { size } = fstatSync(open)
    const bytes = Buffer.alloc(Math.min(size, length))
    const read = bytes.subarray(0, readSync(open, bytes, 0, bytes.length, 0))
    const whole = size <= length
    if (!/\.gz$/i.test(file) || !isGzip(read)) return { bytes: read, whole }
    // The end of what is compressed may be missing.
    return { bytes: gunzipSync(read, { finishFlush: constants.Z_SYNC_FLUSH }), whole }
  } finally {
    closeSync(open)
  }
}

const startsWith = (bytes: Buffer, ...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte)
export const isGzip = (bytes: Buffer) => startsWith(bytes, 0x1f, 0x8b)

/**
 * What a file is, where it is not what it is read as; undefined where nothing speaks against it.
 * @param encoding as the project gives it
 */
export function otherwise(
  file: string,
  { bytes, whole }: FileHead,
  format: FileFormat,
  encoding = 'utf-8',
): OtherFile | undefined {
  const other = otherByBytes(file, bytes) ?? packedParquet(file, bytes)
  if (other) return other
  if (isGzip(bytes))
    return {
      is: 'compressed with gzip',
      fix: `Give it the ending that says so: \`${path.basename(file)}.gz\`.`,
    }
  if (startsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd))
    return {
      is: 'compressed with zstd',
      fix: `Give it the ending that says so: \`${path.basename(file)}.zst\`.`,
    }
  const isParquet = startsWith(bytes, 0x50, 0x41, 0x52, 0x31)
  if (format === 'parquet') return isParquet ? undefined : noParquet(bytes)
  if (isParquet) return { is: 'a Parquet file', fix: 'Say `format: parquet`.' }
  const utf16 = isUtf16(bytes)
  if (utf16 && (format === 'ndjson' || encoding !== 'utf-16'))
    return { is: 'encoded in UTF-16', fix: toEncode(file, format, 'utf-16', 'UTF-16') }
  if (format === 'ndjson') {
    const first = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()[0]
    if (first === '[')
      return {
        is: 'one JSON array',
        fix: `Lines are read, an object each: ${toLines(file, "jq -c '.[]'")} makes them.`,
      }
    if (first === '{' && isOverLines(bytes))
      return {
        is: 'JSON with an object over several lines',
        fix: `Lines are read, an object each: ${toLines(file, 'jq -c .')} makes them.`,
      }
    if (startsWith(bytes, 0xef, 0xbb, 0xbf))
      return {
        is: 'marked with a byte order mark, which JSON must not have',
        fix: `Take its first three bytes away: ${toLines(file, 'tail -c +4')}.`,
      }
    if (!utf16 && first !== undefined && first !== '{')
      return {
        is: 'no lines of JSON objects: it does not begin with one',
        fix: 'Each line is one JSON object. If it is something else, say what: `format: csv` or `format: parquet`.',
      }
  }
  const textual = format === 'ndjson' || encoding === 'utf-8'
  if (!utf16 && textual && !isUtf8(bytes, whole))
    return { is: 'not encoded in UTF-8', fix: toEncode(file, format, 'windows-1252', 'WINDOWS-1252') }
  return undefined
}

/** Whether the first line is a part of an object, and the next line none of its own. */
function isOverLines(bytes: Buffer): boolean {
  const [first = '', second = ''] = bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return (
    /[{[,:]$/.test(first) && second !== '' && !isJson(first) && !(second.startsWith('{') && isJson(second))
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A command that writes lines of JSON into another file. @param command what reads the text of the file */
function toLines(file: string, command: string): string {
  const name = path.basename(file)
  const from = /\.gz$/i.test(name) ? `gzip -dc ${name} | ${command}` : `${command} ${name}`
  return `\`${from} > ${lined(file)}\``
}

/** Another name than its own: a shell empties a file that it is to write before it is read. */
function lined(file: string): string {
  const name = path.basename(file)
  const other = name.replace(/(\.[a-z]+)?(\.gz)?$/i, '.ndjson')
  return other === name ? `lines-${name}` : other
}

const noParquet = (bytes: Buffer): OtherFile =>
  bytes.length === 0
    ? {
        is: 'empty',
        fix: 'Was it written to the end? A Parquet file without rows still has a header and a footer.',
      }
    : { is: 'no Parquet file', fix: 'Say what it is: `format: csv` or `format: ndjson`.' }

/** CSV is read in other encodings when the project says which; JSON is UTF-8. */
function toEncode(file: string, format: FileFormat, option: string, name: string): string {
  const name8 = path.basename(file)
  const convert = `\`iconv -f ${name} -t UTF-8 ${name8} > utf8-${name8}\``
  return format === 'csv'
    ? `Say how it is encoded: \`csv: { encoding: ${option} }\`, or convert it: ${convert}.`
    : `JSON is UTF-8: convert it, ${convert}.`
}

/** By its mark, or by the zeros that every other byte of Latin text is. */
function isUtf16(bytes: Buffer): boolean {
  if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff)) return true
  const some = bytes.subarray(0, 256)
  const zeros = (from: number) => some.filter((byte, i) => i % 2 === from && byte === 0).length
  return some.length >= 8 && Math.max(zeros(0), zeros(1)) > some.length / 4
}

/** A character that is cut off at the end is none that is wrong. */
function isUtf8(bytes: Buffer, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole })
    return true
  } catch {
    return false
  }
}
