/** What models and checks see of the rest of the project: its relations and sources as SQL, wherever they are. */
import type { SqlEngine } from '../engines/engine.ts'
import type { SqlFunctions } from '../engines/index.ts'
import { identifier, sql, type RelationName, type Sql } from '../sql/sql.ts'
import { called } from './called.ts'
import type { Catalog, Source } from './catalog.ts'
import type { ModelContext } from './model.ts'
import { ownSchema, seedRelation, typedSeedRelation } from '../engines/own.ts'
import { modelBehind } from './source_models.ts'

/** How relations are written: with the name of their place, or open until that is known. */
export interface Written {
  ref(model: string): Sql
  /** A source whose rows are somewhere else than in its table or files. */
  readonly source?: ((name: string) => RelationName) | undefined
}

export function modelContext(catalog: Catalog, engine: SqlEngine, written: Written): ModelContext {
  const fn = functionsFor(engine, ownSchema(catalog.project.target))
  /** @param read how its files are read, or where they were loaded */
  const at = (name: string, read: typeof rawRelation) => {
    if (written.source) return identifier(...written.source(name))
    const source = sourceNamed(catalog, name)
    const model = modelBehind(source)
    return model === undefined ? read(source, catalog, engine) : written.ref(model)
  }
  const ref = (model: string) => written.ref(model)
  const raw = (name: string) => at(name, rawRelation)
  return {
    fn,
    catalog,
    ref,
    read: (source) => sourceNamed(catalog, source).select(fn, raw(source)),
    raw,
    given: (source) => at(source, givenRelation),
    whole: (source) => {
      const named = sourceNamed(catalog, source)
      return hasLines(named, engine) ? wholeRelation(named, catalog, engine) : raw(source)
    },
    line: (source) => (hasLines(sourceNamed(catalog, source), engine) ? sql`source_line` : undefined),
  }
}

const functions = new WeakMap<SqlEngine, Map<string, SqlFunctions>>()

/** One object for each engine and schema: SQL that was made with it is SQL for all that have it. */
function functionsFor(engine: SqlEngine, schema: string): SqlFunctions {
  const made = functions.get(engine) ?? new Map<string, SqlFunctions>()
  functions.set(engine, made)
  const before = made.get(schema)
  if (before) return before
  const fn = engine.functions(schema)
  made.set(schema, fn)
  return fn
}

function sourceNamed(catalog: Catalog, name: string): Source {
  const source = called(catalog.sources, name)
  if (!source) throw new RangeError(`no source ${name}`)
  return source
}

/** The relation or table function that holds a source's rows; every column of CSV is text. */
export function rawRelation(source: Source, catalog: Catalog, engine: SqlEngine): Sql {
  const { relation } = source
  const { target } = catalog.project
  if (relation.kind === 'table') return identifier(...relation.parts)
  if (engine.readFiles) return engine.readFiles({ ...relation, functions: ownSchema(target) })
  return identifier(...seedRelation(target, source.name))
}

/** As `rawRelation`, for users' own SQL: columns of CSV have types, as their values show them. */
export function givenRelation(source: Source, catalog: Catalog, engine: SqlEngine): Sql {
  const { relation } = source
  if (relation.kind === 'table' || relation.format !== 'csv') return rawRelation(source, catalog, engine)
  if (engine.readFiles) return engine.readFiles({ ...relation, typed: true })
  return identifier(...typedSeedRelation(catalog.project.target, source.name))
}

/** As `rawRelation`, and of lines of JSON each line too; a warehouse that loads files has only what is read of them. */
function wholeRelation(source: Source, catalog: Catalog, engine: SqlEngine): Sql {
  const { relation } = source
  if (relation.kind === 'table' || engine.readFiles === undefined) return rawRelation(source, catalog, engine)
  return engine.readFiles({ ...relation, lines: true })
}

const hasLines = ({ relation }: Source, engine: SqlEngine): boolean =>
  engine.readFiles !== undefined && relation.kind === 'files' && relation.format === 'ndjson'
