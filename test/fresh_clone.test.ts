/** What README.md and docs/start.md say, as a newcomer does it: a fresh clone, and a project of one's own. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { tempFolder } from './support/engines.ts'
import { blocksOf, page, sectionOf } from './support/pages.ts'

const clone = path.join(tempFolder(), 'gwh')
afterAll(() => {
  rmSync(path.dirname(clone), { recursive: true, force: true })
})

// What npm tells the scripts that it runs is about this checkout, not about the clone.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)|^VITEST|^NODE_ENV$/i.test(name)),
)
const shell = (command: string, cwd: string) =>
  execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8', env })

test('a fresh clone builds and tests the sample project', { timeout: 600_000 }, () => {
  const here = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8' }).trim()
  execFileSync('git', ['clone', '--quiet', here, clone])
  const [command = ''] = commandsOf(page('README.md'))
  expect(command).toBe('npm ci && npx gwh build')
  const stdout = shell(command, clone)
  expect(stdout).toMatch(/helm → dev: DuckDB target\/warehouse\.duckdb, schema helm/)
  expect(stdout).toMatch(/✓ events +table +10,205 rows/)
  expect(stdout).toMatch(/Published \d+ relations in schema helm of target\/warehouse\.duckdb, all at once\./)
  expect(existsSync(path.join(clone, 'target/warehouse.duckdb'))).toBe(true)
  expect(execFileSync('git', ['status', '--short'], { cwd: clone, encoding: 'utf8' })).toBe('')
})

test('an empty folder becomes a project as docs/start.md says', { timeout: 600_000 }, () => {
  const section = sectionOf(page('docs/start.md'), '## Your own project')
  const [pack = '', ...commands] = commandsOf(section)
  expect(pack).toBe('npm pack')
  shell(pack, clone)
  const folder = path.join(path.dirname(clone), 'acme')
  mkdirSync(folder)
  const printed = commands.map((command) => shell(command, folder))
  expect(commands).toContain('npx gwh build')
  expect(printed[commands.indexOf('npx gwh build')]).toMatch(/Published \d+ relations in schema acme/)
  const outputs = blocksOf(section).filter(({ language }) => language === 'text')
  expect(outputs).toHaveLength(2)
  const shown = printed.slice(-outputs.length)
  expect(shown.map(trimmed)).toEqual(outputs.map(({ text }) => trimmed(text)))
})

const commandsOf = (text: string) =>
  blocksOf(text)
    .filter(({ language }) => language === 'sh')
    .map((block) => block.text.trim())

const trimmed = (text: string) => text.replaceAll(/ +$/gm, '').trimEnd()
