import { ENGINES } from '../src/engines/index.ts'
import { emptyWarehouse } from './support/engines.ts'
import { warehouseContract } from './warehouse_contract.ts'

warehouseContract(ENGINES.duckdb, () => emptyWarehouse('duckdb'))

warehouseContract(ENGINES.postgres, () => emptyWarehouse('postgres'))
