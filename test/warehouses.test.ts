import path from 'node:path'
import { writeFileSync } from 'node:fs'
import { loadProject } from '../src/project/load.ts'
import { openWarehouse } from '../src/warehouses/index.ts'
import { freshPostgres } from './support/databases.ts'
import { tempFolder } from './support/engines.ts'
import { warehouseContract } from './warehouse_contract.ts'

function projectWith(target: object) {
  const dir = tempFolder()
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify({ name: 'contract', targets: { dev: target } }))
  return loadProject(dir, { env: {} }, [])
}

warehouseContract('DuckDB', () =>
  openWarehouse(projectWith({ type: 'duckdb', path: 'warehouse.duckdb', schema: 's' })),
)

warehouseContract('PostgreSQL', async () =>
  openWarehouse(projectWith({ type: 'postgres', url: await freshPostgres(), schema: 's' })),
)
