/** All engines. To add one: a folder beside these, a line here and a line in targets.ts. */
import type { Project } from '../project/load.ts'
import type { Sql } from '../sql/sql.ts'
import { duckdb } from './duckdb/index.ts'
import type { DuckDBWarehouse } from './duckdb/warehouse.ts'
import type { Engine } from './engine.ts'
import type { FilesToRead } from './functions.ts'
import { postgres } from './postgres/index.ts'
import type { TargetOptions } from './targets.ts'
import type { OpenOptions, Warehouse } from './warehouse.ts'

export type EngineName = TargetOptions['type']

export const ENGINES: Readonly<Record<EngineName, Engine>> = { duckdb, postgres }

export const engineOf = ({ target }: Pick<Project, 'target'>): Engine => ENGINES[target.type]

/** Reads files, for itself and for engines that load them; and runs unit tests, in memory. */
export const FILE_ENGINE = duckdb

export type FileReader = DuckDBWarehouse

/** @throws ProblemError `driver_missing`, `connection_failed`, `warehouse_locked`, `not_built` */
export const openWarehouse = (project: Project, options: OpenOptions = {}): Promise<Warehouse> =>
  engineOf(project).open(project, project.target, options)

/** A database in memory that reads files on behalf of others. */
export async function openFileReader(signal?: AbortSignal): Promise<FileReader> {
  const { openDuckDBInMemory } = await import('./duckdb/warehouse.ts')
  return openDuckDBInMemory(signal)
}

/** A table function over files, of the engine that reads them. */
export function filesRelation(files: FilesToRead): Sql {
  if (!FILE_ENGINE.readFiles) throw new TypeError(`${FILE_ENGINE.title} reads no files`)
  return FILE_ENGINE.readFiles(files)
}

export type { Engine } from './engine.ts'
export type {
  ColumnType,
  FileFormat,
  FilePart,
  FilesToRead,
  LineType,
  Period,
  PropertyType,
  SqlFunctions,
  TimeFormat,
  WeekDay,
} from './functions.ts'
export type {
  Column,
  OpenOptions,
  PublishNote,
  RelationInfo,
  RelationSettings,
  StagedRelation,
  Warehouse,
} from './warehouse.ts'
export { CommitUnknown, Interrupted, SessionLost, WarehouseError } from './warehouse.ts'
