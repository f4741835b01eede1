/** Projects that are built again and again while they are attacked, each on a database of its own. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { makeDatabase, withClient, withParts } from '../support/postgres-url.ts'
import { writeFiles } from '../support/files.ts'
import { PROJECT } from '../support/versions.ts'
import type { Place } from './attacks.ts'
import { cleanBuild } from './builds.ts'
import { smallDisk } from './small_disk.ts'
import { startSmallServer } from './small_server.ts'
import { FIRST, versioned } from './versions.ts'

export type Engine = 'duckdb' | 'postgres'

/** The server on which databases are made. */
export interface ServerOf {
  readonly adminUrl: string
  readonly prefix: string
}

export interface Target {
  readonly engine: Engine
  readonly dir: string
  /** Of the database, as who builds; empty on DuckDB. */
  readonly url: string
  /** The same, as who may do everything. */
  readonly owner: string
  /** The database file of DuckDB. */
  readonly file: string
  /** Who builds, where that is no superuser. */
  readonly role?: string | undefined
  /** A file that may take all the room of the disk. */
  readonly filler?: string | undefined
  /** Starts the server again, where it has ended. */
  readonly revive?: (() => Promise<void>) | undefined
  /** Whether undisturbed builds may run in this process, which is faster. */
  readonly isWarm: boolean
  remove(): Promise<void>
}

export interface Wanted {
  readonly engine: Engine
  readonly place: Place
  readonly server: ServerOf
  readonly isWarm?: boolean
}

/** Enough for two versions of the database, and little enough to be filled in no time. */
const DISK = '64m'
const SERVER_DISK = '160m'

/** A target that is built once; a sentence where the machine does not let it be had. */
export async function makeTarget(wanted: Wanted): Promise<Target | string> {
  const { engine, place, server, isWarm = false } = wanted
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-attack-'))
  const undo: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })]
  const remove = async () => {
    for (const step of undo.reverse()) await step()
  }
  try {
    writeFiles(dir, { ...PROJECT, ...versioned(FIRST) })
    const made = await placed(wanted, dir, undo)
    if (typeof made === 'string') {
      await remove()
      return made
    }
    const target = { engine, dir, isWarm, remove, ...made }
    const said = await cleanBuild(target)
    if (said.code !== 0) throw new Error(`the project cannot be built (${place}):\n${said.text}`)
    return target
  } catch (error) {
    await remove()
    throw error
  }

  async function placed(
    { engine, place }: Wanted,
    dir: string,
    undo: (() => unknown)[],
  ): Promise<Omit<Target, 'engine' | 'dir' | 'isWarm' | 'remove'> | string> {
    const nowhere = { url: '', owner: '', file: path.join(dir, 'target/small.duckdb') }
    // Readers and others are asked to wait for a second only, so that a run which waits is over soon.
    const project = readFileSync(path.join(dir, 'project.yml'), 'utf8')
      .replace('}\ngroup_keys', ', publish_wait: 1 }\ngroup_keys')
      .replace('small.duckdb }', 'small.duckdb, threads: 1 }')
    writeFiles(dir, { 'project.yml': project })
    if (place === 'small server') {
      const small = await startSmallServer(SERVER_DISK)
      if (typeof small === 'string') return small
      undo.push(() => small.remove())
      const url = await makeDatabase(small.adminUrl, 'attack')
      return { ...nowhere, url, owner: url, filler: small.filler, revive: () => small.revive() }
    }
    if (place === 'small disk') {
      if (engine === 'postgres' && process.env['GWH_TEST_PG_URL'] !== undefined)
        return 'a server that is given by GWH_TEST_PG_URL may be on another machine'
      const disk = smallDisk(DISK)
      if (typeof disk === 'string') return disk
      undo.push(() => disk.remove())
      if (engine === 'duckdb') {
        const file = path.join(disk.folder, 'small.duckdb')
        writeFiles(dir, {
          'project.yml': `external_paths: ['${disk.folder}']\n${project.replace('target/small.duckdb', file)}`,
        })
        return { ...nowhere, file, filler: disk.filler }
      }
      const name = `small_${randomBytes(4).toString('hex')}`
      const database = `${server.prefix}_${name}`
      const url = withParts(server.adminUrl, { database })
      await asAdmin(`create tablespace ${name} location '${disk.folder}'`)
      await asAdmin(`create database ${database} template template0 strategy file_copy tablespace ${name}`)
      undo.push(async () => {
        await asAdmin(`drop database ${database} with (force)`)
        await asAdmin(`drop tablespace ${name}`)
      })
      return { ...nowhere, url, owner: url, filler: disk.filler }
    }
    if (engine === 'duckdb') return nowhere
    const owner = await makeDatabase(server.adminUrl, server.prefix)
    const role = `narrow_${randomBytes(4).toString('hex')}`
    if (place === 'narrow role') undo.push(() => asAdmin(`drop role if exists ${role}`))
    undo.push(() => asAdmin(`drop database ${new URL(owner).pathname.slice(1)} with (force)`))
    if (place !== 'narrow role') return { ...nowhere, url: owner, owner }
    await withClient(owner, async (client) => {
      await client.query(`create role ${role} login password 'secret'`)
      for (const schema of SCHEMAS) await client.query(`create schema ${schema} authorization ${role}`)
    })
    return { ...nowhere, url: withParts(owner, { user: role, password: 'secret' }), owner, role }
  }

  function asAdmin(statement: string) {
    return withClient(server.adminUrl, (client) => client.query(statement))
  }
}

/** Those in which gwh builds on PostgreSQL. */
export const SCHEMAS = ['gwh', 'gwh_gwh', 'gwh_stage'] as const
