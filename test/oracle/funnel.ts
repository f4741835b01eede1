/** The relations of a funnel, row by row, from its journeys. */
import { isInRange, periodOf, periodsOf, type Interval } from './calendar.ts'
import { attemptsOf, bestOf, firstEntries, sequence } from './funnel_attempts.ts'
import { journeysOf, segmentation, type Journey } from './funnel_journeys.ts'
import {
  enteredAt,
  requiredSteps,
  windowOf,
  type Attempt,
  type FunnelSpec,
  type Mark,
} from './funnel_spec.ts'
import { unorderedAttempt } from './funnel_unordered.ts'
import { canHappen } from './matching.ts'
import {
  compareBytes,
  keptValues,
  named,
  textOf,
  type Happening,
  type OracleRow,
  type World,
} from './world.ts'

/** An attempt that counts, with the optional steps on its way. */
interface Counted {
  readonly entity: string
  readonly segment: string
  readonly attempt: number
  readonly times: ReadonlyMap<number, number>
}

/** Relation → rows, in no order; without `rule`. */
export function funnelRelations(
  funnel: FunnelSpec,
  events: readonly Happening[],
  world: World,
): Record<string, OracleRow[]> {
  const journeys = journeysOf(funnel, events, world)
  const counted = valued(
    funnel,
    journeys.flatMap((journey) => countedOf(funnel, journey, world)),
    world,
  )
  // who has done the only step has nothing to convert to, unless it is said
  const isFollowed = (part: { readonly to_step?: number }) =>
    funnel.steps.length > 1 && (part.to_step !== undefined || requiredSteps(funnel).length > 1)
  return {
    [funnel.name]: stepRows(funnel, counted),
    [`${funnel.name}_entities`]: counted.map((one) => entityRow(funnel, one)),
    ...(funnel.trend === false || !isFollowed(funnel.trend)
      ? {}
      : { [`${funnel.name}_trend`]: trendRows(funnel, funnel.trend, journeys, counted, world, events) }),
    ...(funnel.time_to_convert === false || !isFollowed(funnel.time_to_convert)
      ? {}
      : { [`${funnel.name}_times`]: binRows(funnel, funnel.time_to_convert, counted) }),
  }
}

/** The attempts of a journey that count. */
function countedOf(funnel: FunnelSpec, journey: Journey, world: World): Counted[] {
  const { marks } = journey
  if (funnel.order === 'unordered') {
    const found = unorderedAttempt(funnel, marks, (at) => isInRange(at, funnel.range ?? {}, world))
    return found ? counted(funnel, journey, [found]) : []
  }
  const attempts = attemptsOf(funnel, marks)
  if (funnel.entry === 'first') {
    return attempts.length === 0 ? [] : counted(funnel, journey, listed(bestOf(firstEntries(attempts))))
  }
  if (funnel.entry === 'best') {
    return counted(
      funnel,
      journey,
      classes(attempts, ({ segment }) => (isEntered(funnel) ? segment : '')).flatMap((of) =>
        listed(bestOf(of)),
      ),
    )
  }
  const all = classes(attempts, ({ held }) => held).flatMap((of) => sequence(funnel, of))
  all.sort((a, b) => enteredAt(a) - enteredAt(b) || compareBytes(a.held, b.held))
  return counted(funnel, journey, all)
}

const isEntered = (funnel: FunnelSpec): boolean => segmentation(funnel) === 'entered'

const listed = <T>(item: T | undefined): T[] => (item === undefined ? [] : [item])

function classes<T>(items: readonly T[], of: (item: T) => string): T[][] {
  return [...new Set(items.map(of))].map((name) => items.filter((item) => of(item) === name))
}

/** Finds the optional steps; leaves out who never got to the step whose value is asked for. */
function counted(funnel: FunnelSpec, journey: Journey, attempts: readonly Attempt[]): Counted[] {
  const { breakdown } = funnel
  const asked =
    breakdown?.attribution === 'step' && segmentation(funnel) === 'split' ? (breakdown.step ?? 1) : 1
  return attempts.flatMap((attempt, i) => {
    const times = withOptional(funnel, journey.marks, attempt)
    if (!times.has(asked)) return []
    const segment = isEntered(funnel) ? attempt.segment : journey.segment
    return [{ entity: journey.entity, segment, attempt: i + 1, times }]
  })
}

/** Each optional step at its earliest, after what was done before it and not after the next step. */
function withOptional(funnel: FunnelSpec, marks: readonly Mark[], attempt: Attempt): Map<number, number> {
  const times = new Map(attempt.times)
  const own = marks
    .filter(({ held }) => held === attempt.held)
    .map((mark) => (isEntered(funnel) ? startingWith(attempt.segment, mark) : mark))
  for (const [i, { optional }] of funnel.steps.entries()) {
    const step = i + 1
    const before = requiredSteps(funnel).findLast((n) => n < step)!
    if (!optional || !times.has(before)) continue
    const next = times.get(requiredSteps(funnel).find((n) => n > step) ?? 0) ?? Infinity
    const since = Math.max(...[...times].flatMap(([n, at]) => (n < step ? [at] : [])))
    const inTime = (at: number) =>
      at >= since &&
      at <= next &&
      !(funnel.strictly_increasing && (at === since || at === next)) &&
      at <= enteredAt(attempt) + windowOf(funnel) &&
      at <= (attempt.excludedAt ?? Infinity) &&
      at <= (attempt.interruptedAt ?? Infinity) &&
      at < (attempt.followedAt ?? Infinity)
    const possible = own
      .filter((mark) => mark.steps.has(step) && inTime(mark.at))
      .map(({ at }) => at)
      .filter((at) => canHappen(own, new Map([...times, [step, at]])))
    if (possible.length > 0) times.set(step, Math.min(...possible))
  }
  return times
}

/** An attempt that has the value of its first step starts with an event that has it. */
const startingWith = (segment: string, mark: Mark): Mark =>
  mark.segments.includes(segment)
    ? mark
    : { ...mark, steps: new Set([...mark.steps].filter((step) => step !== 1)) }

/** Brings the value of a property of whoever is counted. */
function valued(funnel: FunnelSpec, all: readonly Counted[], world: World): Counted[] {
  const { breakdown, by } = funnel
  if (breakdown === undefined || segmentation(funnel) !== 'owned') return [...all]
  const profiles = by === 'user' ? world.users : world.companies
  const withValues = all.map((one) => ({
    ...one,
    segment: textOf(profiles[one.entity]?.properties[breakdown.property]) ?? '',
  }))
  const kept = keptValues(withValues, breakdown)
  return withValues.map((one) => ({ ...one, segment: named(one.segment, kept) }))
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

function stepName({ steps, order }: FunnelSpec, step: number): string {
  if (order === 'unordered') return step === 1 ? 'any step' : `any ${step} steps`
  return steps[step - 1]?.event ?? 'any event'
}

const segmentOf = ({ breakdown }: FunnelSpec, segment: string): OracleRow => (breakdown ? { segment } : {})

function entityRow(funnel: FunnelSpec, { entity, segment, attempt, times }: Counted): OracleRow {
  const furthest = Math.max(...times.keys())
  const last = times.get(requiredSteps(funnel).at(-1)!)
  const entry = times.get(1)!
  return {
    [funnel.by === 'user' ? 'user_id' : 'company_id']: entity,
    ...segmentOf(funnel, segment),
    ...(funnel.entry === 'every' ? { attempt } : {}),
    furthest_step: furthest,
    furthest_step_name: stepName(funnel, furthest),
    converted: last !== undefined,
    entered_at: iso(entry),
    ...Object.fromEntries(
      funnel.steps.slice(1).map((_, i) => [`step_${i + 2}_at`, iso(times.get(i + 2))] as const),
    ),
    seconds_to_convert: last === undefined ? null : (last - entry) / 1000,
  }
}

function stepRows(funnel: FunnelSpec, all: readonly Counted[]): OracleRow[] {
  const segments = funnel.breakdown ? [...new Set(all.map(({ segment }) => segment))] : ['']
  return segments.flatMap((segment) => {
    const here = all.filter((one) => !funnel.breakdown || one.segment === segment)
    const reached = (step: number) => here.filter(({ times }) => times.has(step))
    return funnel.steps.map(({ optional }, i) => {
      const step = i + 1
      const previous = requiredSteps(funnel).findLast((n) => n < step)
      const seconds =
        previous === undefined || optional
          ? []
          : reached(step).map(({ times }) => (times.get(step)! - times.get(previous)!) / 1000)
      return {
        ...segmentOf(funnel, segment),
        step,
        step_name: stepName(funnel, step),
        entities: reached(step).length,
        conversion_from_start: share(reached(step).length, reached(1).length),
        conversion_from_previous:
          previous === undefined ? null : share(reached(step).length, reached(previous).length),
        dropped: previous === undefined ? 0 : reached(previous).length - reached(step).length,
        avg_seconds: mean(seconds),
        median_seconds: median(seconds),
      }
    })
  })
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

export function median(values: readonly number[]): number | null {
  const inOrder = [...values].sort((a, b) => a - b)
  const middle = (inOrder.length - 1) / 2
  return inOrder.length === 0 ? null : (inOrder[Math.floor(middle)]! + inOrder[Math.ceil(middle)]!) / 2
}

/** Attempts that count in a trend, with the period of their entry. */
function entriesInPeriods(
  funnel: FunnelSpec,
  interval: Interval,
  journeys: readonly Journey[],
  all: readonly Counted[],
  world: World,
): (Counted & { readonly period: string })[] {
  const periodAt = (at: number) => periodOf(at, interval, world)
  const periodIn = (times: ReadonlyMap<number, number>) => periodAt(Math.min(...times.values()))
  if (funnel.entry !== 'best') return all.map((one) => ({ ...one, period: periodIn(one.times) }))
  const perPeriod = journeys.flatMap((journey): (Counted & { readonly period: string })[] => {
    if (funnel.order === 'unordered') {
      // any step may begin a window, and each period has the best of those that begin in it
      const starts = journey.marks.filter(({ steps }) => steps.size > 0).map(({ at }) => periodAt(at))
      return [...new Set(starts)].flatMap((period) => {
        const found = unorderedAttempt(funnel, journey.marks, (at) => periodAt(at) === period)
        return counted(funnel, journey, listed(found)).map((one) => ({ ...one, period }))
      })
    }
    return classes(attemptsOf(funnel, journey.marks), (attempt) =>
      JSON.stringify([periodIn(attempt.times), isEntered(funnel) ? attempt.segment : '']),
    ).flatMap((attempts) => {
      const best = listed(bestOf(attempts))
      return counted(funnel, journey, best).map((one) => ({ ...one, period: periodIn(one.times) }))
    })
  })
  return valued(funnel, perPeriod, world).map((one, i) => ({ ...one, period: perPeriod[i]!.period }))
}

/** By the period of entry; with the best entry each period has its own best attempt of an entity. */
function trendRows(
  funnel: FunnelSpec,
  {
    interval,
    from_step: from = 1,
    to_step: to = requiredSteps(funnel).at(-1)!,
  }: Exclude<FunnelSpec['trend'], false>,
  journeys: readonly Journey[],
  all: readonly Counted[],
  world: World,
  events: readonly Happening[],
): OracleRow[] {
  const entries = entriesInPeriods(funnel, interval, journeys, all, world)
  const segments = funnel.breakdown ? [...new Set(entries.map(({ segment }) => segment))] : ['']
  const seen = entries.map(({ period }) => period)
  return periodsOf(funnel.range ?? {}, seen, interval, world, events).flatMap((start) =>
    segments.map((segment) => {
      const here = entries.filter((one) => one.segment === segment && one.period === start)
      const entered = here.filter(({ times }) => times.has(from)).length
      const converted = here.filter(({ times }) => times.has(from) && times.has(to)).length
      return {
        ...segmentOf(funnel, segment),
        period_start: start,
        entered,
        converted,
        conversion_rate: share(converted, entered) ?? 0,
      }
    }),
  )
}

/** Bins of equal width, as many as the cube root of the conversions, and one more for the longest. */
function binRows(
  funnel: FunnelSpec,
  {
    from_step: from = 1,
    to_step: to = requiredSteps(funnel).at(-1)!,
    bins,
  }: Exclude<FunnelSpec['time_to_convert'], false>,
  all: readonly Counted[],
): OracleRow[] {
  const seconds = all.flatMap(({ times }) =>
    times.has(from) && times.has(to) ? [(times.get(to)! - times.get(from)!) / 1000] : [],
  )
  if (seconds.length === 0) return []
  let count = 1
  while (count ** 3 < seconds.length && count < 60) count++
  const shortest = Math.floor(Math.min(...seconds))
  const span = Math.ceil(Math.max(...seconds)) - shortest
  const width = span === 0 ? 60 : Math.ceil(span / (bins ?? count))
  return Array.from({ length: (bins ?? count) + 1 }, (_, i) => {
    const start = shortest + i * width
    return {
      bin: i + 1,
      from_seconds: start,
      to_seconds: start + width,
      entities: seconds.filter((s) => s >= start && s < start + width).length,
      avg_seconds: mean(seconds),
    }
  })
}
