/** Parquet files that are damaged inside: DuckDB fails on them, and mostly without saying which file it was. */
import { filesRelation, type FileReader } from '../engines/file_reader.ts'
import { engineOf, WarehouseError, type Warehouse } from '../engines/index.ts'
import type { Catalog, Source } from '../graph/catalog.ts'
import { sql } from '../sql/sql.ts'
import { DAMAGED, fileFault, type FileFault } from './file_faults.ts'
import { filesMatching } from './files.ts'

/**
 * What is wrong with the file that a query in the warehouse failed on.
 * @param names the sources that it may have read
 */
export function faultOf(
  error: WarehouseError,
  names: ReadonlySet<string>,
  { project, sources }: Catalog,
  warehouse: Warehouse,
): Promise<FileFault | undefined> {
  const reader = engineOf(project).readFiles === undefined ? undefined : (warehouse as FileReader)
  const read = sources.filter(({ name }) => names.has(name))
  return faultIn(error, read, reader)
}

/**
 * The same of a query of the reader. Files are read for it only where the message is one of damage and names none
 * of them, and only up to the first that is damaged.
 * @returns undefined where it is no fault of a file
 */
export async function faultIn(
  { message, refusal }: WarehouseError,
  sources: readonly Source[],
  reader: FileReader | undefined,
): Promise<FileFault | undefined> {
  if (refusal !== undefined) return undefined
  const named = fileFault(message)
  if (named !== undefined || reader === undefined || !NAMELESS.test(message)) return named
  for (const { relation } of sources) {
    if (relation.kind !== 'files' || relation.format !== 'parquet') continue
    for (const pattern of relation.files) {
      for (const file of await filesMatching(pattern, reader)) {
        const reason = await damageIn(file, reader)
        if (reason !== undefined) return { file, line: undefined, reason, excerpt: undefined, ...DAMAGED }
      }
    }
  }
  return undefined
}

/** What the readers of pages and of their compression say; all else that DuckDB says has a class of its own. */
const NAMELESS = /^Invalid Error: |Invalid unicode \(byte sequence mismatch\)/

/** Every value of a file is read: its pages have no checksums that could be looked at instead. */
async function damageIn(file: string, reader: FileReader): Promise<string | undefined> {
  try {
    const from = filesRelation({ files: [file], format: 'parquet' })
    await reader.query(sql`select max(hash(columns(*))) from ${from}`)
    return undefined
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== undefined) throw error
    const [first = ''] = error.message.split('\n')
    return (
      fileFault(error.message)?.reason ??
      `is damaged: ${first.replace(/^[A-Z]\w*( \w+)* Error: /, '').trim()}`
    )
  }
}
