/** Environment variables, and the `.env` file that they may stand in. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Problem } from '../problems.ts'
import type { Broken } from './broken.ts'
import { envLines } from './env_lines.ts'
import { isInside, linkedOutside } from './inside.ts'
import type { Variables } from './variables.ts'

export interface EnvironmentOptions {
  /** A file of NAME=value lines below the process's own environment; default: `.env` of the project's folder, if there; false: none. */
  readonly envFile?: string | false | undefined
  /** The environment; default: the process's. */
  readonly env?: Variables | undefined
}

/**
 * The process's own variables, and those of the file for --dotenv, else of `.env` in the project's folder where
 * there is one. The process's own win, as with every reader of such files.
 * @param broken is told where the file cannot be read: any variable may be in it
 */
export function environmentOf(
  options: EnvironmentOptions,
  dir: string,
  problems: Problem[],
  broken: Broken,
): Variables {
  const env = options.env ?? process.env
  const named = options.envFile
  if (named === false) return env
  const file = named ?? path.join(dir, '.env')
  if (named === undefined && !existsSync(file)) return env
  const given =
    named === undefined && !isInside({ dir, external_paths: [] }, file) ? OUTSIDE : textOf(file, named)
  if (typeof given === 'string') return { ...envLines(given), ...env }
  problems.push(given)
  broken.add('environment', undefined)
  return env
}

const OUTSIDE: Problem = { ...linkedOutside('.env'), fix: 'If that is meant, name it: `--dotenv .env`.' }

/** What stands in the file, or why it cannot be read: in words without an excerpt, which would show what is secret. */
function textOf(file: string, named: string | undefined): string | Problem {
  const shown = named ?? '.env'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
    const before = text.split('\0', 1)[0] ?? ''
    if (before.length === text.length) return text
    const lines = before.split('\n')
    return {
      code: 'unreadable_file',
      message: `The character U+0000 (NUL) is in the file of environment variables: ${shown}, line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}.`,
      fix: 'Take it out; if every other character is one, save the file as UTF-8.',
    }
  } catch (error) {
    if (!existsSync(file))
      return { code: 'missing_file', message: `The file for --dotenv does not exist: ${file}` }
    const isEncoding = error instanceof TypeError
    return {
      code: 'unreadable_file',
      message: isEncoding
        ? `The file of environment variables is not UTF-8: ${shown}`
        : `The file of environment variables cannot be read: ${shown}`,
      cause: isEncoding || !(error instanceof Error) ? undefined : error.message,
      fix: isEncoding ? 'Save it as UTF-8.' : 'It has lines of NAME=value; --dotenv names another file.',
    }
  }
}
