/** The SQL functions of both engines, held against one table of values. */
import { expect, test } from 'vitest'
import { ENGINES as ALL } from '../../src/engines/index.ts'
import { trino } from '../../src/engines/trino/index.ts'
import { emptyWarehouse, ENGINES } from '../support/engines.ts'
import { functionContract } from './function_contract.ts'
import { argumentsFor, SAMPLES } from './function_samples.ts'

for (const name of ENGINES) functionContract(ALL[name], () => emptyWarehouse(name))

test('there are samples of exactly the functions that engines have', () => {
  for (const engine of [...Object.values(ALL), trino])
    expect(Object.keys(SAMPLES).toSorted()).toEqual(Object.keys(engine.functions('s')).toSorted())
  expect(Object.keys(argumentsFor(ALL.duckdb.functions('s')))).not.toEqual([])
})
