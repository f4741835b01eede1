/** What a report of uniques may say. */
import * as z from 'zod'
import {
  breakdownSchema,
  conditionFields,
  filterSchema,
  periodSchema,
  usersWhoDidFilterSchema,
} from '../../../src/project/report_schema.ts'

const text = z.string().min(1, 'must not be empty')

const whereSchema = z.array(z.union([filterSchema, usersWhoDidFilterSchema])).default([])

const trailingDays = z
  .int()
  .min(1)
  .max(366, 'at most 366')
  .optional()
  .describe(
    'Count who was active in the last so many calendar days, the current one included; days before the range are read.',
  )

const metricSchema = z
  .strictObject({
    name: text.optional().describe('Name of the metric; default: from its event and what is counted.'),
    by: text.optional().describe('What is counted: `user`, or a group key; default: that of the report.'),
    ...conditionFields,
    where: whereSchema.describe(
      'Filters that must all hold: on properties, or on the number of users of the group who did something.',
    ),
    trailing_days: trailingDays,
  })
  .refine((o) => (o.event === undefined) !== (o.any_event === undefined), {
    message: 'say exactly one of `event` and `any_event: true`',
    path: ['event'],
  })

export const uniquesOptions = z.object({
  metrics: z
    .array(metricSchema)
    .min(1)
    .optional()
    .describe('What is counted, side by side; metrics by users and by groups go together.'),
  event: conditionFields.event.describe('Name of the event, for a report of one metric without `metrics`.'),
  any_event: conditionFields.any_event.describe(
    'Any event, whatever its name, for a report of one metric without `metrics`.',
  ),
  trailing_days: trailingDays,
  where: whereSchema.describe(
    'Filters on all metrics: on properties, or on the number of users of the group who did something.',
  ),
  interval: periodSchema.default('day').describe('The periods: hour, day, week or month.'),
  trailing_at: z
    .enum(['end', 'start'])
    .default('end')
    .describe(
      'Which day of a week or month trailing actives are those of: its last, or the last of the range within it; or its first.',
    ),
  breakdown: z
    .union([
      breakdownSchema,
      z.strictObject({
        users_who_did: text.describe('Name of a report of type number_of_users_who_did.'),
        limit: breakdownSchema.shape.limit,
      }),
    ])
    .optional()
    .describe('Counts for each value of a property, or for each number of users who did something.'),
})

export type UniquesOptions = z.output<typeof uniquesOptions>
export type UniquesFilter = UniquesOptions['where'][number]
export type UniquesBreakdown = NonNullable<UniquesOptions['breakdown']>
