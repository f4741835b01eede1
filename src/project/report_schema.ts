/**
 * The parts that reports are written with: conditions, filters, ranges, windows, breakdowns. Each type of
 * report puts its own fields together from these, in its file under `models/reports`.
 */
import * as z from 'zod'
import { FIXES } from './zod_problems.ts'
import { scalar, type Scalar } from './scalars.ts'

const text = z.string().min(1, 'must not be empty')

/** What a filter may ask of a property; values compare as text, `gt` and its kind as numbers or times. */
export const OPERATORS = [
  'eq',
  'neq',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'gt',
  'gte',
  'lt',
  'lte',
  'is_null',
  'is_not_null',
] as const

/** Whose property it is, and as of when. */
const propertyFields = {
  property: text.describe('Name of the property, byte for byte.'),
  of: text
    .default('event')
    .describe(
      'Whose property: `event`, a group key (the groups of the event), or `user` (in reports by user).',
    ),
  through: z
    .enum(['event', 'user'])
    .default('event')
    .describe(
      'Which groups: those of the event, or (in reports by user) those that the user belongs to by profile or links, any of several.',
    ),
  properties: z
    .enum(['latest', 'as_of'])
    .default('latest')
    .describe(
      "A group property as it is now, or as it was when the event happened (from the Group Table's updated_at).",
    ),
}

export const propertySchema = z.strictObject(propertyFields)

const isList = (op: (typeof OPERATORS)[number]) => ['eq', 'neq', 'in', 'not_in'].includes(op)
const takesNone = (op: (typeof OPERATORS)[number]) => op === 'is_null' || op === 'is_not_null'

const isSize = (op: (typeof OPERATORS)[number]) => ['gt', 'gte', 'lt', 'lte'].includes(op)

/** A day or an instant as ISO 8601 text. */
export const isTime = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))

const hasSize = ({ text }: Scalar): boolean =>
  isTime(text) || (text.trim() !== '' && Number.isFinite(Number(text)))

export const filterSchema = z
  .strictObject({
    ...propertyFields,
    op: z
      .enum(OPERATORS)
      .default('eq')
      .describe(
        'eq, neq, in, not_in: as text; contains, not_contains, starts_with: whatever the case; gt, gte, lt, lte: numbers or times; is_null, is_not_null. What is absent is unequal and contains nothing.',
      ),
    value: z
      .union([scalar, z.array(scalar).min(1)])
      .optional()
      .describe('The value to compare with; a list for in and not_in.'),
  })
  .refine((o) => takesNone(o.op) || o.value !== undefined, {
    message: 'give a value to compare with; only is_null and is_not_null take none',
    path: ['value'],
  })
  .refine((o) => !takesNone(o.op) || o.value === undefined, {
    message: 'leave it out; is_null and is_not_null take no value',
    path: ['value'],
  })
  .refine((o) => !Array.isArray(o.value) || isList(o.op), {
    message: 'give one value; lists go with in and not_in',
    path: ['value'],
  })
  .refine((o) => !isSize(o.op) || Array.isArray(o.value) || o.value === undefined || hasSize(o.value), {
    message: 'a number or a time: gt, gte, lt and lte ask which is more or later',
    path: ['value'],
    params: {
      fix: 'Write a number such as 3, or a time such as 2024-01-31 or 2024-01-31T10:00:00Z; `eq` and `in` compare texts.',
    },
  })

/** `number_of_users_who_did` as a filter. */
export const usersWhoDidFilterSchema = z.strictObject({
  users_who_did: text.describe('Name of a report of type number_of_users_who_did.'),
  op: z
    .enum(['eq', 'neq', 'gt', 'gte', 'lt', 'lte'])
    .default('gte')
    .describe('How the number of users of the group compares.'),
  value: z.int().nonnegative().describe('The number of users to compare with.'),
})

export const whereSchema = z.array(filterSchema).default([])

export const conditionFields = {
  event: text.optional().describe('Name of the event.'),
  any_event: z.literal(true).optional().describe('Any event, whatever its name.'),
  where: whereSchema.describe('Filters that must all hold of the event.'),
}

const conditionObject = z
  .strictObject(conditionFields)
  .refine((o) => (o.event === undefined) !== (o.any_event === undefined), {
    message: 'say exactly one of `event` and `any_event: true`',
    path: ['event'],
  })

/** The name of an event, or `{event, where}`, or `{any_event: true, where}`. */
export const conditionSchema = z.union([
  text.transform((event) => ({ event, any_event: undefined, where: [] })),
  conditionObject,
])

/** JavaScript takes the 30th of February for the 1st of March. */
function exists(given: string): boolean {
  const day = new Date(`${given.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(Date.parse(given)) || Number.isNaN(day.getTime())) return false
  return day.toISOString().startsWith(given.slice(0, 10))
}

/** A calendar day of the project's time zone, or an instant. */
const bound = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}($|T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$)/, {
    error: 'use a day such as 2024-01-31 or an instant such as 2024-01-31T00:00:00Z',
    abort: true,
  })
  .refine(exists, 'use a day or an instant that exists')

export const rangeSchema = z.strictObject({
  from: bound
    .optional()
    .describe(
      'First day, in the time zone of the project, or first instant. Default: the first event that counts.',
    ),
  to: bound
    .optional()
    .describe(
      'Last day or last instant, included. Default: the last event of the data, whether it counts or not.',
    ),
})

export const UNIT_SECONDS = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: 2_678_400,
} as const

const windowUnit = z.enum(Object.keys(UNIT_SECONDS) as [keyof typeof UNIT_SECONDS])

/** Elapsed time from step 1; a month is 31 days. */
export const windowSchema = z
  .union([
    z.literal('unlimited'),
    z.strictObject({
      value: z.int().positive('more than 0; `unlimited` is a window without end').describe('How many units.'),
      unit: windowUnit.describe('second, minute, hour, day, week (7 days) or month (31 days).'),
    }),
  ])
  .default({ value: 14, unit: 'day' })
  .register(FIXES, { fix: 'Write `window: { value: 14, unit: day }`, or `window: unlimited`.' })

export const periodSchema = z.enum(['hour', 'day', 'week', 'month'])

export const breakdownSchema = z.strictObject({
  ...propertyFields,
  limit: z
    .int()
    .positive()
    .default(25)
    .describe('How many values are kept, those of most entities first; the rest become `$other`.'),
})

const reportConfig = z
  .strictObject({
    materialized: z
      .enum(['table', 'view'])
      .default('table')
      .describe('table: computed by each build. view: computed by each query.'),
  })
  .prefault({})

/** Fields that every report has; its type adds its own. */
export const reportFields = {
  name: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'use lower-case letters, digits and _, not starting with a digit')
    .describe('Name of the report and of its first relation.'),
  type: text.describe('The type of report.'),
  description: z.string().optional().describe('Becomes part of the comment on its relations.'),
  by: text.optional().describe('What is counted: `user`, or a group key.'),
  range: rangeSchema.prefault({}).describe('The time that is looked at; default: all of it.'),
  where: whereSchema.describe('Filters on every event of the report.'),
  config: reportConfig.describe('How its relations are stored.'),
}

/** A report before its type has read its own fields, and the filters that it may add. */
export const anyReportSchema = z.looseObject({
  ...reportFields,
  // Which types there are is known only where they are.
  type: text.optional(),
  where: z
    .array(z.looseObject({}))
    .default([])
    .describe(reportFields.where.description ?? ''),
})

export type ReportOptions = z.output<typeof anyReportSchema>
export type Property = z.output<typeof propertySchema>
export type Filter = z.output<typeof filterSchema>
export type Condition = z.output<typeof conditionSchema>
export type Range = z.output<typeof rangeSchema>
export type Window = z.output<typeof windowSchema>
export type Breakdown = z.output<typeof breakdownSchema>
export type Operator = Filter['op']
