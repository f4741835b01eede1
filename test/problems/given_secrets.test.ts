/** A secret that is written on the command line by mistake is not said, whatever it was given to. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { gwh, type Said } from '../support/cli.ts'
import { GOOD, writeProject } from '../support/projects.ts'

/** With characters by which selectors, YAML, SQL and paths are split. */
const TOKEN = 'Cr0wnJewels7+q1w2E3r4T5/zz:Y,8ubTleKeys99'
const PARTS = ['cr0wnjewels7', 'q1w2e3r4t5', '8ubtlekeys99']

const COMMANDS: readonly (readonly [string, ...string[]])[] = [
  ['build'],
  ['run'],
  ['test'],
  ['seed'],
  ['compile'],
  ['ls'],
  ['source', 'freshness'],
  ['show'],
  ['debug'],
]

/** Options with a value, as help lists them. */
const optionsOf = ({ stdout }: Said): string[] =>
  [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+) </gm)].map(([, option = '']) => option)

function texts(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file).isFile() && !file.endsWith('.duckdb'))
    .map((file) => readFileSync(file, 'utf8'))
}

/** What is told of the token in what was said and written, in any case of its letters. */
function leaked(dir: string, { stdout, stderr }: Said): string[] {
  const all = [stdout, stderr, ...texts(dir)].join('\n').toLowerCase()
  return PARTS.filter((part) => all.includes(part))
}

test.each(COMMANDS.map((words) => ({ words })))('gwh $words', { timeout: 120_000 }, async ({ words }) => {
  const env = { API_TOKEN: TOKEN }
  const options = optionsOf(await gwh(writeProject(GOOD), [...words, '--help']))
  expect(options).toEqual(expect.arrayContaining(['--project-dir', '--target', '--vars', '--dotenv']))
  // Those of all commands are read by the same code everywhere.
  const own = options.filter((option) => words[0] === 'build' || !SHARED.includes(option))
  const found: unknown[] = []
  const mistakes = [...own.map((option) => [option, TOKEN]), [TOKEN], [`--${TOKEN}`]]
  for (const given of mistakes) {
    const dir = writeProject(GOOD)
    const said = await gwh(dir, [...words, ...given], env)
    const parts = leaked(dir, said)
    if (parts.length > 0) found.push({ given, parts, said })
  }
  expect(found).toEqual([])
})

const SHARED = ['--project-dir', '--target', '--dotenv', '--vars', '--log-format']

test.each([
  ['a name', `{ ${TOKEN.replaceAll(/\W/g, '_')}: 1, b: ] }`],
  ['a value', `mode=${TOKEN}`],
])('--vars with it as %s', async (_, vars) => {
  const dir = writeProject(GOOD)
  const said = await gwh(dir, ['build', '--vars', vars], {
    API_TOKEN: TOKEN.replaceAll(/\W/g, '_'),
    B_TOKEN: TOKEN,
  })
  expect(leaked(dir, said)).toEqual([])
})

test('a file for --dotenv that is not there is a problem of the configuration', async () => {
  const said = await gwh(writeProject(GOOD), ['build', '--dotenv', 'none.env'])
  expect(said.code).toBe(2)
  expect(said.stderr).toMatch(/missing_file\n {2}The file for --dotenv does not exist: none\.env/)
})

test('the old name of --dotenv works where the file is there', async () => {
  const dir = writeProject({ ...GOOD, 'names.env': 'A=b\n' })
  const said = await gwh(dir, ['ls', '--env-file', `${dir}/names.env`])
  expect(said).toMatchObject({ code: 0, stderr: '' })
})

test('what is called like a command or stands in plain view stays readable', async () => {
  const { stdout, code } = await gwh(writeProject(GOOD), ['build', '--target', 'dev'], {
    API_TOKEN: 'build',
    B_TOKEN: 'small',
  })
  expect(code).toBe(0)
  expect(stdout).toContain('small → dev')
  expect(stdout).toMatch(/models built/)
})
