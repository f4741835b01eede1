import { formatProblem, formatProblems, MOST_SHOWN, plural, ProblemError, windowOf } from '../problems.ts'
import { WarehouseError } from '../warehouses/warehouse.ts'
import type { GlobalOptions } from './context.ts'
import { isOnGitHub, problemAnnotations } from './github.ts'
import { createLog, safe } from './log.ts'
import { style } from './text.ts'

/** Prints what was thrown. @returns the exit code */
export function reportError(thrown: unknown, options: Partial<GlobalOptions>): number {
  const error = thrown instanceof WarehouseError && thrown.forbidden ? notAllowed(thrown) : thrown
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
  for (const problem of error.problems) {
    const { at } = problem
    // The place keeps the column of the whole line.
    const excerpt = at?.excerpt === undefined ? {} : { excerpt: windowOf(at.excerpt, at.column).text }
    const place = at && { ...at, ...excerpt }
    log.event(problem.code, problem.message, { ...problem, ...(place && { at: place }) }, 'error')
  }
  if (!log.json) {
    const shown = formatProblems(error.problems, (problem) =>
      formatProblem(problem).replace(/^\S+/, (place) => style('red', place, process.stderr)),
    )
    process.stderr.write(`${safe(shown)}\n`)
    if (error.problems.length > 1) process.stderr.write(`\n${plural(error.problems.length, 'problem')}.\n`)
    const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
    if (options.debug) process.stderr.write(`\n${safe(frames.join('\n'))}\n`)
  }
  if (isOnGitHub(options)) {
    for (const line of problemAnnotations(error.problems.slice(0, MOST_SHOWN), options.projectDir ?? '.'))
      process.stdout.write(`${line}\n`)
  }
  return error.exitCode
}

const notAllowed = ({ message }: WarehouseError) =>
  new ProblemError({
    code: 'not_allowed',
    message: `The database does not allow this: ${message}.`,
    hint: 'gwh builds in the schema of the target and in `<schema>_gwh` and `<schema>_stage`, and creates them where they are missing; to look, it needs `usage` and `select` on the first two.',
  })
