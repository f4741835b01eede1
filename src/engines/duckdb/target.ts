/** What project.yml may say of a target of this engine. */
import * as z from 'zod'
import { schemaField, text } from '../target_fields.ts'

export const target = z.strictObject({
  type: z.literal('duckdb').describe('DuckDB, embedded.'),
  path: text
    .default('target/warehouse.duckdb')
    .describe('The database file, relative to the project; `:memory:` for none.'),
  schema: schemaField,
  threads: z.int().positive().optional().describe('Threads of DuckDB; default: all cores.'),
  memory_limit: text.optional().describe('Memory limit of DuckDB, such as 4GB; it spills to disk beyond it.'),
})
