/** What others have hung on a table goes with it on DuckDB, where all tables are made anew: each is named. */
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { build, problems, writeFiles, writeProject } from './support/projects.ts'
import { accounts, TWO_COMPANIES } from './support/others.ts'

async function change(dir: string, ...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path.join(dir, 'target/small.duckdb'))
  const connection = await instance.connect()
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}

test('indexes and columns', { timeout: 60_000 }, async () => {
  const dir = writeProject(TWO_COMPANIES)
  await build(dir, { target: 'dev' })
  await change(
    dir,
    'create index by_plan on gwh.company_profiles (plan)',
    'create unique index one_each on gwh.company_profiles (company_id)',
    'alter table gwh.company_profiles add column mine integer',
  )
  expect((await build(dir, { target: 'dev' })).notes).toEqual([
    '`gwh.company_profiles` is made anew, as all tables on DuckDB are: `by_plan`, `one_each`, indexes of yours, went with the old one.',
    '`gwh.company_profiles` has 1 column less: `mine`. A view of yours that asks for it cannot be read any more.',
  ])
  expect((await build(dir, { target: 'dev' })).notes).toEqual([])
  writeFiles(dir, accounts('{ seats: { type: text } }'))
  expect((await build(dir, { target: 'dev' })).notes).toContain(
    '`gwh.company_profiles` has 1 column less: `plan`. A view of yours that asks for it cannot be read any more.',
  )
})

test('constraints and defaults', { timeout: 60_000 }, async () => {
  const dir = writeProject(TWO_COMPANIES)
  await build(dir, { target: 'dev' })
  await change(
    dir,
    'alter table gwh.company_profiles add primary key (company_id)',
    "alter table gwh.company_profiles alter plan set default 'free'",
    'alter table gwh.company_profiles alter plan set not null',
  )
  expect((await build(dir, { target: 'dev' })).notes).toEqual([
    '`gwh.company_profiles` is made anew, as all tables on DuckDB are: `default of plan`, `not null of company_id`, `not null of plan`, `primary key (company_id)` of yours went with the old one.',
  ])
  expect((await build(dir, { target: 'dev' })).notes).toEqual([])
})

test('a foreign key that refers to a table is refused by name', { timeout: 60_000 }, async () => {
  const dir = writeProject(TWO_COMPANIES)
  await build(dir, { target: 'dev' })
  await change(
    dir,
    'alter table gwh.company_profiles add primary key (company_id)',
    'create table gwh.notes (company_id text references gwh.company_profiles (company_id), said text)',
  )
  expect(await problems(dir, () => build(dir, { target: 'dev' }))).toContain(
    'a table cannot go while a foreign key refers to it: `gwh.notes` refers to `gwh.company_profiles`.',
  )
})
