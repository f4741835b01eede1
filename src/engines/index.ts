/** All engines. To add one: a folder beside these, a line here and a line in targets.ts. */
import type { Project } from '../project/load.ts'
import { partsOfKind } from '../project/plugins.ts'
import { duckdb } from './duckdb/index.ts'
import type { Engine } from './engine.ts'
import { postgres } from './postgres/index.ts'
import type { EngineName } from './targets.ts'
import type { OpenOptions, Warehouse } from './warehouse.ts'

export const ENGINES: Readonly<Record<EngineName, Engine>> = { duckdb, postgres }

/** The engine of a project's target: one of gwh's own, or one that a plugin brings. */
export function engineOf({ target, plugins }: Pick<Project, 'target' | 'plugins'>): Engine {
  if (Object.hasOwn(ENGINES, target.type)) return ENGINES[target.type]
  const brought = partsOfKind(plugins, 'engine').find(({ part }) => part.name === target.type)
  if (!brought) throw new RangeError(`no engine ${target.type}`)
  return brought.part.value as Engine
}

/** @throws ProblemError `driver_missing`, `connection_failed`, `warehouse_locked`, `not_built` */
export const openWarehouse = (project: Project, options: OpenOptions = {}): Promise<Warehouse> =>
  engineOf(project).open(project, project.target, options)

export type { Engine } from './engine.ts'
export type { EngineName } from './targets.ts'
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
  RelationComment,
  RelationInfo,
  RelationSettings,
  Renamed,
  StagedRelation,
  Warehouse,
} from './warehouse.ts'
export { CommitUnknown, Interrupted, SessionLost, WarehouseError } from './warehouse.ts'
