/** PgBouncer before a PostgreSQL server, where it is installed. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ProblemError } from '../src/problems.ts'
import { freshPostgres } from './support/databases.ts'
import { account } from './support/postgres-binaries.ts'
import { withClient } from './support/postgres-url.ts'
import { build, GOOD, writeProject } from './support/projects.ts'

const isInstalled = spawnSync('pgbouncer', ['--version']).status === 0
const SECONDS = 20

/** @returns the URL of the database by way of the pooler */
async function poolerBefore(url: string, settings: string): Promise<string> {
  const real = new URL(url)
  const folder = mkdtempSync('/tmp/gwh-pool-')
  chmodSync(folder, 0o777)
  const host = real.searchParams.get('host') ?? real.hostname
  const password = real.password === '' ? '' : ` password=${decodeURIComponent(real.password)}`
  writeFileSync(
    path.join(folder, 'pgbouncer.ini'),
    `[databases]
stats = host=${host} port=${real.port || '5432'} dbname=${real.pathname.slice(1)} user=${real.username}${password}
[pgbouncer]
listen_addr =
unix_socket_dir = ${folder}
auth_type = any
${settings}
`,
  )
  const child: ChildProcess = spawn('pgbouncer', ['-q', path.join(folder, 'pgbouncer.ini')], {
    ...account,
    cwd: folder,
    stdio: 'ignore',
  })
  onTestFinished(async () => {
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true, force: true })
  })
  const pooled = `postgresql://${real.username}@localhost:6432/stats?host=${folder}`
  for (const start = Date.now(); ; await sleep(50)) {
    const answer = await withClient(pooled, (client) => client.query('select 1')).catch(
      (error: unknown) => error,
    )
    if (!(answer instanceof Error)) return pooled
    if (Date.now() - start > SECONDS * 1000) throw answer
  }
}

const buildAt = (url: string) =>
  build(writeProject(GOOD), { target: 'pg', env: { GWH_POSTGRES_URL: url } }).then(
    ({ ok }) => (ok ? 'published' : 'failed'),
    (error: unknown) => {
      if (!(error instanceof ProblemError)) throw error
      return error.message
    },
  )

/** What another client of the pool finds set. */
const settingsOf = (url: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<Record<string, string>>(
      "select current_setting('search_path') as path, current_setting('enable_nestloop') as loops",
    )
    return rows[0]
  })

const UNTOUCHED = { path: '"$user", public', loops: 'on' }

test
  .skipIf(!isInstalled)
  .each([
    ['pool_mode = transaction'],
    ['pool_mode = transaction\ndefault_pool_size = 1'],
    ['pool_mode = transaction\nserver_round_robin = 1'],
    ['pool_mode = statement'],
  ])('a session that others get too is refused before anything is set: %s', async (settings) => {
  const url = await poolerBefore(await freshPostgres(), settings)
  const refusal = await buildAt(url)
  expect(refusal).toContain('gives each transaction another session.')
  expect(refusal).toContain('(in PgBouncer `pool_mode = session`)')
  expect(await settingsOf(url)).toEqual(UNTOUCHED)
})

test.skipIf(!isInstalled)('a session of its own is as good as a connection', async () => {
  const real = await freshPostgres()
  const url = await poolerBefore(real, 'pool_mode = session\nserver_reset_query = DISCARD ALL')
  expect(await buildAt(url)).toBe('published')
  // The lock went with the session.
  expect(await buildAt(url)).toBe('published')
  expect(await settingsOf(url)).toEqual(UNTOUCHED)
})
