/** The models of a project in build order, and the data tests on them. */
import { suggest, type Problem } from '../problems.ts'
import { isBrokenModel } from './broken_models.ts'
import { buildOrder, CycleError } from './build_order.ts'
import type { Catalog, Source } from './catalog.ts'
import { engineOf } from '../engines/index.ts'
import { isSingleSchema, OWN_PREFIX } from '../engines/own.ts'
import type { Model, ModelDefinition } from './model.ts'
import { withParents } from './parents.ts'
import { called } from './called.ts'
import { linkSources, parentsOf, sourceBetween } from './source_models.ts'
import type { FullCatalog } from './report.ts'
import { placeOf } from './jinja.ts'
import {
  singularTests,
  userModels,
  withModelOptions,
  type References,
  type SingularTest,
  type UserModel,
} from './project_sql.ts'

export interface Plan {
  readonly catalog: FullCatalog
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
  given: FullCatalog,
  builtIn: (catalog: FullCatalog) => readonly ModelDefinition[],
  problems: Problem[],
): Plan {
  const references: References[] = []
  const own = userModels(given, problems, references)
  const brought = builtIn(given).map((definition) => withParents(definition, given))
  const names = new Map<string, string>()
  for (const { name, formerly } of brought)
    if (formerly !== undefined) names.set(formerly.toLowerCase(), `the old name of \`${name}\``)
  const distinct: Model[] = []
  for (const model of [...brought, ...own]) {
    const earlier = names.get(model.name.toLowerCase())
    if (earlier === undefined) distinct.push(model)
    // Two reports of one name are a problem already.
    else if (earlier !== originOf(model)) {
      const isOld = earlier.startsWith('the old name')
      problems.push({
        code: 'duplicate_name',
        message: `\`${model.name}\` is the name of two relations: ${earlier} and ${originOf(model)}.`,
        at: model.at,
        fix: `Rename the ${model.plugin !== undefined ? 'model' : model.report === undefined ? 'file' : 'report'}${isOld ? ', or turn old names off: `deprecated_names: false`' : ''}.`,
      })
    }
    names.set(model.name.toLowerCase(), originOf(model))
  }
  const models = withModelOptions(given, distinct, problems)
  const catalog = linkSources(given, models, problems)
  const tests = singularTests(catalog, problems, references)
  for (const { userSql, refs } of references) {
    for (const ref of refs) {
      if (called(models, ref) || isBrokenModel(ref, catalog)) continue
      catalog.project.broken.add('relations', userSql.name)
      problems.push({
        code: 'missing_reference',
        message: `There is no model \`${ref}\`.`,
        at: placeOf(userSql, ref),
        fix: suggest(
          ref,
          models.map((model) => model.name),
          'The models are',
        ),
      })
    }
  }
  // Names of profiles follow from group keys, which are held against the limit themselves.
  for (const model of models.filter(({ file, report }) => file !== undefined || report !== undefined)) {
    if (model.file !== undefined && model.name.startsWith(OWN_PREFIX))
      problems.push({
        code: 'reserved_name',
        message: `Names that begin with \`${OWN_PREFIX}\`, such as \`${model.name}\`, are those of gwh's own relations.`,
        at: model.at,
        fix: 'Rename the file.',
      })
    const { target } = catalog.project
    const { longestName, title } = engineOf(catalog.project)
    // An ephemeral model is built as `gwh__…` in the queries that read it, others beside the published in one schema.
    const prefix = model.materialized === 'ephemeral' ? 5 : isSingleSchema(target) ? 11 : 0
    if (longestName === undefined || Buffer.byteLength(model.name) <= longestName - prefix) continue
    const room = longestName - prefix
    problems.push({
      code: 'invalid_value',
      message: `\`${model.name}\` is too long for ${title}, which has room for ${room} bytes${prefix === 0 ? '' : ' here'}.`,
      at: model.at,
      fix: model.report === undefined ? 'Rename the file.' : 'Give the report a shorter name.',
    })
  }
  const ordered = inBuildOrder(models, catalog, problems)
  return {
    catalog,
    models: ordered,
    singularTests: tests,
    model: (name) => called(ordered, name),
  }
}

/** The plan with sources as they were found. */
export function withSources(plan: Plan, found: readonly Source[]): Plan {
  if (found.length === 0) return plan
  const sources = plan.catalog.sources.map((source) => called(found, source.name) ?? source)
  const sourcesOf = (type: Source['type']) => sources.filter((source) => source.type === type)
  return { ...plan, catalog: { ...plan.catalog, sources, sourcesOf } }
}

/** Where a relation comes from, for a message. */
function originOf({ file, report, plugin }: Model): string {
  if (plugin !== undefined) return `one of the plugin \`${plugin}\``
  return file ?? (report === undefined ? 'one that gwh builds' : `one of the report \`${report}\``)
}

function inBuildOrder(models: readonly Model[], catalog: Catalog, problems: Problem[]): readonly Model[] {
  try {
    const order = buildOrder(new Map(models.map((model) => [model.name, parentsOf(model, catalog)])))
    return order.flatMap((name) => called(models, name) ?? [])
  } catch (error) {
    if (!(error instanceof CycleError)) throw error
    problems.push(cycleProblem(error.cycle, models, catalog))
    return models
  }
}

/** @param cycle names of models, each of which reads the next; the last is the first again */
function cycleProblem(cycle: readonly string[], models: readonly Model[], catalog: Catalog): Problem {
  const circle = `Models depend on themselves in a circle: ${cycle.join(' → ')}.`
  const steps = cycle.slice(0, -1).map((name, i) => {
    const model = called(models, name)
    const parent = cycle[i + 1] ?? ''
    return { model, parent, source: model && sourceBetween(model, parent, catalog) }
  })
  const through = steps.find(({ source }) => source !== undefined)
  if (through?.source) {
    const { model, parent, source } = through
    return {
      code: 'cycle',
      message: `${circle} \`${model?.name}\` reads \`${parent}\` as the source \`${source.name}\`.`,
      at: catalog.project.locate([...source.path, 'table']),
      fix: `If the source is another relation of that name, write its schema too: \`table: schema.${parent}\`. A model that feeds a source reads other sources, with source().`,
    }
  }
  const named = steps.find(({ model }) => model && isUserModel(model))
  return {
    code: 'cycle',
    message: circle,
    at: named?.model && isUserModel(named.model) ? placeOf(named.model.userSql, named.parent) : undefined,
    fix: 'Remove one of these references.',
  }
}

/** Everything that is built from one of these models, directly or through others. */
export function descendants(plan: Plan, names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const asked = new Set(names)
  // Parents come before children.
  for (const model of plan.models) {
    const parents = parentsOf(model, plan.catalog)
    if (parents.some((parent) => asked.has(parent) || found.has(parent))) found.add(model.name)
  }
  return found
}

/** Parents through ephemeral models, which are built where they are used. */
export function storedParents(model: Model, plan: Plan): string[] {
  return parentsOf(model, plan.catalog).flatMap((name) => {
    const parent = plan.model(name)
    return parent?.materialized === 'ephemeral' ? storedParents(parent, plan) : [name]
  })
}
