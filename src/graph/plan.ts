/** The models of a project in build order, and the data tests on them. */
import { DepGraph, DepGraphCycleError } from 'dependency-graph'
import { ProblemError, suggest, throwIfAny, type Problem } from '../problems.ts'
import type { Catalog, Source } from './catalog.ts'
import type { Model } from './model.ts'
import { placeOf } from './template.ts'
import {
  singularTests,
  userModels,
  withModelOptions,
  type SingularTest,
  type UserModel,
} from './user_models.ts'

export interface Plan {
  readonly catalog: Catalog
  /** Every model, parents before children. */
  readonly models: readonly Model[]
  readonly singularTests: readonly SingularTest[]
  model(name: string): Model | undefined
}

export const isUserModel = (model: Model): model is UserModel => 'rendered' in model

/**
 * @param builtIn the models that gwh brings, for this catalog
 * @throws ProblemError with every missing reference, doubled name, broken template, and cycle with its path
 */
export function createPlan(catalog: Catalog, builtIn: (catalog: Catalog) => readonly Model[]): Plan {
  const problems: Problem[] = []
  const own = userModels(catalog, problems)
  const brought = builtIn(catalog)
  const names = new Map<string, string>()
  for (const model of [...brought, ...own]) {
    const earlier = names.get(model.name.toLowerCase())
    if (earlier !== undefined) {
      problems.push({
        code: 'duplicate_name',
        message: `\`${model.name}\` is the name of two relations: ${earlier} and ${originOf(model)}.`,
        at: model.at,
        hint: model.report === undefined ? 'Rename the file.' : 'Rename the report.',
      })
    }
    names.set(model.name.toLowerCase(), originOf(model))
  }
  const models = withModelOptions(catalog, [...brought, ...own], problems)
  const tests = singularTests(catalog, problems)
  for (const { rendered, userSql } of [...models.filter(isUserModel), ...tests]) {
    for (const ref of rendered.refs) {
      if (models.some((model) => model.name === ref)) continue
      problems.push({
        code: 'missing_reference',
        message: `There is no model \`${ref}\`.`,
        at: placeOf(userSql, ref),
        hint: suggest(
          ref,
          models.map((model) => model.name),
          'The models are',
        ),
      })
    }
  }
  // Names of profiles follow from group keys, which are held against the limit themselves.
  for (const model of models.filter(({ file, report }) => file !== undefined || report !== undefined)) {
    if (catalog.project.target.type !== 'postgres' || Buffer.byteLength(model.name) <= 63) continue
    problems.push({
      code: 'invalid_value',
      message: `\`${model.name}\` is too long for PostgreSQL, which has room for 63 bytes.`,
      at: model.at,
      hint: model.report === undefined ? 'Rename the file.' : 'Give the report a shorter name.',
    })
  }
  throwIfAny(problems)
  const ordered = inBuildOrder(models)
  return {
    catalog,
    models: ordered,
    singularTests: tests,
    model: (name) => ordered.find((model) => model.name === name),
  }
}

/** The plan with sources as they were found. */
export function withSources(plan: Plan, found: readonly Source[]): Plan {
  if (found.length === 0) return plan
  const sources = plan.catalog.sources.map(
    (source) => found.find(({ name }) => name === source.name) ?? source,
  )
  const sourcesOf = (type: Source['type']) => sources.filter((source) => source.type === type)
  return { ...plan, catalog: { ...plan.catalog, sources, sourcesOf } }
}

/** Where a relation comes from, for a message. */
function originOf({ file, report }: Model): string {
  return file ?? (report === undefined ? 'one that gwh builds' : `one of the report \`${report}\``)
}

function inBuildOrder(models: readonly Model[]): Model[] {
  const graph = new DepGraph<Model>()
  for (const model of models) graph.addNode(model.name, model)
  for (const model of models) for (const parent of model.dependsOn) graph.addDependency(model.name, parent)
  try {
    return graph.overallOrder().map((name) => graph.getNodeData(name))
  } catch (error) {
    if (!(error instanceof DepGraphCycleError)) throw error
    const cycle = error.cyclePath
    const first = models.find((model) => model.name === cycle[0])
    throw new ProblemError({
      code: 'cycle',
      message: `Models depend on themselves in a circle: ${cycle.join(' → ')}.`,
      at: first && isUserModel(first) ? placeOf(first.userSql, cycle[1] ?? '') : undefined,
      hint: 'Remove one of these references.',
    })
  }
}

/** Parents through ephemeral models, which are built where they are used. */
export function storedParents(model: Model, plan: Plan): string[] {
  return model.dependsOn.flatMap((name) => {
    const parent = plan.model(name)
    return parent?.materialized === 'ephemeral' ? storedParents(parent, plan) : [name]
  })
}
