/** A data test: a query that returns the rows that are wrong. None = pass. */
import type { Compiler, Places } from '../graph/compile.ts'
import type { ModelContext } from '../graph/model.ts'
import type { Plan } from '../graph/plan.ts'
import type { Location } from '../problems.ts'
import type { Sql } from '../sql/sql.ts'

export type Row = Readonly<Record<string, unknown>>

export interface DataTest {
  /** Unique in the project: `not_null_events_event_id`. */
  readonly name: string
  /** The check that it is an instance of. */
  readonly check: string
  readonly description: string
  readonly severity: 'error' | 'warn'
  /** Models whose relations it reads. */
  readonly models: readonly string[]
  /** Sources that it reads. */
  readonly sources?: readonly string[] | undefined
  /** Where the project declares it; undefined for the tests that gwh brings. */
  readonly at?: Location | undefined
  /**
   * A cheap query to ask first: when it returns no row, the test passes and `failures` is not run.
   */
  suspects?(c: ModelContext): Sql
  /** A column of `failures` with the number of wrong rows that each of its rows stands for; default: one. */
  readonly rowsIn?: string | undefined
  /** The wrong rows. */
  failures(c: ModelContext, compiler: Compiler, places: Places): Sql
  /** One wrong row in a sentence. */
  explain(row: Row): string
}

/** A kind of data test; `testsOf` makes its instances for a project. */
export interface Check {
  readonly name: string
  readonly description: string
  testsOf(plan: Plan): readonly DataTest[]
}

/** A value in a message: texts in quotes, null as null. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

/** Counts arrive as numbers on every warehouse. */
export const countOf = (value: unknown) => Number(value)
