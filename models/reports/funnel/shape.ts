/** A funnel with everything that follows from its options, for the SQL of its parts. */
import type { Period } from '../../../src/dialects/index.ts'
import type { ModelContext } from '../../../src/graph/model.ts'
import type { Entity, Report } from '../../../src/graph/report.ts'
import type { Condition } from '../../../src/project/report_schema.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import { entityColumn, mayOverlap, needsProperties } from '../conditions.ts'
import { conditionOf, windowMicroseconds, type FunnelOptions, type StepOptions } from './options.ts'

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
  /** The owners as one whole number, which sorts and joins faster than text. */
  readonly keys: readonly Sql[]
  /** The CTE with the events that attempts move along, and the one that they end in. */
  readonly events: Sql
  readonly result: Sql
  /** Columns that an attempt keeps from its first step. */
  readonly carried: readonly Sql[]
  /** The period of its first step is one of them: for the trend. */
  readonly period: Period | undefined
  /** An event matches one step at most, whatever its properties. */
  readonly disjoint: boolean
}

/**
 * `none`: no breakdown. `owned`: a property of whoever is counted. `touched`: first or last value on the
 * events. `keyed`: every value has its own funnel. `entered`: the value of the first step.
 */
export type Segments = 'none' | 'owned' | 'touched' | 'keyed' | 'entered'

export const held = (options: FunnelOptions): Sql[] =>
  options.hold_constant.map((_, i) => identifier(`held_${i + 1}`))

/** @param period attempts keep the period of their first step: for the trend */
export function funnelOf(report: Report<FunnelOptions>, c: ModelContext, period?: Period): Funnel {
  const { options } = report
  const by = report.by as Entity
  const segments = segmentsOf(options, by)
  const conditions = options.steps.map(conditionOf)
  const numbered = canBeNumbered(report, segments)
  const owners = numbered
    ? [sql`group_no`]
    : [entityColumn(by), ...held(options), ...(segments === 'keyed' ? [sql`segment`] : [])]
  const disjoint = conditions.every((a, i) => conditions.every((b, j) => i === j || !mayOverlap(a, b)))
  return {
    report,
    options,
    by,
    c,
    steps: options.steps,
    required: options.steps.flatMap((step, i) => (step.optional ? [] : [i + 1])),
    conditions,
    window: windowMicroseconds(options),
    segments,
    owners,
    numbered,
    // Of values held constant one is chosen at the end, so the entity has to stay in sight.
    ...(numbered
      ? { keys: owners, events: sql`step_events`, result: sql`furthest_journeys` }
      : options.hold_constant.length > 0
        ? { keys: owners, events: sql`step_events`, result: sql`furthest_attempts` }
        : { keys: [sql`journey`], events: sql`steps`, result: sql`furthest_journeys` }),
    carried: [
      ...(segments === 'entered' ? [sql`segment`] : []),
      ...(period === undefined ? [] : [sql`entered_in`]),
    ],
    period,
    disjoint,
  }
}

function segmentsOf({ breakdown, order }: FunnelOptions, by: Entity): Segments {
  if (breakdown === undefined) return 'none'
  if (isOwned(breakdown, by)) return 'owned'
  if (breakdown.attribution === 'all') return 'keyed'
  if (breakdown.attribution !== 'step') return 'touched'
  return (breakdown.step ?? 1) === 1 && order !== 'unordered' ? 'entered' : 'keyed'
}

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

/** Properties of whoever is counted do not change from event to event. */
function isOwned({ of, through, properties }: NonNullable<FunnelOptions['breakdown']>, by: Entity): boolean {
  if (by.kind === 'user') return of === 'user' || through === 'user'
  return of === by.key.name && properties === 'latest'
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
export const isSameStep = (funnel: Funnel, a: number, b: number): boolean =>
  JSON.stringify(funnel.steps[a - 1]) === JSON.stringify(funnel.steps[b - 1]) &&
  isNarrowed(funnel, a) === isNarrowed(funnel, b)

/** Whether a step asks for more than its condition: to be in the range where others may come after it, or a value. */
const isNarrowed = (funnel: Funnel, step: number): boolean =>
  (funnel.options.complete_after_range && step === 1) ||
  (hasValueAtStep(funnel) && step === (funnel.options.breakdown?.step ?? 1))

/** Whether the value at a step has a funnel of its own. */
const hasValueAtStep = ({ segments, options }: Pick<Funnel, 'segments' | 'options'>): boolean =>
  segments === 'keyed' && options.breakdown?.attribution === 'step'

/** The column that says when a strict attempt met an event that is not its next step. */
export const INTERRUPTED = sql`interrupted_us`

export const isExclusion = (i: number): Sql => identifier(`is_exclusion_${i + 1}`)
