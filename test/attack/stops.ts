/** Attacks a build at one of its statements, and holds what gwh says about publishing against what readers see. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { writeFiles } from '../support/files.ts'
import type { Kind } from './attacks.ts'
import { ended, gwh, startGwh, type Child, type Ended } from './builds.ts'
import { startProxy, type Attack } from './proxy.ts'
import { readAlong, sorted, versionsOf, type Seen } from './readers.ts'
import { sceneOf } from './scenes.ts'
import { makeRoom } from './small_disk.ts'
import type { Target } from './targets.ts'
import { QUERY, versioned } from './versions.ts'

export interface Stopped extends Ended {
  readonly kind: Kind
  readonly at: number
  readonly statement: string
  /** Milliseconds from the attack to the end of the process. */
  readonly took: number
  readonly told: 'published' | 'not published' | 'unknown' | 'nothing'
  /** What the relations say afterwards, one version each. */
  readonly versions: readonly number[]
  /** What readers saw meanwhile. */
  readonly seen: Seen
}

/** What the end of the output says; what is said twice must be the same. */
export function toldIn(text: string): Stopped['told'] {
  const says: Stopped['told'][] = [
    ...(/^Published \d+ relation/m.test(text) ? (['published'] as const) : []),
    ...(/Nothing was published|stays as it was/.test(text) ? (['not published'] as const) : []),
    ...(/is not known/.test(text) ? (['unknown'] as const) : []),
  ]
  if (says.length > 1) throw new Error(`said both ${says.join(' and ')}:\n${text}`)
  return says[0] ?? 'nothing'
}

/** A statement of a build when nothing happens. */
export interface Statement {
  readonly text: string
  /** Milliseconds; on DuckDB only. */
  readonly took: number
}

/** @param isWhole of a build of all that there is */
export async function statementsOf(target: Target, isWhole = false): Promise<readonly Statement[]> {
  if (target.engine === 'postgres') {
    const proxy = await startProxy(target.url, () => undefined)
    await gwh(target, { url: proxy.url, isWhole })
    await proxy.close()
    return proxy.statements.map((text) => ({ text, took: 0 }))
  }
  const { facts } = await withHook(target, { ATTACK_AT: '0' }, isWhole)
  return facts.flatMap(({ done, statement = '', took = 0 }) =>
    done === undefined ? [] : [{ text: statement, took }],
  )
}

/** A statement by its number, or the first that is as asked; on PostgreSQL only. */
export type At = number | ((statement: string, sent: readonly string[]) => boolean)

/** The COMMIT of publishing, and not that of a file that was loaded. */
export const commitOfPublishing = (statement: string, sent: readonly string[]): boolean =>
  /^commit$/i.test(statement) && sent.some((earlier) => /insert into gwh_gwh\.runs/.test(earlier))

/**
 * Builds version `next`, and attacks at a statement.
 * @param delay milliseconds that the statement may run before the process is killed at work
 * @returns undefined where the build was over before
 */
export async function stopAt(
  target: Target,
  kind: Kind,
  at: At,
  next: number,
  delay = 0,
): Promise<Stopped | undefined> {
  writeFiles(target.dir, versioned(next))
  const said =
    target.engine === 'postgres'
      ? await stopOnPostgres(target, kind, at)
      : await stopOnDuckDB(target, kind, Number(at), delay)
  return said && { ...said, kind, told: toldIn(said.text), versions: await versionsOf(target) }
}

type Said = Pick<Stopped, 'statement' | 'code' | 'took' | 'text' | 'at' | 'hung' | 'seen'>

async function stopOnPostgres(target: Target, kind: Kind, at: At): Promise<Said | undefined> {
  const [reader, scene] = await Promise.all([readAlong(target), sceneOf(target, kind)])
  let [began, number, statement] = [0, 0, '']
  const earlier: string[] = []
  const running: { child?: Child } = {}
  const proxy = await startProxy(target.url, (text, n): Attack => {
    earlier.push(text)
    if (typeof at === 'number' ? n !== at : !at(text, earlier)) return undefined
    ;[began, number, statement] = [Date.now(), n, text]
    if (kind === 'lost before' || kind === 'lost after' || kind === 'swallowed' || kind === 'gone after')
      return { at: n, kind }
    return { at: n, kind: 'meanwhile', act: () => scene.before(running.child!) }
  })
  running.child = startGwh(target, { url: proxy.url })
  const { code, text, hung } = await ended(running.child)
  const took = Date.now() - began
  await proxy.close()
  await scene.over()
  const seen = await reader.stop()
  return proxy.happened ? { at: number, statement, code, took, text, hung, seen } : undefined
}

/** What the hook has written down. */
interface Fact {
  readonly at?: number
  readonly began?: number
  readonly done?: number
  readonly statement?: string
  readonly took?: number
  readonly read?: readonly number[]
}

async function withHook(
  target: Target,
  env: Readonly<Record<string, string>>,
  isWhole = false,
): Promise<{ said: Ended; facts: readonly Fact[] }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-hook-'))
  const report = path.join(folder, 'report')
  try {
    const said = await gwh(target, {
      isWhole,
      hook: { ATTACK_QUERY: QUERY, ATTACK_REPORT: report, ATTACK_FILLER: target.filler ?? '', ...env },
    })
    const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n') : []
    return { said, facts: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Fact) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function stopOnDuckDB(
  target: Target,
  kind: Kind,
  at: number,
  delay: number,
): Promise<Said | undefined> {
  const { said, facts } = await withHook(target, {
    ATTACK_AT: String(at),
    ATTACK_KIND: kind,
    ATTACK_DELAY: String(delay),
  })
  const end = Date.now()
  if (target.filler !== undefined) makeRoom(target.filler)
  const attack = facts.find((fact) => fact.at === at)
  if (!attack) return undefined
  const seen = sorted(facts.flatMap(({ read }) => (read ? [read] : [])))
  return { ...said, at, statement: attack.statement ?? '', took: end - (attack.began ?? end), seen }
}
