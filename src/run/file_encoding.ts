/** Files in an encoding that DuckDB does not read, written once more in UTF-8 below `target/`. */
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  utimesSync,
} from 'node:fs'
import path from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { CsvOptions } from '../project/file_schema.ts'
import { requireInside } from '../project/inside.ts'
import type { Project } from '../project/load.ts'
import { WarehouseError } from '../engines/index.ts'

type Encoding = CsvOptions['encoding']

const FOLDER = 'target/utf8'

/** DuckDB has no reader for the one, and reads the other only in one order of bytes and without all characters. */
export const isCopied = (encoding: Encoding | undefined): encoding is 'windows-1252' | 'utf-16' =>
  encoding === 'windows-1252' || encoding === 'utf-16'

/**
 * @param bytes the first of a file
 * @returns the name of its encoding as `TextDecoder` has it; UTF-16 begins with a mark or with a Latin letter
 */
export function decoderLabel(bytes: Buffer, encoding: Encoding = 'utf-8'): string {
  if (encoding === 'latin-1') return 'latin1'
  if (encoding !== 'utf-16') return encoding
  const bigEndian = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] !== 0)
  return bigEndian ? 'utf-16be' : 'utf-16le'
}

/**
 * Lines that are left out before the header are empty in the copy, so that those after them keep their numbers: the
 * reader would take a quote in one for the beginning of a field, which ends anywhere or never.
 * A copy has the time of its file, which may be replaced by one that is older than the copy.
 * @param skip how many lines are left out
 * @returns the files in UTF-8, in the same order; those that are there are left as they are
 */
export async function inUtf8(
  files: readonly string[],
  encoding: Encoding,
  skip: number,
  project: Project,
): Promise<string[]> {
  requireInside(project, FOLDER)
  const folder = path.join(project.dir, FOLDER)
  mkdirSync(folder, { recursive: true })
  const written: string[] = []
  for (const file of files) {
    const hash = createHash('sha256').update(`${encoding} ${skip} ${file}`).digest('hex').slice(0, 8)
    const copy = path.join(folder, `${hash}-${path.basename(file).replace(/\.gz$/i, '')}`)
    const { mtime } = statSync(file)
    if (!existsSync(copy) || statSync(copy).mtime.getTime() !== mtime.getTime()) {
      await write(file, copy, encoding, skip)
      utimesSync(copy, mtime, mtime)
    }
    written.push(copy)
  }
  return written
}

async function write(file: string, copy: string, encoding: Encoding, skip: number): Promise<void> {
  const emptied = emptyLines(skip)
  let decoder: InstanceType<typeof TextDecoder> | undefined
  const text = (chunk: Buffer, more: boolean) => {
    decoder ??= new TextDecoder(decoderLabel(chunk, encoding), { fatal: true })
    try {
      return decoder.decode(chunk, { stream: more })
    } catch {
      throw new WarehouseError(`File is not ${encoding} encoded\n  file = ${file}`, {})
    }
  }
  const bytes: Readable = /\.gz$/i.test(file)
    ? createReadStream(file).pipe(createGunzip())
    : createReadStream(file)
  const decoded = new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        done(null, emptied(text(chunk, true)))
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        done(null, emptied(text(Buffer.alloc(0), false)))
      } catch (error) {
        done(error as Error)
      }
    },
  })
  // another process may write the same copy at the same time
  const written = `${copy}.${process.pid}.tmp`
  await pipeline(bytes, decoded, createWriteStream(written))
  renameSync(written, copy)
}

/** Of a text in parts: leaves nothing but their ends of the first lines. */
function emptyLines(lines: number): (part: string) => string {
  let left = lines
  let endsInReturn = false
  return (part) => {
    let kept = ''
    let at = 0
    for (; left > 0 && at < part.length; at++) {
      const character = part[at] ?? ''
      if (character !== '\n' && character !== '\r') {
        if (endsInReturn) left -= 1
        if (left === 0) break
        endsInReturn = false
        continue
      }
      if (endsInReturn && character === '\r') left -= 1
      if (left === 0) break
      kept += character
      if (character === '\n') left -= 1
      endsInReturn = character === '\r'
    }
    return kept + part.slice(at)
  }
}
