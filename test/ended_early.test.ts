/** A run that ends before it has come to its end says what is true, and no record of an earlier run stands for it. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startProxy } from './attack/proxy.ts'
import { commitOfPublishing } from './attack/stops.ts'
import { gwh, startGwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { withClient, withParts } from './support/postgres-url.ts'
import { GOOD, goodBut, writeFiles, writeProject } from './support/projects.ts'

const RESULTS = 'target/run_results.json'
const JUNIT = 'target/junit.xml'
const OPTIONS = ['build', '--target', 'pg', '--junit', JUNIT]

const textOf = (dir: string, file: string) => readFileSync(path.join(dir, file), 'utf8')

/** Ids and messages of what the run left behind. */
const resultsIn = (dir: string) =>
  (JSON.parse(textOf(dir, RESULTS)) as { results: { unique_id: string; message: string | null }[] }).results

/** A server that lets everybody in and never says a word. */
async function muteServer(): Promise<{ url: string; connected: Promise<unknown> }> {
  const server = net.createServer()
  const sockets: net.Socket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as net.AddressInfo
  return { url: `postgresql://postgres@127.0.0.1:${port}/db`, connected: once(server, 'connection') }
}

/** Stops a build, and waits for its end. */
async function stopped(dir: string, url: string, until: () => Promise<unknown>) {
  const child = startGwh(dir, OPTIONS, { GWH_POSTGRES_URL: url })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = once(child, 'close') as Promise<[number | null]>
  await until()
  child.kill('SIGINT')
  const [code] = await ended
  return { code, text }
}

test('one that is stopped while a server does not answer', { timeout: 60_000 }, async () => {
  const server = await muteServer()
  const dir = writeProject(GOOD)
  const { code, text } = await stopped(dir, server.url, () => server.connected)
  expect(code).toBe(130)
  expect(text).toContain('interrupted\n  The run was stopped. Nothing was published;')
  expect(resultsIn(dir).map(({ unique_id }) => unique_id)).toEqual(['operation.small.interrupted.0'])
  expect(textOf(dir, JUNIT)).toContain('name="interrupted"')
})

test('one that is stopped while it asks what became of its COMMIT', { timeout: 60_000 }, async () => {
  const sent: string[] = []
  const proxy = await startProxy(await freshPostgres(), (statement, at) => {
    sent.push(statement)
    return commitOfPublishing(statement, sent) ? { at, kind: 'mute after' } : undefined
  })
  onTestFinished(() => proxy.close())
  const dir = writeProject(GOOD)
  const { code, text } = await stopped(dir, proxy.url, async () => {
    for (const start = Date.now(); proxy.unheard === 0; await sleep(50))
      if (Date.now() - start > 40_000) throw new Error('nobody asks')
  })
  expect(code).toBe(130)
  expect(text).toContain('whether the relations were published is not known')
  expect(text).not.toContain('Nothing was published')
  const results = resultsIn(dir)
  expect(results.at(-1)?.unique_id).toBe('operation.small.outcome_unknown.0')
  expect(results.map(({ message }) => message)).not.toContain('Built, but not published.')
})

/** More reports than are read and planned in a moment. */
const BIG = {
  ...GOOD,
  'project.yml': `${GOOD['project.yml'] ?? ''}
reports:
${Array.from({ length: 4000 }, (_, i) => `  - { name: f${i}, type: funnel, by: company_id, steps: [sign_up, log_in], window: { value: ${(i % 60) + 1}, unit: day } }`).join('\n')}
`,
}

test.each<[string, (dir: string) => boolean, boolean]>([
  ['read', () => true, false],
  [
    'compiled',
    (dir) =>
      existsSync(path.join(dir, 'target/compiled/models')) &&
      readdirSync(path.join(dir, 'target/compiled/models')).length > 20,
    true,
  ],
])('one of a big project that is being %s ends at once', { timeout: 120_000 }, async (_, isThere, isOpen) => {
  const dir = writeProject(BIG)
  const child = startGwh(dir, ['build'])
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  await sleep(1000)
  for (const start = Date.now(); !isThere(dir); await sleep(20))
    if (Date.now() - start > 90_000 || child.exitCode !== null) throw new Error(text)
  const start = Date.now()
  child.kill('SIGINT')
  const [code, signal] = await ended
  expect(Date.now() - start).toBeLessThan(2000)
  expect([code, signal]).toEqual(isOpen ? [130, null] : [null, 'SIGINT'])
  if (isOpen) expect(resultsIn(dir).at(-1)?.unique_id).toBe('operation.small.interrupted.0')
})

test('one whose session lives on when its connection is lost', { timeout: 60_000 }, async () => {
  const sent: string[] = []
  const proxy = await startProxy(await freshPostgres(), (statement, at) => {
    sent.push(statement)
    return commitOfPublishing(statement, sent) ? { at, kind: 'cut off' } : undefined
  })
  onTestFinished(() => proxy.close())
  const { code, stdout, stderr } = await gwh(writeProject(GOOD), OPTIONS, { GWH_POSTGRES_URL: proxy.url })
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('the record of the run says that they are')
})

test('one that a server does not answer', { timeout: 60_000 }, async () => {
  const { url } = await muteServer()
  const { stderr } = await gwh(writeProject(GOOD), OPTIONS, { GWH_POSTGRES_URL: url })
  expect(stderr).toMatch(
    /connection_failed\n {2}127\.0\.0\.1:\d+\/db did not answer within 15 s\.\n[\s\S]* {2}Check the host, the port and the firewall, and whether the server is up\./,
  )
})

test('one that a server ends, for it has been idle too long', { timeout: 60_000 }, async () => {
  const url = new URL(await freshPostgres())
  url.searchParams.set('options', '-c idle_session_timeout=300')
  // It is held back until the server has had enough.
  const proxy = await startProxy(url.href, (statement, at) =>
    /^create table if not exists/.test(statement)
      ? { at, kind: 'meanwhile', act: () => sleep(3000) }
      : undefined,
  )
  onTestFinished(() => proxy.close())
  const { stderr } = await gwh(writeProject(GOOD), OPTIONS, { GWH_POSTGRES_URL: proxy.url })
  expect(stderr).toContain('connection_lost')
  expect(stderr).toContain('`alter role … set idle_session_timeout = 0`')
})

test('a query of `show` that is cut off is no build', { timeout: 60_000 }, async () => {
  const url = await freshPostgres()
  const proxy = await startProxy(url, (statement, at) =>
    statement.includes('as asked') ? { at, kind: 'lost before' } : undefined,
  )
  onTestFinished(() => proxy.close())
  const asked = ['show', '--target', 'pg', '--inline', 'select 1 as asked']
  const { stderr } = await gwh(writeProject(GOOD), asked, { GWH_POSTGRES_URL: proxy.url })
  expect(stderr).toContain('Try again when the database answers.')
  expect(stderr).not.toContain('published')
})

test.each([
  [false, true],
  [true, false],
])('one with `single_schema` %s after %s', { timeout: 60_000 }, async (before, now) => {
  const url = await freshPostgres()
  const dir = writeProject(GOOD)
  const project = textOf(dir, 'project.yml')
  const build = (single: boolean) => {
    const written = project.replace(/(url: \S*GWH_POSTGRES_URL\S*)/, `$1, single_schema: ${single}`)
    expect(written).not.toBe(project)
    writeFiles(dir, { 'project.yml': written })
    return gwh(dir, OPTIONS, { GWH_POSTGRES_URL: url })
  }
  expect(await build(before)).toMatchObject({ code: 0 })
  const { code, stdout, stderr } = await build(now)
  expect(code).toBe(1)
  expect(stderr).toMatch(/gwh has published these relations of `gwh` with(out)? `single_schema/)
  expect(stderr).not.toContain('did not make')
  // before anything is built
  expect(stdout).not.toContain('✓')
  expect(await build(before)).toMatchObject({ code: 0 })
})

test('one whose staging schema has become that of another role', { timeout: 60_000 }, async () => {
  const url = await freshPostgres()
  const role = `narrow_${randomBytes(4).toString('hex')}`
  const sql = (statement: string) => withClient(url, (client) => client.query(statement))
  await sql(
    `create role ${role} login; create schema gwh authorization ${role};
     create schema gwh_gwh authorization ${role}; create schema gwh_stage authorization ${role}`,
  )
  const dir = writeProject(GOOD)
  const env = { GWH_POSTGRES_URL: withParts(url, { user: role }) }
  expect(await gwh(dir, OPTIONS, env)).toMatchObject({ code: 0 })
  await sql('alter schema gwh_stage owner to postgres')
  const { code, stderr } = await gwh(dir, OPTIONS, env)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^project\.yml:\d+:\d+ {2}not_allowed\n/)
  expect(stderr).toMatch(/Role \S+ may not create relations in schema gwh_stage\./)
  await sql(`drop owned by ${role} cascade; drop role ${role}`)
})

test('one that cannot connect', { timeout: 60_000 }, async () => {
  const url = withParts(await freshPostgres(), { database: 'nowhere' })
  const dir = writeProject(GOOD)
  const { code } = await gwh(dir, OPTIONS, { GWH_POSTGRES_URL: url })
  expect(code).toBe(2)
  expect(resultsIn(dir)).toMatchObject([
    {
      unique_id: 'operation.small.connection_failed.0',
      message: expect.stringContaining('There is no database `nowhere`') as string,
    },
  ])
  expect(textOf(dir, JUNIT)).toContain('name="connection_failed"')
})

test('one that cannot be loaded leaves no record of the one before', { timeout: 60_000 }, async () => {
  const dir = writeProject(GOOD)
  expect((await gwh(dir, ['build'])).code).toBe(0)
  expect(existsSync(path.join(dir, RESULTS))).toBe(true)
  writeFiles(dir, { 'project.yml': 'name: [' })
  expect((await gwh(dir, ['build'])).code).toBe(2)
  expect(existsSync(path.join(dir, RESULTS))).toBe(false)
})

test(
  'what dbt has left in that place stays until there is something to say',
  { timeout: 60_000 },
  async () => {
    const dir = writeProject(goodBut({ 'user: user_id': 'user: userid' }))
    const theirs = '{"metadata": {"dbt_version": "1.9.0"}, "results": []}'
    mkdirSync(path.join(dir, 'target'))
    writeFileSync(path.join(dir, RESULTS), theirs)
    expect((await gwh(dir, ['build'])).code).toBe(2)
    expect(textOf(dir, RESULTS)).toBe(theirs)
  },
)
