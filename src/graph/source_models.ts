/** Models of the project whose rows a source reads: edges of the graph, as `ref()` makes them. */
import type { Problem } from '../problems.ts'
import { currentName } from './old_names.ts'
import type { Catalog, Source } from './catalog.ts'
import type { Model } from './model.ts'
import { called } from './called.ts'

/**
 * Finds the sources whose `table:` is a model: one of models/*.sql by its name, or any relation that gwh builds
 * by `schema.name`. A bare name of a relation that gwh brings stays a table, for many raw tables are called
 * `events`.
 *
 * @returns the catalog with these sources reading what the model makes; an ephemeral one is a problem
 */
export function linkSources<C extends Catalog>(catalog: C, models: readonly Model[], problems: Problem[]): C {
  const { project } = catalog
  const { schema } = project.target
  const sources = catalog.sources.map((source): Source => {
    const { relation } = source
    if (relation.kind !== 'table') return source
    const [name = '', inSchema] = [...relation.parts].reverse()
    if (inSchema !== undefined && inSchema !== schema) return source
    const model = called(models, currentName(name, catalog))
    if (!model || (inSchema !== schema && model.file === undefined)) return source
    if (model.materialized === 'ephemeral') {
      problems.push({
        code: 'invalid_value',
        message: `Source \`${source.name}\`: the model \`${model.name}\` is ephemeral, so there is no relation to read.`,
        at: project.locate([...source.path, 'table']),
        fix: "Give the model `materialized='view'` or `materialized='table'`.",
      })
    }
    return { ...source, relation: { kind: 'table', parts: [schema, model.name], model: model.name } }
  })
  return { ...catalog, sources, sourcesOf: (type) => sources.filter((source) => source.type === type) }
}

/** The model whose rows a source reads; undefined where it reads a table or files. */
export const modelBehind = ({ relation }: Source): string | undefined =>
  relation.kind === 'table' ? relation.model : undefined

/** The models that a model is built after: those that it names, and those behind its sources. */
export function parentsOf(model: Model, { sources }: Catalog): string[] {
  const read = new Set(model.sources)
  const behind = read.size === 0 ? [] : sources.filter(({ name }) => read.has(name)).map(modelBehind)
  return [...new Set([...model.dependsOn, ...behind.filter((name) => name !== undefined)])]
}

/** A source through which a model reads another one, without naming it. */
export const sourceBetween = (
  { dependsOn, sources }: Model,
  parent: string,
  catalog: Catalog,
): Source | undefined =>
  dependsOn.includes(parent)
    ? undefined
    : catalog.sources.find((source) => sources.includes(source.name) && modelBehind(source) === parent)
