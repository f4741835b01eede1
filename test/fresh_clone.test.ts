/** The README's first line, as a newcomer runs it: a fresh clone, `npm ci && npx gwh build`. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { tempFolder } from './support/engines.ts'

const clone = path.join(tempFolder(), 'gwh')
afterAll(() => {
  rmSync(path.dirname(clone), { recursive: true, force: true })
})

test('a fresh clone builds and tests the sample project', { timeout: 600_000 }, () => {
  const here = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8' }).trim()
  execFileSync('git', ['clone', '--quiet', here, clone])
  // What npm tells the scripts that it runs is about this checkout, not about the clone.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)|^VITEST|^NODE_ENV$/i.test(name)),
  )
  const stdout = execFileSync('sh', ['-c', 'npm ci && npx gwh build'], { cwd: clone, encoding: 'utf8', env })
  expect(stdout).toMatch(/helm → dev: DuckDB target\/warehouse\.duckdb, schema helm/)
  expect(stdout).toMatch(/✓ events +table +10,205 rows/)
  expect(stdout).toMatch(/Published \d+ relations in schema helm of target\/warehouse\.duckdb, all at once\./)
  expect(existsSync(path.join(clone, 'target/warehouse.duckdb'))).toBe(true)
  expect(execFileSync('git', ['status', '--short'], { cwd: clone, encoding: 'utf8' })).toBe('')
})
