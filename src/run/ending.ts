/** What is true of a run that ends before it has come to its end: how far it had come with publishing. */
import { engineOf } from '../engines/index.ts'
import { ownRelation } from '../engines/own.ts'
import type { Problem } from '../problems.ts'
import type { Project } from '../project/load.ts'
import { textFor } from '../sql/spelling.ts'
import { identifier } from '../sql/sql.ts'

/** building: until everything is built and tested. asking: the answer to COMMIT was lost, and the record is asked. */
export type Stage = 'building' | 'publishing' | 'asking' | 'published'

/** What a run that was stopped has to say for itself. */
export const INTERRUPTED: Problem = {
  code: 'interrupted',
  message: 'The run was stopped. Nothing was published; what was published before stays as it was.',
}

/**
 * What is said of a run that is ended where it stands.
 * @param isCommitting whether COMMIT was sent; that of a file that was loaded publishes nothing
 */
export function endedAt(stage: Stage, isCommitting: boolean, project: Project, runId: string): Problem {
  if (stage === 'published')
    return {
      code: 'interrupted',
      message: 'The run was stopped after it had published: all relations are new, without new statistics.',
    }
  if (stage !== 'asking' && !(stage === 'publishing' && isCommitting)) return INTERRUPTED
  return {
    code: 'outcome_unknown',
    message: `The run was stopped while ${stage === 'asking' ? 'it asked what became of its COMMIT' : 'its COMMIT was on the way'}: whether the relations were published is not known. All of them are, or none.`,
    fix: howToLook(project, runId),
  }
}

/** For people, when gwh cannot ask any more. */
export function howToLook(project: Project, runId: string): string {
  const engine = engineOf(project)
  const runs = textFor(identifier(...ownRelation(project.target, 'runs')), engine)
  const look = `They are if \`select published_at from ${runs} where run_id = '${runId}'\` gives a row.`
  // A database that is a file ends with the process.
  if (engine.file(project.target) !== undefined) return look
  return `${look} Where it gives none, COMMIT may still be in progress on the server, and the row come later.`
}
