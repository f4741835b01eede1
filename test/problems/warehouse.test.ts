/** What is wrong between gwh and a database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, inject, test } from 'vitest'
import { DIST, gwh, screen } from '../support/cli.ts'
import { freshPostgres } from '../support/databases.ts'
import { withClient, withParts } from '../support/postgres-url.ts'
import {
  build,
  buildProblems,
  GOOD,
  goodBut,
  placeless,
  problems,
  writeFiles,
  writeProject,
} from '../support/projects.ts'

// A given server has rules of its own about passwords.
const ours = !process.env['GWH_TEST_PG_URL']

/** Names that differ from run to run: those of the server's folder and of databases. */
const nameless = (text: string) =>
  text.replaceAll(/(?:\/[\w.-]+)+\/gwh-pg-\w+/g, '<server>').replaceAll(/gwh_test_\w+/g, '<database>')

const connecting = async (url: string) =>
  nameless(await buildProblems(GOOD, { target: 'pg', env: { GWH_POSTGRES_URL: url } }))

describe('connecting to PostgreSQL', () => {
  test.runIf(ours)('with a wrong password', async () => {
    const text = await connecting(
      withParts(inject('postgresAdminUrl'), { user: 'locked', password: 'secret' }),
    )
    expect(text).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        The password for <server>:5432/postgres is wrong.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        password authentication failed for user "*****"
        Check the user and the password in the URL.

      exit code 2"
    `)
    expect(text).not.toContain('secret')
  })

  test.runIf(ours)('without a password', async () => {
    expect(await connecting(withParts(inject('postgresAdminUrl'), { user: 'locked' })))
      .toMatchInlineSnapshot(`
        "project.yml:5:30  connection_failed
          <server>:5432/postgres asks for a password.
            5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
              |                              ^
          Write it into the URL, as postgresql://user:password@host/database, or set PGPASSWORD.

        exit code 2"
      `)
  })

  test.runIf(ours)('as a user that there is not', async () => {
    expect(await connecting(withParts(inject('postgresAdminUrl'), { user: 'nobody_knows' })))
      .toMatchInlineSnapshot(`
        "project.yml:5:30  connection_failed
          <server>:5432/postgres is not allowed in.
            5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
              |                              ^
          role "*****" does not exist
          Check the user in the URL, and the server's pg_hba.conf.

        exit code 2"
      `)
  })

  test('to a database that there is not', async () => {
    const text = await connecting(withParts(inject('postgresAdminUrl'), { database: 'nothing_here' }))
    expect(text).toContain('There is no database `nothing_here` on ')
  })

  test('where no server is', async () => {
    expect(await connecting('postgresql://ann:secret@127.0.0.1:1/stats')).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        No server answers at 127.0.0.1:1/stats.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        connect ECONNREFUSED 127.0.0.1:1
        Is PostgreSQL running there, on that port?

      exit code 2"
    `)
    expect(await connecting('postgresql:///stats?host=/nowhere&user=ann')).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        No server answers at /nowhere:5432/stats.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        connect ENOENT /nowhere/.s.PGSQL.5432
        Is PostgreSQL running there, on that socket?

      exit code 2"
    `)
  })

  test('by a URL that is none', async () => {
    expect(await connecting('stats')).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        The URL of the target cannot be read.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        It does not begin with postgresql://.
        Write the URL as postgresql://user:password@host:5432/database.

      exit code 2"
    `)
    expect(await connecting('postgresql://ann:100%@127.0.0.1:1/stats')).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        No server answers at 127.0.0.1:1/stats.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        connect ECONNREFUSED 127.0.0.1:1
        Is PostgreSQL running there, on that port?

      exit code 2"
    `)
    expect(await connecting('postgresql://ann:secret@127.0.0.1:port/stats')).toMatchInlineSnapshot(`
      "project.yml:5:30  connection_failed
        The URL of the target cannot be read.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
            |                              ^
        Invalid URL
        Write the URL as postgresql://user:password@host:5432/database.

      exit code 2"
    `)
  })

  test('while another build of the schema runs', async () => {
    const url = await freshPostgres()
    const text = await withClient(url, async (client) => {
      await client.query("set application_name = 'gwh'; select pg_advisory_lock(6780776, hashtext('gwh'))")
      return connecting(url)
    })
    const said = text.replace(
      /server process \d+, connected since [^)]+/,
      'server process <pid>, connected since <time>',
    )
    expect(said).toMatchInlineSnapshot(`
      "warehouse_locked
        Another build of \`gwh\` is running: gwh (server process <pid>, connected since <time>).
        Wait for it to end, or build into another schema.

      exit code 2"
    `)
  })

  test('may be done while another schema is built', async () => {
    const url = await freshPostgres()
    await withClient(url, async (client) => {
      await client.query("select pg_advisory_lock(6780776, hashtext('other'))")
      expect((await build(writeProject(GOOD), { target: 'pg', env: { GWH_POSTGRES_URL: url } })).ok).toBe(
        true,
      )
    })
  })
})

describe('opening DuckDB', () => {
  test('while another process holds the file', async () => {
    const dir = writeProject(GOOD)
    mkdirSync(path.join(dir, 'target'))
    const script = `
      import { DuckDBInstance } from '@duckdb/node-api'
      const instance = await DuckDBInstance.create(${JSON.stringify(path.join(dir, 'target/small.duckdb'))})
      await (await instance.connect()).run('create table one as select 1 as n')
      console.log('holds it')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: path.dirname(DIST),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(createInterface(child.stdout), 'line')
      const text = await problems(dir, () => build(dir))
      expect(text).toContain(`(process ${child.pid})`)
      expect(text.replace(String(child.pid), '<pid>')).toMatchInlineSnapshot(`
        "project.yml:4:30  warehouse_locked
          <project>/target/small.duckdb is in use by another process: node (process <pid>).
            4 |   dev: { type: duckdb, path: target/small.duckdb }
              |                              ^
          DuckDB lets one process write at a time. Close that process, or wait for it to end.

        exit code 2"
      `)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect((await build(dir)).ok).toBe(true)
  })

  test('a file that is none', async () => {
    const files = {
      ...GOOD,
      'target/small.duckdb': 'This is a text and no database, and it goes on.\n'.repeat(99),
    }
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:4:30  connection_failed
        <project>/target/small.duckdb cannot be opened.
          4 |   dev: { type: duckdb, path: target/small.duckdb }
            |                              ^
        IO Error: The file "<project>/target/small.duckdb" exists, but it is not a valid DuckDB database file!
        Name another file, or move this one away.

      exit code 2"
    `)
  })

  test('a file outside of the project', async () => {
    expect(await buildProblems(goodBut({ 'target/small.duckdb': '../small.duckdb' }))).toMatchInlineSnapshot(`
      "project.yml:4:30  path_outside_project
        The database \`../small.duckdb\` lies outside of the project's folder.
          4 |   dev: { type: duckdb, path: ../small.duckdb }
            |                              ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      exit code 2"
    `)
  })

  test('a file of the name of the schema', async () => {
    expect(await buildProblems(goodBut({ 'target/small.duckdb': 'target/gwh.duckdb' })))
      .toMatchInlineSnapshot(`
      "project.yml:4:30  invalid_value
        The database file and the schema are both called \`gwh\`, which DuckDB cannot tell apart.
          4 |   dev: { type: duckdb, path: target/gwh.duckdb }
            |                              ^
        Give the file or the schema another name.

      exit code 2"
    `)
  })

  test('with settings that it does not take', async () => {
    const files = goodBut({ 'path: target/small.duckdb': 'path: target/small.duckdb, memory_limit: lots' })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:4:30  connection_failed
        <project>/target/small.duckdb cannot be opened.
          4 |   dev: { type: duckdb, path: target/small.duckdb, memory_limit: lots }
            |                              ^
        Failed to set config
        Check \`threads\` and \`memory_limit\` of the target; a limit is written as 4GB.

      exit code 2"
    `)
  })
})

describe('a driver that is not installed', () => {
  const alone = (dir: string) => {
    cpSync(DIST, path.join(dir, 'dist'), { recursive: true })
    writeFiles(dir, { 'package.json': '{"type": "module"}' })
    return path.join(dir, 'dist/cli.js')
  }

  test('for DuckDB', async () => {
    const dir = writeProject(GOOD)
    const said = screen(dir, await gwh(dir, ['build', '-q'], {}, alone(dir)))
    expect(said.replaceAll(/(?<=dist\/)\S+\.js/g, '<file>.js')).toMatchInlineSnapshot(`
      "driver_missing
        DuckDB is not installed here.
        Cannot find package '@duckdb/node-api' imported from <project>/dist/<file>.js
        Install it with \`npm install @duckdb/node-api\`.

      What it means: gwh explain driver_missing
      exit code 2"
    `)
  })

  test('for PostgreSQL', async () => {
    const dir = writeProject(GOOD)
    const env = { GWH_POSTGRES_URL: 'postgresql://ann@127.0.0.1:1/stats' }
    expect(screen(dir, await gwh(dir, ['build', '-q', '-t', 'pg'], env, alone(dir)))).toMatchInlineSnapshot(`
      "driver_missing
        The PostgreSQL driver is not installed here.
        Install it with \`npm install pg\`.

      What it means: gwh explain driver_missing
      exit code 2"
    `)
  })

  test('is not missed by commands that open no database', async () => {
    const dir = writeProject(GOOD)
    const cli = alone(dir)
    for (const command of [['compile'], ['ls'], ['clean'], ['--help']]) {
      expect(await gwh(dir, command, {}, cli)).toMatchObject({ code: 0, stderr: '' })
    }
    rmSync(path.join(dir, 'dist'), { recursive: true })
  })
})

describe('publishing', () => {
  const view = 'create schema mine; create view mine.seen as select * from gwh.company_profiles'

  test("is refused where a view of somebody's own reads what changes", async () => {
    const url = await freshPostgres()
    const env = { GWH_POSTGRES_URL: url }
    const table =
      '  - { name: accounts, type: group_table, file: accounts.csv, group_key: company_id, columns: { id: id }, properties: [plan] }\n'
    const before = goodBut({ 'sources:\n': `sources:\n${table}` })
    const dir = writeProject({ ...before, 'accounts.csv': 'id,plan\nacme,pro\n' })
    await build(dir, { target: 'pg', env })
    await withClient(url, (client) => client.query(view))
    writeFiles(dir, GOOD)
    expect(await problems(dir, () => build(dir, { target: 'pg', env }))).toMatchInlineSnapshot(`
      "dependents_in_the_way
        \`gwh.company_profiles\` cannot be published with other columns or as another kind of relation, because of what hangs on it: \`view mine.seen (column plan)\`.
        Drop those, build again and make them anew on what is published then; nothing has been changed.

      exit code 1"
    `)
  })

  test("is refused where somebody's own relation has the name", async () => {
    const url = await freshPostgres()
    await withClient(url, (client) => client.query('create schema gwh; create table gwh.events (n int)'))
    expect(await connecting(url)).toMatchInlineSnapshot(`
      "publish_failed
        \`gwh\` has relations of these names that gwh did not make: \`events\`.
        Give the target another \`schema\`, or move those relations away; nothing has been changed.

      exit code 1"
    `)
  })

  test('fails where the database ends the transaction', async () => {
    const url = await freshPostgres()
    const dir = writeProject(GOOD)
    const env = { GWH_POSTGRES_URL: url }
    await build(dir, { target: 'pg', env })
    await withClient(url, (client) =>
      client.query(`
        create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
        create constraint trigger later after insert on gwh_gwh.runs deferrable initially deferred
          for each row execute function refuse()`),
    )
    expect(placeless(dir, await problems(dir, () => build(dir, { target: 'pg', env }))))
      .toMatchInlineSnapshot(`
        "project.yml:5:7  publish_failed
          The relations were built but could not be published; what was published before stays as it was.
            5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
              |       ^
          not today

        exit code 1"
      `)
  })
})
