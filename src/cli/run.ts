/** build, run, test and seed: run, tell of it, sum it up, say what to do next. */
import { run, unwrittenText, type LoadedProject, type RunOptions, type RunOutcome } from '../gwh.ts'
import { writeJunit } from '../artifacts/junit.ts'
import { clearRunResults } from '../artifacts/run_results.ts'
import { plural, ProblemError, type Problem } from '../problems.ts'
import type { Project } from '../project/load.ts'
import { refusalOf } from '../run/file_refusals.ts'
import type { NodeResult } from '../run/result.ts'
import { INTERRUPTED } from '../run/ending.ts'
import { Interrupted } from '../engines/index.ts'
import { commandLine } from './command.ts'
import { loadToRead, targetText } from './context.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'
import { isOnGitHub, resultAnnotations } from './github.ts'
import { say, sayCommand, secrets } from './door.ts'
import { interruptible, type Stop } from './interrupts.ts'
import { createLog, type Log } from './log.ts'
import { clearJunit } from './output_file.ts'
import { createReporter } from './reporter.ts'
import { testSummary } from './summary.ts'
import { seconds, style, table, thousands } from './text.ts'

type Command = RunOptions['command']
type Options = GlobalOptions &
  SelectionOptions & {
    fullRefresh?: boolean
    storeFailures?: boolean
    warnError?: boolean
    junit?: string
    acceptLoss?: string[]
  }

/**
 * @returns the exit code: 0 ok, 1 a model, a data test or a unit test failed, 130 or 143 stopped
 * @throws ProblemError; it is in the file for --junit then, with what had been tested before
 */
export const runAndReport = (command: Command, options: Options): Promise<number> =>
  interruptible(options, (stop) => runUntilStopped(command, options, stop))

async function runUntilStopped(command: Command, options: Options, stop: Stop): Promise<number> {
  const log = createLog(options)
  const startedAt = new Date()
  const finished: NodeResult[] = []
  /** The run is over, and stays what it was where its report cannot be written. */
  const report = (
    { name, secrets }: Pick<Project, 'name' | 'secrets'>,
    problems: readonly Problem[] = [],
  ) => {
    const { junit } = options
    if (junit === undefined) return
    const seconds = (Date.now() - startedAt.getTime()) / 1000
    const unwritten = refusalOf(() => {
      writeJunit(junit, { project: name, results: finished, problems, startedAt, seconds, secrets })
    })
    if (!unwritten) return
    const note = unwrittenText('the JUnit report', unwritten)
    log.event('note', note, {}, 'warn')
    if (!log.json) say(style('yellow', note, process.stderr), process.stderr)
  }
  let project: Project | undefined
  let endNow: (() => Problem) | undefined
  stop.onOverdue = () => {
    // Before a run has begun there is nothing to keep a record of.
    const problem = endNow?.() ?? INTERRUPTED
    report(project ?? { name: 'gwh', secrets }, [problem])
    if (project) annotate(finished, project, options)
    return problem
  }
  clearRunResults(options.projectDir)
  if (options.junit !== undefined) clearJunit(options.junit, options.projectDir)
  try {
    const loaded = await loadToRead(command, options, stop.listen)
    project = loaded.plan.catalog.project
    const outcome = await runAndTell(command, loaded, options, log, finished, {
      signal: stop.listen(),
      onStart: (end) => (endNow = end),
    })
    report(project)
    annotate(outcome.results, project, options)
    return outcome.ok ? 0 : 1
  } catch (thrown) {
    const error = thrown instanceof Interrupted ? new ProblemError(INTERRUPTED) : thrown
    if (!(error instanceof ProblemError)) throw error
    report(project ?? { name: 'gwh', secrets }, error.problems)
    for (const result of finished.filter((r) => isBad(r) && r.type === 'unit_test'))
      log.text(`\n${failureBlock(result)}\n`)
    if (project) annotate(finished, project, options)
    throw error
  }
}

function annotate(results: readonly NodeResult[], { dir }: Project, options: Options): void {
  if (!isOnGitHub(options)) return
  for (const line of resultAnnotations(results, dir)) sayCommand(line)
}

/** @param finished is filled with each result as it comes in */
async function runAndTell(
  command: Command,
  loaded: LoadedProject,
  options: Options,
  log: Log,
  finished: NodeResult[],
  { signal, onStart }: Required<Pick<RunOptions, 'onStart'>> & Pick<RunOptions, 'signal'>,
): Promise<RunOutcome> {
  const { project } = loaded.plan.catalog
  log.text(`${style('bold', project.name)} → ${targetText(loaded)}\n`)
  const width = Math.max(...loaded.plan.models.map((model) => model.name.length), 12)
  const reporter = createReporter(log, {
    debug: options.debug ?? false,
    quiet: options.quiet ?? false,
    width,
  })
  try {
    const outcome = await run(loaded, {
      command,
      select: options.select,
      exclude: options.exclude,
      fullRefresh: options.fullRefresh ?? false,
      storeFailures: options.storeFailures ?? false,
      warnError: options.warnError ?? false,
      acceptLoss: options.acceptLoss,
      reporter: {
        ...reporter,
        finished(result, index, total) {
          finished.push(result)
          reporter.finished(result, index, total)
        },
      },
      signal,
      onStart: (endNow) => {
        onStart(() => {
          reporter.stop()
          return endNow()
        })
      },
    })
    reporter.stop()
    summary(command, loaded, outcome, log, options)
    if (options.quiet && !log.json)
      for (const result of outcome.results.filter(isBad)) say(failureBlock(result), process.stderr)
    return outcome
  } finally {
    reporter.stop()
  }
}

const isBad = ({ status }: NodeResult) => status === 'error' || status === 'fail'

function summary(
  command: Command,
  loaded: LoadedProject,
  outcome: RunOutcome,
  log: Log,
  options: Options,
): void {
  const { results } = outcome
  const { target } = loaded.plan.catalog.project
  for (const result of results.filter((r) => isBad(r) || r.status === 'warn'))
    log.text(`\n${failureBlock(result)}`)
  testSummary(results, log)

  const models = results.filter((result) => result.type === 'model')
  if (outcome.published) {
    log.text()
    log.text(
      table(
        ['relation', 'kind', 'rows', 'one row per'],
        models.map((result) => [
          result.relation ?? result.name,
          result.kind,
          result.rows === undefined ? '' : thousands(result.rows),
          loaded.plan.model(result.name)?.grain.join(', ') ?? '',
        ]),
        [2],
      ),
    )
  }
  log.text()
  log.text(`${countsLine(results)} in ${seconds(outcome.seconds)}.`)
  if (outcome.published) {
    log.text(
      `Published ${plural(models.length, 'relation')} in schema ${style('bold', target.schema)} of ${outcome.place}, all at once.`,
    )
  } else if (command === 'build' || command === 'run') {
    log.text(style('red', 'Nothing was published; what was published before stays as it was.'))
    const lost = results.some((r) => r.type === 'test' && r.status === 'fail' && r.relation === undefined)
    if (lost) {
      log.text(
        'The queries of the tests show what is published. `gwh build --store-failures` keeps the wrong rows of a build that is not.',
      )
    }
  }
  for (const note of outcome.notes) {
    log.text(style('yellow', note))
    log.event('note', note, {}, 'warn')
  }
  if (outcome.stale.length > 0) {
    const names = outcome.stale.map((name) => `${target.schema}.${name}`).join(', ')
    log.text(
      style(
        'yellow',
        `No longer part of the project, and not updated any more: ${names}. When nobody reads them: ${outcome.drops.map((drop) => `\`${drop};\``).join(' ')}`,
      ),
    )
  }
  for (const line of nextSteps(command, loaded, outcome, options)) log.text(line)
  log.event('run_finished', countsLine(results), {
    command,
    ok: outcome.ok,
    published: outcome.published,
    run_id: outcome.runId,
    seconds: outcome.seconds,
    place: outcome.place,
    stale: outcome.stale,
    notes: outcome.notes,
    artifacts: outcome.artifacts,
  })
}

function countsLine(results: readonly NodeResult[]): string {
  const count = (type: NodeResult['type'], ...statuses: NodeResult['status'][]) =>
    results.filter((result) => result.type === type && statuses.includes(result.status)).length
  const testCounts = (type: 'test' | 'unit_test', noun: string): string[] => {
    if (!results.some((result) => result.type === type)) return []
    const [warned, bad, skipped] = [count(type, 'warn'), count(type, 'fail', 'error'), count(type, 'skipped')]
    return [
      `${plural(count(type, 'pass'), noun)} passed`,
      ...(warned > 0 ? [`${warned} warned`] : []),
      ...(bad > 0 ? [`${bad} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
  }
  const parts: string[] = []
  const seeds = count('seed', 'success')
  if (seeds > 0) parts.push(`${plural(seeds, 'file source')} loaded`)
  parts.push(...testCounts('unit_test', 'unit test'))
  if (results.some((result) => result.type === 'model')) {
    parts.push(`${plural(count('model', 'success'), 'model')} built`)
    if (count('model', 'error') > 0) parts.push(`${count('model', 'error')} failed`)
    if (count('model', 'skipped') > 0) parts.push(`${count('model', 'skipped')} skipped`)
  }
  if (count('source', 'fail') > 0) parts.push(`${plural(count('source', 'fail'), 'source')} lost rows`)
  parts.push(...testCounts('test', 'data test'))
  return parts.length === 0
    ? 'Nothing needed loading (files have not changed, or are read in place)'
    : parts.join(', ')
}

/** What failed, up to five wrong rows in sentences, and the query that shows the rest. */
function failureBlock(result: NodeResult): string {
  const head =
    result.status === 'warn' ? style('yellow', `! ${result.name}`) : style('red', `✗ ${result.name}`)
  const lines = [
    `${head}  ${style('dim', `(${result.type === 'unit_test' ? 'unit test of' : result.type} ${result.kind})`)}`,
  ]
  if (result.type !== 'model' && result.description) lines.push(`  Expected: ${result.description}`)
  if (result.message) lines.push(...result.message.split('\n').map((line) => `  ${line}`))
  for (const example of result.examples ?? []) lines.push(`  - ${example}`)
  if ((result.more ?? 0) > 0) lines.push(`  … and ${thousands(result.more ?? 0)} more`)
  if (result.fix) lines.push(`  ${result.fix}`)
  if (result.type === 'unit_test' && result.at)
    lines.push(style('dim', `  at ${result.at.file}:${result.at.line}:${result.at.column}`))
  if (result.type === 'test' && result.compiledFile)
    lines.push(style('dim', `  The query: ${result.compiledFile}`))
  return lines.join('\n')
}

function nextSteps(command: Command, loaded: LoadedProject, outcome: RunOutcome, options: Options): string[] {
  if (!outcome.ok) return []
  const again = (words: string) => `  ${commandLine(words, options)}`
  const [key] = loaded.plan.catalog.groupKeys
  const built = (name: string) => outcome.results.some((result) => result.name === name)
  if (outcome.published && key !== undefined) {
    const query = `select period_start, groups, users from group_uniques where group_key = '${key.name}' and granularity = 'month' order by 1 desc`
    return [
      '',
      'Next:',
      ...(built(`${key.noun}_profiles`) ? [again(`show ${key.noun}_profiles`)] : []),
      ...(built('group_uniques') ? [again(`show --inline "${query}"`)] : []),
      again('ls --resource-type test'),
    ]
  }
  return command === 'seed' ? ['', 'Next:', `  ${commandLine('build', options, options)}`] : []
}
