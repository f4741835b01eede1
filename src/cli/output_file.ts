/** Files that the command line names for writing, before anything else is done. */
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { ProblemError } from '../problems.ts'
import { isBelow, isInside } from '../project/inside.ts'

interface Output {
  readonly option: string
  /** Relative to the current directory. */
  readonly file: string
  /** Relative to the current directory, too. */
  readonly projectDir: string
  readonly noun: string
  readonly example: string
  /** Whether a file was written by this command, or by another that writes the same. */
  readonly isOwn: (text: string) => boolean
}

/**
 * Removes the report of an earlier run: it must not stand for this one, however it ends.
 * @param file relative to the current directory, as is `projectDir`
 * @throws ProblemError as `checkOutput`
 */
export function clearJunit(file: string, projectDir: string): void {
  const output = {
    projectDir,
    option: '--junit',
    file,
    noun: 'JUnit report',
    example: 'target/junit.xml',
    isOwn: isJunit,
  }
  checkOutput(output)
  orRefuse(output, () => rmSync(path.resolve(file), { force: true }))
}

/** @throws ProblemError as `checkOutput` */
export function checkSources(file: string, projectDir: string): void {
  const noun = 'result of `gwh source freshness`'
  checkOutput({
    option: '--output',
    file,
    projectDir,
    noun,
    example: 'target/sources.json',
    isOwn: isSources,
  })
}

/**
 * A name that was meant for something else, such as `--junit models/orders.yml`, must not cost the user that file.
 * @throws ProblemError `usage` where something else is there; it stays as it is
 */
function checkOutput(output: Output): void {
  const full = path.resolve(output.file)
  const dir = path.resolve(output.projectDir)
  // A path that leads elsewhere by its name is meant.
  if (isBelow(full, dir) && !isInside({ dir, external_paths: [] }, full))
    throw refused(output, "is a link, or in a folder that is one, to a place outside of the project's folder")
  orRefuse(output, () => {
    const found = statSync(full, { throwIfNoEntry: false })
    if (found && !found.isFile()) throw refused(output, found.isDirectory() ? 'is a folder' : 'is not a file')
    if (found && !output.isOwn(readFileSync(full, 'utf8')))
      throw refused(output, `is there, and is not a ${output.noun}`)
    mkdirSync(path.dirname(full), { recursive: true })
  })
}

const refused = ({ option, file, example }: Output, why: string) =>
  new ProblemError({
    code: 'usage',
    message: `${option} ${file}: \`${file}\` ${why}. Nothing was changed.`,
    fix: `Name a file that is not there yet, or one that an earlier run wrote, such as ${option} ${example}.`,
  })

function orRefuse(output: Output, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof ProblemError || !isSystemError(error)) throw error
    throw refused(output, `cannot be written (${error.code})`)
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'

/** XML of another kind is none, and a file without content is nobody's loss. */
const isJunit = (text: string) =>
  /^\ufeff?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<testsuites?[\s/>]|$)/.test(text)

/** As dbt writes it, too. */
const isSources = (text: string) =>
  text.trim() === '' || /^\s*\{\s*"metadata"[\s\S]*\/dbt\/sources\/v\d/.test(text.slice(0, 1000))
