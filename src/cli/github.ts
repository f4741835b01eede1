/**
 * GitHub Actions shows problems beside the lines that they are about. It reads them from standard output:
 * `::error file=…,line=…,col=…,title=…::message`.
 */
import path from 'node:path'
import { formatProblem, type Location, type Problem } from '../problems.ts'
import { detailsOf, type NodeResult } from '../run/result.ts'
import { safe, safeName } from './door.ts'

/** Only where GitHub reads along, and where standard output is for people. */
export const isOnGitHub = (options: { logFormat?: 'text' | 'json' }, env = process.env): boolean =>
  env['GITHUB_ACTIONS'] === 'true' && options.logFormat !== 'json'

/** One annotation for each problem. */
export const problemAnnotations = (problems: readonly Problem[], projectDir: string): string[] =>
  problems.map((problem) => {
    // The place is said by the annotation, and the excerpt is what it stands beside.
    const { at, ...rest } = problem
    const [, ...lines] = formatProblem(rest).split('\n')
    return annotation('error', problem.code, lines.map((line) => line.trim()).join('\n'), at, projectDir)
  })

/** One annotation for each model and test that failed or warned. */
export const resultAnnotations = (results: readonly NodeResult[], projectDir: string): string[] =>
  results
    .filter(({ status }) => status === 'fail' || status === 'error' || status === 'warn')
    .map((result) =>
      annotation(
        result.status === 'warn' ? 'warning' : 'error',
        `${TYPES[result.type]} ${result.name}`,
        detailsOf(result).join('\n'),
        result.at,
        projectDir,
      ),
    )

const TYPES = {
  seed: 'source',
  source: 'source',
  model: 'model',
  test: 'data test',
  unit_test: 'unit test',
} as const

function annotation(
  level: 'error' | 'warning',
  title: string,
  message: string,
  at: Location | undefined,
  projectDir: string,
): string {
  const place = at && {
    file: path.relative(process.cwd(), path.resolve(projectDir, at.file)).replaceAll(path.sep, '/'),
    line: String(at.line),
    col: String(at.column),
  }
  const properties = Object.entries({ ...place, title }).map(
    ([name, text]) => `${name}=${property(name === 'file' ? safeName(text) : safe(text))}`,
  )
  return `::${level} ${properties.join(',')}::${data(safe(message))}`
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
