/**
 * What every relation must do, whether a model or a report makes it: held against a sample project, with its rows in
 * another order, without rows, without groups, and with nothing in the range of its reports.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { engineOf, openWarehouse } from '../../src/engines/index.ts'
import type { Model } from '../../src/graph/model.ts'
import { load, run } from '../../src/gwh.ts'
import { sql, toText } from '../../src/sql/sql.ts'
import { ENGINES, optionsFor, sorted, stable, type Engine, type Row } from '../support/engines.ts'
import { writeProject, type Files } from '../support/projects.ts'
import { emptied, reordered } from './input_files.ts'

export interface ProjectSample {
  readonly files: Files
  /** The same project, where no event has a group. */
  readonly ungrouped: Files
  /** The same project, all of whose reports end before the first event. */
  readonly beforehand: Files
  /** What the project needs beside its files: plugins that it names. */
  readonly prepare?: (dir: string) => void
}

/** A sentence of people: it begins as one and ends as one. */
const SENTENCE = /^[\p{Lu}\p{N}`'"].*[.!?]$/su

/**
 * @param row columns of one of its rows
 * @param counts columns that are 0 or null where there is nothing to count, if there is a row at all; where none are
 *   named, there is no row
 */
export function relationContract(
  sample: ProjectSample,
  name: string,
  row: Row,
  counts: readonly string[],
): void {
  test('is described in sentences: what a row is, each column, the rules', () => {
    const model = modelOf(sample, name)
    expect(model.description).toMatch(SENTENCE)
    expect(model.grain.length).toBeGreaterThan(0)
    expect(Object.keys(model.columns)).toEqual(expect.arrayContaining([...model.grain, ...counts]))
    for (const [column, { description }] of Object.entries(model.columns))
      expect(description, column).toMatch(SENTENCE)
  })

  describe.each(ENGINES)('on %s', (engine) => {
    const relation = (files: Files) => relationOf(sample, engine, files, name)
    let found: Relation
    beforeAll(async () => {
      found = await relation(sample.files)
    })

    test('has the row of the sample', () => {
      const columns = Object.keys(row)
      const picked = found.rows.map((one) => stable(columns.map((column) => one[column])))
      expect(picked).toContain(stable(Object.values(row)))
    })

    test('has one row for each value of its grain', () => {
      const { grain } = modelOf(sample, name)
      const values = found.rows.map((one) => stable(grain.map((column) => one[column])))
      expect([...new Set(values)]).toEqual(values)
    })

    test('has the columns that it says, of the types that it says', () => {
      expect(found.types).toEqual(found.documented)
    })

    test('has the same rows, whatever the order of rows in its sources', async () => {
      const { rows } = await relation(reordered(sample.files))
      expect(rows.map(stable)).toEqual(found.rows.map(stable))
    })

    test('without rows in its sources it has the same columns and counts nothing', async () => {
      const empty = await relation(emptied(sample.files))
      expect(empty.types).toEqual(found.types)
      expect(counted(empty, counts)).toEqual([])
    })
  })

  test('has the same rows on every engine', async () => {
    const [first, ...others] = await Promise.all(
      ENGINES.map((engine) => relationOf(sample, engine, sample.files, name)),
    )
    for (const other of others) expect(other.rows.map(stable)).toEqual(first?.rows.map(stable))
  })
}

/** What a relation of a report must do besides, where it counts groups or in groups. */
export function reportContract(sample: ProjectSample, name: string, counts: readonly string[]): void {
  describe.each(ENGINES)('on %s', (engine) => {
    test.each(['ungrouped', 'beforehand'] as const)('%s: it counts nothing', async (variant) => {
      const found = await relationOf(sample, engine, sample[variant], name)
      expect(found.types).toEqual((await relationOf(sample, engine, sample.files, name)).types)
      expect(counted(found, counts)).toEqual([])
    })
  })
}

interface Relation {
  /** Sorted, and without the columns of old names. */
  readonly rows: readonly Row[]
  /** By column: the type that it has, and the one that the engine gives to the documented type. */
  readonly types: Readonly<Record<string, string>>
  readonly documented: Readonly<Record<string, string>>
}

const counted = ({ rows }: Relation, columns: readonly string[]) =>
  columns.length === 0 ? rows : rows.filter((row) => columns.some((column) => Number(row[column] ?? 0) !== 0))

function modelOf(sample: ProjectSample, name: string): Model {
  const found = modelsOf(sample).find((model) => model.name === name)
  if (!found) throw new RangeError(`no model ${name}`)
  return found
}

const models = new WeakMap<ProjectSample, readonly Model[]>()

/** The models of the sample whose relations people may read. */
export function modelsOf(sample: ProjectSample): readonly Model[] {
  const found =
    models.get(sample) ??
    load(placed(sample, sample.files), { env: {}, target: 'dev' }).plan.models.filter(
      ({ materialized }) => materialized !== 'ephemeral',
    )
  models.set(sample, found)
  return found
}

function placed({ prepare }: ProjectSample, files: Files): string {
  const dir = writeProject(files)
  prepare?.(dir)
  return dir
}

const builds = new Map<string, Promise<ReadonlyMap<string, Relation>>>()

/** A relation of the project as it is published; each project is built once on each engine, whoever asks. */
async function relationOf(
  sample: ProjectSample,
  engine: Engine,
  files: Files,
  name: string,
): Promise<Relation> {
  const key = JSON.stringify([engine, files])
  const built = builds.get(key) ?? build(sample, engine, files)
  builds.set(key, built)
  const relation = (await built).get(name)
  if (!relation) throw new RangeError(`no relation ${name}`)
  return relation
}

async function build(
  sample: ProjectSample,
  engine: Engine,
  files: Files,
): Promise<ReadonlyMap<string, Relation>> {
  const loaded = load(placed(sample, files), await optionsFor(engine))
  const outcome = await run(loaded, { command: 'build' })
  expect(outcome.published).toBe(true)
  const { project } = loaded.plan.catalog
  const { type } = engineOf(project).functions('')
  await using warehouse = await openWarehouse(project)
  const relations = new Map<string, Relation>()
  for (const { name, columns, materialized } of loaded.plan.models) {
    if (materialized === 'ephemeral') continue
    const documented: Record<string, string> = {}
    for (const [column, doc] of Object.entries(columns)) {
      if (doc.type === 'source') continue
      const [described] = await warehouse.columnsOf(toText(sql`select cast(null as ${type(doc.type)}) as x`))
      documented[column] = described?.type ?? ''
    }
    const there = (await warehouse.columns([project.target.schema, name])) ?? []
    const rows = await warehouse.query<Row>(`select * from ${project.target.schema}.${name}`)
    relations.set(name, {
      rows: sorted(rows),
      types: Object.fromEntries(
        there.filter(({ name: column }) => columns[column]?.type !== 'source').map((c) => [c.name, c.type]),
      ),
      documented,
    })
  }
  return relations
}
