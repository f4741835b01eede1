/** A funnel in SQL: its spec, and what its relations and columns are called. */
import type { ModelContext } from '../../../src/graph/model.ts'
import { withFields } from '../../../src/graph/with_fields.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../../../src/sql/sql.ts'
import { entityColumn } from '../conditions.ts'
import type { FunnelOptions } from './options.ts'
import type { FunnelSpec } from './spec.ts'

export interface Funnel extends FunnelSpec {
  readonly c: ModelContext
  /** The columns within which an attempt moves: who, values held constant, the value of `attribution: all`. */
  readonly owners: readonly Sql[]
  /** The same along the way: as one whole number where that can be, which sorts and joins faster than text. */
  readonly keys: readonly Sql[]
  /** The columns within which attempts come one after the other, where every one counts. */
  readonly turns: readonly Sql[]
  /** Columns that an attempt keeps from its first step. */
  readonly carried: readonly Sql[]
  /** The CTE with the events that attempts move along, and the one that they end in. */
  readonly events: Sql
  readonly result: Sql
}

export function funnelOf(spec: FunnelSpec, c: ModelContext): Funnel {
  const { options, by, knownBy, segments, takesTurns, period } = spec
  const owners =
    knownBy === 'group number'
      ? [sql`group_sk`]
      : [entityColumn(by), ...held(options), ...(segments === 'keyed' ? [sql`segment`] : [])]
  const keys = knownBy === 'journey' ? [sql`journey`] : owners
  return withFields(spec, {
    c,
    owners,
    keys,
    turns: takesTurns ? keys.filter((key) => toText(key) !== 'segment') : keys,
    carried: [
      ...(segments === 'entered' ? [sql`segment`] : []),
      ...(period === undefined ? [] : [sql`entered_in`]),
    ],
    events: knownBy === 'journey' ? sql`steps` : sql`step_events`,
    result: knownBy === 'id' ? sql`furthest_attempts` : sql`furthest_journeys`,
  })
}

export const held = (options: FunnelOptions): Sql[] =>
  options.hold_constant.map((_, i) => identifier(`held_${i + 1}`))

/** Who enters once: the entity, and the value where each has its own funnel; not the values held constant. */
export const whoseEntries = ({ keys, options }: Pick<Funnel, 'keys' | 'options'>): Sql[] =>
  // values held constant stand second
  [...keys.slice(0, 1), ...keys.slice(1 + options.hold_constant.length)]

/** The column with the time of step `n` of an attempt. */
export const stepTime = (n: number): Sql => identifier(`step_${n}_us`)

export const firstKnown = (values: readonly Sql[]): Sql =>
  values.length === 1 ? join(values, ', ') : sql`coalesce(${join(values, ', ')})`

/** Whether an event is step `n`. */
export function isStep(funnel: Funnel, n: number): Sql {
  if (!funnel.disjoint) return identifier(`is_step_${n}`)
  return funnel.isNamed
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
  return funnel.isNamed
    ? sql`event_name in (${join(
        steps.map((n) => literal(funnel.conditions[n - 1]?.event ?? '')),
        ', ',
      )})`
    : sql`step in (${join(steps.map(literal), ', ')})`
}

export const isExclusion = (i: number): Sql => identifier(`is_exclusion_${i + 1}`)

/** The column that says when a strict attempt met an event that is not its next step. */
export const INTERRUPTED = sql`interrupted_us`

/** The column that says until when steps that can be skipped may come. */
export const OPTIONAL_UNTIL = sql`optional_until_us`
