/** The relations of any report, from its oracle. */
import { companyHealthRelations, type CompanyHealthSpec } from './company_health.ts'
import { funnelRelations } from './funnel.ts'
import type { FunnelSpec } from './funnel_spec.ts'
import { lifecycleRelations, type LifecycleSpec } from './lifecycle.ts'
import { retentionRelations, type RetentionSpec } from './retention.ts'
import { stickinessRelations, type StickinessSpec } from './stickiness.ts'
import { uniquesRelations, type UniquesSpec } from './uniques.ts'
import { usersWhoDidRelations, type UsersWhoDidSpec } from './users_who_did.ts'
import type { Happening, OracleRow, World } from './world.ts'

export type AnyReport =
  | FunnelSpec
  | RetentionSpec
  | StickinessSpec
  | LifecycleSpec
  | UsersWhoDidSpec
  | CompanyHealthSpec
  | UniquesSpec

/** @param all reports of the project, for those that name one another */
export function relationsOf(
  report: AnyReport,
  all: readonly AnyReport[],
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  switch (report.type) {
    case 'funnel':
      return funnelRelations(report, events, world)
    case 'retention':
      return retentionRelations(report, events, world)
    case 'stickiness':
      return stickinessRelations(report, events, world)
    case 'lifecycle':
      return lifecycleRelations(report, events, world)
    case 'number_of_users_who_did':
      return usersWhoDidRelations(report, events, world)
    case 'company_health':
      return companyHealthRelations(report, events, world)
    case 'uniques': {
      const { breakdown } = report
      const asked = all.find(
        (other): other is UsersWhoDidSpec =>
          other.type === 'number_of_users_who_did' &&
          breakdown !== undefined &&
          'users_who_did' in breakdown &&
          breakdown.users_who_did === other.name,
      )
      return uniquesRelations(report, events, world, asked)
    }
  }
}
