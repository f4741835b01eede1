/** What a project may want of the relations that it publishes, in the words of dbt: grants, indexes, a key. */
import * as z from 'zod'
import { grantsSchema, text } from '../engines/target_fields.ts'

export const relationSettings = {
  grants: grantsSchema
    .optional()
    .describe(
      'PostgreSQL: who may do what with it, `{select: [role]}`; in the place of the `grants` of the target.',
    ),
  indexes: z
    .array(
      z.strictObject({
        columns: z.array(text).min(1).describe('Its columns, in order.'),
        unique: z.boolean().default(false).describe('No two rows have the same values there.'),
        type: z
          .enum(['btree', 'hash', 'gin', 'gist', 'brin', 'spgist'])
          .default('btree')
          .describe('How it is stored.'),
      }),
    )
    .optional()
    .describe('PostgreSQL: indexes of a table.'),
  primary_key: z
    .union([z.boolean(), z.array(text).min(1)])
    .optional()
    .describe(
      'PostgreSQL: a primary key, `true` for the columns of "one row per"; one that has nulls becomes `unique nulls not distinct`.',
    ),
}

export const relationSettingsSchema = z.strictObject(relationSettings)

export type Grants = z.output<typeof grantsSchema>
export type RelationSettingsOptions = z.output<typeof relationSettingsSchema>
export type SettingName = keyof RelationSettingsOptions

export const SETTING_NAMES = Object.keys(relationSettings) as SettingName[]

/** Roles by privilege, each a list. */
export function rolesOf(grants: Grants): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(grants).flatMap(([privilege, given]) =>
      given === undefined ? [] : [[privilege, typeof given === 'string' ? [given] : given]],
    ),
  )
}
