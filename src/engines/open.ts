/** Opens the warehouse of a target. Drivers are loaded here, when one is opened, and nowhere else. */
import type { Project } from '../project/load.ts'
import type { DuckDBWarehouse } from './duckdb/warehouse.ts'
import type { OpenOptions, Warehouse } from './warehouse.ts'

/** @throws ProblemError `driver_missing`, `connection_failed`, `warehouse_locked`, `not_built` */
export async function openWarehouse(project: Project, options: OpenOptions = {}): Promise<Warehouse> {
  const { target } = project
  switch (target.type) {
    case 'duckdb': {
      const { openDuckDB } = await import('./duckdb/warehouse.ts')
      return openDuckDB(project, target, options)
    }
    case 'postgres': {
      const { openPostgres } = await import('./postgres/warehouse.ts')
      return openPostgres(project, target, options)
    }
  }
}

/** DuckDB in memory, for reading files on behalf of other warehouses. */
export async function openFileReader(signal?: AbortSignal): Promise<DuckDBWarehouse> {
  const { openDuckDBInMemory } = await import('./duckdb/warehouse.ts')
  return openDuckDBInMemory(signal)
}

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
