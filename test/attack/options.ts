/** Which attacks are made, and how. */
import type { Kind, Section } from './attacks.ts'
import type { Row } from './rows.ts'
import type { Engine } from './targets.ts'

export interface Options {
  readonly sections: readonly Section[]
  readonly engines: readonly Engine[]
  /** One of so many statements; of each kind at least one. */
  readonly every: number
  /** Whether the kinds of attacks take turns: one of them at each statement, not all. */
  readonly inTurns?: boolean
  readonly seed: number
  /** Milliseconds that the end may take after a signal. */
  readonly patience?: number
  /** Whether undisturbed builds may run in this process. */
  readonly isWarm?: boolean
  /** What is left out. */
  readonly without?: readonly Kind[]
  /** Which part of the work is done here. */
  readonly part?: { readonly index: number; readonly of: number }
  readonly say?: (line: string) => void
  /** Is told the rows so far, from time to time. */
  readonly soFar?: (rows: readonly Row[]) => void
}
