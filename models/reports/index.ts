/** All types of report. To add one: a file beside this one, and a line here. */
import type { ReportType } from '../../src/graph/report.ts'

export const REPORTS: Readonly<Record<string, ReportType>> = {}
