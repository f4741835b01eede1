/**
 * What every connector must do, held against its sample: a project with files of its layouts, and the canonical rows
 * that are expected of each of its sources.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engineOf, openWarehouse, type Warehouse } from '../../src/engines/index.ts'
import type { Source } from '../../src/graph/catalog.ts'
import type { Connector } from '../../src/graph/connector.ts'
import { rawRelation } from '../../src/graph/context.ts'
import { load, run, type LoadedProject } from '../../src/gwh.ts'
import { OUTPUT_TYPES, SEVERAL } from '../../src/project/schema.ts'
import { prepareState } from '../../src/run/state.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../../src/sql/sql.ts'
import { freshPostgres } from '../support/databases.ts'
import { ENGINES, sorted, stable, tempFolder, toCsv, type Row } from '../support/engines.ts'
import { rowsOfFile, type FileRows } from './sample_files.ts'

export interface Sample {
  /** Folder with the files, and with sample.json (group keys and sources) or a whole project.yml. */
  readonly folder: string
  /** Folder with `<source>.csv`. */
  readonly expected: string
  /** What the project needs beside the folder: plugins that it names. */
  readonly prepare?: (dir: string) => void
}

const TYPES = OUTPUT_TYPES

/** A name that SQL has to quote, and quotes in it to double. */
const HOSTILE = `o'brien"; drop table x --`

/** A sample on an engine, with its files where they can be read. */
class Opened {
  readonly loaded: LoadedProject
  readonly warehouse: Warehouse
  constructor(loaded: LoadedProject, warehouse: Warehouse) {
    this.loaded = loaded
    this.warehouse = warehouse
  }

  get engine() {
    return engineOf(this.loaded.plan.catalog.project)
  }

  source(name: string): Source {
    const found = this.loaded.plan.catalog.sources.find((source) => source.name === name)
    if (!found) throw new RangeError(`no source ${name}`)
    return found
  }

  /** Canonical rows, sorted. */
  async rows(source: Source, from: Sql): Promise<Row[]> {
    const { target } = this.loaded.plan.catalog.project
    const fn = this.engine.functions(`${target.schema}_gwh`)
    return sorted(await this.warehouse.query<Row>(toText(source.select(fn, from))))
  }

  rowsOfFiles(name: string): Promise<Row[]> {
    const source = this.source(name)
    return this.rows(source, rawRelation(source, this.loaded.plan.catalog, this.engine))
  }

  /** A table with these columns of a file: texts, or values of JSON. @returns its name */
  async table({ columns, rows }: FileRows, only = columns.map(({ name }) => name)): Promise<Sql> {
    const fn = this.engine.functions('x')
    const kept = columns.filter(({ name }) => only.includes(name))
    const name = identifier('raw', `${HOSTILE} ${tables++}`)
    const typed = kept.map((column) => sql`${identifier(column.name)} ${fn.type(column.type)}`)
    await this.warehouse.execute(toText(sql`create table ${name} (${join(typed, ', ')})`))
    for (const row of rows) {
      const values = kept.map(
        (column) => sql`cast(${literal(row[column.name] ?? null)} as ${fn.type(column.type)})`,
      )
      await this.warehouse.execute(toText(sql`insert into ${name} values (${join(values, ', ')})`))
    }
    return name
  }
}

let tables = 0

async function open(
  sample: Sample,
  engine: (typeof ENGINES)[number],
  change: (dir: string) => void = () => undefined,
): Promise<Opened> {
  const dir = projectOf(sample)
  change(dir)
  const env = {
    GWH_POSTGRES_URL: engine === 'postgres' ? await freshPostgres() : 'postgresql://nobody@localhost/x',
  }
  const loaded = load(dir, { target: engine, env })
  await run(loaded, { command: 'seed' })
  const { project } = loaded.plan.catalog
  const warehouse = await openWarehouse(project)
  await prepareState(warehouse, engineOf(project), project.target)
  await warehouse.createSchema('raw')
  return new Opened(loaded, warehouse)
}

/** @param others connectors that must not take the sample for one of theirs */
export function connectorContract(connector: Connector, sample: Sample, others: readonly Connector[]): void {
  const { plan } = load(projectOf(sample), {
    target: 'duckdb',
    env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/x' },
  })
  // what gwh makes of operations is in no file
  const own = plan.catalog.sources.filter(
    ({ connector: name, relation }) => name === connector.name && relation.kind === 'files',
  )
  const names = own.map(({ name }) => name)
  const fileOf = (name: string): FileRows => {
    const source = own.find((one) => one.name === name)
    if (source?.relation.kind !== 'files') throw new RangeError(`the source ${name} has no files`)
    return rowsOfFile(path.join(sample.folder, source.relation.written[0] ?? ''))
  }

  test('the sample has every type of source that the connector reads', () => {
    const read = TYPES.filter((type) => connector[type] !== undefined)
    expect([...new Set(own.map(({ type }) => type))].sort()).toEqual([...read].sort())
    const files = readdirSync(sample.folder).filter((file) => /^(sample\.json|project\.yml)$/.test(file))
    const text = files.map((file) => readFileSync(path.join(sample.folder, file), 'utf8')).join('')
    expect(text.includes(SEVERAL)).toBe(connector.several !== undefined)
  })

  test('a name in the sample has quotes of both kinds', () => {
    const read = own.flatMap(({ columnsRead, readsKeys, properties }) => [
      ...columnsRead.map(({ column }) => column),
      ...readsKeys.map(({ from }) => from),
      ...properties.map(({ name }) => name),
    ])
    const text = read.join(' ')
    expect(text).toContain('"')
    expect(text).toContain("'")
  })

  test('its layouts are known by their columns, and are taken for no others', () => {
    for (const source of own) {
      const columns = fileOf(source.name).columns.map(({ name }) => name)
      const told = ({ detect }: Connector) =>
        detect.filter((d) => d.type === source.type && d.columns.every((column) => columns.includes(column)))
      if (connector.detect.some(({ type }) => type === source.type))
        expect(told(connector), source.name).toHaveLength(1)
      expect(others.flatMap(told), source.name).toEqual([])
    }
  })

  describe.each(ENGINES)('on %s', (engine) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(sample, engine)
    })
    afterAll(() => opened.warehouse[Symbol.asyncDispose]())

    test.each(names)('%s: files give the canonical rows', async (name) => {
      const rows = await opened.rowsOfFiles(name)
      expect(rows.length).toBeGreaterThan(0)
      await expect(toCsv(rows)).toMatchFileSnapshot(path.resolve(sample.expected, `${name}.csv`))
    })

    test.each(names)('%s: a table gives the same rows, whatever it is called', async (name) => {
      const table = await opened.table(fileOf(name))
      const rows = await opened.rows(opened.source(name), table)
      expect(rows.map(stable)).toEqual((await opened.rowsOfFiles(name)).map(stable))
    })

    test.each(names)('%s: reads the columns that it says, and no others', async (name) => {
      const source = opened.source(name)
      const read = [...new Set(source.columnsRead.map(({ column }) => column))]
      const table = await opened.table(fileOf(name), read)
      expect((await opened.rows(source, table)).length).toBe((await opened.rowsOfFiles(name)).length)
      for (const column of read) {
        const without = await opened.table(
          fileOf(name),
          read.filter((other) => other !== column),
        )
        await expect(opened.rows(source, without), column).rejects.toThrow()
      }
    })

    test.each(names)('%s: without rows there are none', async (name) => {
      const table = await opened.table({ ...fileOf(name), rows: [] })
      expect(await opened.rows(opened.source(name), table)).toEqual([])
    })
  })

  test.each(ENGINES)('files without rows are read on %s', async (engine) => {
    const emptied = (dir: string) => {
      for (const { relation } of own) {
        if (relation.kind !== 'files') continue
        const file = path.join(dir, relation.written[0] ?? '')
        const [header = ''] = readFileSync(file, 'utf8').split('\n')
        writeFileSync(file, relation.format === 'csv' ? `${header}\n` : '')
      }
    }
    const opened = await open(sample, engine, emptied)
    await using _ = opened.warehouse
    for (const name of names) expect(await opened.rowsOfFiles(name), name).toEqual([])
  })
}

/** A project of its own with the sample. */
function projectOf({ folder, prepare }: Sample): string {
  const dir = tempFolder()
  cpSync(folder, dir, { recursive: true })
  const file = path.join(folder, 'sample.json')
  if (existsSync(file)) {
    const given = JSON.parse(readFileSync(file, 'utf8')) as object
    const targets = {
      duckdb: { type: 'duckdb' },
      postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}' },
    }
    writeFileSync(
      path.join(dir, 'project.yml'),
      JSON.stringify({ name: 'sample', target: 'duckdb', targets, ...given }),
    )
  }
  prepare?.(dir)
  return dir
}
