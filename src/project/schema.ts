/**
 * What project.yml may say. Strict: an unknown key is a problem. The same schemas make the JSON Schema that
 * editors complete from, so every field carries its description here and nowhere else.
 */
import * as z from 'zod'
import { name, text } from '../engines/target_fields.ts'
import { targetSchema } from '../engines/targets.ts'
import { columnTypesSchema, csvSchema } from './file_schema.ts'
import { FIXES } from './zod_problems.ts'
import { boundsOf, LIMIT_DOCS, LIMIT_PROFILES, type LimitName, type LimitProfile } from './limits.ts'
import { relationSettings } from './relation_settings.ts'
import { anyReportSchema } from './report_schema.ts'
import { anyDataTestSchema } from './test_schema.ts'
import { unitTestSchema } from './unit_test_schema.ts'

const instant = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)), 'use an ISO 8601 instant such as 2024-01-31T00:00:00Z')

export const groupKeySchema = z.strictObject({
  name: text.describe('The event property that holds the group id, byte for byte as the events spell it.'),
  noun: name
    .optional()
    .describe(
      'Singular noun for relation names (company → company_profiles). Default: the name without _id.',
    ),
  label: text.optional().describe('How people call such a group.'),
  description: z.string().optional().describe('What the groups are.'),
  cardinality: z
    .enum(['one', 'many'])
    .default('many')
    .describe(
      'How many ids an event can have. one: `events` has the id itself, as text; many: a list of ids.',
    ),
  b2b: z.boolean().default(false).describe('The company key of company analytics; at most one key.'),
  registered_at: instant
    .optional()
    .describe('Events before this instant are not attributed; the instant itself is.'),
  basis: z
    .enum(['event_time', 'ingested_at'])
    .default('event_time')
    .describe('Which time is held against registered_at and retired_at.'),
  backfill: z.boolean().default(false).describe('Attribute all history in spite of registered_at.'),
  retired_at: instant.optional().describe('Events at or after this instant are not attributed.'),
})

const limitOverride = (limit: LimitName) => {
  const [least, greatest] = boundsOf(limit)
  return z
    .int()
    .min(least)
    .max(greatest)
    .nullable()
    .optional()
    .describe(LIMIT_DOCS[limit])
    .register(FIXES, { fix: 'Write `null` for no limit.' })
}

const limitOverrides = Object.fromEntries(
  (Object.keys(LIMIT_DOCS) as LimitName[]).map((limit) => [limit, limitOverride(limit)]),
) as Record<LimitName, ReturnType<typeof limitOverride>>

const limitsSchema = z.strictObject({
  profile: z
    .enum(Object.keys(LIMIT_PROFILES) as [LimitProfile, ...LimitProfile[]])
    .default('mixpanel')
    .describe('The vendor whose limits apply; none for no limits.'),
  ...limitOverrides,
})

const age = z.strictObject({
  count: z.int().positive().describe('How many.'),
  period: z.enum(['minute', 'hour', 'day']).describe('Of what.'),
})

const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const

export const secondsOf = ({ count, period }: z.output<typeof age>): number => count * SECONDS[period]

export const freshnessSchema = z
  .strictObject({
    warn_after: age.optional().describe('Warn when the latest row is older.'),
    error_after: age.optional().describe('Fail when the latest row is older.'),
    filter: text.optional().describe('A condition in SQL; only rows that meet it are looked at.'),
  })
  .refine((f) => f.warn_after !== undefined || f.error_after !== undefined, {
    message: 'say `warn_after`, `error_after` or both',
  })
  .refine(
    ({ warn_after, error_after }) =>
      warn_after === undefined ||
      error_after === undefined ||
      secondsOf(warn_after) <= secondsOf(error_after),
    {
      path: ['warn_after'],
      message: 'it is longer than `error_after`, so that it would never warn',
      params: { fix: 'Exchange the two, or leave one of them out.' },
    },
  )

const maxLoss = z.number().min(0).max(1)

/** What the rows of a relation can be. */
export const OUTPUT_TYPES = [
  'events',
  'group_table',
  'operations',
  'user_table',
  'links',
  'discards',
] as const

/** Where the rows of a source are, and how they are read and watched. */
export const relationFields = {
  table: text
    .optional()
    .describe('A relation in the warehouse: table, schema.table or database.schema.table.'),
  file: z
    .union([text, z.array(text).min(1)])
    .optional()
    .describe('A file, a glob or a list of them: Parquet, CSV or NDJSON, optionally compressed.'),
  format: z
    .enum(['parquet', 'csv', 'ndjson'])
    .optional()
    .describe('Format of the files; default: by their ending.'),
  max_loss: maxLoss
    .optional()
    .describe(
      'The share of its rows that it may lose from one publishing to the next, 1 for all of them; default: that of the project.',
    ),
  csv: csvSchema.optional().describe('How CSV files are written, where it is not as usual.'),
  column_types: columnTypesSchema
    .optional()
    .describe(
      'Types of columns of CSV in `source()` of your own SQL: {column: type}; others are found by the values.',
    ),
  freshness: freshnessSchema
    .optional()
    .describe('How old the latest row may be, for `gwh source freshness`.'),
  loaded_at_field: text
    .optional()
    .describe(
      'The column with the time when a row came in; default: the time of arrival, else of the event.',
    ),
}

/** The type of a source that its connector makes several outputs of. */
export const SEVERAL = 'several'

/** Fields that every source has; the connector named by `connector` adds its own. */
export const sourceFields = {
  name: name.describe('Name of the source, unique in the project.'),
  type: z
    .enum([...OUTPUT_TYPES, SEVERAL])
    .describe(
      'What its rows are. operations: changes of profiles of groups, one row per change; links: users and groups that they belong to; discards: values that a loader could not store; several: what the connector makes of several relations.',
    ),
  connector: text.default('columns').describe('The upstream layout: columns (any table or file), mixpanel.'),
  description: z.string().optional().describe('What the rows are, for `gwh ls`.'),
  ...relationFields,
}

/** Fields of a source of several outputs, beside its connector's own; its relations have those of a relation. */
export const severalFields = {
  name: sourceFields.name,
  type: z.literal(SEVERAL).describe('Its connector makes several outputs of its relations.'),
  connector: sourceFields.connector,
  description: sourceFields.description,
}

/** A source before its connector has read its own fields. */
export const anySourceSchema = z.looseObject(sourceFields)

const dataTests = {
  data_tests: z.array(anyDataTestSchema).optional().describe('What must be true of its rows.'),
  tests: z.array(anyDataTestSchema).optional().describe("dbt's old name of `data_tests`."),
}

export const modelSchema = z.strictObject({
  name: name.describe('A relation that gwh builds, or one of your models/*.sql.'),
  description: z.string().optional().describe('Becomes the comment on the relation.'),
  ...dataTests,
  config: z
    .strictObject({
      materialized: z
        .enum(['view', 'table', 'ephemeral'])
        .optional()
        .describe('As what it is stored; ephemeral: not at all, but as a part of what reads it.'),
      ...relationSettings,
    })
    .optional()
    .describe('How the relation is stored.'),
  columns: z
    .array(
      z.strictObject({
        name: text.describe('Name of the column.'),
        description: z.string().optional().describe('Becomes the comment on the column.'),
        data_tests: dataTests.data_tests.describe('What must be true of its values.'),
        tests: dataTests.tests,
      }),
    )
    .default([])
    .describe('Columns with descriptions and data tests.'),
})

export const projectSchema = z.strictObject({
  name: name.describe('Name of the project.'),
  description: z.string().optional().describe('What the project is about.'),
  timezone: text.default('UTC').describe('IANA time zone of calendar days, weeks and months.'),
  week_start: z
    .enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
    .default('monday')
    .describe('The first day of a week.'),
  target: name.optional().describe('The target in use unless --target names another.'),
  targets: z.record(name, targetSchema).describe('Warehouses to build in.'),
  vars: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Values for {{ var() }}; --vars overrides them.'),
  plugins: z
    .array(text)
    .default([])
    .describe(
      'Packages, and files of the project (`./x.js`), that bring engines, connectors, models, types of report or checks. Their code runs when the project is loaded.',
    ),
  external_paths: z
    .array(text)
    .default([])
    .describe('Folders (or URL prefixes) outside of the project that files may be read from or written to.'),
  max_loss: maxLoss
    .default(0.5)
    .describe(
      'The share of its rows that a source may lose from one publishing to the next; more stops publishing.',
    ),
  limits: limitsSchema.prefault({}).describe('The limits that data tests hold the data against.'),
  deprecated_names: z
    .boolean()
    .default(true)
    .describe(
      'Whether relations and columns that were renamed have their names of version 0.1, too. These go with version 0.3.',
    ),
  group_keys: z
    .array(groupKeySchema)
    .default([])
    .describe('The group keys: what else than users is counted.'),
  exclude_events: z.array(text).default([]).describe('Event names that are left out of every relation.'),
  service_user_ids: z
    .array(text)
    .default([])
    .describe(
      'User ids that stand for machines: their events count for groups, they themselves never as users.',
    ),
  sources: z.array(anySourceSchema).default([]).describe('The tables and files to read.'),
  models: z.array(modelSchema).default([]).describe('Descriptions, data tests and settings of relations.'),
  data_tests: z
    .record(z.string(), z.looseObject({}))
    .default({})
    .describe('Settings of the data tests, by name of the check.'),
  reports: z
    .array(anyReportSchema)
    .default([])
    .describe('Uniques, funnels, retention and more, by group or by user.'),
  unit_tests: z
    .array(unitTestSchema)
    .default([])
    .describe('Rows that a model is given, and the rows that it should make of them.'),
})

/** The schema with targets of engines that plugins bring. */
export const projectSchemaWith = (targets: readonly z.ZodObject[]): typeof projectSchema =>
  targets.length === 0
    ? projectSchema
    : projectSchema.extend({
        // Only their engines know what is in them.
        targets: z.record(
          name,
          z.discriminatedUnion('type', [
            ...targetSchema.options,
            ...targets,
          ]) as unknown as typeof targetSchema,
        ),
      })

export type GroupKeyOptions = z.output<typeof groupKeySchema>
export type SourceOptions = z.output<typeof anySourceSchema>
export type ProjectOptions = z.output<typeof projectSchema>
export type SourceType = (typeof OUTPUT_TYPES)[number]
export type FreshnessOptions = z.output<typeof freshnessSchema>

/** The files beside project.yml that are merged into it, with the sections that each may hold. */
export const MERGED_SECTIONS = {
  connectors: ['sources'],
  models: ['models', 'reports', 'unit_tests'],
} as const satisfies Record<string, readonly (keyof ProjectOptions)[]>
