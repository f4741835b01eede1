/** The command line as users start it: the bundle that global-setup.ts made, in a process of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { placeless } from './projects.ts'

export const DIST = path.resolve(import.meta.dirname, '../../dist')
const CLI = path.join(DIST, 'cli.js')

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NO_COLOR: '1',
  ...env,
})

/** `gwh …` in a project's folder. */
export function gwh(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cli = CLI,
): Promise<Said> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...args],
      { cwd: dir, env: environment(env) },
      (error, stdout, stderr) => {
        resolve({ code: error ? ((error.code as number | undefined) ?? null) : 0, stdout, stderr })
      },
    )
  })
}

/** The same, without waiting for it. */
export const startGwh = (dir: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, [CLI, ...args], {
    cwd: dir,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** All that was said, with what differs from run to run taken out. */
export const screen = (dir: string, { code, stdout, stderr }: Said): string =>
  placeless(dir, `${[stdout, stderr].filter((text) => text !== '').join('--- stderr\n')}exit code ${code}`)
    .replaceAll(/ +\d+\.\d\d? (s|min)\b/g, ' … s')
    .replaceAll(/[ \t]+$/gm, '')
