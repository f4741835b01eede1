/** Small projects written into folders of their own, and what gwh says about them as a user reads it. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { load, run, type RunOptions, type RunOutcome } from '../../src/gwh.ts'
import { ProblemError } from '../../src/problems.ts'
import type { LoadOptions } from '../../src/project/load.ts'
import { GOOD, writeFiles, type Files } from './files.ts'

export { GOOD, writeFiles, type Files } from './files.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** The folder of a new project; it goes when the tests of the file have run. */
export function writeProject(files: Files): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-project-'))
  folders.push(dir)
  writeFiles(dir, files)
  return dir
}

/** The good project with text of its project.yml replaced, and with other files. */
export function goodBut(replaced: Readonly<Record<string, string>>, files: Files = {}): Files {
  let text = GOOD['project.yml'] ?? ''
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`the project has no ${JSON.stringify(from)}`)
    text = text.replace(from, () => to)
  }
  return { ...GOOD, 'project.yml': text, ...files }
}

export type BuildOptions = LoadOptions & Partial<RunOptions>

/** `gwh build` without the command line; without the environment of whoever runs the tests. */
export function build(dir: string, options: BuildOptions = {}): Promise<RunOutcome> {
  const { target, envFile, vars, env = {}, ...rest } = options
  return run(load(dir, { target, envFile, vars, env }), { command: 'build', ...rest })
}

/** What is thrown as text, the project's folder as `<project>`, and the exit code below it. */
export async function problems(dir: string, work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return placeless(dir, `${error.message}\n\nexit code ${error.exitCode}`)
  }
  throw new Error('nothing was found to be wrong')
}

/** The problems of a project's configuration. */
export function problemsOf(files: Files, options: LoadOptions = {}): Promise<string> {
  const dir = writeProject(files)
  return problems(dir, () => load(dir, { env: {}, ...options }))
}

/** The problems of a build that does not get as far as its models. */
export function buildProblems(files: Files, options: BuildOptions = {}): Promise<string> {
  const dir = writeProject(files)
  return problems(dir, () => build(dir, options))
}

export function placeless(dir: string, text: string): string {
  return text.replaceAll(path.relative(process.cwd(), dir), '<project>').replaceAll(dir, '<project>')
}
