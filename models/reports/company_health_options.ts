/** What project.yml may say of a report on the health of companies. */
import * as z from 'zod'
import { conditionFields } from '../../src/project/report_schema.ts'

export const options = z.object({
  ...conditionFields,
  any_event: conditionFields.any_event.describe('Any event, whatever its name: the default.'),
  interval: z.enum(['day', 'week', 'month']).default('week').describe('The periods: day, week or month.'),
})

export type HealthOptions = z.output<typeof options>
