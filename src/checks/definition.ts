/** What a check is: a kind of data test, with the tests that every project has of it and how more are declared. */
import type { z } from 'zod'
import type { Plan } from '../graph/plan.ts'
import type { TestDefinition } from './check.ts'
import type { GenericTest } from './generic_test.ts'

/** A kind of data test. Its file has its name. */
export interface Check<Options = never> {
  readonly name: string
  /** For docs/checks.md and `gwh ls`. */
  readonly description: string
  /** Unless the project says otherwise. */
  readonly severity: 'error' | 'warn'
  /** false: only where the project says `enabled: true`. */
  readonly enabled?: false | undefined
  /** Fields of its own under `data_tests.<name>` of project.yml, beside those of every test. */
  readonly options?: z.ZodObject | undefined
  /** How it is declared for a column or a relation, as dbt's generic tests; undefined where it is not. */
  readonly generic?: GenericTest | undefined
  /** The instances that the project has without declaring them. */
  testsOf(plan: Plan, options: Options): readonly TestDefinition[]
}

/** Types a check's options without repeating them at each use, and keeps its name as a type. */
export function check<Schema extends z.ZodObject, const Name extends string = string>(
  definition: Omit<Check<z.output<Schema>>, 'options' | 'name'> & {
    readonly name: Name
    readonly options?: Schema
  },
): Check & { readonly name: Name } {
  return definition
}
