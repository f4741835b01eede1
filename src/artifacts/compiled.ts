/** `target/compiled/`: the SQL of every model and data test, as it reads published relations, and the functions it calls. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DataTest } from '../checks/index.ts'
import { createCompiler, ownSchema, published } from '../graph/compile.ts'
import type { Model } from '../graph/model.ts'
import type { Plan } from '../graph/plan.ts'
import { requireInside } from '../project/inside.ts'
import { toText } from '../sql/sql.ts'

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
  // A part that is compiled leaves the rest as it is; all of it replaces what is there, also of models long gone.
  if (models.length === plan.models.length)
    rmSync(path.join(project.dir, FOLDER), { recursive: true, force: true })
  const write = (named: string, text: string) => {
    // A test is named after what it tests, and `*` cannot be in names of files everywhere.
    const file = project.secrets.hide(named).replaceAll('*', '_')
    const full = path.join(project.dir, file)
    requireInside(project, file)
    mkdirSync(path.dirname(full), { recursive: true })
    writeFileSync(full, `${project.secrets.hide(text)}\n`)
    return file
  }
  const definitions = compiler.dialect
    .definitions(ownSchema(project.target.schema))
    .map((d) => `${toText(d)};`)
  return [
    write(`${FOLDER}/functions.sql`, definitions.join('\n\n')),
    ...models.map((model) => write(compiledModelFile(model), compiler.model(model, places))),
    ...tests.map((test) =>
      write(compiledTestFile(test), toText(test.failures(compiler.context(places), compiler, places))),
    ),
  ]
}
