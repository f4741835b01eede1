/** The data tests of one type that the project declares for columns. */
import type { DeclaredTest } from '../graph/model.ts'
import type { Plan } from '../graph/plan.ts'

export interface DeclaredOn extends DeclaredTest {
  readonly model: string
}

export const declared = (plan: Plan, type: DeclaredTest['type']): DeclaredOn[] =>
  plan.models.flatMap((model) =>
    (model.dataTests ?? [])
      .filter((test) => test.type === type)
      .map((test) => ({ ...test, model: model.name })),
  )
