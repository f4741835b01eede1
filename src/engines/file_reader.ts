/** What reads files for every engine, and runs unit tests in memory: one engine of its own, whatever the target is. */
import type { TargetOptions } from './targets.ts'

export { isNested, usualValue } from './duckdb/read_files.ts'
export {
  asTexts,
  completed,
  kindOf,
  rowsQuery,
  type RowColumn,
  type RowType,
  type ValueKind,
} from './duckdb/rows.ts'

/** A target in memory. */
export const inMemory = (schema: string): TargetOptions => ({ type: 'duckdb', path: ':memory:', schema })
