/** A synchronous standby that does not answer: COMMIT waits for it, and what is said meanwhile and afterwards is true. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProxy, type Proxy } from './attack/proxy.ts'
import { commitOfPublishing } from './attack/stops.ts'
import { startGwh } from './support/cli.ts'
import { startPostgres, type PostgresServer } from './support/postgres.ts'
import { withClient } from './support/postgres-url.ts'
import { GOOD, writeProject } from './support/projects.ts'

const SECONDS = 60
const isGiven = process.env['GWH_TEST_PG_URL'] !== undefined

// A server that is given is not told to wait for a standby.
describe.skipIf(isGiven)('a COMMIT that a standby holds up', { timeout: 120_000 }, () => {
  let server: PostgresServer
  let proxy: Proxy
  beforeAll(async () => {
    server = await startPostgres()
    // The server was started without, for speed.
    await asAdmin('alter role postgres set synchronous_commit = on')
  })
  afterAll(() => server.stop())
  afterEach(async () => {
    await proxy.close()
    await asAdmin('alter system reset synchronous_standby_names', 'select pg_reload_conf()')
  })

  const asAdmin = (...statements: string[]) =>
    withClient(server.adminUrl, async (client) => {
      for (const statement of statements.slice(0, -1)) await client.query(statement)
      return (await client.query<{ pid: number }>(statements.at(-1) ?? '')).rows
    })
  const WAITING = "from pg_stat_activity where application_name = 'gwh' and wait_event = 'SyncRep'"

  /** A build of the project, from when its COMMIT waits. */
  async function waiting(url: string, ...options: string[]) {
    const sent: string[] = []
    proxy = await startProxy(url, (statement, at) => {
      sent.push(statement)
      const act = async () => {
        await asAdmin("alter system set synchronous_standby_names = 'absent'", 'select pg_reload_conf()')
        // until the session has heard of it
        await sleep(500)
      }
      return commitOfPublishing(statement, sent) ? { at, kind: 'meanwhile', act } : undefined
    })
    const dir = writeProject(GOOD)
    const env = { GWH_POSTGRES_URL: proxy.url }
    const child = startGwh(dir, ['build', '--target', 'pg', ...options], env)
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    for (const start = Date.now(); (await asAdmin(`select pid ${WAITING}`)).length === 0; await sleep(50))
      if (Date.now() - start > SECONDS * 1000 || child.exitCode !== null)
        throw new Error(`it does not wait:\n${text}`)
    return { dir, child, ended, text: () => text }
  }
  const events = (url: string) =>
    withClient(url, async (client) => {
      const { rows } = await client.query<{ at: string | null }>("select to_regclass('gwh.events') as at")
      return rows[0]?.at
    })

  test('and that somebody lets go is published; statistics do not wait for the standby', async () => {
    const url = await server.createDatabase()
    const { ended, text } = await waiting(url)
    expect(await events(url)).toBe(null)
    await asAdmin(`select pg_cancel_backend(pid) ${WAITING}`)
    expect(await ended).toBe(0)
    expect(text()).toMatch(/^Published \d+ relations/m)
    expect(await events(url)).toBe('gwh.events')
  })

  test('and that ends with its session is looked up', async () => {
    const url = await server.createDatabase()
    const { ended, text } = await waiting(url)
    await asAdmin(`select pg_terminate_backend(pid) ${WAITING}`)
    expect(await ended).toBe(0)
    expect(text()).toMatch(/^Published \d+ relations/m)
    expect(text()).toContain('the record of the run says that they are')
    expect(await events(url)).toBe('gwh.events')
  })

  test('and that ends with the server is looked up when it is back', async () => {
    const url = await server.createDatabase()
    const { ended, text } = await waiting(url)
    const [{ pid } = { pid: 0 }] = await asAdmin(`select pid ${WAITING}`)
    // Over a session that is killed the server starts anew, and lets nobody in meanwhile.
    process.kill(pid, 'SIGKILL')
    expect(await ended, text()).toBe(0)
    expect(text()).toContain('the record of the run says that they are')
    expect(await events(url)).toBe('gwh.events')
  })

  test('is not known to whoever stops the run, who is told how to look', async () => {
    const url = await server.createDatabase()
    const { child, ended, text } = await waiting(url)
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(text()).toContain(
      'The run was stopped while its COMMIT was on the way: whether the relations were published is not known.',
    )
    const [, query = ''] = /`(select published_at .*?)`/.exec(text()) ?? []
    await asAdmin(`select pg_cancel_backend(pid) ${WAITING}`)
    const { rowCount } = await withClient(url, (client) => client.query(query))
    expect(rowCount).toBe(1)
    expect(text()).toContain('COMMIT may still be in progress on the server, and the row come later.')
  })

  test('is not known in any record of a run that is stopped', async () => {
    const url = await server.createDatabase()
    const options = ['--log-format', 'json', '--junit', 'target/junit.xml']
    const { dir, child, ended, text } = await waiting(url, ...options)
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    const events = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { info: { name: string } })
    expect(events.slice(-2).map(({ info }) => info.name)).toEqual(['stopping', 'outcome_unknown'])
    const { results } = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
      results: { unique_id: string; message: string | null }[]
    }
    expect(results.at(-1)?.unique_id).toBe('operation.small.outcome_unknown.0')
    expect(results.find(({ unique_id }) => unique_id === 'model.small.events')?.message).toBe(
      'Built; whether it was published is not known.',
    )
    expect(readFileSync(path.join(dir, 'target/junit.xml'), 'utf8')).toContain('name="outcome_unknown"')
    await asAdmin(`select pg_cancel_backend(pid) ${WAITING}`)
  })
})
