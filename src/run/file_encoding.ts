/** Files in an encoding that DuckDB does not read, written once more in UTF-8 below `target/`. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Project } from '../project/load.ts'

const FOLDER = 'target/utf8'

/** @returns the files in UTF-8, in the same order; those that are there and not older are left as they are */
export async function inUtf8(
  files: readonly string[],
  encoding: string,
  project: Project,
): Promise<string[]> {
  const folder = path.join(project.dir, FOLDER)
  mkdirSync(folder, { recursive: true })
  const written: string[] = []
  for (const file of files) {
    const hash = createHash('sha256').update(`${encoding} ${file}`).digest('hex').slice(0, 8)
    const copy = path.join(folder, `${hash}-${path.basename(file).replace(/\.gz$/i, '')}`)
    if (!existsSync(copy) || statSync(copy).mtimeMs <= statSync(file).mtimeMs)
      await write(file, copy, encoding)
    written.push(copy)
  }
  return written
}

async function write(file: string, copy: string, encoding: string): Promise<void> {
  const decoder = new TextDecoder(encoding)
  const bytes: Readable = /\.gz$/i.test(file)
    ? createReadStream(file).pipe(createGunzip())
    : createReadStream(file)
  const decoded = new Transform({
    transform(chunk: Buffer, _, done) {
      done(null, decoder.decode(chunk, { stream: true }))
    },
  })
  await pipeline(bytes, decoded, createWriteStream(`${copy}.new`))
  renameSync(`${copy}.new`, copy)
}
