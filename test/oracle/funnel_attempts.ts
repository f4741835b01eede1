/** Ordered and strict funnels by trying every sequence of events. */
import {
  enteredAt,
  reachedAt,
  requiredSteps,
  windowOf,
  type Attempt,
  type FunnelSpec,
  type Mark,
} from './funnel_spec.ts'
import { compareBytes } from './world.ts'

/** What every step-1 event leads to. */
export function attemptsOf(funnel: FunnelSpec, marks: readonly Mark[]): Attempt[] {
  return marks
    .filter((mark) => mark.steps.has(1))
    .flatMap((entry) => {
      const journey = marks.filter(({ held }) => held === entry.held).sort((a, b) => a.at - b.at)
      const chain = longest(funnel, journey, [entry])
      return entry.segments.map((segment) => ({
        times: timesOf(funnel, chain),
        held: entry.held,
        segment,
        excludedAt: excludedAt(funnel, journey, chain),
        interruptedAt: interruptedAt(funnel, journey, chain),
      }))
    })
}

/**
 * Of all ways to go on, the one with most steps; of equals the one that is earlier at the first difference.
 * @param journey in the order of time
 */
function longest(funnel: FunnelSpec, journey: readonly Mark[], chain: readonly Mark[]): readonly Mark[] {
  let best = chain
  let earliest: number | undefined
  const interruption = interruptedAt(funnel, journey, chain) ?? Infinity
  for (const mark of journey) {
    if (!mayFollow(funnel, chain, mark) || mark.at > interruption) continue
    // strict: what could be the next step and is left out would interrupt
    if (funnel.order === 'strict' && mark.at > (earliest ?? Infinity)) break
    earliest ??= mark.at
    // a complete one with an earlier next step is earlier than all that follow
    if (best.length === requiredSteps(funnel).length && mark.at > best[chain.length]!.at) break
    const longer = longest(funnel, journey, [...chain, mark])
    if (longer.length < best.length) continue
    if (longer.length > best.length || compareTimes(longer.map(timeOf), best.map(timeOf)) < 0) best = longer
  }
  return best
}

const timeOf = ({ at }: Mark): number => at

function mayFollow(funnel: FunnelSpec, chain: readonly Mark[], mark: Mark): boolean {
  const [first, last] = [chain[0]!, chain.at(-1)!]
  const step = requiredSteps(funnel)[chain.length]
  return (
    step !== undefined &&
    mark.steps.has(step) &&
    !chain.includes(mark) &&
    (funnel.strictly_increasing ? mark.at > last.at : mark.at >= last.at) &&
    mark.at <= first.at + windowOf(funnel)
  )
}

/**
 * When another event interrupts a strict attempt: the first instant after its last step with one event, which
 * is neither the next step nor one that can be skipped on the way there.
 */
function interruptedAt(
  funnel: FunnelSpec,
  journey: readonly Mark[],
  chain: readonly Mark[],
): number | undefined {
  if (funnel.order !== 'strict') return undefined
  const required = requiredSteps(funnel)
  const [previous, next] = [required[chain.length - 1]!, required[chain.length]]
  const mayPass = (mark: Mark) =>
    [...mark.steps].some((step) => step > previous && step <= (next ?? Infinity))
  const isAlone = (mark: Mark) => journey.every((other) => other === mark || other.at !== mark.at)
  return journey.find((mark) => mark.at > chain.at(-1)!.at && !mayPass(mark) && isAlone(mark))?.at
}

/** When an exclusion first lies strictly between the instants of two neighbouring steps, or after the last reached. */
function excludedAt(
  funnel: FunnelSpec,
  journey: readonly Mark[],
  chain: readonly Mark[],
): number | undefined {
  const required = requiredSteps(funnel)
  const found: number[] = []
  for (const [i, { after_step, before_step }] of funnel.exclusions.entries()) {
    for (const [place, { at: since }] of chain.entries()) {
      const step = required[place]!
      if (step < after_step || step >= before_step) continue
      const next = chain[place + 1]
      const interruption = interruptedAt(funnel, journey, chain)
      const isOpen = (at: number) =>
        next === undefined
          ? at <= chain[0]!.at + windowOf(funnel) && (interruption === undefined || at <= interruption)
          : at < next.at
      found.push(
        ...journey.flatMap(({ at, exclusions }) =>
          exclusions.has(i) && at > since && isOpen(at) ? [at] : [],
        ),
      )
    }
  }
  return found.length === 0 ? undefined : Math.min(...found)
}

const timesOf = (funnel: FunnelSpec, chain: readonly Mark[]): Map<number, number> =>
  new Map(chain.map(({ at }, i) => [requiredSteps(funnel)[i]!, at]))

/** The furthest, then the first to get there, then the latest entry; undefined when an exclusion removes the entity. */
export function bestOf(attempts: readonly Attempt[]): Attempt | undefined {
  const steps = (list: readonly Attempt[]) => Math.max(0, ...list.map(({ times }) => times.size))
  const clean = attempts.filter((attempt) => attempt.excludedAt === undefined)
  const excluded = attempts.filter((attempt) => attempt.excludedAt !== undefined)
  if (steps(excluded) > steps(clean)) return undefined
  return [...clean].sort(
    (a, b) =>
      b.times.size - a.times.size ||
      reachedAt(a) - reachedAt(b) ||
      enteredAt(b) - enteredAt(a) ||
      compareBytes(a.held, b.held) ||
      compareTimes([...a.times.values()], [...b.times.values()]),
  )[0]
}

export function compareTimes(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((time, n) => time !== b[n])
  return i < 0 ? 0 : a[i]! - b[i]!
}

/** The attempts from the earliest first step; values at one instant are settled by their bytes. */
export function firstEntries(attempts: readonly Attempt[]): Attempt[] {
  const inOrder = [...attempts].sort(
    (a, b) =>
      enteredAt(a) - enteredAt(b) || compareBytes(a.held, b.held) || compareBytes(a.segment, b.segment),
  )
  const [first] = inOrder
  return inOrder.filter(
    (a) => enteredAt(a) === enteredAt(first!) && a.held === first!.held && a.segment === first!.segment,
  )
}

/** One attempt after the other; what an exclusion ended keeps the steps before it. */
export function sequence(funnel: FunnelSpec, attempts: readonly Attempt[]): Attempt[] {
  const last = requiredSteps(funnel).at(-1)!
  const counted: Attempt[] = []
  let rest = [...attempts]
  while (rest.length > 0) {
    const same = firstEntries(rest)
    const attempt = [...same].sort(
      (a, b) => b.times.size - a.times.size || compareTimes([...a.times.values()], [...b.times.values()]),
    )[0]!
    const before = [...attempt.times].filter(
      ([step, at]) => step === 1 || attempt.excludedAt === undefined || at < attempt.excludedAt,
    )
    counted.push({ ...attempt, times: new Map(before) })
    const end = attempt.excludedAt ?? attempt.times.get(last)
    const timeout = enteredAt(attempt) + windowOf(funnel)
    // what interrupts may itself be a first step
    const mayStart = (at: number) =>
      end === undefined ? at > timeout || at >= (attempt.interruptedAt ?? Infinity) : at > end
    rest = rest.filter((other) => mayStart(enteredAt(other)))
  }
  return counted.map((attempt, i) => {
    const next = counted[i + 1]
    return next === undefined ? attempt : { ...attempt, followedAt: enteredAt(next) }
  })
}
