import { formatProblem, plural, ProblemError } from '../problems.ts'
import { refused } from '../run/refusals.ts'
import type { GlobalOptions } from './context.ts'
import { isOnGitHub, problemAnnotations } from './github.ts'
import { createLog, safe } from './log.ts'
import { style } from './text.ts'

/** Prints what was thrown. @returns the exit code */
export function reportError(thrown: unknown, options: Partial<GlobalOptions>): number {
  // The place is known where the command knows its project.
  const error = refused(thrown)
  const log = createLog({ logFormat: options.logFormat ?? 'text', quiet: false })
  if (!(error instanceof ProblemError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.event('internal_error', message, {}, 'error')
    if (!log.json)
      process.stderr.write(
        `${style('red', 'This is a fault in gwh, not in your project:', process.stderr)}\n${safe(message)}\n`,
      )
    return 2
  }
  for (const problem of error.problems) log.event(problem.code, problem.message, { ...problem }, 'error')
  if (!log.json) {
    const shown = error.problems
      .map(formatProblem)
      .map((text) => text.replace(/^\S+/, (place) => style('red', place, process.stderr)))
    process.stderr.write(`${safe(shown.join('\n\n'))}\n`)
    if (error.problems.length > 1) process.stderr.write(`\n${plural(error.problems.length, 'problem')}.\n`)
    const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
    if (options.debug) process.stderr.write(`\n${safe(frames.join('\n'))}\n`)
  }
  if (isOnGitHub(options)) {
    for (const line of problemAnnotations(error.problems, options.projectDir ?? '.'))
      process.stdout.write(`${line}\n`)
  }
  return error.exitCode
}
