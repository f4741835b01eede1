/**
 * All ways in which two warehouses' SQL differs, as one interface; a dialect is one file that fills it in.
 * Instants are `timestamp` without time zone in UTC on every warehouse, so that no session setting matters.
 */
import { duckdb } from './duckdb.ts'
import { postgres } from './postgres.ts'
import type { Dialect } from './dialect.ts'

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
} from './dialect.ts'

export const DIALECTS = { duckdb, postgres } as const satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS
