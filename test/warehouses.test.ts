import { emptyWarehouse } from './support/engines.ts'
import { warehouseContract } from './warehouse_contract.ts'

warehouseContract('DuckDB', () => emptyWarehouse('duckdb'))

warehouseContract('PostgreSQL', () => emptyWarehouse('postgres'))
