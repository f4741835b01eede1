/** A data test: a query that returns the rows that are wrong. None = pass. */
import type { Compiler, Places } from '../graph/compile.ts'
import type { ModelContext } from '../graph/model.ts'
import type { TestConfig } from '../graph/test_config.ts'
import type { Location } from '../problems.ts'
import type { Sql } from '../sql/sql.ts'

export type Row = Readonly<Record<string, unknown>>

export interface DataTest {
  /** Unique in the project: `not_null_events_event_id`. */
  readonly name: string
  /** The check that it is an instance of. */
  readonly check: string
  readonly description: string
  readonly config: TestConfig
  /** Models whose relations it reads; a function where it takes its SQL to know them. `modelsOf` says them. */
  readonly models: readonly string[] | (() => readonly string[])
  /** The report that it is about, where that does not follow from the first of its models. */
  readonly report?: string | undefined
  /** Sources that it reads. */
  readonly sources?: readonly string[] | undefined
  /** Where the project declares it; undefined for the tests that gwh brings. */
  readonly at?: Location | undefined
  /**
   * Asked first, in one scan of the relation together with those of other tests. When no row meets it, the
   * test passes and `failures` is not run.
   */
  readonly prefilter?: Prefilter | undefined
  /** A cheaper query to ask before `failures`: when it returns no row, the test passes. */
  candidates?(c: ModelContext): Sql
  /** The same rows as `failures`, looked for only where the rows of `candidates` say that there may be any. */
  failuresAmong?(rows: readonly Row[], c: ModelContext): Sql
  /** A column of `failures` with the number of wrong rows that each of its rows stands for, at least one; default: one. */
  readonly rowsIn?: string | undefined
  /** The number of failures, over the rows of `failures`; default: how many they are. Null is none. */
  readonly failCalc?: Sql | undefined
  /** What holds of the rows of its models where it passes. */
  readonly vouchesFor?: 'times' | undefined
  /** Without which it has nothing to say of relations that are built from them: it is skipped then. */
  readonly needs?: 'times' | undefined
  /** How to mend it, in one or two sentences. */
  readonly fix: string
  /** The wrong rows. */
  failures(c: ModelContext, compiler: Compiler, places: Places): Sql
  /** One wrong row in a sentence. */
  explain(row: Row): string
}

/** A condition on one row of a relation, without which no row can be wrong. */
export interface Prefilter {
  /** The model whose relation is asked, or a name for `rows`. */
  readonly model: string
  /** What is asked where it is no model, the same for all tests of that name: a relation or a subquery. */
  readonly rows?: ((c: ModelContext) => Sql) | undefined
  when(c: ModelContext): Sql
}

/** A test as a check makes it: the rest is added by `dataTestsOf`. */
export type TestDefinition = Omit<DataTest, 'config' | 'check'> & {
  readonly config?: Partial<TestConfig> | undefined
}

/** The models whose relations a test reads. */
export const modelsOf = ({ models }: Pick<DataTest, 'models'>): readonly string[] =>
  typeof models === 'function' ? models() : models

/** A value in a message: texts in quotes, null as null. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

/** The first columns of a row that have a value, as far as a sentence has room: `a = 1, b = 'x'`. */
export function shownRow(row: Row, columns = 4): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null)
    .slice(0, columns)
    .map(([column, value]) => `${column} = ${shown(value)}`)
    .join(', ')
}

/** Counts arrive as numbers on every warehouse. */
export const countOf = (value: unknown) => Number(value)
