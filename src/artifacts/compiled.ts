/** `target/compiled/`: the SQL of models and data tests, as it reads published relations, and the functions it calls. */
import { textOf } from '../graph/statements.ts'
import { engineOf } from '../engines/index.ts'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { modelsOf, type DataTest } from '../checks/index.ts'
import { createCompiler, published } from '../graph/compile.ts'
import { ownSchema } from '../engines/own.ts'
import { headerOf } from '../graph/header.ts'
import type { Model } from '../graph/model.ts'
import type { Plan } from '../graph/plan.ts'
import { requireInside } from '../project/inside.ts'
import { oneLine } from '../project/plain_text.ts'
import { occurrencesIn } from '../sql/open.ts'
import { spelled } from '../sql/spelling.ts'
import { toFittedText, toText } from '../sql/sql.ts'
import { makeFolder, writeChanged } from './files.ts'

const FOLDER = 'target/compiled'

/** Paths relative to the project. */
export const compiledModelFile = (model: Pick<Model, 'name'>) => `${FOLDER}/models/${model.name}.sql`

/**
 * Tests of one relation are in one file, and so are those of all relations of one report, for there are several
 * times as many tests as relations; those that read no relation are with others of their source. Queries of users
 * are in files in the project, and so they are here.
 */
function compiledTestsFile(test: DataTest, plan: Plan): string {
  const { name, check, report, sources = [] } = test
  const [first] = report === undefined ? modelsOf(test) : []
  const model = first === undefined ? undefined : plan.model(first)
  const about = report ?? model?.report ?? first ?? sources[0] ?? name
  return `${FOLDER}/tests/${check === 'singular' ? name : about}.sql`
}

export interface Compiled {
  /** The files that were written, relative to the project. */
  readonly files: readonly string[]
  /** File and line of a test's query. */
  readonly placeOf: (test: Pick<DataTest, 'name'>) => string | undefined
}

/** As `writingCompiled`, in one go. */
export function writeCompiled(...what: Parameters<typeof writingCompiled>): Compiled {
  const work = writingCompiled(...what)
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value
}

/**
 * Yields after each file.
 * @param tests their files are written
 * @param all all tests of the project: what is in a file does not depend on what is selected
 */
export function* writingCompiled(
  plan: Plan,
  models: readonly Model[],
  tests: readonly DataTest[],
  all: readonly DataTest[],
): Generator<void, Compiled> {
  const { project } = plan.catalog
  const engine = engineOf(project)
  const compiler = createCompiler(plan, engine)
  const places = published(plan)
  requireInside(project, path.dirname(FOLDER))
  const before = new Set(
    [FOLDER, `${FOLDER}/models`, `${FOLDER}/tests`].flatMap((folder) => {
      requireInside(project, folder)
      const full = path.join(project.dir, folder)
      makeFolder(full)
      const files = readdirSync(full, { withFileTypes: true }).filter((entry) => entry.isFile())
      return files.map(({ name }) => `${folder}/${name}`)
    }),
  )
  const hide = (text: string) => project.secrets.hide(text)
  const write = (named: string, text: string) => {
    // Folders and endings are gwh's own words: they stay, though a password may be one of them. `*`, which a name
    // may have, cannot be in names of files everywhere.
    const { dir, name, ext } = path.posix.parse(named)
    const file = path.posix.join(dir, project.secrets.hideInName(name).replaceAll('*', '_') + ext)
    writeChanged(path.join(project.dir, file), `${text}\n`, before.has(file))
    return file
  }
  const context = compiler.context(places)
  const queryOf = (test: DataTest) => {
    const query = test.failures(context, compiler, places)
    return spelled((test.check === 'singular' ? toText(query) : toFittedText(query)).trimEnd(), engine)
  }
  const testPlaces = new Map<string, string>()
  const writeTests = (named: string, ofFile: readonly DataTest[]) => {
    let line = 1
    const parts = ofFile.map((test) => {
      const query = queryOf(test)
      // A comment would swallow the end of the statement.
      const end = query.slice(query.lastIndexOf('\n') + 1).includes('--') ? '\n;' : ';'
      const text = hide(`-- ${oneLine(test.name)}\n${query}${end}`)
      const place = line + 1
      line += occurrencesIn(text, '\n') + 2
      return { test, text, place }
    })
    const file = write(named, parts.map(({ text }) => text).join('\n\n'))
    for (const { test, place } of parts) testPlaces.set(test.name, `${file}:${place}`)
    return file
  }
  const byFile = new Map<string, DataTest[]>(tests.map((test) => [compiledTestsFile(test, plan), []]))
  for (const test of all) byFile.get(compiledTestsFile(test, plan))?.push(test)
  const definitions = engine
    .definitions(ownSchema(project.target))
    .map((d) => `${spelled(toFittedText(d), engine)};`)
  const written = [write(`${FOLDER}/functions.sql`, hide(definitions.join('\n\n')))]
  for (const model of models) {
    const text = `${headerOf(model, plan.catalog)}\n${textOf(compiler.model(model, places), engine)}`
    written.push(write(compiledModelFile(model), hide(text)))
    yield
  }
  for (const [file, ofFile] of byFile) {
    written.push(writeTests(file, ofFile))
    yield
  }
  // A part that is compiled leaves the rest as it is; all of it replaces what is there, also of models long gone.
  // File by file, for another process may be writing into the folder just now.
  const now = new Set(written)
  const isGone = (file: string) => file.endsWith('.sql') && !now.has(file)
  if (models.length === plan.models.length)
    for (const file of [...before].filter(isGone)) rmSync(path.join(project.dir, file), { force: true })
  return { files: written, placeOf: ({ name }) => testPlaces.get(name) }
}
