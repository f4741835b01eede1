/** A funnel as a project writes it, and a journey: the events of one entity (and value) with the steps they match. */
import type { Interval } from './calendar.ts'
import type { BreakdownSpec, Condition, Happening, ReportSpec } from './world.ts'

export interface StepSpec extends Condition {
  readonly optional?: boolean
  readonly first_time?: 'ever' | 'matching'
}

export interface ExclusionSpec extends Condition {
  readonly after_step: number
  readonly before_step: number
}

export interface FunnelSpec extends ReportSpec {
  readonly type: 'funnel'
  readonly steps: readonly StepSpec[]
  readonly order: 'ordered' | 'strict' | 'unordered'
  readonly entry: 'best' | 'first' | 'every'
  readonly window: 'unlimited' | { readonly value: number; readonly unit: keyof typeof UNIT_MS }
  readonly strictly_increasing: boolean
  readonly exclusions: readonly ExclusionSpec[]
  readonly hold_constant: readonly string[]
  readonly breakdown?: BreakdownSpec & {
    readonly attribution: 'first' | 'last' | 'all' | 'step'
    readonly step?: number
  }
  readonly complete_after_range: boolean
  readonly allow_one_step?: boolean
  readonly trend:
    false | { readonly interval: Interval; readonly from_step?: number; readonly to_step?: number }
  readonly time_to_convert:
    false | { readonly from_step?: number; readonly to_step?: number; readonly bins?: number }
}

export const UNIT_MS = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_678_400_000,
} as const

export const windowOf = ({ window }: FunnelSpec): number =>
  window === 'unlimited' ? Infinity : window.value * UNIT_MS[window.unit]

/** Numbers of the steps that cannot be skipped, from 1. */
export const requiredSteps = ({ steps }: FunnelSpec): number[] =>
  steps.flatMap((step, i) => (step.optional ? [] : [i + 1]))

/** An event of a funnel. */
export interface Mark {
  readonly event: Happening
  readonly at: number
  /** Numbers of the steps that it may fill. */
  readonly steps: ReadonlySet<number>
  /** Indexes of the exclusions that it is. */
  readonly exclusions: ReadonlySet<number>
  /** Values held constant: events with others are not seen by an attempt. */
  readonly held: string
  /** Values of a breakdown at the event. */
  readonly segments: readonly string[]
}

/** An attempt with the times of the steps that it reached: number of the step → time. */
export interface Attempt {
  readonly times: ReadonlyMap<number, number>
  readonly held: string
  /** The value at its first step, where that counts. */
  readonly segment: string
  /** When an exclusion met it. */
  readonly excludedAt?: number | undefined
  /** When another event interrupted it. */
  readonly interruptedAt?: number | undefined
  /** When the next one starts, where each counts. */
  readonly followedAt?: number | undefined
}

export const enteredAt = ({ times }: Attempt): number => Math.min(...times.values())

export const reachedAt = ({ times }: Attempt): number => Math.max(...times.values())
