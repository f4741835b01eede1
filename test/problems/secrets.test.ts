/** Passwords are never written anywhere, however they are given. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { secretsOf } from '../../src/project/secrets.ts'
import { gwh } from '../support/cli.ts'
import { freshPostgres } from '../support/databases.ts'
import { withParts } from '../support/postgres-url.ts'
import { GOOD, goodBut, writeProject, type Files } from '../support/projects.ts'

const postgres = (url: string, schema = 'gwh') => ({ type: 'postgres' as const, url, schema })

describe('the passwords of a target', () => {
  test.each([
    ['postgresql://ann:s3cret@db/stats', ['s3cret']],
    ['postgresql://ann:p%40ss%2Fw%20rd@db/stats', ['p%40ss%2Fw%20rd', 'p@ss/w rd']],
    ['postgresql://ann:p@ss:word@db/stats', ['p@ss:word']],
    ['postgresql://ann:100%@db/stats', ['100%']],
    ['postgresql:///stats?host=/run/postgresql&user=ann&password=s3cret', ['s3cret']],
    [
      'postgresql://ann@db/stats?password=p%26ss+word&sslpassword=k3y',
      ['p%26ss+word', 'p&ss+word', 'p&ss word', 'k3y'],
    ],
    ['postgresql://ann@db:5432/stats', []],
    ['postgresql:///stats', []],
  ])('of %s', (url, expected) => {
    expect(secretsOf(postgres(url), {}).sort()).toEqual(expected.sort())
  })

  test('may come from the environment', () => {
    expect(secretsOf(postgres('postgresql://ann@db/stats'), { PGPASSWORD: 's3cret' })).toEqual(['s3cret'])
  })

  test('that are names in plain view stay readable', () => {
    expect(secretsOf(postgres('postgresql://gwh:gwh@db/gwh'), {})).toEqual([])
    expect(secretsOf(postgres('postgresql://ann:stats@db/stats'), {})).toEqual([])
  })
})

/** Whatever a command said and left behind. */
async function traces(files: Files, url: string, ...commands: string[][]): Promise<string> {
  const dir = writeProject(files)
  const env = { GWH_POSTGRES_URL: url, GWH_TARGET: 'pg' }
  const texts: string[] = []
  for (const command of commands) {
    const { stdout, stderr } = await gwh(dir, command, env)
    texts.push(stdout, stderr)
  }
  const target = path.join(dir, 'target')
  if (existsSync(target)) {
    for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts.push(readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    }
  }
  return texts.join('\n')
}

const EVERYTHING = [
  ['debug'],
  ['build', '--debug'],
  ['build', '--log-format', 'json'],
  ['test'],
  ['compile'],
  ['show', 'events'],
  ['show', '--inline', 'select nothing from nowhere', '--debug'],
]

/** The password in any spelling that would give it away. */
const spellings = (password: string) => [
  password,
  encodeURIComponent(password),
  JSON.stringify(password).slice(1, -1),
]

describe('no password is written', () => {
  const PASSWORDS = ['s3cret-word', 'p@ss/w:rd', 'quo"te\\slash', 'ünï{code}']
  const withPassword = async (password: string, how: 'userinfo' | 'query') => {
    const url = new URL(withParts(await freshPostgres(), {}))
    if (how === 'userinfo') url.password = encodeURIComponent(password)
    else url.searchParams.set('password', password)
    return url.href
  }

  test.each(
    PASSWORDS.flatMap(
      (password) =>
        [
          [password, 'userinfo'],
          [password, 'query'],
        ] as const,
    ),
  )('when all goes well: %s in the %s', async (password, how) => {
    const said = await traces(GOOD, await withPassword(password, how), ['build', '--debug'], ['debug'])
    expect(said).toContain('Published')
    for (const spelling of spellings(password)) expect(said).not.toContain(spelling)
  })

  test('when the project itself writes it into SQL, variables and descriptions', async () => {
    const password = 'quo"te-s3cret'
    const files = goodBut(
      {
        'target: dev':
          "target: dev\ndescription: '${GWH_POSTGRES_URL}'\nvars: { url: '${GWH_POSTGRES_URL}' }",
      },
      {
        'models/leak.sql': "select '{{ env_var('GWH_POSTGRES_URL') }}' as url, '{{ var('url') }}' as again\n",
        'models/broken.sql': "select nothing, '{{ env_var('GWH_POSTGRES_URL') }}' as url\n",
        'tests/leaking.sql':
          "select '{{ env_var('GWH_POSTGRES_URL') }}' as url from {{ ref('leak') }} limit 0\n",
      },
    )
    const said = await traces(files, await withPassword(password, 'userinfo'), ...EVERYTHING)
    expect(said).toContain('*****')
    for (const spelling of spellings(password)) expect(said).not.toContain(spelling)
  })

  test('when the connection fails', async () => {
    const wrong = withParts(inject('postgresAdminUrl'), { user: 'locked', password: 'n0t-it' })
    const broken = [
      'postgresql://ann:n0t-it@127.0.0.1:1/stats',
      'postgresql://ann:n0t-it@127.0.0.1:port/stats',
      'ann:n0t-it@nowhere',
    ]
    for (const url of [wrong, ...broken]) {
      const said = await traces(GOOD, url, ['build', '--debug'], ['build', '--log-format', 'json'], ['debug'])
      expect(said).toContain('connection_failed')
      expect(said).not.toContain('n0t-it')
    }
  })

  test('when it stands in project.yml', async () => {
    const url = 'postgresql://ann:n0t-it@127.0.0.1:1/stats?password=n0t-it'
    const files = goodBut({ "'${GWH_POSTGRES_URL}'": url })
    const said = await traces(files, url, ['build'], ['build', '--log-format', 'json'])
    expect(said).toContain('url: postgresql://ann:*****@127.0.0.1:1/stats?password=*****')
    expect(said).not.toContain('n0t-it')
    const unknown = goodBut({ "url: '${GWH_POSTGRES_URL}'": `url: ${url}, shema: x` })
    const field = await traces(unknown, url, ['build'], ['build', '--log-format', 'json'])
    expect(field).toContain('unknown_field')
    expect(field).not.toContain('n0t-it')
  })

  test('and run results stay readable when it is a digit', async () => {
    const dir = writeProject(GOOD)
    const url = await withPassword('1', 'userinfo')
    expect((await gwh(dir, ['build', '-t', 'pg'], { GWH_POSTGRES_URL: url })).code).toBe(0)
    const text = readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })
})
