/** What an algorithm of funnels is: all of them have this form, and give the same rows for what they accept. */
import type { Engine } from '../../../../src/engines/index.ts'
import type { Sql } from '../../../../src/sql/sql.ts'
import type { Funnel } from '../names.ts'
import type { FunnelSpec } from '../spec.ts'

export interface Algorithm {
  /** As the header of the SQL and `gwh compile` say it. */
  readonly name: string
  /** Whether it counts a funnel rightly, and why it is the one to take or why it is not: the rest of a sentence. */
  judge(spec: FunnelSpec, engine: EngineTraits): Judgement
  /** Where it need not see all events: CTEs to put before them, and a condition on each. */
  narrowed?(funnel: Funnel): { readonly ctes: readonly Sql[]; readonly where: Sql }
  /**
   * CTEs from `funnel.events` to `funnel.result`: one row for each owner that entered (for `entry: every`, for each
   * attempt), with the keys, the carried columns and the times of the steps that cannot be skipped.
   */
  ctes(funnel: Funnel): Sql[]
}

/** What of an engine makes one algorithm better than another. */
export type EngineTraits = Pick<Engine, 'narrowsScans'>

export interface Judgement {
  readonly accepts: boolean
  readonly because: string
}

export const accepted = (because: string): Judgement => ({ accepts: true, because })
export const refused = (because: string): Judgement => ({ accepts: false, because })
