/** What the SQL functions of an engine must give: the same values on every one of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine, Warehouse } from '../../src/engines/index.ts'
import { sql, toText } from '../../src/sql/sql.ts'
import { stable, type Row } from '../support/engines.ts'
import { argumentsFor, SAMPLES } from './function_samples.ts'

const SCHEMA = 'functions_of_gwh'

/** @param open a warehouse of its own, empty */
export function functionContract(engine: Engine, open: () => Promise<Warehouse>): void {
  describe(`the functions of ${engine.title}`, () => {
    const fn = engine.functions(SCHEMA)
    const given = argumentsFor(fn)
    let warehouse: Warehouse
    beforeAll(async () => {
      warehouse = await open()
      await warehouse.createSchema(SCHEMA)
      for (const definition of engine.definitions(SCHEMA)) await warehouse.execute(toText(definition))
    })
    afterAll(() => warehouse[Symbol.asyncDispose]())

    const rowsOf = async (select: string) => (await warehouse.query<Row>(select)).map(stable).sort()

    test.each(Object.keys(fn) as (keyof typeof SAMPLES)[])('%s', async (name) => {
      const samples = SAMPLES[name]
      expect(samples.length).toBeGreaterThan(0)
      for (const sample of samples) {
        const isValue = 'value' in sample
        const select = toText(isValue ? sql`select ${sample.value(given)} as v` : sample.rows(given))
        const expected = isValue ? [{ v: sample.is }] : sample.are
        expect({ select, rows: await rowsOf(select) }).toEqual({ select, rows: expected.map(stable).sort() })
      }
    })
  })
}
