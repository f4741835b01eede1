/** What became of the tests of a run: a table of those that did not pass, and how many there were of each kind. */
import type { NodeResult } from '../run/result.ts'
import type { Log } from './log.ts'
import { seconds, style, table, thousands } from './text.ts'

const STATUSES = ['pass', 'warn', 'fail', 'error', 'skipped'] as const
const COLOURS = { warn: 'yellow', fail: 'red', error: 'red', skipped: 'dim' } as const

/** So many skipped tests have one cause, which is told of elsewhere. */
const MANY = 20

const isTest = ({ type }: NodeResult) => type === 'test' || type === 'unit_test'

/** Nothing where all tests passed; the event is written whenever there were tests. */
export function testSummary(results: readonly NodeResult[], log: Log): void {
  const tests = results.filter(isTest)
  if (tests.length === 0) return
  const notPassed = tests.filter(({ status }) => status !== 'pass')
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, tests.filter((test) => test.status === status).length]),
  )
  log.event('test_summary', `${notPassed.length} of ${tests.length} tests did not pass`, {
    counts,
    tests: notPassed.map(({ name, type, kind, status, failures, seconds: s }) => ({
      name,
      type,
      kind,
      status,
      failures: failures ?? null,
      seconds: s,
    })),
  })
  if (notPassed.length === 0) return
  const skipped = counts['skipped'] ?? 0
  const listed = skipped > MANY ? notPassed.filter(({ status }) => status !== 'skipped') : notPassed
  const rows = listed.map(({ name, status, failures, seconds: s }) => [
    name,
    status in COLOURS ? style(COLOURS[status as keyof typeof COLOURS], status) : status,
    failures === undefined ? '' : thousands(failures),
    seconds(s),
  ])
  if (rows.length > 0) log.text(`\n${table(['test', 'status', 'failures', 'seconds'], rows, [2, 3])}`)
  const said = STATUSES.filter((status) => (counts[status] ?? 0) > 0).map(
    (status) => `${WORDS[status]} ${thousands(counts[status] ?? 0)}`,
  )
  log.text(`\n  ${[...said, `all ${thousands(tests.length)}`].join(', ')}`)
}

const WORDS = { pass: 'passed', warn: 'warned', fail: 'failed', error: 'broken', skipped: 'skipped' } as const
