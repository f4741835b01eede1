/** What may be said of a data test: fields of every test, and those of a test on a relation of the project. */
import * as z from 'zod'

/** dbt's spelling of a condition on the number of failures. */
export const THRESHOLD = /^\s*(?:(=|!=|<>|<=?|>=?)\s*(\d+)|between\s+(\d+)\s+and\s+(\d+))\s*$/i

const threshold = z
  .string()
  .regex(THRESHOLD, 'compare with a whole number, as in `> 10`, `!= 0` or `between 1 and 5`')

/** As dbt: in any case. */
const severity = z
  .string()
  .refine((given) => ['error', 'warn'].includes(given.toLowerCase()), 'use error or warn')
  .meta({ enum: ['error', 'warn', 'ERROR', 'WARN'] })
  .describe('An error blocks publishing, a warning does not.')
  .transform((given) => given.toLowerCase() as 'error' | 'warn')

const tags = z
  .union([z.string().min(1, 'must not be empty'), z.array(z.string().min(1, 'must not be empty'))])
  .describe('For `--select tag:…`.')
  .transform((given) => [given].flat())

/** Fields of every data test. */
export const testFields = {
  enabled: z.boolean().optional().describe('false: the test is left out.'),
  severity: severity.optional(),
  warn_if: threshold.optional().describe('Number of failures that warns; default: `!= 0`.'),
  error_if: threshold
    .optional()
    .describe('Number of failures that is an error, at severity error; default: `!= 0`.'),
  limit: z.int().positive().optional().describe('No more failures than this are counted.'),
  store_failures: z
    .boolean()
    .optional()
    .describe('Keep the failures in a table `failures_<test>` of the schema `<schema>_gwh`.'),
  store_failures_limit: z
    .int()
    .positive()
    .optional()
    .describe('No more failures than this are kept; default: 1000.'),
  tags: tags.optional(),
}

/** Those that need a query of the user: of singular tests too. */
export const queryTestFields = {
  ...testFields,
  fail_calc: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('SQL of the number of failures, over the wrong rows; default: `count(*)`.'),
}

/** Those of a test that is declared for a relation or a column. */
export const declaredTestFields = {
  ...queryTestFields,
  where: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('SQL condition: only rows where it holds are looked at.'),
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'use letters, digits and _, not starting with a digit')
    .max(150, 'use at most 150 characters')
    .optional()
    .describe('Name of the test; default: made of the check, the relation and the column.'),
  description: z.string().optional().describe('What the test says, in place of the words of gwh.'),
}

/** A data test before its check has read it: its name, or a map from its name to its fields. */
export const anyDataTestSchema = z.union([
  z.string().min(1, 'must not be empty'),
  z.record(z.string(), z.unknown()),
])

export type TestFields = z.output<z.ZodObject<typeof testFields>>
export type QueryTestFields = z.output<z.ZodObject<typeof queryTestFields>>
export type DeclaredTestFields = z.output<z.ZodObject<typeof declaredTestFields>>
