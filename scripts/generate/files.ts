/** The generated files as text, so that a test can compare them with what is there. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { load } from '../../src/gwh.ts'
import { ProblemError } from '../../src/problems.ts'
import { connectorsTable, checksTable, projectReference } from './configuration.ts'
import { relationsReference } from './relations.ts'
import { reportsTable } from './reports.ts'
import { schemaFiles } from './schema_files.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const README = 'README.md'

/** Paths relative to the repository, with the text that each should have. */
export async function generatedFiles(root = ROOT): Promise<Map<string, string>> {
  // No environment: the reference is the same wherever it is written.
  const { plan } = load(root, { env: {}, envFile: false })
  const parts = {
    relations: relationsReference(plan.models),
    checks: checksTable(),
    connectors: connectorsTable(),
    reports: reportsTable(plan.catalog),
    reference: projectReference(),
  }
  const file = path.join(root, README)
  if (!existsSync(file)) {
    throw new ProblemError({ code: 'missing_file', message: `There is no ${README} in ${root}.` })
  }
  const readme = Object.entries(parts).reduce(
    (text, [name, part]) => withPart(text, name, part),
    readFileSync(file, 'utf8'),
  )
  return new Map([
    ...schemaFiles(),
    [README, await format(readme, { ...(await resolveConfig(file)), parser: 'markdown' })],
  ])
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
function withPart(text: string, name: string, part: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`]
  const [before, rest] = split(text, start, 1)
  const [, after] = split(rest, end, before.split('\n').length)
  return `${before}${start}\n\n${part}\n\n${end}${after}`
}

/** @param line where the text begins */
function split(text: string, marker: string, line: number): [string, string] {
  const at = text.indexOf(marker)
  if (at < 0) {
    throw new ProblemError({
      code: 'invalid_value',
      message: `${README} has no line ${marker}${line > 1 ? ' from here on' : ''}.`,
      at: { file: README, line, column: 1 },
      hint: 'Write it where the generated part is to stand.',
    })
  }
  return [text.slice(0, at), text.slice(at + marker.length)]
}
