/**
 * What a source says of the rows that it has: recorded with their number, for numbers are compared only where the
 * source says the same. How that is written, and what is only kept of the rows, is no part of it.
 */
import { createHash } from 'node:crypto'
import path from 'node:path'
import { createCompiler, published } from '../graph/compile.ts'
import type { Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { modelBehind, parentsOf } from '../graph/source_models.ts'
import { textOf } from '../graph/statements.ts'
import { engineOf } from '../engines/index.ts'
import { csvSchema, type CsvOptions } from '../project/file_schema.ts'

/** Raised when the parts are made of something else: records of another version are compared with nothing. */
const VERSION = 2

/** The parts that a change is told by, in the project's words. */
const WORDS = {
  type: '`type`',
  table: '`table`',
  file: '`file`',
  format: '`format`',
  csv: '`csv`',
  columns: 'how its rows are read',
  model: 'the model behind it',
  exclude_events: '`exclude_events`',
  service_user_ids: '`service_user_ids`',
} as const

export type Part = keyof typeof WORDS

/** The part with the names that are left out of what is counted. */
export const isOfNames = (part: Part): boolean => part === 'exclude_events' || part === 'service_user_ids'

export const wordsOf = (parts: readonly Part[]): string => parts.map((part) => WORDS[part]).join(', ')

/** A text with a short hash of each part: what a project says may be secret. */
export function definitionOf(source: Source, plan: Plan): string {
  const parts: Partial<Record<Part, unknown>> = {
    type: source.type,
    ...placeOf(source, plan),
    columns: source.countedBy,
    ...(modelBehind(source) === undefined ? {} : { model: modelsBehind(source, plan) }),
    ...namesLeftOut(source, plan),
  }
  const hashes = Object.entries(parts).map(([part, said]) => [part, hash(said)])
  return JSON.stringify({ version: VERSION, ...(Object.fromEntries(hashes) as object) })
}

/** @returns the parts in which two definitions differ; undefined where one of them is of another version */
export function changedParts(recorded: string, now: string): readonly Part[] | undefined {
  // Before there were parts, the whole was one hash.
  if (!recorded.startsWith('{')) return undefined
  const [then, today] = [recorded, now].map((text) => JSON.parse(text) as Record<string, unknown>)
  if (then?.['version'] !== today?.['version']) return undefined
  return (Object.keys(WORDS) as Part[]).filter((part) => then?.[part] !== today?.[part])
}

/** Where its rows are, and how they are written there. */
function placeOf({ relation }: Source, { catalog }: Plan): Partial<Record<Part, unknown>> {
  if (relation.kind === 'table') return { table: relation.parts }
  const files = relation.files.map((file) =>
    file.includes('://') ? file : path.relative(catalog.project.dir, file),
  )
  const { format, csv } = relation
  return { file: distinct(files), format, ...(format === 'csv' ? { csv: csvOf(csv) } : {}) }
}

/** What is not said is as usual; an empty field stands for no value anyway. */
function csvOf(given: CsvOptions | undefined): unknown {
  const csv = given ?? csvSchema.parse({})
  const nulls = [csv.nulls ?? []].flat().filter((text) => text !== '')
  return { ...csv, escape: csv.escape ?? csv.quote, nulls: distinct(nulls) }
}

/** The queries that its rows come from, over the sources that these read in their turn. */
function modelsBehind(source: Source, plan: Plan): unknown {
  const { catalog } = plan
  const compiler = createCompiler(plan, engineOf(catalog.project))
  const places = { ...published(plan), source: (name: string) => ['source', name] as const }
  const queries = new Map<string, unknown>()
  const visit = (name: string | undefined) => {
    const model = name === undefined || queries.has(name) ? undefined : plan.model(name)
    if (!model) return
    const read = catalog.sources.filter((other) => model.sources.includes(other.name))
    queries.set(model.name, [
      textOf(compiler.model(model, places), compiler.engine),
      read.map((other) => [
        other.name,
        placeOf(other, plan),
        other.relation.kind === 'files' && other.relation.columnTypes,
      ]),
    ])
    parentsOf(model, catalog).forEach(visit)
  }
  visit(modelBehind(source))
  return Object.fromEntries(queries)
}

function namesLeftOut(source: Source, { catalog }: Plan): Partial<Record<Part, unknown>> {
  if (source.type === 'events') return { exclude_events: distinct(source.excludeEvents) }
  return source.type === 'user_table' ? { service_user_ids: distinct(catalog.project.service_user_ids) } : {}
}

const distinct = (texts: readonly string[]) => [...new Set(texts)].sort()

const hash = (said: unknown): string =>
  createHash('sha256').update(JSON.stringify(said, sortedKeys)).digest('hex').slice(0, 16)

/** The order of members says nothing. */
const sortedKeys = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
