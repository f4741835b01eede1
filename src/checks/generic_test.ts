/** How a check is declared for a column or a relation in the YAML files, as dbt's generic tests are. */
import type { z } from 'zod'
import type { ModelContext } from '../graph/model.ts'
import type { Sql } from '../sql/sql.ts'
import type { TestDefinition } from './check.ts'

/** What a declared test is about. */
export interface Target {
  readonly model: string
  /** The relation, or those of its rows that `where` leaves; to be put after `from`. */
  readonly relation: (c: ModelContext, alias?: string) => Sql
  /** SQL of the user in an argument, its template rendered. @throws ProblemError where that is broken */
  readonly sql: (text: string, argument: string) => Sql
  /** The column that an argument names, or SQL of the user. @throws ProblemError as `sql` and `column` */
  readonly value: (text: string, argument: string) => Sql
  /** The model that an argument names, and its columns as `column`. @throws ProblemError when there is none */
  readonly reference: (text: string, argument: string) => Pick<Target, 'column'> & { readonly name: string }
  /** A column that an argument names. @throws ProblemError where the relation is known not to have it */
  readonly column: (name: string, ...argument: readonly (string | number)[]) => Sql
  /** A name made of words that may hold anything, fit for a file. */
  readonly named: (...words: readonly string[]) => string
}

export interface GenericTest<Arguments = never> {
  readonly arguments: z.ZodObject
  /** Undefined where it cannot be declared for a column. */
  readonly onColumn?: (target: Target, column: string, args: Arguments) => TestDefinition
  /** Undefined where it cannot be declared for a relation. */
  readonly onModel?: (target: Target, args: Arguments) => TestDefinition
}

/** Types the arguments without repeating them at each use. */
export function genericTest<Schema extends z.ZodObject>(
  definition: Omit<GenericTest<z.output<Schema>>, 'arguments'> & { readonly arguments: Schema },
): GenericTest {
  return definition
}
