import { modelsOf } from '../checks/index.ts'
import { called } from '../graph/called.ts'
import { selectNodes } from '../graph/select.ts'
import { modelBehind } from '../graph/source_models.ts'
import type { LoadedProject } from '../gwh.ts'
import { ProblemError } from '../problems.ts'
import { partText } from '../project/plugins.ts'
import { loadFrom } from './context.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'
import { say, sayJson } from './door.ts'
import { table } from './text.ts'

export type LsOptions = GlobalOptions &
  SelectionOptions & {
    resourceType?: 'model' | 'source' | 'test' | 'unit_test' | 'plugin'
    output: 'table' | 'name' | 'json'
  }

/** They are no part of the graph, so no selector finds them. */
function pluginsOf({ plan }: LoadedProject, { select = [], exclude = [], resourceType }: LsOptions) {
  if (select.length + exclude.length > 0 || (resourceType ?? 'plugin') !== 'plugin') return []
  return plan.catalog.project.plugins.map(({ name, parts }) => ({
    name,
    resource_type: 'plugin' as const,
    kind: [...new Set(parts.map(({ gwh }) => gwh))].join(', '),
    description: parts.map(partText).join(', '),
    depends_on: [],
    severity: undefined,
  }))
}

const isName = (name: string | undefined) => name !== undefined

export function lsCommand(options: LsOptions): void {
  const loaded = loadFrom(options, true)
  const { plan, tests, unitTests, nodes } = loaded
  const chosen = selectNodes(nodes, options)
  const graph = nodes
    .filter(
      (node) =>
        chosen.has(node.name) && (options.resourceType === undefined || node.type === options.resourceType),
    )
    .map(({ name, type }) => {
      const model = type === 'model' ? plan.model(name) : undefined
      const source = type === 'source' ? called(plan.catalog.sources, name) : undefined
      const test = type === 'test' ? called(tests, name) : undefined
      const unit = type === 'unit_test' ? called(unitTests, name) : undefined
      return {
        name,
        resource_type: type,
        kind: model?.materialized ?? test?.check ?? unit?.model.name ?? source?.connector ?? '',
        description:
          model?.description ?? test?.description ?? unit?.description ?? source?.description ?? '',
        depends_on: model
          ? [...model.sources, ...model.dependsOn]
          : ((test && modelsOf(test)) ??
            (unit ? [unit.model.name] : [source && modelBehind(source)].filter(isName))),
        severity: test?.config.severity,
      }
    })
  const listedNodes = [...graph, ...pluginsOf(loaded, options)]
  if (listedNodes.length === 0) {
    throw new ProblemError({
      code: 'empty_selection',
      message: `The selection has no ${options.resourceType ?? 'node'}.`,
    })
  }
  if (options.output === 'json' || options.logFormat === 'json') {
    for (const node of listedNodes) sayJson(node)
  } else if (options.output === 'name') {
    for (const node of listedNodes) say(node.name)
  } else {
    const rows = listedNodes.map((node) => [node.resource_type, node.name, node.kind, node.description])
    say(table(['type', 'name', 'kind', 'description'], rows))
  }
}
