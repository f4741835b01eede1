/** The models of a project in build order, and the data tests on them. */
import { DepGraph, DepGraphCycleError } from 'dependency-graph'
import { suggest, type Problem } from '../problems.ts'
import { isBrokenModel } from './broken_models.ts'
import type { Catalog } from './catalog.ts'
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
 * @param problems is given every missing reference, doubled name, broken template, and cycle with its path
 */
export function createPlan(
  catalog: Catalog,
  builtIn: (catalog: Catalog) => readonly Model[],
  problems: Problem[],
): Plan {
  const own = userModels(catalog, problems)
  const brought = builtIn(catalog)
  const names = new Map<string, string>()
  const distinct: Model[] = []
  for (const model of [...brought, ...own]) {
    const earlier = names.get(model.name.toLowerCase())
    if (earlier === undefined) distinct.push(model)
    // Two reports of one name are a problem already.
    else if (earlier !== originOf(model)) {
      problems.push({
        code: 'duplicate_name',
        message: `\`${model.name}\` is the name of two relations: ${earlier} and ${originOf(model)}.`,
        at: model.at,
        hint: model.report === undefined ? 'Rename the file.' : 'Rename the report.',
      })
    }
    names.set(model.name.toLowerCase(), originOf(model))
  }
  const models = withModelOptions(catalog, distinct, problems)
  const tests = singularTests(catalog, problems)
  for (const { name, rendered, userSql } of [...models.filter(isUserModel), ...tests]) {
    for (const ref of rendered.refs) {
      if (models.some((model) => model.name === ref) || isBrokenModel(ref, catalog)) continue
      catalog.project.broken.add('relations', name)
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
  const ordered = inBuildOrder(models, problems)
  return {
    catalog,
    models: ordered,
    singularTests: tests,
    model: (name) => ordered.find((model) => model.name === name),
  }
}

/** Where a relation comes from, for a message. */
function originOf({ file, report }: Model): string {
  return file ?? (report === undefined ? 'one that gwh builds' : `one of the report \`${report}\``)
}

function inBuildOrder(models: readonly Model[], problems: Problem[]): readonly Model[] {
  const graph = new DepGraph<Model>()
  for (const model of models) graph.addNode(model.name, model)
  for (const model of models) {
    for (const parent of model.dependsOn.filter((name) => graph.hasNode(name)))
      graph.addDependency(model.name, parent)
  }
  try {
    return graph.overallOrder().map((name) => graph.getNodeData(name))
  } catch (error) {
    if (!(error instanceof DepGraphCycleError)) throw error
    const cycle = error.cyclePath
    const first = models.find((model) => model.name === cycle[0])
    problems.push({
      code: 'cycle',
      message: `Models depend on themselves in a circle: ${cycle.join(' → ')}.`,
      at: first && isUserModel(first) ? placeOf(first.userSql, cycle[1] ?? '') : undefined,
      hint: 'Remove one of these references.',
    })
    return models
  }
}

/** Parents through ephemeral models, which are built where they are used. */
export function storedParents(model: Model, plan: Plan): string[] {
  return model.dependsOn.flatMap((name) => {
    const parent = plan.model(name)
    return parent?.materialized === 'ephemeral' ? storedParents(parent, plan) : [name]
  })
}
