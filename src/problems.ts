/**
 * Everything that can be wrong, said in one form: what, where, how to mend it.
 * A loader collects problems and throws them all at once; nothing in gwh throws a bare Error at a user.
 */
import leven from 'leven'

/** Every problem code with the exit code it leads to: 2 = usage or configuration, 1 = a model or data test failed. */
export const PROBLEM_CODES = {
  project_not_found: 2,
  invalid_yaml: 2,
  unknown_field: 2,
  missing_field: 2,
  invalid_value: 2,
  unset_variable: 2,
  unknown_target: 2,
  unknown_connector: 2,
  unknown_timezone: 2,
  reserved_name: 2,
  duplicate_name: 2,
  ambiguous_case: 2,
  key_not_registered: 2,
  unknown_property: 2,
  one_way_rule: 2,
  contradiction: 2,
  path_outside_project: 2,
  missing_plugin: 2,
  plugin_failed: 2,
  missing_file: 2,
  unreadable_file: 2,
  missing_relation: 2,
  missing_column: 2,
  column_case_differs: 2,
  column_in_two_spellings: 2,
  seed_needed: 2,
  template_error: 2,
  missing_reference: 2,
  missing_input: 2,
  cycle: 2,
  empty_selection: 2,
  usage: 2,
  connection_failed: 2,
  connection_lost: 2,
  warehouse_locked: 2,
  driver_missing: 2,
  not_built: 2,
  not_allowed: 2,
  statement_cancelled: 2,
  out_of_space: 2,
  out_of_memory: 2,
  /** 130 after Ctrl-C, 143 after SIGTERM. */
  interrupted: 130,
  query_failed: 1,
  dependents_in_the_way: 1,
  publish_failed: 1,
  outcome_unknown: 2,
} as const

export type ProblemCode = keyof typeof PROBLEM_CODES

/** A place in a text file; line and column count from 1. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The text of that line, for the excerpt. */
  readonly excerpt?: string
  /** The column of the excerpt, where something before it is hidden. */
  readonly caret?: number | undefined
}

export interface Problem {
  readonly code: ProblemCode
  readonly message: string
  readonly at?: Location | undefined
  /** How to mend it. */
  readonly fix?: string | undefined
  /** The warehouse's own words, where there are any. */
  readonly cause?: string | undefined
}

/**
 * Under this an error's class has its name. A project may have a copy of gwh beside the one that runs, whose kit makes
 * its plugins: their errors are of other classes that have the same names.
 */
export const CLASS: unique symbol = Symbol.for('gwh.class')

/** An error that is known for what it is in every copy of gwh, and so are those that are made of it. */
export class KnownError extends Error {
  static readonly [CLASS]: string = 'KnownError'

  static override [Symbol.hasInstance](value: unknown): boolean {
    for (let made: unknown = value; made instanceof Error; made = Object.getPrototypeOf(made)) {
      const { constructor } = made
      if (
        Object.hasOwn(constructor, CLASS) &&
        (constructor as unknown as { [CLASS]: string })[CLASS] === this[CLASS]
      )
        return true
    }
    return false
  }
}

/** One or more problems, thrown together. `exitCode` is the highest of their codes' exit codes. */
export class ProblemError extends KnownError {
  static override readonly [CLASS]: string = 'ProblemError'

  readonly problems: readonly Problem[]

  constructor(problems: Problem | readonly Problem[]) {
    const list = sortProblems(
      Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem],
    )
    super(formatProblems(list))
    this.name = 'ProblemError'
    this.problems = list
  }

  get exitCode(): 1 | 2 {
    return this.problems.some((p) => PROBLEM_CODES[p.code] === 2) ? 2 : 1
  }
}

/** Throws all problems of the list at once, each of them once; does nothing when there are none. */
export function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ProblemError(distinctProblems(problems))
}

/** Each problem once. */
export const distinctProblems = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [formatProblem(problem), problem])).values(),
]

/** What the work makes, or nothing where it throws problems, which are added to those that are known. */
export function collecting<T>(problems: Problem[], work: () => T | readonly T[]): T[] {
  try {
    return [work()].flat() as T[]
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    problems.push(...error.problems)
    return []
  }
}

function sortProblems(problems: readonly Problem[]): Problem[] {
  const key = (p: Problem) => [p.at?.file ?? '', p.at?.line ?? 0, p.at?.column ?? 0] as const
  return [...problems].sort((a, b) => {
    const [fileA, lineA, columnA] = key(a)
    const [fileB, lineB, columnB] = key(b)
    return (fileA < fileB ? -1 : fileA > fileB ? 1 : 0) || lineA - lineB || columnA - columnB
  })
}

/**
 * A problem as text: place and code, the message, the line with a caret, the warehouse's words, the fix.
 *
 *     project.yml:8:5  unknown_field
 *       `group_keys[1].lable` is not a known field.
 *         8 |     lable: Team
 *           |     ^
 *       Did you mean `label`?
 */
export function formatProblem(problem: Problem): string {
  const { at, code, message, cause, fix } = problem
  const lines = [at ? `${at.file}:${at.line}:${at.column}  ${code}` : code]
  const indent = (text: string) => text.split('\n').map((line) => (line === '' ? '' : `  ${cut(line)}`))
  lines.push(...indent(message))
  if (at?.excerpt !== undefined) {
    const number = String(at.line)
    const { text, column } = windowOf(at.excerpt, at.caret ?? at.column)
    // A tab is one character of the column, and as wide as the terminal likes.
    lines.push(`    ${number} | ${text.replaceAll('\t', ' ')}`.trimEnd())
    lines.push(`    ${' '.repeat(number.length)} | ${' '.repeat(Math.max(0, column - 1))}^`)
  }
  if (cause !== undefined) lines.push(...indent(cause))
  if (fix !== undefined) lines.push(...indent(fix))
  return lines.join('\n')
}

/** As many problems are shown at most; who mends so many finds the others then. */
export const MOST_SHOWN = 100

/** Problems as text, the first of them where there are too many to read. */
export function formatProblems(problems: readonly Problem[], format = formatProblem): string {
  const shown = problems.slice(0, MOST_SHOWN).map(format)
  const more = problems.length - shown.length
  return [...shown, ...(more > 0 ? [`… and ${plural(more, 'more problem')}`] : [])].join('\n\n')
}

/** Characters of a line that are shown, and of a message. */
const WIDEST_EXCERPT = 160
const LONGEST_TEXT = 2_000

/** A line, or what of a long one is around a column, with the column as it counts there. */
export function windowOf(line: string, column: number): { text: string; column: number } {
  if (line.length <= WIDEST_EXCERPT) return { text: line, column }
  const last = line.length - WIDEST_EXCERPT
  const start = Math.max(0, Math.min(column - 1 - WIDEST_EXCERPT / 2, last))
  const before = start > 0 ? '…' : ''
  const after = start < last ? '…' : ''
  const text = line.slice(start, start + WIDEST_EXCERPT)
  return {
    text: `${before}${text}${after}`,
    column: Math.min(column, line.length + 1) - start + before.length,
  }
}

const cut = (line: string): string => (line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT)}…`)

/** The candidate that `name` was most likely meant to be, or undefined when nothing is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  // Short names are near to nearly everything, and those of one character to all of their kind.
  let bestDistance =
    (name.length <= 1 ? 0 : name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1
  for (const candidate of candidates) {
    // Each character more is a difference; comparing long texts costs the product of their lengths.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Letters to change, add or take away; two neighbours that are exchanged are one slip of the hand. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0
  const i = [...a].findIndex((letter, at) => letter !== b[at])
  const isSwap =
    a.length === b.length && a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2)
  return isSwap ? 1 : leven(a, b)
}

/** "Did you mean `label`?", or a list of what there is when nothing is near. */
export function suggest(name: string, candidates: Iterable<string>, what = 'There is'): string | undefined {
  const all = [...candidates]
  const near = nearest(name, all)
  if (near !== undefined) return `Did you mean \`${near}\`?`
  return all.length === 0 ? undefined : `${what}: ${quotedList(all)}.`
}

/** Names in backticks, comma-separated, at most `limit` of them. */
export function quotedList(names: Iterable<string>, limit = 20): string {
  const all = [...names]
  const shown = all
    .slice(0, limit)
    .map((name) => `\`${name.length > 200 ? `${name.slice(0, 200)}…` : name}\``)
  return all.length > limit ? `${shown.join(', ')} and ${all.length - limit} more` : shown.join(', ')
}

/** `1,234,567`; the locale data that `toLocaleString` loads would cost 20 ms of every start. */
export const thousands = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** `1 event`, `2 events`, `1,234 events`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${thousands(count)} ${count === 1 ? noun : many}`
}
