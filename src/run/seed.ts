/** Loads files into tables of a warehouse that cannot read them in place. */
import { FILE_ENGINE, openFileReader, type FileReader } from '../engines/file_reader.ts'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { FileLoader } from '../engines/engine.ts'
import { engineOf, WarehouseError, type Column, type Warehouse } from '../engines/index.ts'
import type { Catalog, Source } from '../graph/catalog.ts'
import { rawRelation } from '../graph/context.ts'
import { seedRelation, typedSeedRelation, type Schemas } from '../engines/own.ts'
import { namesKeptAlike } from '../engines/names.ts'
import type { Plan } from '../graph/plan.ts'
import { quotedList, ProblemError, throwIfAny, type Problem } from '../problems.ts'
import { type Sql, identifier, join, literal, sql } from '../sql/sql.ts'
import { filesMatching } from './files.ts'
import { timed, type NodeResult, type Reporter } from './result.ts'
import { faultIn } from './damaged_files.ts'
import { faultText } from './file_faults.ts'
import { columnsOfFiles, missingColumns, typedColumn } from './sources.ts'
import { prepareState, recordSeed, seedFingerprint } from './state.ts'
import { typedColumns, type TypedColumn } from './seed_types.ts'

/** Sources whose rows are in files. */
export const seedable = (plan: Plan): Source[] =>
  plan.catalog.sources.filter(({ relation }) => relation.kind === 'files')

/**
 * Loads each source whose files have changed since they were loaded; `force` loads them all.
 * A table is replaced in one transaction: it is never seen empty or half full. What is wrong with one source keeps
 * no other from being loaded, for some faults show only when a file is read to its end.
 * @throws ProblemError with everything that is wrong with the files
 */
export async function seedSources(
  plan: Plan,
  warehouse: Warehouse,
  loader: FileLoader,
  names: ReadonlySet<string>,
  reporter: Reporter,
  force = false,
  signal?: AbortSignal,
): Promise<NodeResult[]> {
  const sources = seedable(plan).filter(({ name }) => names.has(name))
  if (sources.length === 0) return []
  await using reader = await openFileReader(signal)
  const problems: Problem[] = []
  const prepared = await prepare(plan, reader, sources, problems)
  const { target: schemas } = plan.catalog.project
  const changed = []
  for (const seed of prepared) {
    const loaded = (await warehouse.columns(seedRelation(schemas, seed.source.name))) !== undefined
    if (
      force ||
      !loaded ||
      (await seedFingerprint(warehouse, schemas, seed.source.name)) !== seed.fingerprint
    )
      changed.push(seed)
  }
  const results: NodeResult[] = []
  for (const [i, seed] of changed.entries()) {
    const node = { name: seed.source.name, type: 'seed' as const, kind: 'seed' }
    reporter.started({ ...node, index: i, total: changed.length })
    const { value, seconds, startedAt } = await timed(() =>
      load(plan, { reader, warehouse, loader }, seed, reporter).catch((error: unknown) => {
        if (!(error instanceof ProblemError)) throw error
        problems.push(...error.problems)
        return undefined
      }),
    )
    if (value === undefined) continue
    const relation = seedRelation(schemas, seed.source.name).join('.')
    const result: NodeResult = { ...node, status: 'success', rows: value, seconds, startedAt, relation }
    results.push(result)
    reporter.finished(result, i, changed.length)
  }
  throwIfAny(problems)
  return results
}

interface Seed {
  readonly source: Source
  readonly columns: readonly Column[]
  readonly fingerprint: string
}

/** @param problems is given what is wrong with sources; they are left out */
async function prepare(
  plan: Plan,
  reader: FileReader,
  sources: readonly Source[],
  problems: Problem[],
): Promise<Seed[]> {
  await prepareState(reader, FILE_ENGINE, plan.catalog.project.target)
  const seeds: Seed[] = []
  for (const source of sources) {
    const found = await columnsOfFiles(source, plan.catalog, reader, problems)
    if (!found) continue
    const missing = missingColumns(source, plan.catalog, found.columns)
    problems.push(...missing)
    if (missing.length > 0) continue
    const from = rawRelation(found.source, plan.catalog, FILE_ENGINE)
    const columns = await reader.columnsOf(sql`select * from ${from}`)
    const inOne = columnsInOne(source, plan.catalog, columns)
    problems.push(...inOne)
    if (inOne.length > 0) continue
    const fingerprint = await fingerprintOf(found.source, reader, columns)
    seeds.push({ source: found.source, columns, fingerprint })
  }
  return seeds
}

/** Columns of files that would be one column of the table that they are loaded into. */
function columnsInOne({ name, path }: Source, { project }: Catalog, columns: readonly Column[]): Problem[] {
  const engine = engineOf(project)
  const names = columns.map((column) => column.name)
  return namesKeptAlike(names, engine).map((same) => ({
    code: 'unreadable_file' as const,
    message: `Source \`${name}\` has columns that ${engine.title}, which has room for ${engine.longestName} bytes of a name, cannot tell apart: ${quotedList(same)}.`,
    at: project.locate([...path, 'file']),
    fix: 'Give them names in the file that differ sooner. Nothing has been loaded from it.',
  }))
}

/** Raised when what is loaded of the same files changes. */
const LAYOUT = 4

/** Changes when a file does, or how it is read: names, sizes, times of change and columns. */
async function fingerprintOf(
  source: Source,
  reader: FileReader,
  columns: readonly Column[],
): Promise<string> {
  const files = source.relation.kind === 'files' ? source.relation.files : []
  const { relation } = source
  const read = relation.kind === 'files' ? [relation.csv, relation.columnTypes, relation.valueTypes] : []
  const hash = createHash('sha256').update(JSON.stringify([LAYOUT, columns, read]))
  for (const pattern of files) {
    for (const file of await filesMatching(pattern, reader)) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${file}\0${size}\0${mtimeMs}\0`)
    }
  }
  return hash.digest('hex').slice(0, 32)
}

interface Loading {
  readonly reader: FileReader
  readonly warehouse: Warehouse
  readonly loader: FileLoader
}

async function load(
  plan: Plan,
  { reader, warehouse, loader }: Loading,
  { source, columns, fingerprint }: Seed,
  reporter: Reporter,
): Promise<number> {
  const { target: schemas } = plan.catalog.project
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-seed-'))
  try {
    const file = path.join(folder, 'rows.csv')
    const from = rawRelation(source, plan.catalog, FILE_ENGINE)
    const typed = await reading(source, plan, reader, () =>
      typedColumns(source, columns, plan.catalog, reader),
    )
    const values = [
      ...columns.map(
        (column) =>
          sql`${loader.asText(identifier(column.name), column.type, schemas)} as ${identifier(column.name)}`,
      ),
      ...typed.map(
        ({ value, type }, i) => sql`${loader.asText(value, type, schemas)} as ${identifier(typedColumn(i))}`,
      ),
    ]
    await reading(source, plan, reader, () =>
      reader.execute(
        sql`
        copy (
          select
            ${join(values, ',\n')}
          from ${from}
        ) to ${literal(file)} (format csv, header false, force_quote *)
      `,
      ),
    )
    const target = seedRelation(schemas, source.name)
    return await warehouse.transaction(async () => {
      const rows = await loader.load(
        warehouse,
        target,
        [...columns, ...typed.map(({ type }, i) => ({ name: typedColumn(i), type }))],
        file,
        (share) => reporter.progress(`${Math.floor(share * 100)} %`),
      )
      if (isCsv(source))
        await loader.view(
          warehouse,
          typedSeedRelation(schemas, source.name),
          shownColumns(schemas, source, columns, typed),
        )
      await recordSeed(warehouse, schemas, { source: source.name, fingerprint, rows })
      await warehouse.settle([target])
      return rows
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What DuckDB says of a file that it cannot read to the end, as a problem of the source. */
async function reading<T>(
  source: Source,
  plan: Plan,
  reader: FileReader,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== undefined) throw error
    const fault = await faultIn(error, [source], reader)
    throw new ProblemError({
      code: 'unreadable_file',
      message: `Source \`${source.name}\`: its files cannot be read to the end.`,
      at: plan.catalog.project.locate([...source.path, 'file']),
      cause: fault
        ? faultText(fault, plan.catalog.project.dir)
        : error.message.split('\n').slice(0, 6).join('\n'),
      fix: `${fault?.fix ?? 'Correct the file.'} Nothing has been loaded from it.`,
    })
  }
}

const isCsv = ({ relation }: Source) => relation.kind === 'files' && relation.format === 'csv'

/** What users' own SQL reads of CSV: columns by their names, with types where there are some. */
function shownColumns(
  schemas: Schemas,
  source: Source,
  columns: readonly Column[],
  typed: readonly TypedColumn[],
): Sql {
  const shown = columns.map(({ name }) => {
    const place = typed.findIndex((column) => column.name === name)
    return place < 0 ? identifier(name) : sql`${identifier(typedColumn(place))} as ${identifier(name)}`
  })
  return sql`
    select ${join(shown, ', ')}
    from ${identifier(...seedRelation(schemas, source.name))}
  `
}
