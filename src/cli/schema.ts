/** `gwh schema`: what editors need to complete and check the YAML files of this project, names of its plugins too. */
import path from 'node:path'
import { writeWhole } from '../artifacts/files.ts'
import { knownWith } from '../editors/json_schema.ts'
import { schemaFiles } from '../editors/schema_files.ts'
import { distinctProblems, ProblemError, throwIfAny, type Problem } from '../problems.ts'
import { requireInside } from '../project/inside.ts'
import { loadProject } from '../project/load.ts'
import { loadOptions } from './context.ts'
import { createLog } from './log.ts'
import type { GlobalOptions } from './options.ts'

const FOLDER = 'target/schemas'

/** What else is wrong in the files is what an editor is asked about, so only plugins have to be right. */
export function schemaCommand(options: GlobalOptions): void {
  const log = createLog(options)
  const problems: Problem[] = []
  const loading = { ...loadOptions(options), offline: true }
  const project = loadProject(path.resolve(options.projectDir), loading, problems)
  if (project.broken.any('plugins')) throw new ProblemError(distinctProblems(problems))
  const clashes: Problem[] = []
  const known = knownWith(project.plugins, clashes)
  throwIfAny(clashes)
  requireInside(project, FOLDER)
  const files = [...schemaFiles(known)].map(([name, text]) => {
    const file = `${FOLDER}/${name}`
    writeWhole(path.join(project.dir, file), text)
    return file
  })
  log.event('schemas', files.join(', '), { files })
  log.text(`Wrote ${files.join(', ')}.`)
  log.text(
    `\nNext: make the first line of project.yml\n  # yaml-language-server: $schema=${FOLDER}/project.schema.json`,
  )
}
