/** Fields that targets of several engines have in common. */
import * as z from 'zod'

// Each schema is used once, so making a faster parser by `new Function` would cost more than it saves.
z.config({ jitless: true })

export const text = z.string().min(1, 'must not be empty')

/** What may be the name of a relation's part without quotes. */
export const name = z
  .string()
  .regex(/^[a-z_][a-z0-9_]*$/, 'use lower-case letters, digits and _, not starting with a digit')

export const schemaField = name.default('gwh').describe('The schema that analysts read.')

/** With what a role may do that has it. */
const PRIVILEGES = {
  select: 'read its rows',
  insert: 'add rows',
  update: 'change rows',
  delete: 'delete rows',
  truncate: 'empty it',
  references: 'make foreign keys that refer to it',
  trigger: 'make triggers on it',
} as const

const roles = z.union([text, z.array(text)]).optional()

export const grantsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(PRIVILEGES).map(([privilege, act]) => [
      privilege,
      roles.describe(`Roles that may ${act}.`),
    ]),
  ) as Record<keyof typeof PRIVILEGES, typeof roles>,
)

export type Grants = z.output<typeof grantsSchema>
