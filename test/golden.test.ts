/** What every model compiles to, for each engine, reviewed like code; `diff golden/duckdb golden/postgres` is all that differs. */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, load } from '../src/gwh.ts'
import { copyOf, ENGINES } from './support/engines.ts'

const PROJECTS = { acme: 'test/fixtures/acme', helm: '.' }

describe.each(ENGINES)('compiled SQL for %s', (engine) => {
  test.each(Object.entries(PROJECTS))('%s', async (name, folder) => {
    const dir = copyOf(folder)
    const target = engine === 'duckdb' ? 'dev' : 'postgres'
    const { files } = compile(
      load(dir, { target, env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' } }),
    )
    expect(files.length).toBeGreaterThan(20)
    for (const file of files.filter((f) => !f.includes('/tests/'))) {
      const text = readFileSync(path.join(dir, file), 'utf8').replaceAll(dir, '<project>')
      expect(text.endsWith('\n')).toBe(true)
      expect(text).not.toMatch(/[ \t]\n/)
      await expect(text).toMatchFileSnapshot(`golden/${engine}/${name}/${path.basename(file)}`)
    }
  })
})

test('both engines compile the same models', () => {
  const names = (engine: string, project: string) => readdirSync(`test/golden/${engine}/${project}`).sort()
  for (const project of Object.keys(PROJECTS))
    expect(names('duckdb', project)).toEqual(names('postgres', project))
})
