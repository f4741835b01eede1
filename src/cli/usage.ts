/** A command line that cannot be read, in the report that it asks for. */
import { parseArgs } from 'node:util'
import { writeJunit } from '../artifacts/junit.ts'
import { ProblemError } from '../problems.ts'
import { clearJunit } from './output_file.ts'

/**
 * Writes what is wrong with the command line to the file for --junit, where the commands that have this option
 * are called: otherwise the report of an earlier run would stand for this one.
 * @param args as the user wrote them, without node and the script
 */
export function reportUsage(args: readonly string[], message: string): void {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { junit: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  })
  const { junit } = values
  if (typeof junit !== 'string' || !positionals.some((word) => word === 'build' || word === 'test')) return
  try {
    clearJunit(junit)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    process.stderr.write(`${error.message}\n`)
    return
  }
  writeJunit(junit, {
    project: 'gwh',
    results: [],
    problems: [{ code: 'usage', message: message.replace(/^error: /, '') }],
    startedAt: new Date(),
    seconds: 0,
    secrets: [],
  })
}
