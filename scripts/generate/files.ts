/** The generated files as text, so that a test can compare them with what is there. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { load } from '../../src/gwh.ts'
import { ProblemError } from '../../src/problems.ts'
import { commandsReference } from './commands.ts'
import { checkFieldsReference, checksTable, connectorsTable, projectReference } from './configuration.ts'
import { relationsReference } from './relations.ts'
import { renamesTables } from './renames.ts'
import { reportsTable } from './reports.ts'
import { knownWith } from '../../src/editors/json_schema.ts'
import { schemaFiles } from '../../src/editors/schema_files.ts'

export const SCHEMA_FILE = 'schemas/project.schema.json'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Paths relative to the repository, with the text that each should have. */
export async function generatedFiles(root = ROOT): Promise<Map<string, string>> {
  // No environment: the reference is the same wherever it is written.
  const { plan } = load(root, { env: {}, envFile: false })
  const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'docs/checks.md': { checks: checksTable(), 'check-fields': checkFieldsReference() },
    'docs/connectors.md': { connectors: connectorsTable() },
    'docs/guide/upgrading.md': { renames: renamesTables() },
    'docs/reports/README.md': { reports: reportsTable(plan.catalog) },
    'docs/reference/cli.md': { commands: await commandsReference() },
    'docs/reference/project.md': { reference: projectReference() },
    'docs/reference/relations.md': { relations: relationsReference(plan.models) },
  }
  const files = new Map([...schemaFiles(knownWith([]))].map(([file, text]) => [`schemas/${file}`, text]))
  for (const [page, parts] of Object.entries(pages)) {
    const file = path.join(root, page)
    if (!existsSync(file)) {
      throw new ProblemError({ code: 'missing_file', message: `There is no ${page} in ${root}.` })
    }
    const text = Object.entries(parts).reduce(
      (before, [name, part]) => withPart(before, page, name, part),
      readFileSync(file, 'utf8'),
    )
    files.set(page, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }))
  }
  return files
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
function withPart(text: string, page: string, name: string, part: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`]
  const [before, rest] = split(text, page, start, 1)
  const [, after] = split(rest, page, end, before.split('\n').length)
  return `${before}${start}\n\n${part}\n\n${end}${after}`
}

/** @param line where the text begins */
function split(text: string, page: string, marker: string, line: number): [string, string] {
  const at = text.indexOf(marker)
  if (at < 0) {
    throw new ProblemError({
      code: 'invalid_value',
      message: `${page} has no line ${marker}${line > 1 ? ' from here on' : ''}.`,
      at: { file: page, line, column: 1 },
      fix: 'Write it where the generated part is to stand.',
    })
  }
  return [text.slice(0, at), text.slice(at + marker.length)]
}
