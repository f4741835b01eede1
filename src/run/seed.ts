/** Loads files into tables of a warehouse that cannot read them in place: DuckDB reads, COPY writes. */
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { FILE_ENGINE } from '../engines/index.ts'
import { isNested } from '../engines/file_reader.ts'
import type { Source } from '../graph/catalog.ts'
import { rawRelation } from '../graph/context.ts'
import { ownSchema, seedRelation, typedSeedRelation, type Schemas } from '../engines/own.ts'
import type { Plan } from '../graph/plan.ts'
import { ProblemError, throwIfAny, type Problem } from '../problems.ts'
import { type RelationName, identifier, join, literal, sql, toText, trusted, type Sql } from '../sql/sql.ts'
import { openFileReader, WarehouseError, type Column } from '../engines/index.ts'
import type { FileReader } from '../engines/index.ts'
import type { PostgresWarehouse } from '../engines/postgres/warehouse.ts'
import { columnsInOne } from './cut_names.ts'
import { filesMatching } from './files.ts'
import { timed, type NodeResult, type Reporter } from './result.ts'
import { faultText, fileFault } from './file_faults.ts'
import { columnsOfFiles, missingColumns, typedColumn } from './sources.ts'
import { prepareState, recordSeed, seedFingerprint } from './state.ts'
import { typedColumns, type TypedColumn } from './seed_types.ts'

/** Sources whose rows are in files. */
export const seedable = (plan: Plan): Source[] =>
  plan.catalog.sources.filter(({ relation }) => relation.kind === 'files')

/**
 * Loads each source whose files have changed since they were loaded; `force` loads them all.
 * A table is replaced in one transaction: it is never seen empty or half full.
 */
export async function seedSources(
  plan: Plan,
  warehouse: PostgresWarehouse,
  names: ReadonlySet<string>,
  reporter: Reporter,
  force = false,
  signal?: AbortSignal,
): Promise<NodeResult[]> {
  const sources = seedable(plan).filter(({ name }) => names.has(name))
  if (sources.length === 0) return []
  await using reader = await openFileReader(signal)
  const prepared = await prepare(plan, reader, sources)
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
    const {
      value: rows,
      seconds,
      startedAt,
    } = await timed(() => load(plan, reader, warehouse, seed, reporter))
    const relation = seedRelation(schemas, seed.source.name).join('.')
    const result: NodeResult = { ...node, status: 'success', rows, seconds, startedAt, relation }
    results.push(result)
    reporter.finished(result, i, changed.length)
  }
  return results
}

interface Seed {
  readonly source: Source
  readonly columns: readonly Column[]
  readonly fingerprint: string
}

async function prepare(plan: Plan, reader: FileReader, sources: readonly Source[]): Promise<Seed[]> {
  await prepareState(reader, plan.catalog.project.target)
  const problems: Problem[] = []
  const seeds: Seed[] = []
  for (const source of sources) {
    const found = await columnsOfFiles(source, plan.catalog, reader, problems)
    if (!found) continue
    const missing = missingColumns(source, plan.catalog, found.columns)
    problems.push(...missing)
    if (missing.length > 0) continue
    const from = rawRelation(found.source, plan.catalog, FILE_ENGINE)
    const columns = await reader.columnsOf(`select * from ${toText(from)}`)
    const inOne = columnsInOne(
      source,
      plan.catalog,
      columns.map(({ name }) => name),
    )
    problems.push(...inOne)
    if (inOne.length > 0) continue
    const fingerprint = await fingerprintOf(found.source, reader, columns)
    seeds.push({ source: found.source, columns, fingerprint })
  }
  throwIfAny(problems)
  return seeds
}

/** Raised when what is loaded of the same files changes. */
const LAYOUT = 3

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

async function load(
  plan: Plan,
  reader: FileReader,
  warehouse: PostgresWarehouse,
  { source, columns, fingerprint }: Seed,
  reporter: Reporter,
): Promise<number> {
  const { target: schemas } = plan.catalog.project
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-seed-'))
  try {
    const file = path.join(folder, 'rows.csv')
    const from = rawRelation(source, plan.catalog, FILE_ENGINE)
    const typed = await reading(source, plan, () => typedColumns(source, columns, plan, reader))
    const values = [
      ...columns.map(
        (column) =>
          sql`${asText(identifier(column.name), column.type, schemas)} as ${identifier(column.name)}`,
      ),
      ...typed.map(
        ({ value, type }, i) => sql`${asText(value, type, schemas)} as ${identifier(typedColumn(i))}`,
      ),
    ]
    await reading(source, plan, () =>
      reader.execute(
        toText(sql`
        copy (
          select
            ${join(values, ',\n')}
          from ${from}
        ) to ${literal(file)} (format csv, header false, force_quote *)
      `),
      ),
    )
    const target = seedRelation(schemas, source.name)
    return await warehouse.transaction(async () => {
      await emptyTable(warehouse, target, [
        ...columns,
        ...typed.map(({ type }, i) => ({ name: typedColumn(i), type })),
      ])
      const total = statSync(file).size
      let sent = 0
      const progress = new Transform({
        transform(chunk: Buffer, _, done) {
          sent += chunk.length
          reporter.progress(`${Math.floor((sent / total) * 100)} %`)
          done(null, chunk)
        },
      })
      const statement = `copy ${toText(identifier(...target))} from stdin (format csv)`
      const copy = warehouse.client.query(copyFrom(statement))
      try {
        await pipeline(createReadStream(file), progress, copy)
      } catch (error) {
        throw warehouse.said(error, statement)
      }
      const rows = copy.rowCount
      if (isCsv(source)) await typedView(warehouse, schemas, source, columns, typed)
      await recordSeed(warehouse, schemas, { source: source.name, fingerprint, rows })
      await warehouse.settle([target])
      return rows
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What DuckDB says of a file that it cannot read to the end, as a problem of the source. */
async function reading<T>(source: Source, plan: Plan, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== undefined) throw error
    const fault = fileFault(error.message)
    throw new ProblemError({
      code: 'unreadable_file',
      message: `Source \`${source.name}\`: its files cannot be read to the end.`,
      at: plan.catalog.project.locate([...source.path, 'file']),
      cause: fault
        ? faultText(fault, plan.catalog.project.dir)
        : error.message.split('\n').slice(0, 6).join('\n'),
      hint: `${fault?.hint ?? 'Mend the file.'} Nothing has been loaded from it.`,
    })
  }
}

const isCsv = ({ relation }: Source) => relation.kind === 'files' && relation.format === 'csv'

/** An empty table with the columns; the same table as before where they have not changed, for views may read it. */
async function emptyTable(
  warehouse: PostgresWarehouse,
  target: RelationName,
  columns: readonly Column[],
): Promise<void> {
  const table = identifier(...target)
  const before = await warehouse.columns(target)
  const definitions = columns.map((column) => sql`${identifier(column.name)} ${postgresType(column.type)}`)
  const probe: RelationName = [target[0] ?? '', `${target[1] ?? ''}__new`]
  await warehouse.execute(toText(sql`create table ${identifier(...probe)} (${join(definitions, ', ')})`))
  const after = await warehouse.columns(probe)
  if (JSON.stringify(before) === JSON.stringify(after)) {
    await warehouse.execute(toText(sql`drop table ${identifier(...probe)}`))
    await warehouse.execute(toText(sql`truncate ${table}`))
  } else {
    if (before) await setAside(warehouse, target, 'table')
    await warehouse.execute(
      toText(sql`alter table ${identifier(...probe)} rename to ${identifier(target[1] ?? '')}`),
    )
  }
}

/** What users' own SQL reads of CSV: columns by their names, with types where there are some. */
async function typedView(
  warehouse: PostgresWarehouse,
  schemas: Schemas,
  source: Source,
  columns: readonly Column[],
  typed: readonly TypedColumn[],
): Promise<void> {
  const view = typedSeedRelation(schemas, source.name)
  const shown = columns.map(({ name }) => {
    const place = typed.findIndex((column) => column.name === name)
    return place < 0 ? identifier(name) : sql`${identifier(typedColumn(place))} as ${identifier(name)}`
  })
  const select = sql`
    select ${join(shown, ', ')}
    from ${identifier(...seedRelation(schemas, source.name))}
  `
  const before = await warehouse.columns(view)
  const after = await warehouse.columnsOf(toText(select))
  if (before && JSON.stringify(before) !== JSON.stringify(after)) await setAside(warehouse, view, 'view')
  await warehouse.execute(
    toText(sql`
      create or replace view ${identifier(...view)} as
      ${select}
    `),
  )
}

/**
 * Removes a relation whose columns have changed. Published views may still read it: then it stays under another
 * name with the rows that they show, until they are published anew and it goes with the next change.
 */
async function setAside(
  warehouse: PostgresWarehouse,
  name: RelationName,
  kind: 'table' | 'view',
): Promise<void> {
  const [schema = '', bare = ''] = name
  const old: RelationName = [schema, `${bare}__old`]
  const drop = (relation: RelationName) => toText(sql`drop ${trusted(kind)} ${identifier(...relation)}`)
  if (await warehouse.columns(old)) await warehouse.execute(drop(old))
  await warehouse.execute('savepoint set_aside')
  try {
    await warehouse.execute(drop(name))
    await warehouse.execute('release savepoint set_aside')
  } catch (error) {
    // 2BP01: something depends on it
    if (!(error instanceof WarehouseError) || error.code !== '2BP01') throw error
    await warehouse.execute('rollback to savepoint set_aside')
    await warehouse.execute(
      toText(sql`alter ${trusted(kind)} ${identifier(...name)} rename to ${identifier(old[1] ?? '')}`),
    )
  }
}

/** PostgreSQL's type for a type of DuckDB; nested types become JSON. */
function postgresType(type: string): Sql {
  const simple: Record<string, string> = {
    VARCHAR: 'text',
    // json keeps the text that DuckDB writes; jsonb would write lists with other spaces
    JSON: 'json',
    'VARCHAR[]': 'text[]',
    BOOLEAN: 'boolean',
    TINYINT: 'smallint',
    SMALLINT: 'smallint',
    UTINYINT: 'smallint',
    INTEGER: 'integer',
    USMALLINT: 'integer',
    BIGINT: 'bigint',
    UINTEGER: 'bigint',
    HUGEINT: 'numeric',
    UHUGEINT: 'numeric',
    UBIGINT: 'numeric',
    FLOAT: 'real',
    DOUBLE: 'double precision',
    DATE: 'date',
    TIME: 'time',
    TIMESTAMP: 'timestamp',
    TIMESTAMP_S: 'timestamp',
    TIMESTAMP_MS: 'timestamp',
    TIMESTAMP_NS: 'timestamp',
    'TIMESTAMP WITH TIME ZONE': 'timestamptz',
    UUID: 'uuid',
    INTERVAL: 'interval',
  }
  if (simple[type] !== undefined) return trusted(simple[type])
  if (/^DECIMAL\(\d+,\s*\d+\)$/.test(type)) return trusted(type.replace('DECIMAL', 'numeric'))
  return isNested(type) ? trusted('jsonb') : trusted('text')
}

/**
 * The value as COPY reads it: lists of text as an array literal, other nested values as the JSON that mappings read
 * in place, with all digits and without NaN. Texts are without the character 0, which PostgreSQL cannot store.
 */
function asText(value: Sql, type: string, schemas: Schemas): Sql {
  const storable = (fn: string, json: Sql) => sql`${identifier(ownSchema(schemas), fn)}(${json})`
  if (type === 'VARCHAR[]') {
    const element = sql`case when element is null then 'NULL' else '"' || replace(replace(replace(element, chr(0), ''), '\\', '\\\\'), '"', '\\"') || '"' end`
    return sql`'{' || array_to_string([${element} for element in ${value}], ',') || '}'`
  }
  // the same cut to microseconds as when DuckDB reads the file in place
  if (type === 'TIMESTAMP_NS') return sql`cast(cast(${value} as timestamp) as varchar)`
  if (isNested(type)) return sql`cast(${storable('storable_json', storable('as_json', value))} as varchar)`
  return type === 'VARCHAR' ? sql`replace(${value}, chr(0), '')` : sql`cast(${value} as varchar)`
}
