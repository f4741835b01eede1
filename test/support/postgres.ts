/**
 * A real PostgreSQL server for the tests, in a temporary folder and on a unix socket, so that nothing has to
 * be installed, no port can clash and two runs never meet. GWH_TEST_PG_URL names a server to use instead; its
 * databases are then removed at the end and nothing else on it is touched.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { account, findBinaries } from './postgres-binaries.ts'
import { dropDatabases, makeDatabase, withClient, withParts } from './postgres-url.ts'

export interface PostgresServer {
  /** Its maintenance database, as a user who may create databases. */
  readonly adminUrl: string
  /** The names of all databases made on it start with this. */
  readonly prefix: string
  url(database?: string, user?: string, password?: string): string
  /** A fresh, empty database; returns its URL. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Fast rather than safe: a crash of the machine may lose what tests wrote. */
const SETTINGS = [
  'listen_addresses=',
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'shared_buffers=64MB',
  'max_connections=100',
]
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const START_SECONDS = 60
/** The longest path of a unix socket that every system takes (macOS: 104 bytes with the final zero). */
const SOCKET_PATH_BYTES = 103

export async function startPostgres(): Promise<PostgresServer> {
  const prefix = `gwh_test_${randomBytes(4).toString('hex')}`
  const given = process.env['GWH_TEST_PG_URL']
  if (given !== undefined && given !== '') return server(given, prefix, () => dropDatabases(given, prefix))

  const folder = makeFolder()
  try {
    const child = launch(folder)
    const remove = removeAtExit(child, folder)
    try {
      const adminUrl = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder).replaceAll('%2F', '/')}`
      await ready(child, adminUrl, folder)
      await withClient(adminUrl, (client) => client.query(`create role locked login password 'right'`))
      return server(adminUrl, prefix, remove)
    } catch (error) {
      await remove()
      throw error
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function server(adminUrl: string, prefix: string, stop: () => Promise<void>): PostgresServer {
  return {
    adminUrl,
    prefix,
    stop,
    createDatabase: () => makeDatabase(adminUrl, prefix),
    url: (database, user, password) =>
      withParts(adminUrl, {
        ...(database === undefined ? {} : { database }),
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password }),
      }),
  }
}

/** A private folder that the server's account can enter and whose path leaves room for the socket's name. */
function makeFolder(): string {
  for (const parent of new Set([os.tmpdir(), '/tmp'])) {
    const folder = mkdtempSync(path.join(parent, 'gwh-pg-'))
    if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid)
    const enters = spawnSync('ls', [folder], { ...account, cwd: '/' }).status === 0
    const fits = Buffer.byteLength(path.join(folder, '.s.PGSQL.5432')) <= SOCKET_PATH_BYTES
    if (enters && fits) return folder
    rmSync(folder, { recursive: true })
  }
  throw new Error(
    `neither ${os.tmpdir()} nor /tmp can hold a PostgreSQL server: set TMPDIR to a short public path`,
  )
}

function launch(folder: string): ChildProcess {
  const bin = findBinaries(folder)
  const data = path.join(folder, 'data')
  // PGPORT and its like would reach the server; the tests' own settings must not depend on them.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C.UTF-8', HOME: folder }
  const options = { ...account, env, cwd: folder }

  const flags = [
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-sync',
    '--no-instructions',
    '--locale=C.UTF-8',
    '-E',
    'UTF8',
  ]
  const made = spawnSync(path.join(bin, 'initdb'), ['-D', data, ...flags], { ...options, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
  // The first rule that matches counts, so `locked` needs a password and everybody else gets in.
  const rules = path.join(data, 'pg_hba.conf')
  writeFileSync(rules, `local all locked scram-sha-256\n${readFileSync(rules, 'utf8')}`)

  const log = openSync(path.join(folder, 'server.log'), 'w')
  const settings = [...SETTINGS, `unix_socket_directories=${folder}`].flatMap((setting) => ['-c', setting])
  const child = spawn(path.join(bin, 'postgres'), ['-D', data, ...settings], {
    ...options,
    stdio: ['ignore', log, log],
  })
  child.unref()
  return child
}

async function ready(child: ChildProcess, adminUrl: string, folder: string): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000
  for (;;) {
    try {
      await withClient(adminUrl, (client) => client.query('select 1'))
      return
    } catch (error) {
      if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
        await sleep(20)
        continue
      }
      const log = readFileSync(path.join(folder, 'server.log'), 'utf8').slice(-2000)
      throw new Error(`PostgreSQL did not start within ${START_SECONDS} s.\n${log}`, { cause: error })
    }
  }
}

/**
 * Arranges that neither the server nor its folder outlives this process, however it ends (save a kill -9),
 * and returns the orderly way to be rid of both.
 */
function removeAtExit(child: ChildProcess, folder: string): () => Promise<void> {
  const forget = (): void => {
    process.off('exit', atOnce)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  const atOnce = (): void => {
    forget()
    child.kill('SIGQUIT')
    // Nothing asynchronous runs any more here; the server removes this file as its last act.
    const pidFile = path.join(folder, 'data', 'postmaster.pid')
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let i = 0; i < 250 && existsSync(pidFile); i++) Atomics.wait(pause, 0, 0, 20)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    atOnce()
    // With no other listener the signal has to do what it would have done without us.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  process.on('exit', atOnce)
  for (const signal of SIGNALS) process.on(signal, onSignal)

  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.ref()
      child.kill('SIGINT')
      await gone
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    forget()
  }
}
