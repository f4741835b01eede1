/** build, run, test and seed: run, tell of it, sum it up, say what to do next. */
import { run, type LoadedProject, type RunOptions, type RunOutcome } from '../gwh.ts'
import { plural } from '../problems.ts'
import type { NodeResult } from '../run/result.ts'
import type { Warehouse } from '../warehouses/index.ts'
import { loadFrom, targetText, type GlobalOptions, type SelectionOptions } from './context.ts'
import { createLog, safe, type Log } from './log.ts'
import { createReporter } from './reporter.ts'
import { seconds, style, table, thousands } from './text.ts'

type Command = RunOptions['command']
type Options = GlobalOptions &
  SelectionOptions & { fullRefresh?: boolean; storeFailures?: boolean; warnError?: boolean }

/** @returns the exit code: 0 ok, 1 a model or data test failed */
export async function runAndReport(command: Command, options: Options): Promise<number> {
  const log = createLog(options)
  const loaded = loadFrom(options)
  const { project } = loaded.plan.catalog
  log.text(`${style('bold', project.name)} → ${targetText(loaded)}\n`)
  const width = Math.max(...loaded.plan.models.map((model) => model.name.length), 12)
  const reporter = createReporter(log, {
    debug: options.debug ?? false,
    quiet: options.quiet ?? false,
    width,
  })
  const release = interruptOnSignals()
  try {
    const outcome = await run(loaded, {
      command,
      select: options.select,
      exclude: options.exclude,
      fullRefresh: options.fullRefresh ?? false,
      storeFailures: options.storeFailures ?? false,
      warnError: options.warnError ?? false,
      reporter,
      onOpen: (warehouse) => {
        running = warehouse
      },
    })
    reporter.stop()
    summary(command, loaded, outcome, log, options)
    if (options.quiet && !log.json)
      for (const result of outcome.results.filter(isBad))
        process.stderr.write(`${safe(failureBlock(result))}\n`)
    return outcome.ok ? 0 : 1
  } finally {
    reporter.stop()
    release()
  }
}

let running: Warehouse | undefined

/** Ctrl-C and SIGTERM end the statement that runs; nothing is published then. A second one ends at once. */
function interruptOnSignals(): () => void {
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const code = signal === 'SIGINT' ? 130 : 143
    let asked = false
    const handler = () => {
      if (asked || running === undefined) process.exit(code)
      asked = true
      process.stderr.write('\nStopping; what was published stays as it was.\n')
      void running
        .interrupt()
        .catch(() => undefined)
        .finally(() => setTimeout(() => process.exit(code), 200))
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const remove of handlers) remove()
    running = undefined
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
  }
  if (outcome.stale.length > 0) {
    const names = outcome.stale.map((name) => `${target.schema}.${name}`).join(', ')
    log.text(
      style(
        'yellow',
        `No longer part of the project, and not updated any more: ${names}. Drop them when nobody reads them.`,
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
    artifacts: outcome.artifacts,
  })
}

function countsLine(results: readonly NodeResult[]): string {
  const count = (type: NodeResult['type'], ...statuses: NodeResult['status'][]) =>
    results.filter((result) => result.type === type && statuses.includes(result.status)).length
  const parts: string[] = []
  const seeds = count('seed', 'success')
  if (seeds > 0) parts.push(`${plural(seeds, 'file source')} loaded`)
  if (results.some((result) => result.type === 'model')) {
    parts.push(`${plural(count('model', 'success'), 'model')} built`)
    if (count('model', 'error') > 0) parts.push(`${count('model', 'error')} failed`)
    if (count('model', 'skipped') > 0) parts.push(`${count('model', 'skipped')} skipped`)
  }
  if (results.some((result) => result.type === 'test')) {
    parts.push(`${plural(count('test', 'pass'), 'data test')} passed`)
    if (count('test', 'warn') > 0) parts.push(`${count('test', 'warn')} warned`)
    if (count('test', 'fail', 'error') > 0) parts.push(`${count('test', 'fail', 'error')} failed`)
    if (count('test', 'skipped') > 0) parts.push(`${count('test', 'skipped')} skipped`)
  }
  return parts.length === 0
    ? 'Nothing needed loading (files have not changed, or are read in place)'
    : parts.join(', ')
}

/** What failed, up to five wrong rows in sentences, and the query that shows the rest. */
function failureBlock(result: NodeResult): string {
  const head =
    result.status === 'warn' ? style('yellow', `! ${result.name}`) : style('red', `✗ ${result.name}`)
  const lines = [`${head}  ${style('dim', `(${result.type} ${result.kind})`)}`]
  if (result.type === 'test' && result.description) lines.push(`  Expected: ${result.description}`)
  if (result.message) lines.push(...result.message.split('\n').map((line) => `  ${line}`))
  for (const example of result.examples ?? []) lines.push(`  - ${example}`)
  if ((result.more ?? 0) > 0) lines.push(`  … and ${thousands(result.more ?? 0)} more`)
  if (result.mend) lines.push(`  ${result.mend}`)
  if (result.type === 'test' && result.compiledFile)
    lines.push(style('dim', `  The query: ${result.compiledFile}`))
  return lines.join('\n')
}

function nextSteps(command: Command, loaded: LoadedProject, outcome: RunOutcome, options: Options): string[] {
  if (!outcome.ok) return []
  const again = [
    // npm tells a program that npx started it.
    process.env['npm_command'] === 'exec' ? 'npx gwh' : 'gwh',
    ...(options.projectDir === '.' ? [] : ['--project-dir', options.projectDir]),
    ...(options.target === undefined ? [] : ['--target', options.target]),
  ].join(' ')
  const [key] = loaded.plan.catalog.groupKeys
  const built = (name: string) => outcome.results.some((result) => result.name === name)
  if (outcome.published && key !== undefined) {
    const query = `select period_start, groups, users from group_uniques where group_key = '${key.name}' and period = 'month' order by 1 desc`
    return [
      '',
      'Next:',
      ...(built(`${key.noun}_profiles`) ? [`  ${again} show ${key.noun}_profiles`] : []),
      ...(built('group_uniques') ? [`  ${again} show --inline "${query}"`] : []),
      `  ${again} ls --resource-type test`,
    ]
  }
  return command === 'seed' ? ['', 'Next:', `  ${again} build`] : []
}
