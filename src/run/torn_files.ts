/** Compressed files that break off: DuckDB reads them as far as they go, and says nothing. */
import { createReadStream, statSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { isGzip, isPacked } from './file_head.ts'
import type { FileFault } from './file_faults.ts'

/** What was found in a file of this name, size and time of change: a run looks at its files more than once. */
const looked = new Map<string, Promise<Finding | undefined>>()

type Finding = Pick<FileFault, 'reason' | 'fix'>

/** @returns undefined for a file that is whole, or not compressed */
export async function tornFault(file: string): Promise<FileFault | undefined> {
  const find = isPacked(file) ? zstdFault : /\.gz$/i.test(file) ? gzipFault : undefined
  if (find === undefined) return undefined
  const { size, mtimeMs } = statSync(file)
  if (size === 0) return { file, line: undefined, excerpt: undefined, ...EMPTY }
  const key = `${file}\0${size}\0${mtimeMs}`
  const finding = looked.get(key) ?? find(file)
  looked.set(key, finding)
  const found = await finding
  return found && { file, line: undefined, excerpt: undefined, ...found }
}

const AGAIN = 'Download it or write it again: what can be read of it is not all.'
const EMPTY: Finding = {
  reason: 'is empty: it has 0 bytes, and compressed files have a header',
  fix: 'Was it written to the end? Download it or write it again.',
}
const BREAKS_OFF: Finding = { reason: 'breaks off: its compressed data have no end', fix: AGAIN }
const damaged = (how: string): Finding => ({ reason: `its compressed data are damaged: ${how}`, fix: AGAIN })
const isNone = (what: string): Finding => ({
  reason: `its ending says ${what}, and it is not compressed with it`,
  fix: 'Give it the ending of what it is.',
})

/** All of it is unpacked, for its checksum stands at the end. */
async function gzipFault(file: string): Promise<Finding | undefined> {
  const start = Buffer.alloc(2)
  await reading(file, (handle) => handle.read(start, 0, 2, 0))
  if (!isGzip(start)) return isNone('gzip')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    await pipeline(createReadStream(file), createGunzip(), nowhere)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') return BREAKS_OFF
    if (code?.startsWith('Z_')) return damaged(message)
    throw error
  }
}

const FRAME = 0xfd2fb528

/** Frames that programs skip, by their first bytes; the last half byte is free. */
const SKIPPED = 0x184d2a50

/**
 * Frames have blocks that say how long they are and which is the last one, so that nothing has to be unpacked.
 * The layout is that of RFC 8878, section 3.1.
 */
const zstdFault = (file: string): Promise<Finding | undefined> =>
  reading(file, async (handle) => {
    const { size } = await handle.stat()
    let at = 0
    const number = async (bytes: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, at)
      at += bytes
      return bytesRead < bytes ? undefined : buffer.readUIntLE(0, bytes)
    }
    while (at < size) {
      const magic = await number(4)
      if (magic === undefined) return BREAKS_OFF
      if ((magic & 0xfffffff0) >>> 0 === SKIPPED) {
        const length = await number(4)
        if (length === undefined || (at += length) > size) return BREAKS_OFF
        continue
      }
      if (magic !== FRAME) return at === 4 ? isNone('zstd') : damaged('what follows a frame is none')
      const descriptor = await number(1)
      if (descriptor === undefined) return BREAKS_OFF
      at += headerRest(descriptor)
      for (let last = false; !last;) {
        const block = await number(3)
        if (block === undefined) return BREAKS_OFF
        last = (block & 1) === 1
        // of a block that repeats one byte only that byte is there
        at += ((block >> 1) & 3) === 1 ? 1 : block >> 3
      }
      if ((descriptor & 4) !== 0) at += 4
      if (at > size) return BREAKS_OFF
    }
    return undefined
  })

/** Bytes of a frame's header after its descriptor: the window, the id of a dictionary, the size of the content. */
function headerRest(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
  const content = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  return (isSingle ? 0 : 1) + dictionary + content
}

async function reading<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r')
  try {
    return await work(handle)
  } finally {
    await handle.close()
  }
}
