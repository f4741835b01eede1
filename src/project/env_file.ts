/** Environment variables, and the `.env` file that they may stand in. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import type { Problem } from '../problems.ts'
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
 */
export function environmentOf(options: EnvironmentOptions, dir: string, problems: Problem[]): Variables {
  const env = options.env ?? process.env
  const named = options.envFile
  if (named === false) return env
  const file = named ?? path.join(dir, '.env')
  if (named === undefined && !existsSync(file)) return env
  if (named === undefined && !isInside({ dir, external_paths: [] }, file)) {
    const fix = 'If that is meant, name it: `--dotenv .env`.'
    problems.push({ ...linkedOutside('.env'), fix })
    return env
  }
  try {
    const text = readFileSync(file, 'utf8')
    const before = text.split('\0', 1)[0] ?? ''
    if (before.length < text.length) {
      const lines = before.split('\n')
      // The place in words: an excerpt would show what is secret.
      problems.push({
        code: 'unreadable_file',
        message: `The character U+0000 (NUL) is in the file of environment variables: ${named ?? '.env'}, line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}.`,
        fix: 'Take it out; if every other character is one, save the file as UTF-8.',
      })
      return env
    }
    return { ...(parseEnv(text) as Variables), ...env }
  } catch (error) {
    const isMissing = !existsSync(file)
    problems.push({
      code: isMissing ? 'missing_file' : 'unreadable_file',
      message: isMissing
        ? `The file for --dotenv does not exist: ${file}`
        : `The file of environment variables cannot be read: ${named ?? '.env'}`,
      cause: isMissing || !(error instanceof Error) ? undefined : error.message,
      fix: isMissing ? undefined : 'It has lines of NAME=value; --dotenv names another file.',
    })
    return env
  }
}
