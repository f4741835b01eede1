/** What the command line says around a run: before the first build, after it, and of values as they are. */
import { cpSync, rmSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { commandLine } from '../src/cli/command.ts'
import { load } from '../src/gwh.ts'
import { generatedFiles, ROOT } from '../scripts/generate/files.ts'
import { gwh, screen } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, tempFolder } from './support/engines.ts'
import { GOOD, problems, writeFiles, writeProject } from './support/projects.ts'

afterEach(() => vi.unstubAllEnvs())

const targetOf = { duckdb: 'dev', postgres: 'pg' } as const

describe.each(ENGINES)('show on %s', (engine) => {
  const target = targetOf[engine]
  let env: NodeJS.ProcessEnv = {}
  beforeAll(async () => {
    env = { GWH_POSTGRES_URL: engine === 'postgres' ? await freshPostgres() : undefined }
  })

  test.each([
    ['a relation', ['company_profiles']],
    ['a query', ['--inline', 'select * from company_profiles']],
    ['a reference', ['--inline', "select * from {{ ref('company_profiles') }}"]],
  ])('of %s before any build says to build first, with the options in use', async (_, words) => {
    const dir = writeProject(GOOD)
    const said = await gwh(dir, ['show', ...words, '--target', target, '--vars', 'a: 1'], env)
    expect(said.code).toBe(2)
    expect(said.stderr).toMatch(/^not_built\n/)
    expect(said.stderr).toContain(`Build it first: \`gwh --target ${target} --vars 'a: 1' build\`.`)
  })

  test('prints microseconds, all digits, and null other than an empty text', async () => {
    const dir = writeProject(GOOD)
    if (engine === 'duckdb') expect((await gwh(dir, ['build'], env)).code).toBe(0)
    const query = `select
      timestamp '2024-01-31 12:00:00.123456' as micros, timestamp '2024-01-31 12:00:00.120' as millis,
      timestamp '2024-01-31 12:00:00' as seconds, timestamp with time zone '2024-01-31 12:00:00.000001+00' as zoned,
      cast(null as varchar) as absent, '' as blank, 'a,"b"' as quoted, 9007199254740993 as large,
      cast(12345678901234567.125 as decimal(30, 3)) as amount, cast(1.5 as decimal(5, 2)) as small,
      cast(0.1 as real) as half,
      cast('{"id":9007199254740993,"n":-0.5,"s":"9007199254740993 \\" 1"}' as json) as object`
    const show = (output: string) =>
      gwh(dir, ['show', '--target', target, '--output', output, '--inline', query], env)
    expect((await show('csv')).stdout).toBe(
      `micros,millis,seconds,zoned,absent,blank,quoted,large,amount,small,half,object
2024-01-31 12:00:00.123456,2024-01-31 12:00:00.120,2024-01-31 12:00:00,2024-01-31 12:00:00.000001,,"","a,""b""",9007199254740993,12345678901234567.125,1.5,0.1,"{""id"":""9007199254740993"",""n"":-0.5,""s"":""9007199254740993 \\"" 1""}"
`,
    )
    expect(JSON.parse((await show('json')).stdout)).toEqual([
      {
        micros: '2024-01-31 12:00:00.123456',
        millis: '2024-01-31 12:00:00.120',
        seconds: '2024-01-31 12:00:00',
        zoned: '2024-01-31 12:00:00.000001',
        absent: null,
        blank: '',
        quoted: 'a,"b"',
        large: '9007199254740993',
        amount: '12345678901234567.125',
        small: 1.5,
        half: 0.1,
        object: { id: '9007199254740993', n: -0.5, s: '9007199254740993 " 1' },
      },
    ])
  })
})

test('what is to be called next keeps the options in use', () => {
  vi.stubEnv('npm_command', '')
  const options = {
    projectDir: '../my project',
    target: 'pg',
    envFile: 'prod.env',
    vars: "{who: 'me'}",
    logFormat: 'text',
  } as const
  expect(commandLine('build', options, { select: ['source:app', '+x'], exclude: ['y'] })).toBe(
    `gwh --project-dir '../my project' --target pg --dotenv prod.env --vars '{who: '\\''me'\\''}' build --select source:app +x --exclude y`,
  )
  expect(commandLine('show x', { projectDir: '.', logFormat: 'text' })).toBe('gwh show x')
  expect(commandLine('show x', { projectDir: '.', logFormat: 'text', vars: ' ' })).toBe('gwh show x')
})

test('a build names the next commands with the options in use', async () => {
  const dir = writeProject(GOOD)
  const { stdout } = await gwh(dir, ['build', '--target', 'dev', '--vars', 'a=1'])
  expect(stdout).toContain('\n  gwh --target dev --vars a=1 show company_profiles\n')
  expect(stdout).toContain('\n  gwh --target dev --vars a=1 ls --resource-type test\n')
})

describe('.env in the folder of the project', () => {
  const files = {
    ...GOOD,
    '.env': 'GWH_POSTGRES_URL=postgresql://from_file/db\nAPI_TOKEN=hush-hush\n',
    'other.env': 'GWH_POSTGRES_URL=postgresql://from_other/db\n',
  }
  const urlOf = (options: Parameters<typeof load>[1]) => {
    const { target } = load(writeProject(files), { target: 'pg', ...options }).plan.catalog.project
    return target.type === 'postgres' ? target.url : undefined
  }

  test('is read', () => {
    expect(urlOf({ env: {} })).toBe('postgresql://from_file/db')
  })

  test('is not, where --dotenv names another', () => {
    const dir = writeProject(files)
    expect(urlOf({ env: {}, envFile: `${dir}/other.env` })).toBe('postgresql://from_other/db')
  })

  test('yields to the environment', () => {
    expect(urlOf({ env: { GWH_POSTGRES_URL: 'postgresql://from_environment/db' } })).toBe(
      'postgresql://from_environment/db',
    )
  })

  test('is never printed', async () => {
    const dir = writeProject({
      ...files,
      'models/q.sql': "select '{{ env_var('API_TOKEN') }}' as token from nowhere\n",
    })
    const { code, stdout, stderr } = await gwh(dir, ['build'])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('nowhere')
    expect(stdout + stderr).not.toContain('hush-hush')
  })
})

test('freshness of no source is no failure', async () => {
  const dir = writeProject(GOOD)
  expect(screen(dir, await gwh(dir, ['source', 'freshness']))).toMatchInlineSnapshot(`
    "small → dev: DuckDB target/small.duckdb, schema gwh

    No source says how fresh it should be, so that nothing was asked. Add \`freshness: { error_after: { count: 1, period: day } }\` to one.
    exit code 0"
  `)
})

describe('npm run generate', () => {
  const copied = (files: Record<string, string>) => {
    const dir = tempFolder()
    writeFiles(dir, files)
    return dir
  }

  test('says what is wrong with the sample project', async () => {
    const dir = copied({ 'project.yml': 'name: 5\n' })
    expect(await problems(dir, () => generatedFiles(dir))).toContain('project.yml:1:1  missing_field')
  })

  test('says which marker a page does not have', async () => {
    const dir = tempFolder()
    for (const part of ['project.yml', 'models/reports.yml']) cpSync(`${ROOT}${part}`, `${dir}/${part}`)
    writeFiles(dir, { 'docs/checks.md': '# Checks\n\n<!-- checks:start -->\n' })
    expect(await problems(dir, () => generatedFiles(dir))).toMatchInlineSnapshot(`
      "docs/checks.md:3:1  invalid_value
        docs/checks.md has no line <!-- checks:end --> from here on.
        Write it where the generated part is to stand.

      exit code 2"
    `)
    rmSync(`${dir}/docs/checks.md`)
    expect(await problems(dir, () => generatedFiles(dir))).toContain('missing_file')
  })
})
