/** The file for --junit, before anything else is done. */
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { ProblemError } from '../problems.ts'

/**
 * Removes the report of an earlier run: it must not stand for this one, however it ends. A name that was meant
 * for something else, such as `--junit models/orders.yml`, must not cost the user that file.
 * @param file relative to the current directory
 * @throws ProblemError `usage` where something is there that is no such report; it stays as it is
 */
export function clearJunit(file: string): void {
  const full = path.resolve(file)
  try {
    const found = statSync(full, { throwIfNoEntry: false })
    if (found && !found.isFile()) throw refused(file, found.isDirectory() ? 'is a folder' : 'is not a file')
    if (found && !isReport(readFileSync(full, 'utf8')))
      throw refused(file, 'is there, and is not a JUnit report')
    mkdirSync(path.dirname(full), { recursive: true })
    rmSync(full, { force: true })
  } catch (error) {
    if (error instanceof ProblemError || !isSystemError(error)) throw error
    throw refused(file, `cannot be written (${error.code})`)
  }
}

const refused = (file: string, why: string) =>
  new ProblemError({
    code: 'usage',
    message: `--junit ${file}: \`${file}\` ${why}. Nothing was changed.`,
    hint: 'Name a file that is not there yet, or the report of an earlier run, such as --junit target/junit.xml.',
  })

/** XML of another kind is none, and a file without content is nobody's loss. */
const isReport = (text: string) =>
  /^\ufeff?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<testsuites?[\s/>]|$)/.test(text)

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
