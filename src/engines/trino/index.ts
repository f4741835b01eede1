/** Trino, as far as SQL can be written for it: no project can name it as its target yet. */
import type { SqlEngine } from '../engine.ts'
import { functions } from './functions.ts'

export const trino: SqlEngine = {
  title: 'Trino',
  // of an Iceberg table in a file metastore; in characters, of which a byte is the least
  longestName: 128,
  // It writes expressions out wherever they are read, and its planner dies of long chains of them.
  computesOnce: false,
  functions,
  readFiles: undefined,
}
