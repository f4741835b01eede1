/** The part of a project that a command is about: what it makes, what it tests, and what it reads for that. */
import { modelsOf, type DataTest } from '../checks/index.ts'
import { engineOf } from '../engines/index.ts'
import type { Plan } from '../graph/plan.ts'
import { excludedNodes, selectNodes, type SelectableNode, type Selection } from '../graph/select.ts'
import { collecting } from '../problems.ts'
import type { Reading } from './look_ahead.ts'
import { sourcesOf } from './unbuilt_parents.ts'
import { staleInputsOfTests } from './stale_inputs.ts'

/** A project as far as it is selected from. */
export interface Selectable {
  readonly plan: Plan
  readonly tests: readonly DataTest[]
  readonly nodes: readonly SelectableNode[]
}

/** Commands that read sources. */
export type ReadingCommand = 'build' | 'run' | 'test' | 'seed' | 'freshness' | 'debug'

export interface Part {
  readonly models: ReadonlySet<string>
  readonly tests: readonly DataTest[]
  /** Models that stay old, so that tests which read them cannot be judged. */
  readonly staleInputs: ReadonlySet<string>
}

/**
 * The selected models, those that are built along for their tests, and the tests of all of them.
 * @param chosen names of the nodes that are selected
 */
export function partOf(
  { plan, tests, nodes }: Selectable,
  command: 'build' | 'run',
  selection: Selection,
  chosen: ReadonlySet<string>,
): Part {
  const selected = new Set(plan.models.map(({ name }) => name).filter((name) => chosen.has(name)))
  if (command === 'run') return { models: selected, tests: [], staleInputs: new Set() }
  const left = excludedNodes(nodes, selection)
  const { needed, old } = staleInputsOfTests(plan, tests, selected, left)
  const isAsked = (test: DataTest) =>
    chosen.has(test.name) || modelsOf(test).some((model) => needed.has(model))
  return {
    models: new Set([...selected, ...needed]),
    tests: tests.filter((test) => !left.has(test.name) && isAsked(test)),
    staleInputs: old,
  }
}

/** The sources that a part of a project reads itself, and through its tests. */
export const sourcesOfPart = (plan: Plan, { models, tests }: Pick<Part, 'models' | 'tests'>): Set<string> =>
  new Set([...sourcesOf(plan, models), ...tests.flatMap(({ sources = [] }) => sources)])

/**
 * What a command would read of a project in which something is wrong.
 * @param isCircle models depend on themselves, so that parents cannot be followed
 */
export function readingOf(
  command: ReadingCommand,
  project: Selectable,
  selection: Selection,
  isCircle: boolean,
): Reading {
  const { plan, tests, nodes } = project
  const { sources } = plan.catalog
  const allModels = new Set(plan.models.map(({ name }) => name))
  const named = (some: typeof sources) => new Set(some.map(({ name }) => name))
  const reading = { models: new Set<string>(), loadsFiles: false }
  if (command === 'debug') return { ...reading, models: allModels, sources: named(sources) }
  // What is selected may be among what is wrong, and is not to be held against what is left.
  const [chosen] = collecting([], () => selectNodes(nodes, selection))
  if (!chosen) return { ...reading, sources: new Set() }
  const isChosen = ({ name }: { readonly name: string }) => chosen.has(name)
  switch (command) {
    case 'seed': {
      const loaded = engineOf(plan.catalog.project).readFiles
        ? []
        : sources.filter(({ relation }) => relation.kind === 'files')
      return { ...reading, sources: named(loaded.filter(isChosen)), loadsFiles: true }
    }
    case 'freshness':
      return { ...reading, sources: named(sources.filter((source) => source.freshness && isChosen(source))) }
    case 'test':
      return {
        ...reading,
        sources: sourcesOfPart(plan, { models: new Set(), tests: tests.filter(isChosen) }),
      }
    case 'build':
    case 'run': {
      const loadsFiles = command === 'build'
      if (isCircle) {
        const isWhole = chosen.size === new Set(nodes.map(({ name }) => name)).size
        return { models: allModels, sources: named(isWhole ? sources : []), loadsFiles }
      }
      const part = partOf(project, command, selection, chosen)
      return { models: part.models, sources: sourcesOfPart(plan, part), loadsFiles }
    }
  }
}
