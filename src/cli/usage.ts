/** A command line that cannot be read, in the report that it asks for. */
import { parseArgs } from 'node:util'
import { writeJunit } from '../artifacts/junit.ts'
import { ProblemError } from '../problems.ts'
import { say, secrets } from './door.ts'
import { clearJunit } from './output_file.ts'

/**
 * Says what is wrong with the command line. Also writes it to the file for --junit, where the commands that have
 * this option are called: otherwise the report of an earlier run would stand for this one.
 * @param args as the user wrote them, without node and the script
 * @param thrown commander's message
 */
export function reportUsage(args: readonly string[], thrown: string): void {
  // What is given to an option that is not known may be anything, such as the variables for a misspelled --vars.
  const message = thrown.replace(/(unknown option '[^'=]*)=.*?'(?=\n|$)/s, "$1'")
  if (message !== HELP) say(message, process.stderr)
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { junit: { type: 'string' }, 'project-dir': { type: 'string' } },
    strict: false,
    allowPositionals: true,
  })
  const { junit, 'project-dir': dir } = values
  if (typeof junit !== 'string' || !positionals.some((word) => word === 'build' || word === 'test')) return
  try {
    clearJunit(junit, typeof dir === 'string' ? dir : '.')
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    say(error.message, process.stderr)
    return
  }
  writeJunit(junit, {
    project: 'gwh',
    results: [],
    problems: [{ code: 'usage', message: message.replace(/^error: /, '') }],
    startedAt: new Date(),
    seconds: 0,
    secrets,
  })
}

/** Commander's message where it has printed its help instead. */
const HELP = '(outputHelp)'
