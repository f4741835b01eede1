/** What a funnel is, as plain data: its options and all that follows from them, without a word of SQL. */
import type { Period } from '../../../src/engines/index.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Condition, Filter, Range } from '../../../src/project/report_schema.ts'
import { isOfCounted, isOwn, isSame, mayOverlap, needsProperties } from '../conditions.ts'
import {
  conditionOf,
  requiredSteps,
  windowMicroseconds,
  type FunnelOptions,
  type StepOptions,
} from './options.ts'
import { withFields } from '../../../src/graph/with_fields.ts'

export interface FunnelSpec {
  readonly name: string
  readonly options: FunnelOptions
  readonly by: Entity
  /** Filters of the whole report. */
  readonly where: readonly Filter[]
  readonly range: Range
  readonly steps: readonly StepOptions[]
  /** Numbers of the steps that cannot be skipped, from 1. */
  readonly required: readonly number[]
  readonly conditions: readonly Condition[]
  /** Microseconds; undefined without an end. */
  readonly window: number | undefined
  /** How the value of a breakdown gets to an entity. */
  readonly segments: Segments
  /** An event matches one step at most, whatever its properties. */
  readonly disjoint: boolean
  /** The name of an event alone says which step it is. */
  readonly isNamed: boolean
  /** An event may have several values of the breakdown, and is then there once for each. */
  readonly severalValues: boolean
  /** The properties of events are needed. */
  readonly readsProperties: boolean
  /** What owners of attempts are known by along the way: their ids, the numbers of groups, or numbers given to them. */
  readonly knownBy: 'id' | 'group number' | 'journey'
  /** Where every attempt counts: those with other values, of which one is chosen at the end, wait for one another. */
  readonly takesTurns: boolean
  /** Attempts keep the period of their first step: for the trend. */
  readonly period: Period | undefined
}

/**
 * `none`: no breakdown. `owned`: a property of whoever is counted. `touched`: first or last value on the
 * events. `keyed`: every value has its own funnel. `entered`: the value of the first step, which an attempt
 * carries along.
 */
export type Segments = 'none' | 'owned' | 'touched' | 'keyed' | 'entered'

/** The funnel whose attempts keep the period of their first step: for the trend. */
export const inPeriods = (spec: FunnelSpec, period: Period): FunnelSpec => withFields(spec, { period })

export function specOf(report: Report<FunnelOptions>): FunnelSpec {
  const { name, options, where, range } = report
  const by = report.by as Entity
  const conditions = options.steps.map(conditionOf)
  const disjoint = conditions.every((a, i) => conditions.every((b, j) => i === j || !mayOverlap(a, b)))
  const severalValues = options.breakdown !== undefined && hasSeveralValues(options.breakdown, by)
  const segments = segmentsOf(options, by, { disjoint, severalValues })
  const readsProperties =
    options.hold_constant.length > 0 ||
    options.breakdown?.of === 'event' ||
    needsProperties([...where, ...[...options.steps, ...options.exclusions].flatMap((part) => part.where)])
  const takesTurns = options.entry === 'every' && isKeyedByEntry({ segments, options })
  // `event_groups`, which has the numbers of groups, has no properties
  const isNumbered = by.kind === 'group' && !readsProperties && (segments === 'none' || segments === 'owned')
  return {
    name,
    options,
    by,
    where,
    range,
    steps: options.steps,
    required: requiredSteps(options),
    conditions,
    window: windowMicroseconds(options),
    segments,
    disjoint,
    isNamed: isNamed({ steps: options.steps, conditions, disjoint, options, segments }),
    severalValues,
    readsProperties,
    knownBy: isNumbered ? 'group number' : options.hold_constant.length > 0 || takesTurns ? 'id' : 'journey',
    takesTurns,
    period: undefined,
  }
}

/** The funnel of which all events are the same: without its name, and what is made of its attempts. */
export const eventsOf = (spec: FunnelSpec): FunnelSpec =>
  withFields(spec, { name: '', options: ofCounting(spec.options, spec.steps) })

/** The options without what is made of the attempts, and without the fields that every report has. */
const ofCounting = (given: FunnelOptions, steps: readonly StepOptions[]): FunnelOptions => ({
  steps: [...steps],
  order: given.order,
  entry: given.entry,
  window: given.window,
  strictly_increasing: given.strictly_increasing,
  exclusions: given.exclusions,
  hold_constant: given.hold_constant,
  breakdown: given.breakdown,
  complete_after_range: given.complete_after_range,
  allow_one_step: given.allow_one_step,
  trend: false,
  time_to_convert: false,
})

/**
 * A funnel whose attempts go the same way from the events to who got how far: without its name, and without what its
 * events are asked before they are known as steps. Where they have the number of their step, that is all of it.
 */
export function wayOf(spec: FunnelSpec): FunnelSpec {
  const { options, disjoint, isNamed: named } = spec
  const isNumbered = disjoint && !named && options.exclusions.length === 0
  const steps = isNumbered ? options.steps.map(numbered) : options.steps
  return withFields(spec, {
    name: '',
    where: [],
    range: {},
    steps,
    conditions: steps.map(conditionOf),
    options: ofCounting(options, steps),
  })
}

const numbered = ({ optional, first_time }: StepOptions, i: number): StepOptions => ({
  event: `step ${i + 1}`,
  any_event: undefined,
  where: [],
  optional,
  first_time,
})

function segmentsOf(
  options: FunnelOptions,
  by: Entity,
  { disjoint, severalValues }: Pick<FunnelSpec, 'disjoint' | 'severalValues'>,
): Segments {
  const { breakdown, order } = options
  if (breakdown === undefined) return 'none'
  if (isOfCounted(breakdown, by)) return 'owned'
  if (breakdown.attribution === 'all') return 'keyed'
  if (breakdown.attribution !== 'step') return 'touched'
  if ((breakdown.step ?? 1) > 1 || order === 'unordered') return 'keyed'
  // An attempt carries its value only where it does not matter which event of an instant has it.
  const counted = sharesEvents({ disjoint, options }) || order === 'strict'
  return (severalValues && counted) || isEntryWanted(options) ? 'keyed' : 'entered'
}

/** Whether a step that is not the same as the first may want its event. */
function isEntryWanted({ steps, strictly_increasing }: FunnelOptions): boolean {
  const [entry, ...others] = steps.map(conditionOf)
  return (
    entry !== undefined &&
    !strictly_increasing &&
    others.some((other) => mayOverlap(entry, other) && !isSame(entry, other))
  )
}

/** Properties of groups that are not counted themselves: an event or a user may belong to several. */
const hasSeveralValues = (given: NonNullable<FunnelOptions['breakdown']>, by: Entity): boolean =>
  given.of !== 'event' && given.of !== 'user' && !isOwn(given, by)

/** Every value has its own funnel, of the attempts whose first step has it. */
export const isKeyedByEntry = ({ segments, options }: Pick<FunnelSpec, 'segments' | 'options'>): boolean =>
  hasValueAtStep({ segments, options }) &&
  (options.breakdown?.step ?? 1) === 1 &&
  options.order !== 'unordered'

/** Whether the value at a step has a funnel of its own. */
const hasValueAtStep = ({ segments, options }: Pick<FunnelSpec, 'segments' | 'options'>): boolean =>
  segments === 'keyed' && options.breakdown?.attribution === 'step'

/** Whether events have to be shared out among steps that may want the same one. */
export const sharesEvents = ({ disjoint, options }: Pick<FunnelSpec, 'disjoint' | 'options'>): boolean =>
  // strictly increasing: one step at each instant, so there is nothing to share
  !disjoint && !options.strictly_increasing

type Named = Pick<FunnelSpec, 'steps' | 'conditions' | 'disjoint' | 'options' | 'segments'>

const isNamed = ({ steps, conditions, disjoint, options, segments }: Named): boolean =>
  disjoint &&
  conditions.every(({ event, where }) => event !== undefined && where.length === 0) &&
  steps.every((step) => step.first_time === undefined) &&
  !options.complete_after_range &&
  !hasValueAtStep({ segments, options })

/** Whether every event is both steps or neither of them. */
export function isSameStep(spec: FunnelSpec, a: number, b: number): boolean {
  const asked = (n: number) =>
    JSON.stringify([conditionOf(spec.steps[n - 1]), spec.steps[n - 1]?.first_time, isNarrowed(spec, n)])
  return asked(a) === asked(b)
}

/** Whether a step asks for more than its condition: to be in the range where others may come after it, or a value. */
const isNarrowed = (spec: FunnelSpec, step: number): boolean =>
  (spec.options.complete_after_range && step === 1) ||
  (hasValueAtStep(spec) && step === (spec.options.breakdown?.step ?? 1))

/** Whether something besides the window and the next step ends the time for steps that can be skipped. */
export const endsOptional = ({ options, steps }: FunnelSpec): boolean =>
  steps.some(({ optional }) => optional) && (options.order === 'strict' || options.entry === 'every')
