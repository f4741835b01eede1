/** What a build of a part would leave older than what it is made from, as far as data tests read it. */
import { modelsOf, type DataTest } from '../checks/index.ts'
import type { Plan } from '../graph/plan.ts'
import { parentsOf } from '../graph/source_models.ts'

export interface Outdated {
  /** To be built too: all that they are made from is there in its latest form. */
  readonly needed: ReadonlySet<string>
  /** Would stay old, so that tests which read them cannot be judged. */
  readonly old: ReadonlySet<string>
}

/**
 * Tests ask small relations such as `events_daily` before large ones, and an old answer would clear new rows.
 *
 * @param building names of the models that are selected
 * @param excluded names of the nodes that must not be built
 */
export function staleInputsOfTests(
  plan: Plan,
  tests: readonly DataTest[],
  building: ReadonlySet<string>,
  excluded: ReadonlySet<string>,
): Outdated {
  const fresh = new Set(building)
  const parents = (name: string): string[] => {
    const model = plan.model(name)
    return model ? parentsOf(model, plan.catalog) : []
  }
  const changes = (name: string): boolean => fresh.has(name) || parents(name).some(changes)
  const read = () =>
    tests
      .map(modelsOf)
      .filter((models) => models.some((m) => fresh.has(m)))
      .flat()
  const isOld = (name: string) => !fresh.has(name) && changes(name)
  for (let before = -1; before < fresh.size;) {
    before = fresh.size
    for (const name of read().filter(isOld)) {
      if (!excluded.has(name) && !parents(name).some(isOld)) fresh.add(name)
    }
  }
  return {
    needed: new Set([...fresh].filter((name) => !building.has(name))),
    old: new Set(read().filter(isOld)),
  }
}
