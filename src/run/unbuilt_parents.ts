/** What a run reads that it does not make: sources, and relations of earlier runs. */
import type { Plan } from '../graph/plan.ts'
import { quotedList, ProblemError } from '../problems.ts'

/** The sources that models read, through ephemeral models too. */
export function sourcesOf(plan: Plan, models: ReadonlySet<string>): Set<string> {
  const ephemeral = (name: string): readonly string[] => {
    const model = plan.model(name)
    if (!model) return []
    const parents = model.dependsOn.filter((parent) => plan.model(parent)?.materialized === 'ephemeral')
    return [...model.sources, ...parents.flatMap(ephemeral)]
  }
  return new Set([...models].flatMap(ephemeral))
}

/** Of these relations, those that neither this run builds nor an earlier one published. */
export function notBuilt(
  plan: Plan,
  names: readonly string[],
  building: ReadonlySet<string>,
  before: ReadonlyMap<string, unknown>,
): string[] {
  return [...new Set(names)].filter(
    (name) => !building.has(name) && !before.has(name) && plan.model(name)?.materialized !== 'ephemeral',
  )
}

/** Relations that are read but not built in this run must have been published before. */
export function requireBuilt(
  plan: Plan,
  names: readonly string[],
  building: ReadonlySet<string>,
  before: ReadonlyMap<string, unknown>,
): void {
  const missing = notBuilt(plan, names, building, before)
  if (missing.length === 0) return
  throw new ProblemError({
    code: 'not_built',
    message: `Not built yet in \`${plan.catalog.project.target.schema}\`: ${quotedList(missing)}.`,
    fix: 'Build everything first with `gwh build`, or select parents too: `gwh build -s +name`.',
  })
}
