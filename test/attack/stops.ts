/**
 * Signals, kills and lost connections at the statements of a build: what gwh says about publishing is held against
 * what readers see afterwards.
 */
import { DuckDBInstance } from '@duckdb/node-api'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { writeFiles } from '../support/files.ts'
import { COUNTS, PROJECT, QUERY, version } from '../support/versions.ts'
import { startProxy, type Attack } from './proxy.ts'

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.js')
const HOOK = path.resolve(import.meta.dirname, 'at_statement.mjs')

export type Kind =
  'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'lost before' | 'lost after' | 'swallowed' | 'gone after'
const SIGNALS: readonly Kind[] = ['SIGINT', 'SIGTERM', 'SIGKILL']

export interface Stopped {
  readonly kind: Kind
  readonly at: number
  readonly statement: string
  readonly code: number | null
  /** Milliseconds from the attack to the end of the process. */
  readonly took: number
  readonly text: string
  readonly told: 'published' | 'not published' | 'unknown' | 'nothing'
  /** What the relations say afterwards, one version each. */
  readonly versions: readonly number[]
  /** What a reader saw meanwhile that was not of one version; nobody else can read a file of DuckDB that is written. */
  readonly torn: readonly (readonly number[])[]
  /** How often it looked. */
  readonly reads: number
}

/** One project on one engine that is built again and again. */
export interface Target {
  readonly engine: 'duckdb' | 'postgres'
  readonly dir: string
  /** Of the database; empty on DuckDB. */
  readonly url: string
}

/**
 * What must hold after an attack on a build of `next` over `before`.
 * @param patience milliseconds that the end may take
 * @returns what does not, in sentences
 */
export function faultsOf(stopped: Stopped, before: number, next: number, patience = 2000): string[] {
  const { kind, at, statement, code, took, told, versions, torn, text } = stopped
  const place = `${kind} at statement ${at} (${statement.replaceAll(/\s+/g, ' ').slice(0, 60)})`
  const faults: string[] = []
  const [found] = versions
  if (new Set(versions).size !== 1 || versions.length !== COUNTS.length)
    faults.push(`torn: ${versions.join(', ')}`)
  for (const seen of torn) faults.push(`torn for a reader: ${seen.join(', ')}`)
  if (found !== before && found !== next) faults.push(`version ${found} is neither ${before} nor ${next}`)
  if (told === 'published' && found !== next) faults.push('said to be published, and is not')
  if (told === 'not published' && found !== before) faults.push('said not to be published, and is')
  if (told === 'nothing' && kind !== 'SIGKILL') faults.push('nothing is said about publishing')
  if (/fault in gwh|\n +at .*\.js:/.test(text)) faults.push('told as a fault of gwh')
  if (kind === 'SIGINT' && code !== 130) faults.push(`exit code ${code}`)
  if (kind === 'SIGTERM' && code !== 143) faults.push(`exit code ${code}`)
  if ((kind === 'SIGINT' || kind === 'SIGTERM') && took > patience) faults.push(`${took} ms to the end`)
  if (kind.startsWith('lost') && !(code === 0 ? found === next : code === 1 || code === 2))
    faults.push(`exit code ${code}`)
  return faults.map((fault) => `${place}: ${fault}\n${text}`)
}

/** What the end of the output says; what is said twice must be the same. */
function toldIn(text: string): Stopped['told'] {
  const says: Stopped['told'][] = [
    ...(/^Published \d+ relation/m.test(text) ? (['published'] as const) : []),
    ...(/Nothing was published|stays as it was/.test(text) ? (['not published'] as const) : []),
    ...(/is not known/.test(text) ? (['unknown'] as const) : []),
  ]
  if (says.length > 1) throw new Error(`said both ${says.join(' and ')}:\n${text}`)
  return says[0] ?? 'nothing'
}

export async function prepared(target: Omit<Target, 'dir'>, dir: string): Promise<Target> {
  writeFiles(dir, { ...PROJECT, ...version(1) })
  const made = { ...target, dir }
  const said = await cleanBuild(made)
  if (said.code !== 0) throw new Error(`the project cannot be built:\n${said.text}`)
  return made
}

/** Statements of a build when nothing happens. */
export async function statementsOf(target: Target): Promise<number> {
  if (target.engine === 'postgres') {
    const proxy = await startProxy(target.url, () => undefined)
    await gwh(target, { url: proxy.url })
    await proxy.close()
    return proxy.statements.length
  }
  const report = reportFile()
  await gwh(target, { hook: { ATTACK_AT: '0', ATTACK_REPORT: report } })
  return Number(readFileSync(report, 'utf8'))
}

/** A statement by its number, or the first that is as asked; on PostgreSQL only. */
export type At = number | ((statement: string, sent: readonly string[]) => boolean)

/** The COMMIT of publishing, and not that of a file that was loaded. */
export const commitOfPublishing = (statement: string, sent: readonly string[]): boolean =>
  /^commit$/i.test(statement) && sent.some((earlier) => /insert into gwh_gwh\.runs/.test(earlier))

/** Builds version `next`, and attacks at a statement. @returns undefined where the build was over before */
export async function stopAt(target: Target, kind: Kind, at: At, next: number): Promise<Stopped | undefined> {
  writeFiles(target.dir, version(next))
  const reader = await readAlong(target)
  const said =
    target.engine === 'postgres'
      ? await stopOnPostgres(target, kind, at)
      : await stopOnDuckDB(target, kind, Number(at))
  const { torn, reads } = await reader.stop()
  if (!said) return undefined
  return { ...said, torn, reads, kind, told: toldIn(said.text), versions: await versionsOf(target) }
}

/** Somebody who reads all relations in one query, again and again. */
async function readAlong({
  engine,
  url,
}: Target): Promise<{ stop(): Promise<Pick<Stopped, 'torn' | 'reads'>> }> {
  if (engine !== 'postgres') return { stop: () => Promise.resolve({ torn: [], reads: 0 }) }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const torn: number[][] = []
  let [reads, isStopped] = [0, false]
  const reading = (async () => {
    while (!isStopped) {
      const { rows } = await client.query<{ n: number }>(QUERY)
      const seen = rows.map(({ n }) => n)
      if (new Set(seen).size !== 1 || seen.length !== COUNTS.length) torn.push(seen)
      reads++
      await sleep(5)
    }
  })()
  return {
    async stop() {
      isStopped = true
      await reading
      await client.end()
      return { torn, reads }
    },
  }
}

type Said = Pick<Stopped, 'statement' | 'code' | 'took' | 'text' | 'at'>

async function stopOnPostgres(target: Target, kind: Kind, at: At): Promise<Said | undefined> {
  let [began, number, statement] = [0, 0, '']
  const earlier: string[] = []
  const running: { child?: Child } = {}
  const proxy = await startProxy(target.url, (text, n): Attack => {
    earlier.push(text)
    if (typeof at === 'number' ? n !== at : !at(text, earlier)) return undefined
    ;[began, number, statement] = [Date.now(), n, text]
    if (kind === 'lost before' || kind === 'lost after' || kind === 'swallowed' || kind === 'gone after')
      return { at: n, kind }
    return { at: n, kind: 'meanwhile', act: () => void running.child?.kill(kind) }
  })
  running.child = startGwh(target, { url: proxy.url })
  const { code, text } = await ended(running.child)
  const took = Date.now() - began
  await proxy.close()
  return proxy.happened ? { at: number, statement, code, took, text } : undefined
}

async function stopOnDuckDB(target: Target, kind: Kind, at: number): Promise<Said | undefined> {
  const report = reportFile()
  rmSync(report, { force: true })
  const { code, text } = await gwh(target, {
    hook: { ATTACK_AT: String(at), ATTACK_SIGNAL: kind, ATTACK_REPORT: report },
  })
  if (!existsSync(report)) return undefined
  const [, began, statement = ''] = /^(\d+) ([\s\S]*)$/.exec(readFileSync(report, 'utf8')) ?? []
  return { at, statement, code, took: Date.now() - Number(began), text }
}

const reportFile = () => path.join(os.tmpdir(), `gwh-attack-${process.pid}`)

export const signalsOf = (engine: Target['engine']): readonly Kind[] =>
  engine === 'postgres' ? [...SIGNALS, 'lost before', 'lost after'] : SIGNALS

/** A build that nobody disturbs; a server takes a moment to notice that a client is gone. */
export async function cleanBuild(target: Target): Promise<{ code: number | null; text: string }> {
  for (let tries = 0; ; tries++) {
    const said = await gwh(target, {})
    if (!said.text.includes('warehouse_locked') || tries === 20) return said
    await sleep(250)
  }
}

export async function versionsOf({ engine, dir, url }: Target): Promise<number[]> {
  if (engine === 'postgres') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<{ place: number; n: number }>(`${QUERY} order by place`)).rows.map(
        ({ n }) => n,
      )
    } finally {
      await client.end()
    }
  }
  const instance = await DuckDBInstance.create(path.join(dir, 'target/small.duckdb'), {
    access_mode: 'READ_ONLY',
  })
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(`${QUERY} order by place`)).getRowObjectsJS()
  connection.closeSync()
  instance.closeSync()
  return rows.map((row) => Number(row['n']))
}

type Child = ReturnType<typeof startGwh>

interface How {
  /** Instead of that of the database. */
  readonly url?: string
  /** Loads the hook, with this environment. */
  readonly hook?: Readonly<Record<string, string>>
}

function startGwh({ engine, dir, url }: Target, how: How) {
  const args = ['build', '--target', engine === 'postgres' ? 'pg' : 'dev']
  return spawn(process.execPath, [...(how.hook ? ['--import', HOOK] : []), CLI, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], NO_COLOR: '1', GWH_POSTGRES_URL: how.url ?? url, ...how.hook },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ended(child: Child): Promise<{ code: number | null; text: string }> {
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

const gwh = (target: Target, how: How) => ended(startGwh(target, how))
