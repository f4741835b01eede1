/** JUnit XML, which CI servers show as test reports: a case for each data test, each unit test, and all else that failed. */
import path from 'node:path'
import type { Problem } from '../problems.ts'
import { shownControls, withoutCommands } from '../project/plain_text.ts'
import type { Secrets } from '../project/secrets.ts'
import { detailsOf, type NodeResult } from '../run/result.ts'
import { writeWhole } from './files.ts'

export interface JunitReport {
  readonly project: string
  readonly results: readonly NodeResult[]
  /** What kept the run from coming to its end. */
  readonly problems?: readonly Problem[] | undefined
  readonly startedAt: Date
  readonly seconds: number
  readonly secrets: Secrets
}

/** @param file relative to the current directory */
export function writeJunit(file: string, report: JunitReport): void {
  writeWhole(path.resolve(file), junitXml(report))
}

interface Case {
  readonly name: string
  readonly className: string
  readonly seconds: number
  readonly file: string | undefined
  readonly line: number | undefined
  readonly outcome:
    | {
        readonly element: 'failure' | 'error' | 'skipped' | 'system-out'
        readonly message: string
        readonly text: string
      }
    | undefined
}

/** The report as text. A warning is a case that passed, with what it warned of as its output. */
export function junitXml({
  project,
  results,
  problems = [],
  startedAt,
  seconds,
  secrets,
}: JunitReport): string {
  // Without those a run whose models failed would only have cases that were skipped, which is no failure to a CI server.
  const failed = results.filter(({ status }) => status === 'error')
  const suites = [
    { name: `${project}.files`, cases: casesOf(project, failed, 'seed') },
    { name: `${project}.models`, cases: casesOf(project, failed, 'model') },
    { name: `${project}.sources`, cases: casesOf(project, results, 'source') },
    { name: `${project}.unit_tests`, cases: casesOf(project, results, 'unit_test') },
    { name: `${project}.data_tests`, cases: casesOf(project, results, 'test') },
    { name: `${project}.problems`, cases: problems.map((problem) => problemCase(project, problem)) },
  ].filter(({ cases }) => cases.length > 0)
  const shown = (text: string) => xmlText(withoutCommands(shownControls(text)))
  const safe = (text: string) => shown(secrets.hide(text))
  const attributes = (values: Readonly<Record<string, string | number | undefined>>) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) =>
          ` ${name}="${name === 'message' ? safe(String(value)) : shown(secrets.hideInName(String(value)))}"`,
      )
      .join('')
  const caseLines = ({ name, className, seconds, file, line, outcome }: Case): string[] => {
    const head = `    <testcase${attributes({ name, classname: className, time: seconds.toFixed(3), file, line })}`
    if (!outcome) return [`${head}/>`]
    const { element, message, text } = outcome
    const inside =
      element === 'system-out'
        ? `      <system-out>${safe(text)}</system-out>`
        : element === 'skipped'
          ? `      <skipped${attributes({ message })}/>`
          : `      <${element}${attributes({ message })}>${safe(text)}</${element}>`
    return [`${head}>`, inside, '    </testcase>']
  }
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: project, ...counts(suites.flatMap(({ cases }) => cases)), time: seconds.toFixed(3) })}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite${attributes({
        name,
        ...counts(cases),
        time: cases.reduce((sum, { seconds: s }) => sum + s, 0).toFixed(3),
        timestamp: startedAt.toISOString().slice(0, 19),
      })}>`,
      ...cases.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ].join('\n')}\n`
}

function counts(cases: readonly Case[]) {
  const count = (element: string) => cases.filter(({ outcome }) => outcome?.element === element).length
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  }
}

const ELEMENTS = { fail: 'failure', error: 'error', skipped: 'skipped', warn: 'system-out' } as const

function casesOf(project: string, results: readonly NodeResult[], type: NodeResult['type']): Case[] {
  return results
    .filter((result) => result.type === type)
    .map((result): Case => {
      const { name, kind, status, seconds, at, message = '' } = result
      const element = status === 'pass' || status === 'success' ? undefined : ELEMENTS[status]
      return {
        name,
        className: `${project}.${kind}`,
        seconds,
        file: at?.file,
        line: at?.line,
        outcome: element && {
          element,
          message: message.split('\n')[0] ?? '',
          text: detailsOf(result).join('\n'),
        },
      }
    })
}

const problemCase = (project: string, { code, message, at, cause, fix }: Problem): Case => ({
  name: code,
  className: `${project}.problems`,
  seconds: 0,
  file: at?.file,
  line: at?.line,
  outcome: {
    element: 'error',
    message: message.split('\n')[0] ?? '',
    text: [message, cause, fix].filter((part) => part).join('\n'),
  },
})

/** Characters that XML 1.0 has no way to write, beside controls, become the sign for one that cannot be shown. */
const xmlText = (text: string): string =>
  text
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
