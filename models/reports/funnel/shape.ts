/** A funnel with everything that follows from its options, for the SQL of its parts. */
import type { Period } from '../../../src/engines/index.ts'
import type { ModelContext } from '../../../src/graph/model.ts'
import type { Report } from '../../../src/graph/report.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import type { Condition } from '../../../src/project/report_schema.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { entityColumn, isOfCounted, isOwn, isSame, mayOverlap, needsProperties } from '../conditions.ts'
import {
  conditionOf,
  requiredSteps,
  windowMicroseconds,
  type FunnelOptions,
  type StepOptions,
} from './options.ts'

export interface Funnel {
  readonly report: Report<FunnelOptions>
  readonly options: FunnelOptions
  readonly by: Entity
  readonly c: ModelContext
  readonly steps: readonly StepOptions[]
  /** Numbers of the steps that cannot be skipped, from 1. */
  readonly required: readonly number[]
  readonly conditions: readonly Condition[]
  /** Microseconds; undefined without an end. */
  readonly window: number | undefined
  /** How the value of a breakdown gets to an entity. */
  readonly segments: Segments
  /** The columns within which an attempt moves: who, values held constant, the value of `attribution: all`. */
  readonly owners: readonly Sql[]
  /** Owners are groups by their number. */
  readonly numbered: boolean
  /** Owners are given numbers, so that the owners themselves are out of sight until the end. */
  readonly journeyed: boolean
  /** The owners as one whole number, which sorts and joins faster than text. */
  readonly keys: readonly Sql[]
  /** The CTE with the events that attempts move along, and the one that they end in. */
  readonly events: Sql
  readonly result: Sql
  /** The columns within which attempts come one after the other, where every one counts. */
  readonly turns: readonly Sql[]
  /** Columns that an attempt keeps from its first step. */
  readonly carried: readonly Sql[]
  /** The period of its first step is one of them: for the trend. */
  readonly period: Period | undefined
  /** An event matches one step at most, whatever its properties. */
  readonly disjoint: boolean
  /** An event may have several values of the breakdown, and is then there once for each. */
  readonly severalValues: boolean
}

/**
 * `none`: no breakdown. `owned`: a property of whoever is counted. `touched`: first or last value on the
 * events. `keyed`: every value has its own funnel. `entered`: the value of the first step, which an attempt
 * carries along.
 */
export type Segments = 'none' | 'owned' | 'touched' | 'keyed' | 'entered'

export const held = (options: FunnelOptions): Sql[] =>
  options.hold_constant.map((_, i) => identifier(`held_${i + 1}`))

/** @param period attempts keep the period of their first step: for the trend */
export function funnelOf(report: Report<FunnelOptions>, c: ModelContext, period?: Period): Funnel {
  const { options } = report
  const by = report.by as Entity
  const conditions = options.steps.map(conditionOf)
  const disjoint = conditions.every((a, i) => conditions.every((b, j) => i === j || !mayOverlap(a, b)))
  const severalValues = options.breakdown !== undefined && hasSeveralValues(options.breakdown, by)
  const segments = segmentsOf(options, by, { disjoint, severalValues })
  const numbered = canBeNumbered(report, segments)
  const owners = numbered
    ? [sql`group_sk`]
    : [entityColumn(by), ...held(options), ...(segments === 'keyed' ? [sql`segment`] : [])]
  // Of values held constant one is chosen at the end, and attempts with other values wait for one another.
  const takesTurns = options.entry === 'every' && isKeyedByEntry({ segments, options })
  const journeyed = !numbered && options.hold_constant.length === 0 && !takesTurns
  const keys = journeyed ? [sql`journey`] : owners
  return {
    report,
    options,
    by,
    c,
    steps: options.steps,
    required: requiredSteps(options),
    conditions,
    window: windowMicroseconds(options),
    segments,
    owners,
    numbered,
    journeyed,
    keys,
    turns: takesTurns ? keys.filter((key) => toText(key) !== 'segment') : keys,
    events: journeyed ? sql`steps` : sql`step_events`,
    result: numbered || journeyed ? sql`furthest_journeys` : sql`furthest_attempts`,
    carried: [
      ...(segments === 'entered' ? [sql`segment`] : []),
      ...(period === undefined ? [] : [sql`entered_in`]),
    ],
    period,
    disjoint,
    severalValues,
  }
}

function segmentsOf(
  options: FunnelOptions,
  by: Entity,
  { disjoint, severalValues }: Pick<Funnel, 'disjoint' | 'severalValues'>,
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

/** Every value has its own funnel, of the attempts whose first step has it. */
export const isKeyedByEntry = ({ segments, options }: Pick<Funnel, 'segments' | 'options'>): boolean =>
  hasValueAtStep({ segments, options }) &&
  (options.breakdown?.step ?? 1) === 1 &&
  options.order !== 'unordered'

/** Whether events have to be shared out among steps that may want the same one. */
export const sharesEvents = ({ disjoint, options }: Pick<Funnel, 'disjoint' | 'options'>): boolean =>
  // strictly increasing: one step at each instant, so there is nothing to share
  !disjoint && !options.strictly_increasing

/** Properties of groups that are not counted themselves: an event or a user may belong to several. */
const hasSeveralValues = (given: NonNullable<FunnelOptions['breakdown']>, by: Entity): boolean =>
  given.of !== 'event' && given.of !== 'user' && !isOwn(given, by)

/** Whether `event_groups`, which has the numbers, holds all that is needed. */
function canBeNumbered(report: Report<FunnelOptions>, segments: Segments): boolean {
  return (
    report.by?.kind === 'group' && !readsProperties(report) && (segments === 'none' || segments === 'owned')
  )
}

/** Whether the properties of events are needed. */
export function readsProperties({ options, where }: Report<FunnelOptions>): boolean {
  return (
    options.hold_constant.length > 0 ||
    options.breakdown?.of === 'event' ||
    needsProperties([...where, ...[...options.steps, ...options.exclusions].flatMap((part) => part.where)])
  )
}

/** Whether an event is step `n`. */
export function isStep(funnel: Funnel, n: number): Sql {
  if (!funnel.disjoint) return identifier(`is_step_${n}`)
  return isNamed(funnel)
    ? sql`event_name = ${literal(funnel.conditions[n - 1]?.event ?? '')}`
    : sql`step = ${literal(n)}`
}

/** Whether an event is one of several steps. */
export function isAnyStep(funnel: Funnel, steps: readonly number[]): Sql {
  if (steps.length === 1) return isStep(funnel, steps[0] ?? 1)
  if (!funnel.disjoint)
    return sql`(${join(
      steps.map((n) => isStep(funnel, n)),
      ' or ',
    )})`
  return isNamed(funnel)
    ? sql`event_name in (${join(
        steps.map((n) => literal(funnel.conditions[n - 1]?.event ?? '')),
        ', ',
      )})`
    : sql`step in (${join(steps.map(literal), ', ')})`
}

/** Whether the name of an event alone says which step it is. */
export function isNamed({ steps, conditions, disjoint, options, segments }: Funnel): boolean {
  return (
    disjoint &&
    conditions.every(({ event, where }) => event !== undefined && where.length === 0) &&
    steps.every((step) => step.first_time === undefined) &&
    !options.complete_after_range &&
    !hasValueAtStep({ segments, options })
  )
}

/** Whether every event is both steps or neither of them. */
export function isSameStep(funnel: Funnel, a: number, b: number): boolean {
  const asked = (n: number) =>
    JSON.stringify([conditionOf(funnel.steps[n - 1]), funnel.steps[n - 1]?.first_time, isNarrowed(funnel, n)])
  return asked(a) === asked(b)
}

/** Whether a step asks for more than its condition: to be in the range where others may come after it, or a value. */
const isNarrowed = (funnel: Funnel, step: number): boolean =>
  (funnel.options.complete_after_range && step === 1) ||
  (hasValueAtStep(funnel) && step === (funnel.options.breakdown?.step ?? 1))

/** Whether the value at a step has a funnel of its own. */
const hasValueAtStep = ({ segments, options }: Pick<Funnel, 'segments' | 'options'>): boolean =>
  segments === 'keyed' && options.breakdown?.attribution === 'step'

/** The column that says when a strict attempt met an event that is not its next step. */
export const INTERRUPTED = sql`interrupted_us`

/** The column that says until when steps that can be skipped may come. */
export const OPTIONAL_UNTIL = sql`optional_until_us`

/** Whether something besides the window and the next step ends the time for steps that can be skipped. */
export const endsOptional = ({ options, steps }: Funnel): boolean =>
  steps.some(({ optional }) => optional) && (options.order === 'strict' || options.entry === 'every')

export const isExclusion = (i: number): Sql => identifier(`is_exclusion_${i + 1}`)
