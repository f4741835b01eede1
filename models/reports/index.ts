/** All types of report. To add one: a file beside this one, and a line here. */
import type { ReportType } from '../../src/graph/report.ts'
import { companyHealth } from './company_health.ts'
import { funnel } from './funnel.ts'
import { lifecycle } from './lifecycle.ts'
import { numberOfUsersWhoDid } from './number_of_users_who_did.ts'
import { retention } from './retention.ts'
import { stickiness } from './stickiness.ts'
import { uniques } from './uniques.ts'

export const REPORTS = {
  [companyHealth.type]: companyHealth,
  [funnel.type]: funnel,
  [lifecycle.type]: lifecycle,
  [numberOfUsersWhoDid.type]: numberOfUsersWhoDid,
  [retention.type]: retention,
  [stickiness.type]: stickiness,
  [uniques.type]: uniques,
} as const satisfies Readonly<Record<string, ReportType>>
