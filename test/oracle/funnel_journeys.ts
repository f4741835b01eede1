/** From events to journeys: which steps and exclusions each event is, within which values an entity moves. */
import { endOf, isInRange } from './calendar.ts'
import { windowOf, type FunnelSpec, type Mark } from './funnel_spec.ts'
import {
  compareBytes,
  holds,
  keptValues,
  meets,
  named,
  segmentsOf,
  streams,
  textOf,
  type Happening,
  type View,
  type World,
} from './world.ts'

export interface Journey {
  readonly entity: string
  /** The value that the whole of it has. */
  readonly segment: string
  readonly marks: readonly Mark[]
}

/**
 * How a breakdown gets to an entity. `owned`: it is a property of whoever is counted. `touched`: the first or
 * last value on its events. `split`: each value has a journey of its own. `entered`: the value at step 1.
 */
export type Segmentation = 'none' | 'owned' | 'touched' | 'split' | 'entered'

export function segmentation({ breakdown, by, order }: FunnelSpec): Segmentation {
  if (breakdown === undefined) return 'none'
  if (breakdown.of === by) return 'owned'
  if (breakdown.attribution === 'first' || breakdown.attribution === 'last') return 'touched'
  return breakdown.attribution === 'step' && (breakdown.step ?? 1) === 1 && order !== 'unordered'
    ? 'entered'
    : 'split'
}

export function journeysOf(funnel: FunnelSpec, events: readonly Happening[], world: World): Journey[] {
  const way = segmentation(funnel)
  const marked = [...streams(events, funnel.by)].map(([entity, stream]) => ({
    entity,
    marks: marksOf(funnel, stream, { world, by: funnel.by, entity }),
  }))
  const { breakdown } = funnel
  if (breakdown === undefined || way === 'none' || way === 'owned') {
    return marked.map((one) => ({ ...one, segment: '' }))
  }
  const seen = marked.flatMap(({ entity, marks }) =>
    marks.flatMap(({ segments }) => segments.map((segment) => ({ entity, segment }))),
  )
  const kept = keptValues(seen, breakdown)
  return marked.flatMap(({ entity, marks: all }) => {
    const marks = all.map((mark) => ({
      ...mark,
      segments: [...new Set(mark.segments.map((segment) => named(segment, kept)))],
    }))
    if (way === 'touched')
      return [{ entity, marks, segment: touched(marks, breakdown.attribution === 'last') }]
    if (way === 'entered') return [{ entity, marks, segment: '' }]
    if (breakdown.attribution === 'all') {
      return valuesOn(marks).map((segment) => ({
        entity,
        segment,
        marks: marks.filter(({ segments }) => segments.includes(segment)),
      }))
    }
    const step = breakdown.step ?? 1
    return valuesOn(marks.filter(({ steps }) => steps.has(step))).map((segment) => ({
      entity,
      segment,
      marks: marks.map((mark) =>
        mark.segments.includes(segment)
          ? mark
          : { ...mark, steps: new Set([...mark.steps].filter((n) => n !== step)) },
      ),
    }))
  })
}

const valuesOn = (marks: readonly Mark[]): string[] => [...new Set(marks.flatMap(({ segments }) => segments))]

/** The first or last value that is not empty. */
function touched(marks: readonly Mark[], last: boolean): string {
  const inOrder = [...marks].sort((a, b) => a.at - b.at || compareBytes(a.event.id, b.event.id))
  if (last) inOrder.reverse()
  const [segment] = inOrder.flatMap(({ segments }) => segments.filter((s) => s !== '').sort(compareBytes))
  return segment ?? ''
}

/** The events of the funnel; in a strict one, where each can interrupt, these are all. */
function marksOf(funnel: FunnelSpec, stream: readonly Happening[], view: View): Mark[] {
  const { breakdown } = funnel
  const looked = segmentation(funnel) === 'none' || segmentation(funnel) === 'owned' ? undefined : breakdown
  return stream
    .filter((event) => isLookedAt(funnel, event, view))
    .filter(
      (event) =>
        funnel.order === 'strict' ||
        [...funnel.steps, ...funnel.exclusions].some((condition) => meets(condition, event, view)),
    )
    .filter((event) => heldBy(funnel, event) !== undefined)
    .map((event) => ({
      event,
      at: event.at,
      steps: new Set(funnel.steps.flatMap((_, i) => (isStep(funnel, i, event, stream, view) ? [i + 1] : []))),
      exclusions: new Set(
        funnel.exclusions.flatMap((exclusion, i) => (meets(exclusion, event, view) ? [i] : [])),
      ),
      held: heldBy(funnel, event) ?? '',
      segments: looked === undefined ? [''] : segmentsOf(looked, event, view),
    }))
}

/** In the range, or up to one window after it where that is asked for. */
function isLookedAt(funnel: FunnelSpec, event: Happening, view: View): boolean {
  const { range = {}, where = [], complete_after_range } = funnel
  const inTime =
    complete_after_range && range.to !== undefined
      ? isInRange(event.at, range.from === undefined ? {} : { from: range.from }, view.world) &&
        event.at <= endOf(range.to, view.world) + windowOf(funnel)
      : isInRange(event.at, range, view.world)
  return inTime && where.every((filter) => holds(filter, event, view))
}

function isStep(
  funnel: FunnelSpec,
  i: number,
  event: Happening,
  stream: readonly Happening[],
  view: View,
): boolean {
  const step = funnel.steps[i]!
  if (!meets(step, event, view)) return false
  // an attempt begins in the range; an unordered one may begin with any step
  if (i === 0 && funnel.order !== 'unordered' && !isInRange(event.at, funnel.range ?? {}, view.world))
    return false
  if (step.first_time === undefined) return true
  // over all history: of the name, or of those that match
  const candidates = stream.filter((other) =>
    step.first_time === 'ever'
      ? meets({ ...step, where: [] }, other, view)
      : meets(step, other, view) && (funnel.where ?? []).every((filter) => holds(filter, other, view)),
  )
  return event.at === Math.min(...candidates.map(({ at }) => at))
}

/** Values held constant; undefined where one is missing. */
function heldBy({ hold_constant }: FunnelSpec, event: Happening): string | undefined {
  const values = hold_constant.map((property) => textOf(event.properties[property]))
  return values.includes(undefined) ? undefined : JSON.stringify(values)
}
