/** What a server refuses for reasons of its own is told with a cause and a way out, wherever problems are told. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gwh, screen, type Said } from '../support/cli.ts'
import { freshPostgres } from '../support/databases.ts'
import { tempFolder } from '../support/engines.ts'
import { withClient, withParts } from '../support/postgres-url.ts'
import { GOOD, goodBut, writeFiles, writeProject } from '../support/projects.ts'
import { PROJECT, version } from '../support/versions.ts'
import { randomBytes } from 'node:crypto'

interface Server {
  /** As the owner of everything. */
  readonly owner: string
  /** As a role that may connect, and nothing else yet. */
  readonly narrow: string
  readonly role: string
  do(...statements: string[]): Promise<void>
}

async function server(): Promise<Server> {
  const owner = await freshPostgres()
  const role = `narrow_${randomBytes(4).toString('hex')}`
  const run = (...statements: string[]) =>
    withClient(owner, async (client) => {
      for (const statement of statements) await client.query(statement)
    })
  await run(`create role ${role} login password 'secret'`)
  return { owner, role, narrow: withParts(owner, { user: role, password: 'secret' }), do: run }
}

interface Result {
  readonly unique_id: string
  readonly status: string
  readonly message: string | null
}

interface Told extends Said {
  readonly screen: string
  readonly junit: string
  /** Name, status and message of the models in run_results.json. */
  readonly models: readonly (string | null)[][]
  readonly operations: readonly Result[]
}

async function build(dir: string, url: string, role = ''): Promise<Told> {
  const env = { GWH_POSTGRES_URL: url, GITHUB_ACTIONS: 'true' }
  const said = await gwh(dir, ['build', '--target', 'pg', '--junit', 'target/junit.xml'], env)
  const { results } = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
    results: Result[]
  }
  return {
    ...said,
    screen: screen(dir, said)
      .replaceAll(role === '' ? '\0' : role, '<role>')
      .replaceAll(/gwh_test_\w+/g, '<database>'),
    junit: readFileSync(path.join(dir, 'target/junit.xml'), 'utf8'),
    models: results
      .filter(({ unique_id }) => unique_id.startsWith('model.'))
      .map(({ unique_id, status, message }) => [unique_id.split('.').at(-1) ?? '', status, message]),
    operations: results.filter(({ unique_id }) => unique_id.startsWith('operation.')),
  }
}

/** The problem is in every place where problems are looked for. */
function expectEverywhere(told: Told, code: string): void {
  expect(told.code).toBe(2)
  expect(told.stderr).not.toContain('fault in gwh')
  expect(told.stderr).toContain(`  ${code}\n`)
  expect(told.junit).toContain(`name="${code}"`)
  expect(told.stdout).toMatch(new RegExp(`^::error .*title=${code}`, 'm'))
  expect(told.operations.map(({ unique_id }) => unique_id)).toEqual([`operation.small.${code}.0`])
}

/** What is said of the model that failed. */
const failureIn = (screen: string) => /✗ \S+ {2}\(model[\s\S]*?(?=\n\n)/.exec(screen)?.[0]

describe('on PostgreSQL', () => {
  test('a role that may not create schemas is told which it needs', async () => {
    const { narrow, role } = await server()
    const told = await build(writeProject(GOOD), narrow, role)
    expectEverywhere(told, 'not_allowed')
    expect(told.screen).toMatchInlineSnapshot(`
      "small → pg: PostgreSQL, schema gwh

      ::error file=project.yml,line=5,col=7,title=not_allowed::The database does not allow this.%0Apermission denied for database <database>%0Agwh builds in the schemas \`gwh\`, \`gwh_gwh\` and \`gwh_stage\`: the role has to own them, or may create schemas in the database (\`grant create on database\`). A role that owns one schema only can do with \`single_schema: true\` in the target. To look, it needs \`usage\` and \`select\` on the first two.
      --- stderr
      project.yml:5:7  not_allowed
        The database does not allow this.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        permission denied for database <database>
        gwh builds in the schemas \`gwh\`, \`gwh_gwh\` and \`gwh_stage\`: the role has to own them, or may create schemas in the database (\`grant create on database\`). A role that owns one schema only can do with \`single_schema: true\` in the target. To look, it needs \`usage\` and \`select\` on the first two.

      What it means: gwh explain not_allowed
      exit code 2"
    `)
  })

  test('a session that only reads is told of', async () => {
    const { owner } = await server()
    const url = new URL(owner)
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    const told = await build(writeProject(GOOD), url.href)
    expectEverywhere(told, 'not_allowed')
    expect(told.screen).toMatchInlineSnapshot(`
      "small → pg: PostgreSQL, schema gwh

      ::error file=project.yml,line=5,col=7,title=not_allowed::The database does not allow this.%0Acannot execute CREATE SCHEMA in a read-only transaction%0AA read-only session comes from \`default_transaction_read_only\` of the role, the database or the URL, or from a standby: build as a role that may write, on the primary server.
      --- stderr
      project.yml:5:7  not_allowed
        The database does not allow this.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        cannot execute CREATE SCHEMA in a read-only transaction
        A read-only session comes from \`default_transaction_read_only\` of the role, the database or the URL, or from a standby: build as a role that may write, on the primary server.

      What it means: gwh explain not_allowed
      exit code 2"
    `)
  })

  test('a role that was given three schemas builds', async () => {
    const { narrow, role, ...s } = await server()
    for (const schema of ['gwh', 'gwh_gwh', 'gwh_stage'])
      await s.do(`create schema ${schema} authorization ${role}`)
    const dir = writeProject(GOOD)
    expect((await build(dir, narrow)).code).toBe(0)
    expect((await build(dir, narrow)).code).toBe(0)
  })

  test('a role that owns one schema builds in that one', async () => {
    const { narrow, role, owner, ...s } = await server()
    await s.do(`create schema gwh authorization ${role}`)
    const project = (PROJECT['project.yml'] ?? '').replace(
      "url: '${GWH_POSTGRES_URL}'",
      "url: '${GWH_POSTGRES_URL}', single_schema: true",
    )
    const dir = writeProject({ ...PROJECT, ...version(1), 'project.yml': project })
    for (const n of [1, 2]) {
      writeFiles(dir, {
        ...version(n),
        'models/people.sql': `{{ config(materialized='table') }}\nselect user_id, ${n} as v${n} from {{ ref('events') }}\n`,
        'tests/nobody.sql':
          "{{ config(severity='warn', store_failures=true) }}\nselect * from {{ ref('people') }}\n",
      })
      const told = await build(dir, narrow)
      expect(told.code, told.stdout + told.stderr).toBe(0)
    }
    const found = await withClient(owner, async (client) => {
      const schemas = await client.query<{ name: string }>(
        "select nspname as name from pg_namespace where nspname !~ '^pg_|^information|^public' order by 1",
      )
      const relations = await client.query<{ name: string }>(
        "select relname as name from pg_class where relnamespace = 'gwh'::regnamespace and relkind in ('r', 'v') and relname ~ '^_' order by 1",
      )
      return [schemas.rows, relations.rows].map((rows) => rows.map(({ name }) => name))
    })
    expect(found).toEqual([
      ['gwh'],
      [
        '_gwh_comments',
        '_gwh_csv_app',
        '_gwh_failures_nobody',
        '_gwh_parts',
        '_gwh_relations',
        '_gwh_runs',
        '_gwh_seed_app',
        '_gwh_seeds',
        '_gwh_sources',
      ],
    ])
  })

  test('a schema of another owner', async () => {
    const { narrow, role, ...s } = await server()
    await s.do(`create schema gwh`, `grant create on database ${database(narrow)} to ${role}`)
    const told = await build(writeProject(GOOD), narrow, role)
    expectEverywhere(told, 'not_allowed')
    expect(told.screen).toMatchInlineSnapshot(`
      "small → pg: PostgreSQL, schema gwh

      ::error file=project.yml,line=5,col=7,title=not_allowed::The database does not allow this.%0ARole ***** may not create relations in schema gwh.%0Agwh builds in the schemas \`gwh\`, \`gwh_gwh\` and \`gwh_stage\`: the role has to own them, or may create schemas in the database (\`grant create on database\`). A role that owns one schema only can do with \`single_schema: true\` in the target. To look, it needs \`usage\` and \`select\` on the first two.
      --- stderr
      project.yml:5:7  not_allowed
        The database does not allow this.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        Role ***** may not create relations in schema gwh.
        gwh builds in the schemas \`gwh\`, \`gwh_gwh\` and \`gwh_stage\`: the role has to own them, or may create schemas in the database (\`grant create on database\`). A role that owns one schema only can do with \`single_schema: true\` in the target. To look, it needs \`usage\` and \`select\` on the first two.

      What it means: gwh explain not_allowed
      exit code 2"
    `)
  })

  test('relations of another owner', async () => {
    const { narrow, owner, role, ...s } = await server()
    const dir = writeProject(GOOD)
    await build(dir, owner)
    await s.do(
      `grant create on database ${database(narrow)} to ${role}`,
      ...['gwh', 'gwh_gwh', 'gwh_stage'].flatMap((schema) => [
        `grant all on schema ${schema} to ${role}`,
        `grant all on all tables in schema ${schema} to ${role}`,
      ]),
    )
    const told = await build(dir, narrow, role)
    expectEverywhere(told, 'not_allowed')
    expect(told.screen).toMatchInlineSnapshot(`
      "small → pg: PostgreSQL, schema gwh

      ::error file=project.yml,line=5,col=7,title=not_allowed::The database does not allow this.%0Amust be owner of function plain_number%0AAnother role has made it. Build as that role, or hand over what it made: \`reassign owned by THAT_ROLE to THIS_ROLE\`.
      --- stderr
      project.yml:5:7  not_allowed
        The database does not allow this.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        must be owner of function plain_number
        Another role has made it. Build as that role, or hand over what it made: \`reassign owned by THAT_ROLE to THIS_ROLE\`.

      What it means: gwh explain not_allowed
      exit code 2"
    `)
  })

  test('one relation of another owner', async () => {
    const { narrow, role, ...s } = await server()
    await s.do(`grant create on database ${database(narrow)} to ${role}`)
    const dir = writeProject(GOOD)
    expect((await build(dir, narrow, role)).code).toBe(0)
    await s.do('alter table gwh.events owner to postgres')
    const told = await build(dir, narrow, role)
    expect(told.code).toBe(1)
    expect(told.junit).toContain('name="publish_failed"')
    expect(told.stderr).toContain(`  permission denied for table events
  What gwh has published belongs to the role that builds.`)
    await s.do(`alter table gwh.events owner to ${role}`)
    expect((await build(dir, narrow, role)).code).toBe(0)
  })

  test('a statement timeout', async () => {
    const { owner, role, ...s } = await server()
    const dir = writeProject({ ...PROJECT, ...version(1) })
    expect((await build(dir, owner)).code).toBe(0)
    writeFiles(dir, {
      ...version(2),
      'models/seen.sql': 'select pg_sleep(2)::text as user_id\n',
      'models/people.sql': "{{ config(materialized='table') }}\nselect user_id from {{ ref('seen') }}\n",
    })
    await s.do(`alter role ${role} superuser`, `alter role ${role} set statement_timeout = '1s'`)
    const told = await build(dir, withParts(owner, { user: role, password: 'secret' }))
    expect(told.code).toBe(1)
    expect(told.junit).toMatch(
      /<testcase name="people" classname="small.table"[^>]*>\s*<error message="canceling/,
    )
    expect(told.stdout).toMatch(/^::error .*title=model people::canceling/m)
    expect(failureIn(told.screen)).toMatchInlineSnapshot(`
      "✗ people  (model table)
        canceling statement due to statement timeout
          in target/compiled/models/people.sql
        The \`statement_timeout\` of the role, the database or the URL is shorter than the statement takes: \`alter role … set statement_timeout = 0\`, or add \`options=-c statement_timeout=0\` to the URL."
    `)
  })

  test.each([['show', 'company_profiles'], ['debug'], ['test']])(
    'a role that may not look, which calls %s',
    async (...words) => {
      const { owner, narrow } = await server()
      const dir = writeProject(GOOD)
      expect((await build(dir, owner)).code).toBe(0)
      const said = await gwh(dir, [...words, '-t', 'pg'], { GWH_POSTGRES_URL: narrow })
      expect(said.code).toBe(2)
      expect(said.stderr).toMatch(/^project.yml:5:7 {2}not_allowed\n/)
      expect(said.stderr).toContain('gwh builds in the schemas `gwh`, `gwh_gwh` and `gwh_stage`')
    },
  )

  test('a statement timeout outside of a build', async () => {
    const { owner } = await server()
    const url = new URL(owner)
    url.searchParams.set('options', '-c statement_timeout=300ms')
    const dir = writeProject(GOOD)
    const said = await gwh(dir, ['show', '-t', 'pg', '--inline', 'select pg_sleep(2)'], {
      GWH_POSTGRES_URL: url.href,
    })
    expect(screen(dir, said)).toMatchInlineSnapshot(`
      "project.yml:5:7  statement_cancelled
        The database ended a statement before it was done.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        canceling statement due to statement timeout
        The \`statement_timeout\` of the role, the database or the URL is shorter than the statement takes: \`alter role … set statement_timeout = 0\`, or add \`options=-c statement_timeout=0\` to the URL.

      What it means: gwh explain statement_cancelled
      exit code 2"
    `)
  })

  test('too little room for temporary files', async () => {
    const { owner, role, ...s } = await server()
    const dir = writeProject({ ...PROJECT, ...version(20_000) })
    await s.do(
      `alter role ${role} superuser`,
      `alter role ${role} set temp_file_limit = '64kB'`,
      `alter role ${role} set work_mem = '64kB'`,
    )
    const told = await build(dir, withParts(owner, { user: role, password: 'secret' }))
    expect(told.code).toBe(1)
    expect(failureIn(told.screen)).toMatchInlineSnapshot(`
      "✗ events  (model table)
        temporary file size exceeds "temp_file_limit" (64kB)
          in target/compiled/models/events.sql
        The role may not use so much: raise its \`temp_file_limit\`, or its \`work_mem\` so that less is written."
    `)
  })

  test('a session that the server ends', async () => {
    const { owner, ...s } = await server()
    const dir = writeProject({
      ...PROJECT,
      ...version(1),
      'models/people.sql':
        "{{ config(materialized='table') }}\nselect pg_sleep(20)::text as user_id from {{ ref('events') }}\n",
    })
    const building = build(dir, owner)
    for (let ended = 0; ended === 0;)
      ended = await withClient(owner, async (client) => {
        const { rowCount } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(%' and pid <> pg_backend_pid() and state = 'active' and application_name = 'gwh'`,
        )
        return rowCount ?? 0
      })
    const told = await building
    expectEverywhere(told, 'connection_lost')
    expect(told.models).toContainEqual(['events', 'skipped', 'Built, but not published.'])
    expect(told.screen.replace(/[\s\S]*--- stderr/, '')).toMatchInlineSnapshot(`
      "
      project.yml:5:7  connection_lost
        The connection to the database was lost.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |       ^
        terminating connection due to administrator command
        Nothing was published by this run. Build again when the database answers.

      What it means: gwh explain connection_lost
      exit code 2"
    `)
    await s.do('select 1')
  })
})

const database = (url: string) => new URL(url).pathname.slice(1)

/** A small disk of its own; undefined where the machine does not give one. */
function smallDisk(size: string): { folder: string; remove(): void } | undefined {
  const folder = tempFolder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  return status === 0 ? { folder, remove: () => void spawnSync('umount', [folder]) } : undefined
}

describe('on DuckDB', () => {
  test('a full disk', async ({ skip }) => {
    const disk = smallDisk('8m')
    if (!disk) return skip('no disk of its own can be had here')
    onTestFinished(() => disk.remove())
    const dir = writeProject({ ...PROJECT, ...version(100_000) })
    const file = path.join(disk.folder, 'small.duckdb')
    const project = readFileSync(path.join(dir, 'project.yml'), 'utf8')
    writeFiles(dir, {
      'project.yml': `external_paths: ['${disk.folder}']\n${project.replace('target/small.duckdb', file)}`,
    })
    const said = await gwh(dir, ['build'])
    expect(said.code, said.stderr).toBe(1)
    expect(`${said.stdout}${said.stderr}`).not.toContain('fault in gwh')
    expect(said.stdout).toMatch(/No space left on device/)
    expect(said.stdout).toMatch(/Make room on the disk/)
    expect(said.stdout).toMatch(/Nothing was published/)
    writeFiles(dir, { ...version(2) })
    const again = await gwh(dir, ['build'])
    expect(again.code, again.stderr).toBe(0)
  })

  test('a disk so full that the database shuts itself', async ({ skip }) => {
    const tiny = smallDisk('2m')
    if (!tiny) return skip('no disk of its own can be had here')
    onTestFinished(() => tiny.remove())
    const dir = writeProject({ ...PROJECT, ...version(2) })
    const project = readFileSync(path.join(dir, 'project.yml'), 'utf8')
    writeFiles(dir, {
      'project.yml': `external_paths: ['${tiny.folder}']\n${project.replace('target/small.duckdb', path.join(tiny.folder, 'small.duckdb'))}`,
    })
    const said = await gwh(dir, ['build', '-q'])
    expect(screen(dir, said).replaceAll(tiny.folder, '<disk>')).toMatchInlineSnapshot(`
      "project.yml:5:8  out_of_space
        The database has no room left on its disk. Nothing was published; what was published before stays as it was.
          5 |   dev: { type: duckdb, path: <disk>/small.duckdb }
            |        ^
        Failed to create checkpoint because of error: Could not write file "<disk>/small.duckdb": No space left on device
        Make room on the disk that holds the database file and, beside it, the temporary files (\`….tmp\`), and build again.

      What it means: gwh explain out_of_space
      exit code 2"
    `)
  })

  test('memory that is not enough for a start', async () => {
    const dir = writeProject(
      goodBut({ 'path: target/small.duckdb': 'path: target/small.duckdb, memory_limit: 300KB' }),
    )
    const said = screen(dir, await gwh(dir, ['build', '-q']))
    expect(said.replaceAll(/[\d.]+ [KM]iB/g, '… MiB')).toMatchInlineSnapshot(`
      "project.yml:4:8  out_of_memory
        The database has not enough memory for this.
          4 |   dev: { type: duckdb, path: target/small.duckdb, memory_limit: 300KB }
            |        ^
        Out of Memory Error: failed to allocate data of size … MiB (… MiB/… MiB used)
        Raise \`memory_limit\` of the target, or lower its \`threads\`: each of them needs memory of its own.

      What it means: gwh explain out_of_memory
      exit code 2"
    `)
  })

  test('too little memory', async () => {
    const dir = writeProject({ ...PROJECT, ...version(200_000) })
    const project = readFileSync(path.join(dir, 'project.yml'), 'utf8')
    writeFiles(dir, {
      'project.yml': project.replace(
        'path: target/small.duckdb',
        'path: target/small.duckdb, memory_limit: 12MB, threads: 1',
      ),
    })
    const said = await gwh(dir, ['build'])
    expect(said.code).toBe(1)
    expect(failureIn(screen(dir, said))?.replaceAll(/[\d.]+ [KM]iB/g, '… MiB')).toMatchInlineSnapshot(`
      "✗ events  (model table)
        Out of Memory Error: could not allocate block of size … MiB (… MiB/… MiB used)
          in target/compiled/models/events.sql
        Raise \`memory_limit\` of the target, or lower its \`threads\`: each of them needs memory of its own."
    `)
  })
})
