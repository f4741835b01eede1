/** What a model reads: the relations that stand in its SQL, and the sources that were asked for to make it. */
import { engineOf } from '../engines/index.ts'
import { relation, relationsOf, toFittedText, type Sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import { modelContext } from './context.ts'
import type { Model, ModelContext, ModelDefinition } from './model.ts'
import { withFields } from './with_fields.ts'

/** SQL with its relations open, in lines that fit where they are published. */
export const openText = (piece: Sql, { project }: Catalog): string =>
  // two marks around a name, where a schema and a point will be
  toFittedText(piece, project.target.schema.length - 1)

/**
 * The relations that SQL reads, once somebody asks for them.
 * @param make reads relations only, not sources: those depend on what is found in them
 */
export function relationsRead(make: (c: ModelContext) => Sql, catalog: Catalog): () => readonly string[] {
  let found: readonly string[] | undefined
  return () => (found ??= relationsOf(make(openContext(catalog))))
}

/** One for each catalog: what is made in it once is there for all of its models. */
const openContexts = new WeakMap<Catalog, ModelContext>()

function openContext(catalog: Catalog): ModelContext {
  const c = openContexts.get(catalog) ?? modelContext(catalog, engineOf(catalog.project), { ref: relation })
  openContexts.set(catalog, c)
  return c
}

/** The model with its parents and, where it does not depend on what will be found in sources, with its SQL. */
export function withParents(definition: ModelDefinition, catalog: Catalog): Model {
  const open = openContext(catalog)
  const sources = new Set<string>()
  const recorded =
    <Made>(read: (source: string) => Made) =>
    (source: string) => {
      sources.add(source)
      return read(source)
    }
  const c: ModelContext = {
    ...open,
    read: recorded(open.read),
    raw: recorded(open.raw),
    given: recorded(open.given),
    whole: recorded(open.whole),
    line: recorded(open.line),
  }
  const select = definition.select(c)
  return withFields(definition, {
    dependsOn: relationsOf(select),
    sources: [...sources],
    body: sources.size === 0 ? { select, fn: open.fn } : undefined,
  })
}
