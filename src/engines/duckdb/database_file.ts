/** What a file is that is to be a DuckDB database, by its first bytes: DuckDB says less, or looks for an extension. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Location, Problem } from '../../problems.ts'

/** The header: a checksum of 8 bytes, `DUCK`, the storage version as a whole number of 8 bytes, flags of 32, names. */
const MAGIC_AT = 8
const VERSION_AT = 12
const LIBRARY_AT = 52
const LIBRARY_BYTES = 32
const HEADER_BYTES = LIBRARY_AT + LIBRARY_BYTES

/** Storage versions that DuckDB 1.5 reads, where it does not say which ones it does itself. */
const READABLE = { from: 64, to: 68 }

interface Header {
  /** Of the form of the file; only some versions of DuckDB raise it. */
  readonly storage: bigint
  /** The DuckDB that wrote it; empty before 0.10. */
  readonly library: string
}

/** Why something that exists is not opened at all; undefined where DuckDB can say what it is. */
export function notADatabase(file: string, place: string, at: Location | undefined): Problem | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  const refused = (message: string, fix: string): Problem => ({
    code: 'connection_failed',
    message,
    at,
    fix,
  })
  if (stats?.isDirectory()) {
    const inside = `Name a file in it, such as \`${place}/warehouse.duckdb\`.`
    return refused(`${place} is a folder, not a database file.`, inside)
  }
  if (stats?.isFile() && stats.size === 0) {
    const message = `${place} is empty: it has 0 bytes, and a DuckDB database has a header.`
    return refused(message, 'Remove it and build again, or name another file.')
  }
  if (stats?.isFile() && firstBytes(file)?.toString('latin1').startsWith(SQLITE)) {
    const message = `${place} is a database of SQLite, not of DuckDB.`
    return refused(message, 'Name another file, or move this one away; it has not been changed.')
  }
  return undefined
}

const SQLITE = 'SQLite format 3\0'

/**
 * A file of a version that the library does not read; undefined where that is not the matter.
 * @param said what DuckDB said about it
 */
export function otherVersion(
  file: string,
  place: string,
  {
    at,
    said,
    library,
  }: { readonly at: Location | undefined; readonly said: string; readonly library: string },
): Problem | undefined {
  const bytes = firstBytes(file)
  const header = bytes && headerOf(bytes)
  if (!header) return undefined
  const range = /versions? between (\d+) and (\d+)/.exec(said)
  const only = /can only read version (\d+)/.exec(said)
  const from = BigInt(range?.[1] ?? only?.[1] ?? READABLE.from)
  const to = BigInt(range?.[2] ?? only?.[1] ?? READABLE.to)
  const isNewer = header.storage > to
  const isRefused = range !== null || only !== null || /version number/i.test(said)
  if (!isNewer && header.storage >= from && !isRefused) return undefined
  const writer = header.library === '' ? 'another DuckDB' : `DuckDB ${header.library}`
  const reads = from === to ? `version ${from}` : `versions ${from} to ${to}`
  const copy = isNewer
    ? `Copy it with the DuckDB that wrote it: \`attach 'copy.duckdb' as copy (storage_version '${library}')\` and \`copy from database … to copy\`, or set \`storage_compatibility_version\` to '${library}' there before it is written.`
    : `Export it with the DuckDB that wrote it (\`export database 'folder'\`), and import the folder into a new file with DuckDB ${library}.`
  return {
    code: 'connection_failed',
    message: `${place} was written by ${writer} in storage version ${header.storage}. gwh has DuckDB ${library}, which reads storage ${reads}.`,
    at,
    cause: said.split('\n')[0],
    fix: `${copy} Or ${isNewer ? 'upgrade gwh' : 'move it away and build again'}, or name another file as \`path\`. The file has not been changed.`,
  }
}

function firstBytes(file: string): Buffer | undefined {
  try {
    const opened = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(HEADER_BYTES)
      return bytes.subarray(0, readSync(opened, bytes, 0, HEADER_BYTES, 0))
    } finally {
      closeSync(opened)
    }
  } catch {
    return undefined
  }
}

function headerOf(bytes: Buffer): Header | undefined {
  if (bytes.length < VERSION_AT + 8 || bytes.toString('latin1', MAGIC_AT, VERSION_AT) !== 'DUCK')
    return undefined
  const library = bytes.toString('latin1', LIBRARY_AT, LIBRARY_AT + LIBRARY_BYTES).replace(/\0.*$/s, '')
  return { storage: bytes.readBigUInt64LE(VERSION_AT), library: /^[\w.+-]+$/.test(library) ? library : '' }
}
