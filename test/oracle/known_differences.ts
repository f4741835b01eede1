/** Funnels of which SQL and oracle are known to say different things; each line waits for a decision. */
import { segmentation } from './funnel_journeys.ts'
import type { FunnelSpec } from './funnel_spec.ts'

export function isKnownToDiffer(funnel: FunnelSpec): boolean {
  const { order, steps, breakdown, by } = funnel
  const differs: Record<string, boolean> = {
    'one event gives the times of two steps of an unordered attempt':
      order === 'unordered' && areTangled(funnel),
    'an event of several groups counts once for each value of theirs':
      by === 'user' &&
      breakdown?.of === 'company_id' &&
      (breakdown.attribution !== 'all' || breakdown.limit !== undefined),
    'the event whose value counts fills a later step':
      segmentation(funnel) === 'entered' && areTangled(funnel),
    'an optional step needs a later event where one event may be two steps':
      steps.some(({ optional }) => optional) && areTangled(funnel),
  }
  return Object.values(differs).includes(true)
}

/** Whether one event may be two different steps. */
function areTangled({ steps }: FunnelSpec): boolean {
  return steps.some((a, i) =>
    steps.some(
      (b, j) =>
        i !== j &&
        JSON.stringify(a) !== JSON.stringify(b) &&
        (a.event === undefined || b.event === undefined || a.event === b.event),
    ),
  )
}
