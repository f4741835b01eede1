/** Which algorithm counts a funnel. To add one: a file in algorithms/, and a line here. */
import { earlyConversions } from './algorithms/early_conversions.ts'
import type { Algorithm, EngineTraits } from './algorithms/algorithm.ts'
import { instantByInstant } from './algorithms/instants.ts'
import { nextEvent } from './algorithms/next_event.ts'
import { furthestWindow, furthestWindowOfPeriod } from './algorithms/windows.ts'
import type { FunnelSpec } from './spec.ts'

/** Of those that accept a funnel the first is taken. */
export const ALGORITHMS: readonly Algorithm[] = [
  earlyConversions,
  nextEvent,
  instantByInstant,
  furthestWindow,
  furthestWindowOfPeriod,
]

export interface FunnelPlan {
  readonly algorithm: Algorithm
  /** The rest of a sentence: `no event can be two of the steps`. */
  readonly because: string
}

export function planOf(spec: FunnelSpec, engine: EngineTraits): FunnelPlan {
  const [best] = plansOf(spec, engine)
  if (best === undefined) throw new RangeError(`no algorithm for the funnel ${spec.name}`)
  return best
}

/** All that accept a funnel, the best first; each of them gives the same rows. */
export const plansOf = (spec: FunnelSpec, engine: EngineTraits): FunnelPlan[] =>
  ALGORITHMS.flatMap((algorithm) => {
    const { accepts, because } = algorithm.judge(spec, engine)
    return accepts ? [{ algorithm, because }] : []
  })

export function algorithmNamed(name: string): Algorithm {
  const found = ALGORITHMS.find((algorithm) => algorithm.name === name)
  if (found === undefined) throw new RangeError(`no algorithm ${name}`)
  return found
}
