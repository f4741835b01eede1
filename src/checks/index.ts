/** All checks. To add one: a file beside this one, and a line here. */
import type { Plan } from '../graph/plan.ts'
import type { Check, DataTest } from './check.ts'
import { acceptedValues } from './accepted_values.ts'
import { notNull } from './not_null.ts'
import { readableTimes } from './readable_times.ts'
import { relationships } from './relationships.ts'
import { singular } from './singular.ts'
import { unique } from './unique.ts'

export type { Check, DataTest, Row } from './check.ts'

export const CHECKS: readonly Check[] = [
  readableTimes,
  unique,
  notNull,
  acceptedValues,
  relationships,
  singular,
]

/** Every data test of a project: those that gwh brings and those that the project declares. */
export const dataTestsOf = (plan: Plan): DataTest[] => CHECKS.flatMap((check) => check.testsOf(plan))
