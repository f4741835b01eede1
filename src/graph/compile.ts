/** SQL text from models: pure, without a database. The same model renders for any place its parents are in. */
import type { SqlEngine } from '../engines/engine.ts'
import { inPlace } from '../sql/open.ts'
import { spelled, textFor } from '../sql/spelling.ts'
import { type RelationName, identifier, relation, toText } from '../sql/sql.ts'
import { modelContext } from './context.ts'
import type { Model, ModelContext } from './model.ts'
import { openText } from './parents.ts'
import { isUserModel, type Plan } from './plan.ts'
import { statementsOf, type Statements } from './statements.ts'
import type { Rendered } from './jinja.ts'

/** Where models and sources are to be found. */
export interface Places {
  relation(model: string): RelationName
  /** The rows of a source, where they are not those of its table or files. */
  readonly source?: ((name: string) => RelationName) | undefined
  /** What `this` means in a model; default: what is published. */
  readonly self?: ((model: string) => RelationName) | undefined
}

export interface Compiler {
  /** What the SQL is for. */
  readonly engine: SqlEngine
  /** What a model's relation is made from. */
  model(model: Model, places: Places): Statements
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

export function createCompiler(plan: Plan, engine: SqlEngine): Compiler {
  const { catalog } = plan
  const placed = (model: string, places: Places) => identifier(...places.relation(model))
  const context = (places: Places) =>
    modelContext(catalog, engine, { ref: (model) => placed(model, places), source: places.source })

  function bodyOf(model: Model, places: Places): string {
    const c = modelContext(catalog, engine, { ref: relation, source: places.source })
    const select = model.body?.fn === c.fn ? model.body.select : model.select(c)
    return inPlace(openText(select, catalog), (parent) => toText(placed(parent, places)))
  }

  function query(rendered: Rendered, places: Places, self = ''): string {
    const inline = ephemeralParents(rendered.refs, plan)
    const fill = (r: Rendered, name: string) =>
      r.fill({
        ref: (model) =>
          inline.some((e) => e.name === model) ? cteName(model) : textFor(placed(model, places), engine),
        source: (source) => textFor(context(places).given(source), engine),
        // What is there now; the relation that is being built cannot read itself.
        self: () => textFor(identifier(...(places.self ?? published(plan).relation)(name)), engine),
      })
    const ctes = inline.map((model) => `${cteName(model.name)} as (\n${fill(model.rendered, model.name)}\n)`)
    return withCtes(ctes, fill(rendered, self))
  }

  return {
    engine,
    context,
    query,
    model: (model, places) =>
      isUserModel(model)
        ? { steps: [], select: query(model.rendered, places, model.name) }
        : spelledFor(
            engine,
            statementsOf(bodyOf(model, places), places.relation(model.name), model.materialized, engine),
          ),
  }
}

const spelledFor = (engine: SqlEngine, { steps, select }: Statements): Statements => ({
  steps: steps.map((step) => ({ ...step, select: spelled(step.select, engine) })),
  select: spelled(select, engine),
})

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
