/** `gwh source freshness`: how old is the latest row of each source that says how old it may be. */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { writeSources } from '../artifacts/sources.ts'
import { selectNodes } from '../graph/select.ts'
import { plural, ProblemError } from '../problems.ts'
import { askFreshness, type FreshnessResult } from '../run/freshness.ts'
import { requireInside } from '../project/inside.ts'
import { VERSION } from '../version.ts'
import { loadToRead, targetText } from './context.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'
import { interruptible, type Stop } from './interrupts.ts'
import { createLog } from './log.ts'
import { checkSources } from './output_file.ts'
import { instantText, style, table } from './text.ts'

export type FreshnessOptions = GlobalOptions & SelectionOptions & { output?: string; warnError?: boolean }

/** @returns the exit code: 1 when a source is too old or could not be asked; with --warn-error on a warning too */
export const freshnessCommand = (options: FreshnessOptions): Promise<number> =>
  interruptible(options, ({ listen }) => freshness(options, listen))

async function freshness(options: FreshnessOptions, listen: Stop['listen']): Promise<number> {
  const log = createLog(options)
  if (options.output !== undefined) checkSources(options.output, options.projectDir)
  const loaded = await loadToRead('freshness', options, listen)
  const { catalog } = loaded.plan
  const chosen = selectNodes(loaded.nodes, options)
  const sources = catalog.sources.filter(({ name, freshness }) => freshness && chosen.has(name))
  const some = catalog.sources.filter(({ freshness }) => freshness).map(({ name }) => name)
  if (sources.length === 0 && some.length > 0) {
    throw new ProblemError({
      code: 'empty_selection',
      message: 'No source that is selected says how fresh it should be.',
      fix: `These do: ${some.join(', ')}.`,
    })
  }
  log.text(`${style('bold', catalog.project.name)} → ${targetText(loaded)}\n`)
  if (options.output === undefined) requireInside(catalog.project, 'target')
  const start = performance.now()
  const results = sources.length === 0 ? [] : await askFreshness(loaded.plan, sources, listen())
  const seconds = (performance.now() - start) / 1000
  const file =
    options.output === undefined
      ? path.join(catalog.project.dir, 'target/sources.json')
      : path.resolve(options.output)
  writeSources(file, catalog.project, { runId: randomUUID(), version: VERSION, seconds }, results)

  if (results.length === 0) {
    const none = 'No source says how fresh it should be, so that nothing was asked.'
    log.text(`${none} Add \`freshness: { error_after: { count: 1, period: day } }\` to one.`)
    log.event('freshness_finished', none, { ok: true, artifacts: [file] })
    return 0
  }
  for (const result of results) {
    const { name, status, latest, age, message } = result
    const data = { name, status, latest: latest?.toISOString() ?? null, age, message }
    log.event('source_freshness', `source ${name}: ${status}`, data, LEVELS[status])
  }
  log.text(
    table(
      ['source', 'latest row', 'age', 'status'],
      results.map((result) => [result.name, ...cells(result)]),
    ),
  )
  for (const { name, message } of results) if (message !== undefined) log.text(`\n${name}: ${message}`)
  const bad = results.filter(({ status }) => status === 'error' || status === 'runtime error').length
  const warned = results.filter(({ status }) => status === 'warn').length
  const counts = [
    `${plural(results.length - bad - warned, 'source')} fresh`,
    ...(warned > 0 ? [`${warned} warned`] : []),
    ...(bad > 0 ? [`${bad} failed`] : []),
  ].join(', ')
  log.text(`\n${counts}. Wrote ${path.relative(process.cwd(), file)}.`)
  log.event('freshness_finished', counts, { ok: bad === 0, artifacts: [file] })
  return bad > 0 || (options.warnError === true && warned > 0) ? 1 : 0
}

const LEVELS = { pass: 'info', warn: 'warn', error: 'error', 'runtime error': 'error' } as const

function cells({ status, latest, age }: FreshnessResult): string[] {
  const shown = style(COLOURS[status], status)
  if (status === 'runtime error') return ['', '', shown]
  return latest === undefined ? ['never', '', shown] : [instantText(latest), ageText(age), shown]
}

const COLOURS = { pass: 'green', warn: 'yellow', error: 'red', 'runtime error': 'red' } as const

/** The two largest units: `3 days 4 h`, and `3 days 4 h ahead of now` where it is yet to come. */
function ageText(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60)
  const ahead = seconds < 0 && minutes > 0 ? ' ahead of now' : ''
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24]
  if (days > 0) return `${plural(days, 'day')} ${hours} h${ahead}`
  return `${hours > 0 ? `${hours} h ` : ''}${minutes % 60} min${ahead}`
}
