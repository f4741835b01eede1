/** A PostgreSQL server all of whose data, its log included, is on a small disk; it may end for lack of room. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { account, findBinaries } from '../support/postgres-binaries.ts'
import { withClient } from '../support/postgres-url.ts'
import { makeRoom, smallDisk } from './small_disk.ts'

export interface SmallServer {
  readonly adminUrl: string
  readonly filler: string
  /** Starts it where it has ended, and waits until it answers. */
  revive(): Promise<void>
  remove(): Promise<void>
}

/** A log in small pieces, so that it needs room often. */
const SETTINGS = ['listen_addresses=', 'shared_buffers=16MB', 'max_connections=20', 'min_wal_size=2MB']
const SECONDS = 60

/** @returns a sentence where the machine does not let it be had */
export async function startSmallServer(size: string): Promise<SmallServer | string> {
  const disk = smallDisk(size)
  if (typeof disk === 'string') return disk
  // Apart from the disk: programs that must be copied, the socket and the messages of the server.
  const folder = mkdtempSync('/tmp/gwh-sm-')
  const data = path.join(disk.folder, 'data')
  mkdirSync(data)
  if (account.uid !== undefined && account.gid !== undefined)
    for (const owned of [folder, data]) chownSync(owned, account.uid, account.gid)
  const bin = findBinaries(folder)
  const options = { ...account, cwd: folder, env: { LC_ALL: 'C.UTF-8', HOME: folder } }
  const flags = ['-U', 'postgres', '-A', 'trust', '--no-sync', '--locale=C.UTF-8', '-E', 'UTF8']
  const made = spawnSync(path.join(bin, 'initdb'), ['-D', data, ...flags, '--wal-segsize=1'], {
    ...options,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
  const log = path.join(folder, 'server.log')
  const adminUrl = `postgresql://postgres@localhost/postgres?host=${folder}`
  let child: ChildProcess | undefined
  const { filler } = disk
  const kill = () => void child?.kill('SIGQUIT')
  process.on('exit', kill)

  const server: SmallServer = {
    adminUrl,
    filler,
    async revive() {
      const deadline = Date.now() + SECONDS * 1000
      for (;;) {
        if (!child || child.exitCode !== null || child.signalCode !== null) child = start()
        try {
          await withClient(adminUrl, (client) => client.query('select 1'))
          return
        } catch (error) {
          if (Date.now() > deadline)
            throw new Error(`the server does not start:\n${readFileSync(log, 'utf8').slice(-2000)}`, {
              cause: error,
            })
          await sleep(20)
        }
      }
    },
    async remove() {
      process.off('exit', kill)
      if (child && child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGQUIT')
        await gone
      }
      disk.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }

  function start(): ChildProcess {
    // Whatever an ended server has left says that one is running.
    makeRoom(filler)
    const messages = openSync(log, 'a')
    const settings = [...SETTINGS, `unix_socket_directories=${folder}`].flatMap((s) => ['-c', s])
    return spawn(path.join(bin, 'postgres'), ['-D', data, ...settings], {
      ...options,
      stdio: ['ignore', messages, messages],
    })
  }

  try {
    await server.revive()
    return server
  } catch (error) {
    await server.remove()
    throw error
  }
}
