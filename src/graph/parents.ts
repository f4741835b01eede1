/** What a model reads: the relations that stand in its SQL, and the sources that were asked for to make it. */
import { engineOf } from '../engines/index.ts'
import { inPlace, relationsIn } from '../sql/open.ts'
import { relation, toFittedText, toText, trusted, type Sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import { modelContext } from './context.ts'
import type { Model, ModelContext, ModelDefinition } from './model.ts'
import { withFields } from './with_fields.ts'

/**
 * SQL with its relations open, in lines that fit where they are published.
 * @param c writes relations open
 */
export function openText({ select }: Pick<ModelDefinition, 'select'>, c: ModelContext): string {
  const schema = c.catalog.project.target.schema.length
  // two marks around a name, where a schema and a point will be
  return toFittedText(select(c), schema - 1)
}

/** SQL that is made to know what it reads, and written wherever that will be; nothing is made before it is needed. */
export interface OpenSql {
  /** The relations that it reads. */
  readonly relations: () => readonly string[]
  readonly in: (c: ModelContext) => Sql
}

/** @param make reads relations only, not sources: those depend on what is found in them */
export function openSql(make: (c: ModelContext) => Sql, catalog: Catalog): OpenSql {
  const open = openContext(catalog)
  const made = () => openText({ select: make }, open)
  let kept: string | undefined
  return {
    relations() {
      // Whoever asks will have it written, too; who only has it written has no use for it afterwards.
      kept ??= made()
      return [...new Set(relationsIn(kept))]
    },
    in: (c) => (c.fn === open.fn ? trusted(inPlace(kept ?? made(), (name) => toText(c.ref(name)))) : make(c)),
  }
}

const openContext = (catalog: Catalog): ModelContext =>
  modelContext(catalog, engineOf(catalog.project), { ref: relation })

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
  const text = openText(definition, c)
  return withFields(definition, {
    dependsOn: [...new Set(relationsIn(text))],
    sources: [...sources],
    body: sources.size === 0 ? { text, fn: open.fn } : undefined,
  })
}
