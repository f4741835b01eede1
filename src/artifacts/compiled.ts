/** `target/compiled/`: the SQL of every model and data test, as it reads published relations, and the functions it calls. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { DataTest } from '../checks/index.ts'
import { createCompiler, published } from '../graph/compile.ts'
import { ownSchema } from '../graph/own.ts'
import type { Model } from '../graph/model.ts'
import type { Plan } from '../graph/plan.ts'
import { requireInside } from '../project/inside.ts'
import { toText } from '../sql/sql.ts'
import { writeChanged } from './files.ts'

const FOLDER = 'target/compiled'

/** Paths relative to the project. */
export const compiledModelFile = (model: Pick<Model, 'name'>) => `${FOLDER}/models/${model.name}.sql`
export const compiledTestFile = (test: Pick<DataTest, 'name'>) => `${FOLDER}/tests/${test.name}.sql`

/** @returns the files that were written, relative to the project */
export function writeCompiled(plan: Plan, models: readonly Model[], tests: readonly DataTest[]): string[] {
  const { project } = plan.catalog
  const compiler = createCompiler(plan, project.target.type)
  const places = published(plan)
  requireInside(project, path.dirname(FOLDER))
  const before = new Set(
    [FOLDER, `${FOLDER}/models`, `${FOLDER}/tests`].flatMap((folder) => {
      requireInside(project, folder)
      const full = path.join(project.dir, folder)
      mkdirSync(full, { recursive: true })
      const files = readdirSync(full, { withFileTypes: true }).filter((entry) => entry.isFile())
      return files.map(({ name }) => `${folder}/${name}`)
    }),
  )
  const write = (named: string, text: string) => {
    // A test is named after what it tests, and `*` cannot be in names of files everywhere. Folders and endings are
    // gwh's own words: they stay, though a password may be one of them.
    const { dir, name, ext } = path.posix.parse(named)
    const file = path.posix.join(dir, project.secrets.hide(name).replaceAll('*', '_') + ext)
    writeChanged(path.join(project.dir, file), `${project.secrets.hide(text)}\n`, before.has(file))
    return file
  }
  const definitions = compiler.dialect.definitions(ownSchema(project.target)).map((d) => `${toText(d)};`)
  const written = [
    write(`${FOLDER}/functions.sql`, definitions.join('\n\n')),
    ...models.map((model) => write(compiledModelFile(model), compiler.model(model, places))),
    ...tests.map((test) =>
      write(compiledTestFile(test), toText(test.failures(compiler.context(places), compiler, places))),
    ),
  ]
  // A part that is compiled leaves the rest as it is; all of it replaces what is there, also of models long gone.
  // File by file, for another process may be writing into the folder just now.
  const now = new Set(written)
  const isGone = (file: string) => file.endsWith('.sql') && !now.has(file)
  if (models.length === plan.models.length)
    for (const file of [...before].filter(isGone)) rmSync(path.join(project.dir, file), { force: true })
  return written
}
