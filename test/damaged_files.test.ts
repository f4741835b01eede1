/** A Parquet file that is damaged inside is named, of many files of a source, wherever it is read first. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFileReader } from '../src/engines/file_reader.ts'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES } from './support/engines.ts'
import { goodBut, writeProject } from './support/projects.ts'

const ROWS = `select 'e' || i % 7 as event, timestamp '2024-01-01' + interval (i) minute as time, 'u' || i as user_id,
  'c' || i % 2 as company_id, 'a note ' || i % 9 as note from range(3000) as t(i)`

/** Three files of 3,000 events each; the second is damaged so many bytes into a column, or into its footer. */
async function deliver(dir: string, compression: string, part: string, into = 18): Promise<void> {
  await using reader = await openFileReader()
  for (const name of ['a', 'b', 'c'])
    await reader.execute(
      `copy (${ROWS}) to '${path.join(dir, `${name}.parquet`)}' (format parquet, compression ${compression})`,
    )
  const file = path.join(dir, 'b.parquet')
  const bytes = readFileSync(file)
  const columns = await reader.query<{ name: string; start: number }>(
    `select path_in_schema as name, coalesce(dictionary_page_offset, data_page_offset) as start from parquet_metadata('${file}')`,
  )
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)
  const start = columns.find(({ name }) => name === part)?.start ?? footer
  bytes.fill(0x58, start + into, start + into + 40)
  writeFileSync(file, bytes)
}

describe.each(ENGINES)('on %s', (engine) => {
  const built = async (dir: string, ...more: string[]) => {
    const target = engine === 'duckdb' ? 'dev' : 'pg'
    const env = engine === 'duckdb' ? {} : { GWH_POSTGRES_URL: await freshPostgres() }
    const { code, stdout, stderr } = await gwh(dir, ['--target', target, 'build', ...more], env)
    return { code, said: stdout + stderr }
  }
  const parquet = goodBut({ 'file: events.csv': 'file: "*.parquet"' })

  test.each([
    // No text begins where one should.
    ['uncompressed', 'event', 18, 'b.parquet: is damaged: '],
    ['gzip', 'user_id', 100, 'b.parquet: is damaged: Failed to decompress GZIP block'],
    ['snappy', 'user_id', 100, 'b.parquet: is damaged: Snappy decompression failure'],
    ['gzip', 'footer', 18, 'b.parquet: is damaged: '],
  ])('the %s data of %s', async (compression, part, into, said) => {
    const dir = writeProject(parquet)
    await deliver(dir, compression, part, into)
    const found = await built(dir)
    expect(found.said).toContain('Source `app`: ')
    expect(found.said).toContain(said)
    expect(found.said).toContain('Download it or write it again.')
    expect(found.said).not.toMatch(/[ac]\.parquet|Error:|in target\/compiled/)
    expect(found.code).toBeGreaterThan(0)
  })
})

test('what a view reads of it later is told of by the tests of the view', async () => {
  const dir = writeProject({
    ...goodBut({ 'file: events.csv': 'file: "*.parquet"' }),
    'models/notes.sql': "{{ config(materialized='view') }} select note from {{ source('app') }}\n",
    'models/notes.yml': 'models:\n  - { name: notes, columns: [{ name: note, data_tests: [not_null] }] }\n',
  })
  await deliver(dir, 'gzip', 'note')
  const { stdout } = await gwh(dir, ['build', '--select', 'notes'])
  expect(stdout).toContain('Source `app`: b.parquet: is damaged: ')
})
