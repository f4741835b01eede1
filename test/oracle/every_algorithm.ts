/** What each algorithm of funnels makes of a funnel that it accepts, chosen or not. */
import { idName } from '../../models/reports/conditions.ts'
import { funnelEntities } from '../../models/reports/funnel/entities.ts'
import { isFollowed, type FunnelOptions } from '../../models/reports/funnel/options.ts'
import { plansOf } from '../../models/reports/funnel/plan.ts'
import { inPeriods, specOf } from '../../models/reports/funnel/spec.ts'
import { funnelTrend, trendFromEvents } from '../../models/reports/funnel/trend.ts'
import { ruleOf } from '../../models/reports/funnel.ts'
import { engineOf } from '../../src/engines/index.ts'
import { createCompiler, published } from '../../src/graph/compile.ts'
import type { Plan } from '../../src/graph/plan.ts'
import type { Report } from '../../src/graph/report.ts'
import { toText } from '../../src/sql/sql.ts'

export interface OtherWay {
  readonly relation: string
  readonly algorithm: string
  /** A query with the rows of the relation. */
  readonly query: string
}

/** Of all funnels of a project, with all algorithms that accept them, also those that the engine gains nothing by. */
export function everyAlgorithm(plan: Plan): OtherWay[] {
  const c = createCompiler(plan, engineOf(plan.catalog.project)).context(published(plan))
  const engine = { narrowsScans: true }
  return plan.catalog.reports
    .filter(({ type }) => type === 'funnel')
    .flatMap((given) => {
      const report = given as Report<FunnelOptions>
      const { name, options } = report
      const spec = specOf(report)
      const ways: OtherWay[] = plansOf(spec, engine).map((way) => ({
        relation: `${name}_entities`,
        algorithm: way.algorithm.name,
        query: toText(funnelEntities(spec, way, idName(spec.by, []), ruleOf(report), c)),
      }))
      if (!isFollowed(options.trend, options) || !trendFromEvents(options)) return ways
      const periods = inPeriods(spec, options.trend.interval)
      return [
        ...ways,
        ...plansOf(periods, engine).map((way) => ({
          relation: `${name}_trend`,
          algorithm: way.algorithm.name,
          query: toText(funnelTrend(periods, way, c, ruleOf(report))),
        })),
      ]
    })
}
