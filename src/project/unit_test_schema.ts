/** Unit tests as dbt writes them: rows that a model is given, and rows that it should make of them. */
import * as z from 'zod'
import { scalar } from './scalars.ts'

const text = z.string().min(1, 'must not be empty')

const rowsFields = {
  rows: z
    .union([z.array(z.record(z.string(), z.unknown())), z.string()])
    .optional()
    .describe('A list of {column: value}; for the formats csv and sql the text of it.'),
  format: z
    .enum(['dict', 'csv', 'sql'])
    .optional()
    .describe('How the rows are written; default: dict for a list, and what the file is for a fixture.'),
  fixture: z
    .string()
    .regex(/^[\w-][\w.-]*$/, 'use the name of a file in tests/fixtures, without its ending')
    .optional()
    .describe('Rows from tests/fixtures/<name>.csv or .sql instead.'),
}

export const rowsSchema = z.strictObject(rowsFields)

export const unitTestSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'use letters, digits and _, not starting with a digit')
    .describe('Name of the unit test, unique in the project.'),
  model: text.describe('The model that is tested: one of yours, a relation of gwh or of a report.'),
  description: z.string().optional().describe('What is shown by it.'),
  given: z
    .array(
      z.strictObject({
        input: text.describe("What the rows stand for: ref('events'), source('app') or this."),
        ...rowsFields,
      }),
    )
    .default([])
    .describe('The rows of each relation that the model reads.'),
  expect: rowsSchema.describe('The rows that it should make, in any order; other columns are not compared.'),
  overrides: z
    .strictObject({
      vars: z.record(z.string(), z.unknown()).default({}).describe('Values for {{ var() }}.'),
      env_vars: z.record(z.string(), scalar).default({}).describe('Values for {{ env_var() }}.'),
    })
    .prefault({})
    .describe('What templates are rendered with, in this test only.'),
  config: z
    .strictObject({
      tags: z
        .union([text, z.array(text)])
        .default([])
        .describe('Tags to select it by.'),
      enabled: z.boolean().default(true).describe('false leaves the test out.'),
    })
    .prefault({})
    .describe('Tags, and whether it runs.'),
})

export type UnitTestOptions = z.output<typeof unitTestSchema>
export type RowsOptions = z.output<typeof rowsSchema>
