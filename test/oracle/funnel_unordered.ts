/** Unordered funnels by looking into every window. */
import { requiredSteps, windowOf, type Attempt, type FunnelSpec, type Mark } from './funnel_spec.ts'
import { mostFilled } from './matching.ts'
import { compareBytes } from './world.ts'

interface Found {
  readonly times: readonly number[]
  readonly end: number
  readonly held: string
}

/**
 * The window with most different steps; of equals the one that is complete first, then the latest events.
 * An exclusion wipes what was there before it, unless all steps were done.
 * @param mayEnter whether a window may begin at a time
 */
export function unorderedAttempt(
  funnel: FunnelSpec,
  marks: readonly Mark[],
  mayEnter: (at: number) => boolean,
): Attempt | undefined {
  const steps = requiredSteps(funnel)
  const found: Found[] = []
  for (const first of marks) {
    if (first.steps.size === 0 || !mayEnter(first.at)) continue
    const journey = marks.filter(({ held }) => held === first.held)
    const wipes = new Set(journey.flatMap(({ at, exclusions }) => (exclusions.size > 0 ? [at] : [])))
    const wiped = (at: number) => [...wipes].filter((wipe) => wipe < at).length
    for (const { at: end } of journey) {
      if (end < first.at || end > first.at + windowOf(funnel) || wiped(end) !== wiped(first.at)) continue
      const inside = journey.filter((mark) => mark.at >= first.at && mark.at <= end && mark.steps.size > 0)
      const times = latest(inside, steps)
      if (times.length === steps.length || wiped(end) === wipes.size) {
        found.push({ times, end: times.at(-1)!, held: first.held })
      }
    }
  }
  const [best] = found.sort(
    (a, b) =>
      b.times.length - a.times.length ||
      a.end - b.end ||
      compareBytes(a.held, b.held) ||
      compareLater(a.times, b.times),
  )
  return best && { times: new Map(best.times.map((at, i) => [i + 1, at])), held: best.held, segment: '' }
}

function compareLater(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((time, n) => time !== b[n])
  return i < 0 ? 0 : b[i]! - a[i]!
}

/** The times of as many events as steps can be done, as late as they can be. */
function latest(inside: readonly Mark[], steps: readonly number[]): number[] {
  const chosen: Mark[] = []
  for (const mark of [...inside].sort((a, b) => b.at - a.at)) {
    if (mostFilled([...chosen, mark], steps) > chosen.length) chosen.push(mark)
  }
  return chosen.map(({ at }) => at).sort((a, b) => a - b)
}
