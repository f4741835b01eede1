/**
 * All ways in which two warehouses' SQL differs, as one interface; a dialect is one file that fills it in.
 * Instants are `timestamp` without time zone in UTC on every warehouse, so that no session setting matters.
 */
import { duckdb } from './duckdb/functions.ts'
import { postgres } from './postgres/functions.ts'
import type { Dialect } from './functions.ts'

export type {
  ColumnType,
  Dialect,
  FilePart,
  FilesToRead,
  FileFormat,
  Period,
  PropertyType,
  SqlFunctions,
  TimeFormat,
  WeekDay,
} from './functions.ts'

export const DIALECTS = { duckdb, postgres } as const satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS
