/** What reads files for every engine, and runs unit tests in memory: one engine of its own, whatever the target is. */
import type { Sql } from '../sql/sql.ts'
import { duckdb } from './duckdb/index.ts'
import type { DuckDBWarehouse } from './duckdb/warehouse.ts'
import type { FilesToRead } from './functions.ts'
import type { TargetOptions } from './targets.ts'

export const FILE_ENGINE = duckdb

export type FileReader = DuckDBWarehouse

/** A database in memory that reads files on behalf of others. */
export async function openFileReader(signal?: AbortSignal): Promise<FileReader> {
  const { openDuckDBInMemory } = await import('./duckdb/warehouse.ts')
  return openDuckDBInMemory(signal)
}

/** A table function over files. */
export function filesRelation(files: FilesToRead): Sql {
  if (!FILE_ENGINE.readFiles) throw new TypeError(`${FILE_ENGINE.title} reads no files`)
  return FILE_ENGINE.readFiles(files)
}

/** A target in memory. */
export const inMemory = (schema: string): TargetOptions => ({ type: 'duckdb', path: ':memory:', schema })

export { hasMixedFloats, isNested, textLines, usualValue, utcOf } from './duckdb/read_files.ts'
export {
  asTexts,
  completed,
  kindOf,
  rowsQuery,
  type RowColumn,
  type RowType,
  type ValueKind,
} from './duckdb/rows.ts'
