/** Before anything is built: are the files and tables there, and have they the columns that are read? */
import { filesRelation, type FileReader } from '../engines/file_reader.ts'
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { keptName } from '../engines/names.ts'
import { seedRelation } from '../engines/own.ts'
import type { Catalog, Source } from '../graph/catalog.ts'
import { withSources, type Plan } from '../graph/plan.ts'
import { modelBehind } from '../graph/source_models.ts'
import {
  quotedList,
  nearest,
  suggest,
  ProblemError,
  throwIfAny,
  type Location,
  type Problem,
} from '../problems.ts'
import type { Path } from '../project/path.ts'
import { isInside, linkedOutside } from '../project/inside.ts'
import { join, literal, sql } from '../sql/sql.ts'
import { faultIn } from './damaged_files.ts'
import { unreadable } from './file_faults.ts'
import { headOf, otherwise } from './file_head.ts'
import { typedColumns } from './seed_types.ts'
import { tornFault } from './torn_files.ts'
import { lookInto, type FilesRelation, type NamesOfFile } from './file_parts.ts'
import { filesMatching } from './files.ts'
import { columnCaseConflicts, repeatedColumns } from './column_case_conflicts.ts'
import { engineOf, WarehouseError, type Column, type Engine, type Warehouse } from '../engines/index.ts'

/**
 * @param names the sources that are about to be read
 * @param building models that are about to be made: what reads them as a source is looked at when they are there
 * @returns the plan with what was found in the files of these sources
 * @throws ProblemError with every file, relation and column that is missing
 */
export async function checkSources(
  plan: Plan,
  warehouse: Warehouse,
  names: ReadonlySet<string>,
  building: ReadonlySet<string> = new Set(),
): Promise<Plan> {
  const { catalog } = plan
  const readsFiles = engineOf(catalog.project).readFiles !== undefined
  const reader = readsFiles ? (warehouse as FileReader) : undefined
  const problems: Problem[] = []
  const found: Source[] = []
  for (const source of catalog.sources.filter(({ name }) => names.has(name))) {
    if (building.has(modelBehind(source) ?? '')) continue
    found.push(...(await checkSource(source, catalog, { warehouse, reader }, problems)))
  }
  throwIfAny(problems)
  return withSources(plan, found)
}

/** Where sources are looked at. */
export interface Places {
  readonly warehouse: Pick<Warehouse, 'place' | 'columns' | 'relations'>
  /** Reads files in place; without one, their rows are in tables of the warehouse. */
  readonly reader: FileReader | undefined
}

/** @returns the source as it was found; none, with problems, where it is not there */
export async function checkSource(
  source: Source,
  catalog: Catalog,
  places: Places,
  problems: Problem[],
): Promise<Source[]> {
  const there = await columnsOfSource(source, catalog, places, problems)
  if (!there) return []
  problems.push(...missingColumns(source, catalog, there.columns))
  if (places.reader) problems.push(...(await unfittingTypes(there, catalog, places.reader)))
  return [there.source]
}

/** Values that are of no type that the project gives: a view of them would be made, and fail whoever reads it. */
async function unfittingTypes(
  { source, columns }: FoundSource,
  catalog: Catalog,
  reader: FileReader,
): Promise<readonly Problem[]> {
  const { relation } = source
  if (relation.kind !== 'files' || Object.keys(relation.columnTypes).length === 0) return []
  try {
    await typedColumns(source, columns, catalog, reader)
    return []
  } catch (error) {
    if (error instanceof ProblemError) return error.problems
    throw error
  }
}

/**
 * The plan with what is found in the files of some sources, for queries that say themselves what is wrong with
 * a source.
 * @throws ProblemError where a file is outside of the project
 */
export async function lookAtSources(
  plan: Plan,
  warehouse: Warehouse,
  names: ReadonlySet<string>,
): Promise<Plan> {
  if (engineOf(plan.catalog.project).readFiles === undefined) return plan
  const problems: Problem[] = []
  const found: Source[] = []
  for (const source of plan.catalog.sources.filter(({ name }) => names.has(name))) {
    const there = await columnsOfFiles(source, plan.catalog, warehouse as FileReader, problems)
    if (there) found.push(there.source)
  }
  // The database would read it.
  throwIfAny(problems.filter(({ code }) => code === 'path_outside_project'))
  return withSources(plan, found)
}

/** A source as it was found, with its columns. */
export interface FoundSource {
  readonly source: Source
  readonly columns: readonly Column[]
}

async function columnsOfSource(
  source: Source,
  catalog: Catalog,
  { warehouse, reader }: Places,
  problems: Problem[],
): Promise<FoundSource | undefined> {
  const { relation } = source
  const at = catalog.project.locate([...source.path, relation.kind === 'files' ? 'file' : 'table'])
  if (relation.kind === 'table') {
    const columns = await warehouse.columns(relation.parts)
    if (columns) return { source, columns }
    if (relation.model !== undefined) {
      problems.push({
        code: 'not_built',
        message: `Source \`${source.name}\`: the model \`${relation.model}\` is not built yet in ${warehouse.place}.`,
        at,
        fix: `Build it with \`gwh build\`, or select it too: \`gwh build -s +${relation.model}\`.`,
      })
      return undefined
    }
    const schema = relation.parts.at(-2)
    const present = schema === undefined ? [] : await warehouse.relations(schema)
    problems.push({
      code: 'missing_relation',
      message: `Source \`${source.name}\`: there is no relation \`${relation.parts.join('.')}\` in ${warehouse.place}.`,
      at,
      fix:
        suggest(
          relation.parts.at(-1) ?? '',
          present.map((r) => r.name),
          `\`${schema}\` has`,
        ) ??
        (schema === undefined ? 'Name its schema too: schema.table.' : `There is nothing in \`${schema}\`.`),
    })
    return undefined
  }
  if (reader) return columnsOfFiles(source, catalog, reader, problems)
  const loaded = await warehouse.columns(seedRelation(catalog.project.target, source.name))
  if (loaded) return { source, columns: asInFiles(source, engineOf(catalog.project), loaded) }
  problems.push({
    code: 'seed_needed',
    message: `Source \`${source.name}\`: the files ${quotedList(relation.written)} are not loaded into ${warehouse.place} yet.`,
    at,
    fix: 'Load them with `gwh seed`, or let `gwh build` do it.',
  })
  return undefined
}

/** Columns of a table that files were loaded into, by the names that they have in the files, as far as they are read. */
function asInFiles({ columnsRead }: Source, engine: Engine, loaded: readonly Column[]): Column[] {
  const long = new Map(
    columnsRead
      .filter(({ column }) => keptName(column, engine) !== column)
      .map(({ column }) => [keptName(column, engine), column]),
  )
  return loaded
    .filter(({ name }) => !isTypedColumn(name))
    .flatMap((column) => {
      const inFile = long.get(column.name)
      return inFile === undefined ? [column] : [column, { ...column, name: inFile }]
    })
}

/** A source with what its files hold and their columns, or problems when a file is missing or unreadable. */
export async function columnsOfFiles(
  source: Source,
  catalog: Catalog,
  reader: FileReader,
  problems: Problem[],
): Promise<FoundSource | undefined> {
  const { relation } = source
  if (relation.kind !== 'files') return undefined
  const list = relation.written.length > 1
  const place = (i: number) => catalog.project.locate([...source.path, 'file', ...(list ? [i] : [])])
  const files = await filesOfSource(source, relation, catalog, reader, place, problems)
  if (!files) return undefined
  try {
    const looked = await lookInto(source, relation, files, catalog.project, reader)
    if (relation.format === 'csv' && files.length > 0 && looked.empty.length === files.length) {
      problems.push(emptyFiles(source, catalog, looked.empty, place(0)))
      return undefined
    }
    if (looked.faults?.length) {
      problems.push(...looked.faults.map((fault) => unreadable(source, relation, fault, catalog)))
      return undefined
    }
    const twice = [
      ...columnCaseConflicts(source, catalog, looked.names ?? []),
      ...repeatedColumns(source, catalog, looked.names ?? []),
    ]
    problems.push(...twice, ...unknownTypes(source, looked.relation, looked.names, catalog))
    if (twice.length > 0) return undefined
    const isEmpty = files.length > 0 && looked.empty.length === files.length
    return {
      source: { ...source, relation: looked.relation },
      columns: isEmpty ? columnsAsked(looked.relation) : await columnsFound(source, looked.relation, reader),
    }
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== undefined) throw error
    problems.push(unreadable(source, relation, (await faultIn(error, [source], reader)) ?? error, catalog))
    return undefined
  }
}

/** The files of a source by their names; undefined, with problems, where one is missing or not what it should be. */
async function filesOfSource(
  source: Source,
  relation: FilesRelation,
  catalog: Catalog,
  reader: FileReader,
  place: (i: number) => Location,
  problems: Problem[],
): Promise<string[] | undefined> {
  const files: string[] = []
  const before = problems.length
  for (const [i, pattern] of relation.files.entries()) {
    if (pattern.includes('://')) continue
    const found = await filesMatching(pattern, reader)
    files.push(...found)
    if (found.length === 0)
      problems.push(missingFile(source, catalog, relation.written[i] ?? pattern, pattern, place(i)))
    for (const file of found) {
      if (!isInside(catalog.project, file)) {
        const { message, ...rest } = linkedOutside(path.relative(catalog.project.dir, file))
        problems.push({ ...rest, message: `Source \`${source.name}\`: ${message}`, at: place(i) })
        continue
      }
      const why = whyNotRead(file)
      if (why) {
        problems.push({
          code: 'unreadable_file',
          message: `Source \`${source.name}\`: \`${path.relative(catalog.project.dir, file)}\` ${why.is}.`,
          at: place(i),
          fix: why.fix,
        })
        continue
      }
      const torn = await tornFault(file)
      if (torn) {
        problems.push({ ...unreadable(source, relation, torn, catalog), at: place(i) })
        continue
      }
      const head = headOf(file)
      const wrong = head && otherwise(file, head, relation.format, relation.csv?.encoding)
      if (!wrong) continue
      problems.push({
        code: 'unreadable_file',
        message: `Source \`${source.name}\`: the file \`${path.relative(catalog.project.dir, file)}\` is ${wrong.is}.`,
        at: place(i),
        fix: wrong.fix,
      })
    }
  }
  return problems.length > before ? undefined : [...new Set(files)]
}

/** What cannot be opened, or would be waited for without end. */
function whyNotRead(file: string): { readonly is: string; readonly fix: string } | undefined {
  if (!statSync(file).isFile())
    return {
      is: 'is a pipe, a socket or a device, and no file',
      fix: 'Write what comes out of it to a file first.',
    }
  try {
    accessSync(file, constants.R_OK)
    return undefined
  } catch {
    return {
      is: 'may not be read',
      fix: 'Give the user who runs gwh the right to read it (`chmod`, `chown`).',
    }
  }
}

function missingFile(source: Source, catalog: Catalog, written: string, file: string, at: Location): Problem {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    return {
      code: 'missing_file',
      message: `Source \`${source.name}\`: \`${written}\` is a folder.`,
      at,
      fix: `Name the files in it: \`${path.posix.join(written, '*.csv')}\`.`,
    }
  const isGlob = /[*?[]/.test(written)
  return {
    code: 'missing_file',
    message: isGlob
      ? `Source \`${source.name}\`: no file matches \`${written}\`.`
      : `Source \`${source.name}\`: the file \`${written}\` does not exist.`,
    at,
    fix: `${isGlob ? '' : siblingLike(file)}Paths are relative to the project's folder, ${catalog.project.dir}.`,
  }
}

function emptyFiles(source: Source, catalog: Catalog, files: readonly string[], at: Location): Problem {
  const names = quotedList(files.map((file) => path.relative(catalog.project.dir, file)))
  return {
    code: 'unreadable_file',
    message: `Source \`${source.name}\`: ${files.length === 1 ? `the file ${names} is` : `the files ${names} are`} empty, without even a header.`,
    at,
    fix: 'Was it written to the end? A delivery without rows still has the names of its columns in the first line.',
  }
}

/** Types that are given to columns that there are not. */
function unknownTypes(
  source: Source,
  relation: FilesRelation,
  files: readonly NamesOfFile[] | undefined,
  catalog: Catalog,
): Problem[] {
  if (files === undefined) return []
  const names = [...new Set(files.flatMap((file) => file.names))]
  return Object.keys(relation.columnTypes)
    .filter((column) => !names.includes(column))
    .map((column) => ({
      code: 'missing_column',
      message: `Source \`${source.name}\` has no column \`${column}\` to give a type to.`,
      at: catalog.project.locate([...source.path, 'column_types', column]),
      fix: suggest(column, names, 'Its columns are'),
    }))
}

/**
 * The columns as DuckDB finds them, without the types that the connector asks for: one that is missing is to
 * be told of, not failed on. Lines of JSON may have a member late or be none at all.
 */
async function columnsFound(
  source: Source,
  relation: FilesRelation,
  reader: FileReader,
): Promise<readonly Column[]> {
  const { files, format, csv, parts } = relation
  const look = (whole: boolean) => {
    const from = filesRelation({ files, format, csv, parts, whole })
    return reader.columnsOf(sql`select * from ${from}`)
  }
  const columns = await look(false)
  const wanted = source.columnsRead.filter(({ column }) => !columns.some(({ name }) => name === column))
  if (format !== 'ndjson' || wanted.length === 0) return columns
  const lines = sql`select 1 as found from read_text([${join(files.map(literal), ', ')}]) where size > 0 limit 1`
  return (await reader.query(lines)).length > 0 ? look(true) : columnsAsked(relation)
}

/** Lines of JSON without a line have the members that are asked for. */
const columnsAsked = ({ columns = {} }: FilesRelation): Column[] =>
  Object.entries(columns).map(([name, type]) => ({ name, type }))

/** A file beside it that it was most likely meant to be. */
function siblingLike(file: string): string {
  const folder = path.dirname(file)
  const near = existsSync(folder) ? nearest(path.basename(file), readdirSync(folder)) : undefined
  return near === undefined ? '' : `Did you mean \`${near}\`? `
}

/** Columns with types that are loaded beside the texts of CSV, for users' own SQL. */
export const typedColumn = (place: number) => `gwh:${place}`
const isTypedColumn = (name: string) => name.startsWith('gwh:')

/** Columns that a source is said to have and has not, byte for byte. */
export function missingColumns(source: Source, catalog: Catalog, columns: readonly Column[]): Problem[] {
  const names = columns.map((column) => column.name)
  const missing = source.columnsRead.filter(({ column }) => !names.includes(column))
  const sameCase = (a: string) => (b: string) => a.toLowerCase() === b.toLowerCase()
  const [otherCase, absent] = [
    missing.filter(({ column }) => names.some(sameCase(column))),
    missing.filter(({ column }) => !names.some(sameCase(column))),
  ]
  // Columns that one line of the configuration stands for are one problem.
  const places = new Map<string, typeof absent>()
  for (const use of absent) {
    const place = JSON.stringify(use.path)
    places.set(place, [...(places.get(place) ?? []), use])
  }
  return [
    ...otherCase.map(({ column, path: at }): Problem => {
      const there = names.filter(sameCase(column))
      return {
        code: 'column_case_differs',
        message: `Source \`${source.name}\` has no column \`${column}\`, only ${quotedList(there)}: names are compared byte for byte.`,
        at: catalog.project.locate([...source.path, ...at]),
        fix: otherCaseHint(column, there[0] ?? '', at),
      }
    }),
    ...[...places.values()].map((uses): Problem => {
      const { column = '', path: at = [] } = uses[0] ?? {}
      const near = uses.length === 1 && !isFixed(at) ? nearest(column, names) : undefined
      return {
        code: 'missing_column',
        message: `Source \`${source.name}\` has no ${uses.length === 1 ? 'column' : 'columns'} ${quotedList(uses.map((use) => use.column))}.`,
        at: catalog.project.locate([...source.path, ...at]),
        fix: [
          near === undefined ? '' : `Did you mean \`${near}\`? `,
          `Its columns are: ${quotedList(names)}.`,
          isEveryKey(at) ? `\n${EVERY_KEY}` : isFixed(at) ? `\n${FIXED}` : '',
        ].join(''),
      }
    }),
  ]
}

/** A source that does not say which group keys it carries is taken to carry all, by their own names. */
const isEveryKey = (at: Path) => at.length === 1 && at[0] === 'group_keys'
const EVERY_KEY =
  'A source is read for every registered group key unless it says which it carries: `group_keys: [key]`, or `{key: column}` where the column is called otherwise.'

/** Some connectors read columns by names that nobody configures. */
const isFixed = (at: Path) => at[0] === 'layout' || at[0] === 'connector'
const FIXED = 'The connector reads columns of these names; `connector: columns` reads any.'

function otherCaseHint(column: string, there: string, at: Path): string {
  if (isFixed(at)) return FIXED
  if (isEveryKey(at)) return `Map it: \`group_keys: {${column}: ${there}}\`, or register \`${there}\`.`
  const inList = typeof at.at(-1) === 'number'
  return inList ? `Write \`${there}\`, or map it: \`{${column}: ${there}}\`.` : `Write \`${there}\`.`
}
