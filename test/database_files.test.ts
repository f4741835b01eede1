/** A database file that this DuckDB cannot open: what it is, and the ways out. It stays as it was. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DuckDBInstance, version } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { tempFolder } from './support/engines.ts'
import { build, GOOD, problems, writeProject } from './support/projects.ts'

/** What DuckDB writes: a checksum, `DUCK`, the storage version, flags, the version of the library at byte 52. */
let written: Buffer
beforeAll(async () => {
  const file = path.join(tempFolder(), 'written.duckdb')
  const instance = await DuckDBInstance.create(file)
  const connection = await instance.connect()
  await connection.run('create table t as select 1 as a; checkpoint')
  connection.closeSync()
  instance.closeSync()
  written = readFileSync(file)
})

/** Each word of 8 bytes of the header's block, but the checksum itself, times a constant, together by exclusive or. */
function checksumOf(file: Buffer): bigint {
  let sum = 5381n
  for (let at = 8; at < 4096; at += 8) {
    sum ^= BigInt.asUintN(64, file.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n)
  }
  return sum
}

/** The same file as another version of DuckDB might have written it. */
function writtenBy(storage: number, library: string): Buffer {
  const file = Buffer.from(written)
  file.writeBigUInt64LE(BigInt(storage), 12)
  file.fill(0, 52, 84).write(library, 52, 'latin1')
  file.writeBigUInt64LE(checksumOf(file), 0)
  return file
}

const FILE = 'target/small.duckdb'

/** What is said, with the library's version as `<ours>`; the file is the same before and after. */
async function saidOf(bytes: Buffer): Promise<string> {
  const dir = writeProject(GOOD)
  mkdirSync(path.join(dir, 'target'))
  writeFileSync(path.join(dir, FILE), bytes)
  const said = await problems(dir, () => build(dir))
  expect(readFileSync(path.join(dir, FILE)).equals(bytes)).toBe(true)
  // DuckDB 1.5.6 itself says another number than that of the file.
  return said
    .replaceAll(version(), '<ours>')
    .replace(/with version number \d+/, 'with version number <number>')
}

test('the checksum of a header is known here', () => {
  expect(checksumOf(written)).toBe(written.readBigUInt64LE(0))
})

test('one that a newer DuckDB wrote', async () => {
  expect(await saidOf(writtenBy(999, 'v9.8.7'))).toMatchInlineSnapshot(`
    "project.yml:4:30  connection_failed
      <project>/target/small.duckdb was written by DuckDB v9.8.7 in storage version 999. gwh has DuckDB <ours>, which reads storage versions 64 to 68.
        4 |   dev: { type: duckdb, path: target/small.duckdb }
          |                              ^
      IO Error: Trying to read a database file with version number <number>, but we can only read versions between 64 and 68.
      Copy it with the DuckDB that wrote it: \`attach 'copy.duckdb' as copy (storage_version '<ours>')\` and \`copy from database … to copy\`, or set \`storage_compatibility_version\` to '<ours>' there before it is written. Or upgrade gwh, or name another file as \`path\`. The file has not been changed.

    exit code 2"
  `)
})

test('one that an older DuckDB wrote', async () => {
  expect(await saidOf(writtenBy(39, 'v0.6.0'))).toMatchInlineSnapshot(`
    "project.yml:4:30  connection_failed
      <project>/target/small.duckdb was written by DuckDB v0.6.0 in storage version 39. gwh has DuckDB <ours>, which reads storage versions 64 to 68.
        4 |   dev: { type: duckdb, path: target/small.duckdb }
          |                              ^
      IO Error: Trying to read a database file with version number <number>, but we can only read versions between 64 and 68.
      Export it with the DuckDB that wrote it (\`export database 'folder'\`), and import the folder into a new file with DuckDB <ours>. Or move it away and build again, or name another file as \`path\`. The file has not been changed.

    exit code 2"
  `)
})

test('one of another version whose header is damaged', async () => {
  const file = writtenBy(999, '')
  file.writeBigUInt64LE(0n, 0)
  expect(await saidOf(file)).toContain(
    'was written by another DuckDB in storage version 999. gwh has DuckDB <ours>, which reads storage versions 64 to',
  )
})

test('one that is damaged, of this version', async () => {
  const file = Buffer.from(written)
  file.writeBigUInt64LE(0n, 0)
  expect(await saidOf(file)).toContain(
    'It is damaged. Move it away and build again; it has not been changed.',
  )
})

test('one that is empty', async () => {
  expect(await saidOf(Buffer.alloc(0))).toMatchInlineSnapshot(`
    "project.yml:4:30  connection_failed
      <project>/target/small.duckdb is empty: it has 0 bytes, and a DuckDB database has a header.
        4 |   dev: { type: duckdb, path: target/small.duckdb }
          |                              ^
      Remove it and build again, or name another file.

    exit code 2"
  `)
})

test('one of SQLite', async () => {
  expect(await saidOf(Buffer.from('SQLite format 3\0'.padEnd(8192, '\0')))).toMatchInlineSnapshot(`
    "project.yml:4:30  connection_failed
      <project>/target/small.duckdb is a database of SQLite, not of DuckDB.
        4 |   dev: { type: duckdb, path: target/small.duckdb }
          |                              ^
      Name another file, or move this one away; it has not been changed.

    exit code 2"
  `)
})

test('a folder', async () => {
  const dir = writeProject(GOOD)
  mkdirSync(path.join(dir, FILE), { recursive: true })
  expect(await problems(dir, () => build(dir))).toMatchInlineSnapshot(`
    "project.yml:4:30  connection_failed
      <project>/target/small.duckdb is a folder, not a database file.
        4 |   dev: { type: duckdb, path: target/small.duckdb }
          |                              ^
      Name a file in it, such as \`<project>/target/small.duckdb/warehouse.duckdb\`.

    exit code 2"
  `)
})
