/** Starts gwh on a target, and waits for its end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type * as Gwh from '../../src/index.ts'
import type { Target } from './targets.ts'
import { SELECTED } from './versions.ts'

const DIST = path.resolve(import.meta.dirname, '../../dist')
const HOOK = path.resolve(import.meta.dirname, 'at_statement.mjs')

export interface Ended {
  readonly code: number | null
  readonly text: string
  /** It had not ended by itself after a minute. */
  readonly hung: boolean
}

export interface How {
  /** Instead of that of the database. */
  readonly url?: string
  /** Loads the hook, with this environment. */
  readonly hook?: Readonly<Record<string, string>>
  /** Builds all that there is, and not what is selected for attacks. */
  readonly isWhole?: boolean
}

export type Child = ReturnType<typeof startGwh>

/** Longer than gwh waits for a server that does not answer. */
const SECONDS = 60

export function startGwh({ engine, dir, url }: Target, how: How) {
  const selection = how.isWhole ? [] : ['--select', ...SELECTED]
  const args = ['build', '--target', engine === 'postgres' ? 'pg' : 'dev', ...selection]
  return spawn(
    process.execPath,
    [...(how.hook ? ['--import', HOOK] : []), path.join(DIST, 'cli.js'), ...args],
    {
      cwd: dir,
      env: {
        PATH: process.env['PATH'],
        NO_COLOR: '1',
        GWH_POSTGRES_URL: how.url ?? url,
        ...how.hook,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
}

export async function ended(child: Child): Promise<Ended> {
  let [text, hung] = ['', false]
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const timer = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, SECONDS * 1000)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, text, hung }
}

export const gwh = (target: Target, how: How): Promise<Ended> => ended(startGwh(target, how))

/** A build that nobody disturbs; a server takes a moment to notice that a client is gone. */
export async function cleanBuild(target: Target): Promise<{ code: number | null; text: string }> {
  for (let tries = 0; ; tries++) {
    const said = target.isWarm ? await buildHere(target) : await gwh(target, {})
    if (!said.text.includes('warehouse_locked') || tries === 20) return said
    await sleep(250)
  }
}

let library: Promise<typeof Gwh> | undefined

/** The same in this process, without the time that a start takes. */
async function buildHere({ engine, dir, url }: Target): Promise<{ code: number; text: string }> {
  library ??= import(pathToFileURL(path.join(DIST, 'index.js')).href) as Promise<typeof Gwh>
  const { load, run, ProblemError } = await library
  try {
    const options = { target: engine === 'postgres' ? 'pg' : 'dev', env: { GWH_POSTGRES_URL: url } }
    const { ok, results } = await run(load(dir, options), { command: 'build', select: SELECTED })
    const bad = results.filter(({ status }) => status === 'error' || status === 'fail')
    return { code: ok ? 0 : 1, text: bad.map(({ name, message }) => `${name}: ${message}`).join('\n') }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const codes = error.problems.map(({ code }) => code).join(', ')
    return { code: error.exitCode, text: `${codes}\n${error.message}` }
  }
}
