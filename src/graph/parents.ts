/** What a model reads: the relations that stand in its SQL, and the sources that were asked for to make it. */
import { ENGINES } from '../engines/index.ts'
import { relation, relationsIn, toText } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import { modelContext } from './context.ts'
import type { Model, ModelContext, ModelDefinition } from './model.ts'

/** The relations that SQL asks for while it is made; it need not be written for that. */
export function relationsRead(make: (c: ModelContext) => unknown, catalog: Catalog): string[] {
  const open = openContext(catalog)
  const asked = new Set<string>()
  make({
    ...open,
    ref: (model) => {
      asked.add(model)
      return open.ref(model)
    },
  })
  return [...asked]
}

const openContext = (catalog: Catalog): ModelContext =>
  modelContext(catalog, ENGINES[catalog.project.target.type], { ref: relation })

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
  const text = toText(definition.select(c))
  return {
    ...definition,
    dependsOn: [...new Set(relationsIn(text))],
    sources: [...sources],
    body: sources.size === 0 ? { text, fn: open.fn } : undefined,
  }
}
