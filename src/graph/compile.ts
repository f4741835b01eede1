/** SQL text from models: pure, without a database. The same model renders for any place its parents are in. */
import { DIALECTS, type Dialect, type DialectName } from '../dialects/index.ts'
import { ownSchema, seedRelation, typedSeedRelation } from './own.ts'
import { identifier, toText, sql, type Sql } from '../sql/sql.ts'
import type { Catalog, Source } from './catalog.ts'
import type { Model, ModelContext } from './model.ts'
import { called } from './called.ts'
import { isUserModel, type Plan } from './plan.ts'
import { modelBehind } from './source_models.ts'
import type { Rendered } from './template.ts'

/** A relation's name as its parts, schema first. */
export type RelationName = readonly string[]

/** Where models and sources are to be found. */
export interface Places {
  relation(model: string): RelationName
  /** The rows of a source, where they are not those of its table or files. */
  readonly source?: ((name: string) => RelationName) | undefined
  /** What `this` means in a model; default: what is published. */
  readonly self?: ((model: string) => RelationName) | undefined
}

export interface Compiler {
  readonly dialect: Dialect
  /** The statement that a model's relation is made from. */
  model(model: Model, places: Places): string
  /** A user's query: a singular test, or SQL from the command line. */
  query(rendered: Rendered, places: Places): string
  /** What checks and models see. */
  context(places: Places): ModelContext
}

export const published = (plan: Plan): Places => ({
  relation: (model) => [plan.catalog.project.target.schema, model],
})

/** What a database says about staged relations, in the names that people know. */
export function withPublishedNames(
  text: string,
  models: Iterable<string>,
  places: Places,
  plan: Plan,
): string {
  const final = published(plan)
  return [...models].reduce((renamed, model) => {
    const [staged, there] = [places.relation(model), final.relation(model)]
    return renamed
      .replaceAll(staged.join('.'), there.join('.'))
      .replaceAll(staged.at(-1) ?? '', there.at(-1) ?? '')
  }, text)
}

export function createCompiler(plan: Plan, dialectName: DialectName): Compiler {
  const dialect = DIALECTS[dialectName]
  const { catalog } = plan
  const fn = dialect.functions(ownSchema(catalog.project.target))
  /** @param read how its files are read, or where they were loaded */
  const at = (name: string, places: Places, read: typeof rawRelation) => {
    if (places.source) return identifier(...places.source(name))
    const source = sourceNamed(catalog, name)
    const model = modelBehind(source)
    return model === undefined ? read(source, catalog, dialect) : identifier(...places.relation(model))
  }
  const raw = (name: string, places: Places) => at(name, places, rawRelation)
  const given = (name: string, places: Places) => at(name, places, givenRelation)

  function context(places: Places): ModelContext {
    return {
      fn,
      catalog,
      ref: (model) => identifier(...places.relation(model)),
      read: (source) => sourceNamed(catalog, source).select(fn, raw(source, places)),
      raw: (source) => raw(source, places),
      given: (source) => given(source, places),
      whole: (source) => {
        const named = sourceNamed(catalog, source)
        return hasLines(named, dialect) ? wholeRelation(named, catalog, dialect) : raw(source, places)
      },
      line: (source) => (hasLines(sourceNamed(catalog, source), dialect) ? sql`source_line` : undefined),
    }
  }

  function query(rendered: Rendered, places: Places, self = ''): string {
    const inline = ephemeralParents(rendered.refs, plan)
    const fill = (r: Rendered, name: string) =>
      r.fill({
        ref: (model) =>
          inline.some((e) => e.name === model)
            ? cteName(model)
            : toText(identifier(...places.relation(model))),
        source: (source) => toText(given(source, places)),
        // What is there now; the relation that is being built cannot read itself.
        self: () => toText(identifier(...(places.self ?? published(plan).relation)(name))),
      })
    const ctes = inline.map((model) => `${cteName(model.name)} as (\n${fill(model.rendered, model.name)}\n)`)
    return withCtes(ctes, fill(rendered, self))
  }

  return {
    dialect,
    context,
    query,
    model: (model, places) =>
      isUserModel(model) ? query(model.rendered, places, model.name) : toText(model.select(context(places))),
  }
}

/** Ephemeral models that a query needs, directly or through one another, parents first. */
function ephemeralParents(refs: readonly string[], plan: Plan) {
  const needed = new Set<string>()
  const visit = (names: readonly string[]) => {
    for (const name of names) {
      const model = plan.model(name)
      if (model === undefined || model.materialized !== 'ephemeral' || needed.has(name)) continue
      needed.add(name)
      visit(model.dependsOn)
    }
  }
  visit(refs)
  if (needed.size === 0) return []
  return plan.models.filter(isUserModel).filter((model) => needed.has(model.name))
}

// Not the model's own name: `with orders as (select … from {{ ref('orders') }})` is how people write.
const cteName = (model: string) => `gwh__${model}`

/** Puts CTEs before a query that may have some of its own. */
function withCtes(ctes: readonly string[], query: string): string {
  if (ctes.length === 0) return query
  const own = /^((?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*)with\s+(recursive\s+)?/i.exec(query)
  if (!own) return `with\n${ctes.join(',\n')}\n${query}`
  return `${own[1] ?? ''}with${own[2] === undefined ? '' : ` ${own[2].trim()}`}\n${ctes.join(',\n')},\n${query.slice(own[0].length)}`
}

function sourceNamed(catalog: Catalog, name: string): Source {
  const source = called(catalog.sources, name)
  if (!source) throw new RangeError(`no source ${name}`)
  return source
}

/** The relation or table function that holds a source's rows; every column of CSV is text. */
export function rawRelation(source: Source, catalog: Catalog, dialect: Dialect): Sql {
  const { relation } = source
  const { target } = catalog.project
  if (relation.kind === 'table') return identifier(...relation.parts)
  if (dialect.readFiles) return dialect.readFiles({ ...relation, functions: ownSchema(target) })
  return identifier(...seedRelation(target, source.name))
}

/** As `rawRelation`, for users' own SQL: columns of CSV have types, as their values show them. */
export function givenRelation(source: Source, catalog: Catalog, dialect: Dialect): Sql {
  const { relation } = source
  if (relation.kind === 'table' || relation.format !== 'csv') return rawRelation(source, catalog, dialect)
  if (dialect.readFiles) return dialect.readFiles({ ...relation, typed: true })
  return identifier(...typedSeedRelation(catalog.project.target, source.name))
}

/** As `rawRelation`, and of lines of JSON each line too; a warehouse that loads files has only what is read of them. */
function wholeRelation(source: Source, catalog: Catalog, dialect: Dialect): Sql {
  const { relation } = source
  if (relation.kind === 'table' || dialect.readFiles === undefined)
    return rawRelation(source, catalog, dialect)
  return dialect.readFiles({ ...relation, lines: true })
}

const hasLines = ({ relation }: Source, dialect: Dialect): boolean =>
  dialect.readFiles !== undefined && relation.kind === 'files' && relation.format === 'ndjson'
