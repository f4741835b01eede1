/** All types of report. To add one: a file beside this one, and a line here. */
import type { ReportType } from '../../src/graph/report.ts'
import { funnel } from './funnel.ts'

export const REPORTS: Readonly<Record<string, ReportType>> = {
  [funnel.type]: funnel,
}
