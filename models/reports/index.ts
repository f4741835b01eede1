/** All types of report. To add one: a file beside this one, and a line here. */
import type { ReportType } from '../../src/graph/report.ts'
import { funnel } from './funnel.ts'
import { lifecycle } from './lifecycle.ts'
import { retention } from './retention.ts'
import { stickiness } from './stickiness.ts'

export const REPORTS: Readonly<Record<string, ReportType>> = {
  [funnel.type]: funnel,
  [lifecycle.type]: lifecycle,
  [retention.type]: retention,
  [stickiness.type]: stickiness,
}
