/** Passwords are never written anywhere, however they are given. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { isSecretName, Secrets, urlWithoutSecrets, withoutUrlSecrets } from '../../src/project/secrets.ts'
import { gwh } from '../support/cli.ts'
import { freshPostgres } from '../support/databases.ts'
import { withClient, withParts } from '../support/postgres-url.ts'
import { GOOD, goodBut, writeProject, type Files } from '../support/projects.ts'

/** What of a URL is hidden wherever it turns up. */
function secretsOf(url: string): string[] {
  const secrets = new Secrets()
  secrets.addUrl(url)
  return [...secrets.values].sort()
}

describe('the secrets of a URL', () => {
  test.each([
    ['postgresql://ann:s3cret@db/stats', ['ann:s3cret', 's3cret'], '*****@db/stats'],
    [
      'postgresql://ann:p%40ss%2Fw%20rd@db/stats',
      ['ann:p%40ss%2Fw%20rd', 'p%40ss%2Fw%20rd', 'p@ss/w rd'],
      '*****@db/stats',
    ],
    ['postgresql://ann:p@ss:word@db/stats', ['ann:p@ss:word', 'p@ss:word'], '*****@db/stats'],
    ['postgresql://ann:100%@db/stats', ['100%', 'ann:100%'], '*****@db/stats'],
    // What should have been encoded.
    ['postgresql://ann:a/b?c#d@db:1/stats', ['a/b?c#d', 'ann:a/b?c#d'], '*****@db:1/stats'],
    [
      'postgresql:///stats?host=/run/postgresql&user=ann&password=s3cret',
      ['host=/run/postgresql&user=ann&password=s3cret', 's3cret'],
      '/stats?host=*****&user=*****&password=*****',
    ],
    [
      'postgresql://ann@db/stats?password=p%26ss+word&sslpassword=k3y',
      ['k3y', 'p%26ss+word', 'p&ss word', 'p&ss+word', 'password=p%26ss+word&sslpassword=k3y'],
      '*****@db/stats?password=*****&sslpassword=*****',
    ],
    // A name alone is hidden in the URL only, what looks like a token everywhere.
    ['postgresql://ann@db:5432/stats', [], '*****@db:5432/stats'],
    ['postgresql://ghp_0123456789AB@db/x', ['ghp_0123456789AB'], '*****@db/x'],
    ['postgresql:///stats', [], '/stats'],
    // Names in plain view stay readable.
    ['postgresql://gwh:gwh@db/gwh', ['gwh:gwh'], '*****@db/gwh'],
    ['postgresql://ann:stats@db/stats', ['ann:stats'], '*****@db/stats'],
  ])('%s', (url, expected, shown) => {
    expect(secretsOf(url)).toEqual(expected)
    expect(urlWithoutSecrets(url)).toBe(`postgresql://${shown}`)
    expect(withoutUrlSecrets(`{ url: ${url}, schema: x }`)).toBe(`{ url: postgresql://${shown}, schema: x }`)
  })

  test('are none where it is none, and all of it where it should be one', () => {
    for (const text of ['just text', 'C:\\x', '12:30@noon']) expect(secretsOf(text)).toEqual([])
    expect(urlWithoutSecrets('ann:n0t-it@nowhere', true)).toBe('*****')
  })
})

describe('what could as well be a word', () => {
  const secrets = new Secrets()
  for (const password of ['p', '$1', 'test', 'Test-1234']) secrets.addPassword(password)

  test('is hidden in messages, and as a word of its own where it is short', () => {
    expect(secrets.hide('p of group_profiles, host=p and a:p@b')).toBe(
      '***** of group_profiles, host=***** and a:*****@b',
    )
    expect(secrets.hide('a$1b, $1')).toBe('a$1b, *****')
    expect(secrets.hide('contest, test')).toBe('con*****, *****')
  })

  test('is left in names, but for what no name looks like', () => {
    expect(secrets.hideInName('not_null_test_p')).toBe('not_null_test_p')
    expect(secrets.hideInName('not_null_Test-1234')).toBe('not_null_*****')
  })
})

describe('variables that are secret by their name', () => {
  test.each([
    ['DB_PASSWORD', true],
    ['PGPASSWORD', true],
    ['SMTP_PWD', true],
    ['PWD', false],
    ['CLIENT_SECRET', true],
    ['GITHUB_TOKEN', true],
    ['TOKENIZERS_PARALLELISM', false],
    ['API_KEY', true],
    ['apikey', true],
    ['MYKEY', true],
    ['STRIPEKEY', true],
    ['signingKey', true],
    ['DB_PASS', true],
    ['DBPASS', true],
    ['SMTP_PASS', true],
    ['BYPASS', false],
    ['groupKey', false],
    ['uniquekey', false],
    ['AWS_ACCESS_KEY_ID', true],
    ['GROUP_KEY', false],
    ['primary_key', false],
    ['sort_keys', false],
    ['MONKEY', false],
    ['DBT_ENV_SECRET_SALT', true],
    ['GWH_TARGET', false],
  ])('%s: %j', (name, secret) => {
    expect(isSecretName(name)).toBe(secret)
  })

  test('are hidden whole, line by line and as SQL literals, from four characters on', () => {
    const secrets = new Secrets()
    secrets.show('main')
    for (const value of ["it's it", 'first line\n  second', 'abc', 'main', ' ']) secrets.add(value)
    expect([...secrets.values].sort()).toEqual(
      [
        "it's it",
        "it''s it",
        'first line\n  second',
        'first line\\n  second',
        'first line',
        '  second',
        'second',
      ].sort(),
    )
  })
})

/** Whatever a command said and left behind. */
const traces = (files: Files, url: string, ...commands: string[][]): Promise<string> =>
  tracesOf(files, { GWH_POSTGRES_URL: url, GWH_TARGET: 'pg' }, ...commands)

async function tracesOf(files: Files, env: NodeJS.ProcessEnv, ...commands: string[][]): Promise<string> {
  const dir = writeProject(files)
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
    expect(said).toContain('url: postgresql://*****@127.0.0.1:1/stats?password=*****')
    expect(said).not.toContain('n0t-it')
    // The caret is below what it is about.
    const last = goodBut({ "url: '${GWH_POSTGRES_URL}'": `url: ${url}, password: n0t-it, schema: No` })
    const { stderr } = await gwh(writeProject(last), ['ls', '-t', 'pg'])
    const schema =
      stderr
        .split('\n\n')
        .find((text) => text.includes('`targets.pg.schema`'))
        ?.split('\n') ?? []
    expect(schema[2]?.slice(schema[3]?.indexOf('^'))).toBe('No }')
    const unknown = goodBut({ "url: '${GWH_POSTGRES_URL}'": `url: ${url}, shema: x` })
    const field = await traces(unknown, url, ['build'], ['build', '--log-format', 'json'])
    expect(field).toContain('unknown_field')
    expect(field).not.toContain('n0t-it')
  })

  test('when templates of data tests and models read it from the environment, or --vars say it', async () => {
    const files = goodBut(
      {
        'target: dev': "target: dev\nvars: { copied: '${COPIED_SECRET}' }",
        // The database itself has them: in its views.
        'target/small.duckdb': 'small.duckdb',
      },
      {
        'models/leak.sql': "select '{{ env_var('DB_PASSWORD') }}' as a, '{{ var('copied') }}' as b\n",
        'models/leak.yml': `models:
  - name: leak
    data_tests:
      - expression_is_true: { expression: "a <> '{{ env_var('DB_PASSWORD') }}'" }
    columns:
      - name: a
        data_tests:
          - not_null: { where: "a <> '{{ env_var('API_TOKEN') }}'", error_if: '>= 0' }
`,
        'tests/wrong.sql': "select a from {{ ref('leak') }} where a = '{{ env_var('DB_PASSWORD') }}'\n",
        'tests/broken.sql':
          "select '{{ env_var('DBT_ENV_SECRET_SALT') }}' as x, nope from {{ ref('leak') }}\n",
      },
    )
    const env = {
      DB_PASSWORD: 'hunter-two',
      API_TOKEN: 'token-five',
      COPIED_SECRET: 'copied-six',
      DBT_ENV_SECRET_SALT: 'salt-seven',
      UNREAD_KEY: 'small',
      GITHUB_ACTIONS: 'true',
    }
    const said = await tracesOf(
      files,
      env,
      ['build', '--junit', 'target/report.xml', '--vars', '{deploy_token: 4711471147}'],
      ['build', '--log-format', 'json', '--store-failures'],
      ['ls', '--output', 'json'],
      ['compile'],
      ['compile', '--inline', "select '{{ env_var('INLINE_KEY', 'none') }}', '{{ env_var('DB_PASSWORD') }}'"],
      ['run', '--vars', '{deploy_token: 4711471147}'],
    )
    for (const secret of ['hunter-two', 'token-five', 'copied-six', 'salt-seven', '4711471147'])
      expect(said).not.toContain(secret)
    expect(said).toMatch(/^::error .*\*{5}/m)
    expect(said).toContain("a <> '*****'")
    expect(said).toContain('"deploy_token": "*****"')
    // What nobody reads is not looked for.
    expect(said).toContain('small → dev')
  })

  test('in comments of the database', async () => {
    const files = goodBut(
      {},
      {
        'models/named.yml': `models:
  - name: events
    description: 'by \${API_TOKEN}'
    columns: [{ name: event_name, description: 'from \${GWH_POSTGRES_URL}' }]
`,
      },
    )
    const url = await withPassword('s3cret-word', 'userinfo')
    const env = { GWH_POSTGRES_URL: url, GWH_TARGET: 'pg', API_TOKEN: 'token-five' }
    expect(await tracesOf(files, env, ['build'])).toContain('Published')
    const comments = await withClient(url, async (client) => {
      const { rows } = await client.query<{ description: string }>('select description from pg_description')
      return rows.map(({ description }) => description).join('\n')
    })
    expect(comments).toContain('by *****')
    expect(comments).toContain('from postgresql://*****@')
    expect(comments).not.toMatch(/token-five|s3cret-word/)
  })

  test('and run results stay readable when it is a digit', async () => {
    const dir = writeProject(GOOD)
    const url = await withPassword('1', 'userinfo')
    expect((await gwh(dir, ['build', '-t', 'pg'], { GWH_POSTGRES_URL: url })).code).toBe(0)
    const text = readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  test.each(['p', 'test', 'model', 'info'])(
    'and JSON has its words and names when it is "%s"',
    async (password) => {
      const dir = writeProject(goodBut({ 'name: small': "name: small\nvars: { said: 'test model p info' }" }))
      const env = { GWH_POSTGRES_URL: await withPassword(password, 'userinfo') }
      const args = ['build', '-t', 'pg', '--log-format', 'json', '--junit', 'target/report.xml']
      const { code, stdout } = await gwh(dir, args, env)
      expect(code).toBe(0)
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { info: Record<string, string>; data: Record<string, unknown> })
      expect(new Set(events.map(({ info }) => info['level']))).toEqual(new Set(['info']))
      expect(new Set(events.map(({ info }) => info['name']))).toContain('node_finished')
      const nodes = events.filter(({ info }) => info['name'] === 'node_finished').map(({ data }) => data)
      expect(new Set(nodes.map(({ type }) => type))).toEqual(new Set(['seed', 'model', 'test']))
      expect(nodes.map(({ name, kind }) => `${String(name)} ${String(kind)}`).join()).not.toContain('*')
      expect(readFileSync(path.join(dir, 'target/report.xml'), 'utf8')).not.toMatch(/ (?:name|file)="[^"]*\*/)
      expect(
        (
          JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
            args: { vars: unknown }
          }
        ).args.vars,
      ).toEqual({ said: 'test model p info'.replace(new RegExp(`\\b${password}\\b`), '*****') })
    },
  )

  // Short, or a word of gwh's own.
  test.each(['p', 'sql', 'test', 'models', 'compiled', 'success'])(
    'and artifacts have their places and words when it is "%s"',
    async (password) => {
      const dir = writeProject(GOOD)
      const url = await withPassword(password, 'userinfo')
      for (const command of ['build', 'compile'])
        expect(await gwh(dir, [command, '-t', 'pg'], { GWH_POSTGRES_URL: url })).toMatchObject({ code: 0 })
      const files = readdirSync(path.join(dir, 'target/compiled'))
      expect(files.sort()).toEqual([expect.stringMatching(/\.sql$/), 'models', 'tests'])
      const { results } = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
        results: { status: string }[]
      }
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['success', 'pass']))
    },
  )
})
