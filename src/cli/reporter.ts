/** Progress of a run: a line for each relation, a spinner on a terminal, events for machines. */
import yoctoSpinner from 'yocto-spinner'
import type { NodeResult, Reporter } from '../run/result.ts'
import { safe } from './door.ts'
import type { Log } from './log.ts'
import { seconds, style, thousands } from './text.ts'

export interface ReporterOptions {
  readonly debug: boolean
  readonly quiet: boolean
  /** Width of the name column. */
  readonly width: number
}

export function createReporter(log: Log, options: ReporterOptions): Reporter & { stop(): void } {
  // On a terminal the spinner shows what runs now; elsewhere only finished nodes are written.
  const spinner =
    process.stderr.isTTY && !log.json && !options.quiet
      ? // its own handling of signals would end the process before the database is told
        yoctoSpinner({ stream: process.stderr, handleSignals: false })
      : undefined
  let current = ''
  let waiting: NodeJS.Timeout | undefined
  const rest = () => {
    clearTimeout(waiting)
    spinner?.stop()
  }
  return {
    started({ name, type, kind, index, total }) {
      current = safe(`${index + 1} of ${total}  ${type} ${name}`)
      log.event('node_started', `${type} ${name}`, { name, type, kind, index: index + 1, total })
      if (spinner) {
        spinner.text = current
        // What is over at once needs no sign of life.
        waiting = setTimeout(() => spinner.start(), PATIENCE)
      }
    },
    progress(text) {
      if (spinner) spinner.text = `${current}  ${text}`
    },
    waiting(text) {
      log.event('waiting', text, {}, 'warn')
      log.text(`  ${style('dim', `… ${text}`)}`)
    },
    finished(result) {
      rest()
      const { compiledSql: _compiledSql, ...data } = result
      log.event(
        'node_finished',
        `${result.type} ${result.name}: ${result.status}`,
        data,
        LEVELS[result.status],
      )
      if (TESTS.has(result.type) && PASSED.has(result.status) && !options.debug) return
      log.text(nodeLine(result, options.width))
    },
    stop: rest,
  }
}

/** Milliseconds. */
const PATIENCE = 400

const LEVELS = {
  success: 'info',
  pass: 'info',
  skipped: 'warn',
  warn: 'warn',
  error: 'error',
  fail: 'error',
} as const
const TESTS = new Set<NodeResult['type']>(['test', 'unit_test'])
const PASSED = new Set<NodeResult['status']>(['pass', 'skipped'])

function nodeLine(result: NodeResult, width: number): string {
  const { status, name, kind, rows, message } = result
  const amount = rows === undefined ? '' : `${thousands(rows)} rows`
  const head = `  ${SIGNS[status]()} ${name.padEnd(width)}  ${kind.padEnd(15)}`
  if (status === 'success') return `${head} ${amount.padStart(16)}  ${seconds(result.seconds).padStart(8)}`
  const first = message?.split('\n')[0] ?? ''
  return `${head} ${status === 'pass' ? seconds(result.seconds).padStart(26) : first}`.trimEnd()
}

const SIGNS: Record<NodeResult['status'], () => string> = {
  success: () => style('green', '✓'),
  pass: () => style('green', '✓'),
  warn: () => style('yellow', '!'),
  skipped: () => style('dim', '-'),
  error: () => style('red', '✗'),
  fail: () => style('red', '✗'),
}
