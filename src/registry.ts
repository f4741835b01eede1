/** Everything that a project can name: what gwh brings, and what its plugins do. */
import { CONNECTORS } from '../connectors/index.ts'
import { modelsOf } from '../models/index.ts'
import { REPORTS } from '../models/reports/index.ts'
import { CHECKS, type Check } from './checks/index.ts'
import { ENGINES } from './engines/index.ts'
import type { Connector } from './graph/connector.ts'
import type { ModelDefinition } from './graph/model.ts'
import type { FullCatalog, ReportType } from './graph/report.ts'
import type { Problem } from './problems.ts'
import type { Project } from './project/load.ts'
import { clash, partsOfKind, type PluginKind } from './project/plugins.ts'

export interface Registry {
  /** By name. */
  readonly connectors: Readonly<Record<string, Connector>>
  /** By name of the type. */
  readonly reports: Readonly<Record<string, ReportType>>
  readonly checks: readonly Check[]
  /** The models of a project that are not its own. */
  readonly models: (catalog: FullCatalog) => ModelDefinition[]
}

/** @param problems is given what a plugin brings under a name that is taken */
export function registryOf({ plugins }: Pick<Project, 'plugins'>, problems: Problem[]): Registry {
  const taken: Record<PluginKind, readonly string[]> = {
    engine: Object.keys(ENGINES),
    connector: Object.keys(CONNECTORS),
    // Which relations there are depends on the project: createPlan() finds those that are there twice.
    model: [],
    report: Object.keys(REPORTS),
    check: CHECKS.map(({ name }) => name),
  }
  for (const plugin of plugins) {
    for (const { gwh, name } of plugin.parts)
      if (taken[gwh].includes(name)) problems.push(clash(plugin, gwh, name, 'which gwh has already'))
  }
  const brought = <Value>(kind: PluginKind) =>
    partsOfKind(plugins, kind)
      .filter(({ part }) => !taken[kind].includes(part.name))
      .map(({ plugin, part }) => ({ plugin, name: part.name, value: part.value as Value }))
  const byName = <Value>(kind: PluginKind) =>
    Object.fromEntries(brought<Value>(kind).map(({ name, value }) => [name, value]))
  return {
    connectors: { ...CONNECTORS, ...byName<Connector>('connector') },
    reports: { ...REPORTS, ...byName<ReportType>('report') },
    checks: [...CHECKS, ...brought<Check>('check').map(({ value }) => value)],
    models: (catalog) => [
      ...modelsOf(catalog),
      ...brought<ModelDefinition>('model').map(({ plugin, value }) => ({
        ...value,
        plugin: plugin.name,
        at: plugin.at,
      })),
    ],
  }
}
