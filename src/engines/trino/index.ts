/** Trino, as far as SQL can be written for it: no project can name it as its target yet. */
import { reserve } from '../../sql/keywords.ts'
import { STANDARD } from '../../sql/spelling.ts'
import type { SqlEngine } from '../engine.ts'
import { functions } from './functions.ts'

/** Reserved in the grammar of Trino 483, and no words of others. */
export const RESERVED =
  'alter cube current_path deallocate delete drop escape insert listagg prepare recursive rollup skip uescape unnest'.split(
    ' ',
  )
reserve(RESERVED)

export const trino: SqlEngine = {
  title: 'Trino',
  // of an Iceberg table in a file metastore; in characters, of which a byte is the least
  longestName: 128,
  spelling: STANDARD,
  reserved: RESERVED,
  // It writes expressions out wherever they are read, and its planner dies of long chains of them.
  computesOnce: false,
  functions,
  readFiles: undefined,
}
