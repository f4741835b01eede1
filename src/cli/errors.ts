import {
  formatProblem,
  formatProblems,
  MOST_SHOWN,
  plural,
  ProblemError,
  windowOf,
  type Problem,
} from '../problems.ts'
import { refused, type Refused } from '../run/refusals.ts'
import type { GlobalOptions } from './options.ts'
import { isOnGitHub, problemAnnotations } from './github.ts'
import { say, sayCommand } from './door.ts'
import { commandLine } from './command.ts'
import { createLog } from './log.ts'
import { style } from './colours.ts'

/** The target of this call, from when its project is read: what the database refuses is refused there. */
let inUse: Refused = {}

export const useTarget = (target: Refused): void => {
  inUse = target
}

/** Prints what was thrown. @returns the exit code */
export function reportError(thrown: unknown, options: Partial<GlobalOptions>): number {
  const error = refused(thrown, inUse)
  const log = createLog({ logFormat: options.logFormat ?? 'text', quiet: false })
  if (!(error instanceof ProblemError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.event('internal_error', message, {}, 'error')
    if (!log.json)
      say(
        `${style('red', 'This is a fault in gwh, not in your project:', process.stderr)}\n${message}`,
        process.stderr,
      )
    return 2
  }
  for (const problem of error.problems) {
    const { at } = problem
    // The place keeps the column of the whole line.
    const excerpt = at?.excerpt === undefined ? {} : { excerpt: windowOf(at.excerpt, at.column).text }
    const place = at && { ...at, ...excerpt, caret: at.caret }
    log.event(problem.code, problem.message, { ...problem, ...(place && { at: place }) }, 'error')
  }
  if (!log.json) {
    const shown = formatProblems(error.problems, (problem) =>
      formatProblem(problem).replace(/^\S+/, (place) => style('red', place, process.stderr)),
    )
    say(shown, process.stderr)
    if (error.problems.length > 1) say(`\n${plural(error.problems.length, 'problem')}.`, process.stderr)
    say(`\n${style('dim', explained(error.problems), process.stderr)}`, process.stderr)
    const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
    if (options.debug) say(`\n${frames.join('\n')}`, process.stderr)
  }
  if (isOnGitHub(options)) {
    for (const line of problemAnnotations(error.problems.slice(0, MOST_SHOWN), options.projectDir ?? '.'))
      sayCommand(line)
  }
  return error.exitCode
}

/** Where the code of a problem is explained; of several, that of the first. */
const explained = ([problem]: readonly Problem[]): string =>
  `What it means: ${commandLine(`explain ${problem?.code ?? ''}`.trim(), { projectDir: '.', logFormat: 'text' })}`
