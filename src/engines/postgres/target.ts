/** What project.yml may say of a target of this engine. */
import * as z from 'zod'
import { grantsSchema, schemaField, text } from '../target_fields.ts'

export const target = z.strictObject({
  type: z.literal('postgres').describe('PostgreSQL 14 or later.'),
  url: text.describe('Connection URL, best from the environment: ${GWH_POSTGRES_URL}.'),
  schema: schemaField,
  single_schema: z
    .boolean()
    .optional()
    .describe(
      'For a role that owns no other schema: what gwh keeps for itself is in that one, too; its names begin with `_gwh_`.',
    ),
  grants: grantsSchema
    .optional()
    .describe('Who may do what with all relations: `{select: [role]}`; a model may say otherwise.'),
  publish_wait: z
    .int()
    .positive()
    .max(86_400)
    .optional()
    .describe('How many seconds publishing waits for others who hold relations; default: 30.'),
})

/** Variables that the driver reads by itself. */
export const passwordVariables = ['PGPASSWORD']
