/** Random valid files, built into published rows on both engines and compared cell by cell with what was written. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { load, run } from '../../src/gwh.ts'
import { openWarehouse } from '../../src/engines/index.ts'
import { startPostgres } from '../support/postgres.ts'
import { stable } from './stable.ts'
import { randomOf } from './random.ts'
import { randomCsv, randomNdjson, randomParquet, type RandomSource } from './random_files.ts'
import type { FuzzOptions } from './main.ts'

export type Engine = 'duckdb' | 'postgres'

/** Sources of one project: many, for a build costs more than a file. */
const BATCH = 60

/** @returns a sentence for each row that is not published as it was written */
export async function fuzzFiles(options: FuzzOptions): Promise<string[]> {
  const server = await startPostgres()
  try {
    return await fuzzFilesOn(options, ['duckdb', 'postgres'], () => server.createDatabase())
  } finally {
    await server.stop()
  }
}

export async function fuzzFilesOn(
  { runs, seed, say }: FuzzOptions,
  engines: readonly Engine[],
  database: () => Promise<string>,
): Promise<string[]> {
  const wrong: string[] = []
  for (let first = 0; first < runs; first += BATCH) {
    const sources = Array.from({ length: Math.min(BATCH, runs - first) }, (_, i) => sourceOf(seed, first + i))
    const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-fuzz-'))
    try {
      for (const { files } of sources) {
        for (const { name, bytes } of files) {
          mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
          writeFileSync(path.join(folder, name), bytes)
        }
      }
      writeFileSync(path.join(folder, 'project.yml'), project(sources, first))
      for (const engine of engines) wrong.push(...(await compare(folder, engine, sources, first, database)))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    say(`${Math.min(first + BATCH, runs)} of ${runs} files, ${wrong.length} rows wrong`)
  }
  return wrong
}

/** Each run has a seed of its own, so that it can be made again alone. */
function sourceOf(seed: number, run: number): RandomSource {
  const random = randomOf(seed * 1_000_003 + run)
  const make = [randomCsv, randomNdjson, randomParquet][run % 3] ?? randomCsv
  return make(random, `s${run}`)
}

// JSON is YAML.
const project = (sources: readonly RandomSource[], first: number): string =>
  JSON.stringify(
    {
      name: 'fuzz',
      target: 'duckdb',
      targets: {
        duckdb: { type: 'duckdb', path: 'target/files.duckdb', schema: 'fuzz' },
        postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}', schema: 'fuzz' },
      },
      group_keys: [{ name: 'company' }],
      limits: { profile: 'none' },
      sources: sources.map(({ file, properties }, i) => ({
        name: `s${first + i}`,
        type: 'events',
        file,
        columns: { event: 'event', time: 'time', user: 'user' },
        properties,
      })),
    },
    null,
    1,
  )

async function compare(
  folder: string,
  engine: Engine,
  sources: readonly RandomSource[],
  first: number,
  database: () => Promise<string>,
): Promise<string[]> {
  const env = engine === 'postgres' ? { GWH_POSTGRES_URL: await database() } : {}
  const loaded = load(folder, { target: engine, env })
  // `gwh run` builds without tests, and so without loading files.
  if (engine === 'postgres') await run(loaded, { command: 'seed' })
  const { ok, results } = await run(loaded, { command: 'run', select: ['+events'] }).catch(
    (error: unknown) => ({
      ok: false,
      results: [{ status: 'error', message: error instanceof Error ? error.message : String(error) }],
    }),
  )
  if (!ok)
    return results.filter(({ status }) => status === 'error').map(({ message }) => `${engine}: ${message}`)
  await using warehouse = await openWarehouse(loaded.plan.catalog.project, { readOnly: true })
  const rows = await warehouse.query<{
    event_name: string
    user_id: string
    company: unknown
    properties: unknown
  }>('select event_name, user_id, company, properties from fuzz.events')
  const found = new Map(
    rows.map((row) => [`${row.event_name} ${row.user_id}`, stable([row.company, row.properties])]),
  )
  const wrong: string[] = []
  let expected = 0
  sources.forEach(({ rows: written, file }, i) => {
    for (const { user, company, properties } of written) {
      expected += 1
      const key = `s${first + i} ${user}`
      const right = stable([[...company].sort(), properties])
      if (found.get(key) !== right)
        wrong.push(
          `${engine}: ${file}, ${user}: ${right} was written, ${found.get(key) ?? 'nothing'} is published`,
        )
    }
  })
  if (rows.length !== expected)
    wrong.push(`${engine}: ${expected} rows were written, ${rows.length} are published`)
  return wrong
}
