/** Puts everything that was built in its place, in one transaction with the record of the run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { quotedList, ProblemError } from '../problems.ts'
import type { Plan } from '../graph/plan.ts'
import type { Project } from '../project/load.ts'
import {
  CommitUnknown,
  Interrupted,
  SessionLost,
  WarehouseError,
  type PublishNote,
  type Warehouse,
} from '../engines/index.ts'
import type { Built } from './build.ts'
import { commentsBefore, writeComments } from './comments.ts'
import { howToLook, type Stage } from './ending.ts'
import {
  isRecorded,
  recordRun,
  unrecorded,
  type PublishedRelation,
  type RunRecord,
  type SourceRows,
} from './state.ts'

/** What a run needs to publish, and to find out whether it has. */
export interface Publishing {
  readonly plan: Plan
  readonly warehouse: Warehouse
  readonly built: Built
  readonly run: RunRecord
  readonly before: ReadonlyMap<string, PublishedRelation>
  readonly sources: readonly SourceRows[]
  /** Another connection, for when the first one is lost. */
  readonly reopen: () => Promise<Warehouse>
  /** Is told how far it has come, before anything else happens. */
  readonly onStage: (stage: Stage) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * @returns what is to be said of it, though it succeeded, and what it did to what others have made
 * @throws ProblemError `publish_failed`, `dependents_in_the_way`: nothing has been changed then;
 * `outcome_unknown` where nobody can be asked
 */
export async function publishRun(publishing: Publishing): Promise<readonly PublishNote[]> {
  const { plan, warehouse, built, before } = publishing
  const { target } = plan.catalog.project
  const { schema } = target
  publishing.onStage('publishing')
  await refuseForeignRelations(schema, warehouse, built, before)
  const commented = await commentsBefore(warehouse, target)
  let notes: readonly PublishNote[] = []
  try {
    await warehouse.publish(built.staged, async (told) => {
      notes = [
        ...told,
        ...(await writeComments(warehouse, target, built.staged, built.descriptions, commented)),
      ]
      await record(publishing)
    })
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw notPublished(error, plan.catalog.project)
    publishing.onStage('asking')
    notes = [...notes, ...(await askOutcome(publishing, error)).map(said)]
    publishing.onStage('published')
    return notes
  }
  publishing.onStage('published')
  return [...notes, ...(await statistics(publishing)).map(said)]
}

/**
 * Writes down what is published, so that the record says it if the answer to COMMIT is lost.
 * @throws ProblemError `publish_failed` where the record does not hold what was written
 */
async function record({ plan, warehouse, run, built, sources }: Publishing): Promise<void> {
  const { target } = plan.catalog.project
  await recordRun(warehouse, target, run, built.fingerprints, sources)
  const lacking = await unrecorded(warehouse, target, run, {
    relations: built.fingerprints.length,
    sources: sources.length,
  })
  if (lacking.length === 0) return
  throw new ProblemError({
    code: 'publish_failed',
    message: `What is published cannot be recorded: ${quotedList(lacking)} ${lacking.length === 1 ? 'does' : 'do'} not have the rows that were written. What was published before stays as it was.`,
    cause: 'A trigger, a rule or a policy on these tables of gwh keeps rows away, or changes them.',
    fix: 'Drop it, and build again.',
  })
}

const said = (text: string): PublishNote => ({ text })

function notPublished(error: unknown, project: Project): unknown {
  const at = project.locate(['targets', project.target.name])
  if (error instanceof SessionLost)
    return new ProblemError({
      code: 'publish_failed',
      message:
        'The connection was lost before the relations were published; what was published before stays as it was.',
      at,
      cause: error.message,
      fix: 'Build again when the database answers.',
    })
  if (!(error instanceof WarehouseError)) return error
  return new ProblemError({
    code: 'publish_failed',
    message:
      'The relations were built but could not be published; what was published before stays as it was.',
    at,
    cause: error.message,
    fix:
      error.fix ??
      (error.refusal === 'not_allowed'
        ? 'What gwh has published belongs to the role that builds. Build as the role that owns it, or hand over what that one made: `reassign owned by THAT_ROLE to THIS_ROLE`.'
        : undefined),
  })
}

/** Seconds that a database has to come back, and those of a user who wants to leave. */
const PATIENCE = { waiting: 30, leaving: 1 }
const PAUSE = 250

/**
 * Asks the record of the run until it answers.
 * @throws ProblemError `publish_failed` where it was not published, `outcome_unknown` where that cannot be found out
 */
async function askOutcome(publishing: Publishing, lost: CommitUnknown): Promise<readonly string[]> {
  const { plan, warehouse, run, signal } = publishing
  await warehouse[Symbol.asyncDispose]()
  const start = Date.now()
  let reason = lost.message
  do {
    let isThere: boolean
    try {
      isThere = await isOnRecord(publishing, lost)
    } catch (error) {
      reason = reasonOf(error)
      await sleep(PAUSE)
      continue
    }
    if (isThere)
      return [
        `The connection was lost while the relations were published (${lost.message}); the record of the run says that they are.`,
      ]
    publishing.onStage('building')
    throw new ProblemError({
      code: 'publish_failed',
      message:
        'The connection was lost while the relations were published. The record of the run says that they are not; what was published before stays as it was.',
      cause: lost.message,
      fix: 'Build again.',
    })
  } while (Date.now() - start < 1000 * (signal?.aborted ? PATIENCE.leaving : PATIENCE.waiting))
  throw new ProblemError({
    code: 'outcome_unknown',
    message:
      'The connection was lost after COMMIT was sent: whether the relations were published is not known. All of them are, or none.',
    cause: reason,
    fix: howToLook(plan.catalog.project, run.runId),
  })
}

/** Asks on a connection of its own. @throws whatever keeps it from being asked */
async function isOnRecord({ plan, run, reopen }: Publishing, { hasEnded }: CommitUnknown): Promise<boolean> {
  const { target } = plan.catalog.project
  await using other = await reopen()
  if (await isRecorded(other, target, run.runId)) return true
  // The lost session holds the lock until it has ended, one way or the other: before, a row may still come.
  if (!hasEnded) await other.lock(target.schema)
  return await isRecorded(other, target, run.runId)
}

const reasonOf = (error: unknown): string => {
  const [problem] = error instanceof ProblemError ? error.problems : []
  if (problem?.code === 'warehouse_locked')
    return `There is no record of the run yet, and the lock of its schema is still held${/ \(.*\)/.exec(problem.message)?.[0] ?? ''}: by the session that was lost, which may be at the COMMIT, or by another build.`
  if (problem) return problem.cause ?? problem.message
  return error instanceof Error ? error.message : String(error)
}

/** Statistics for the planner: without them queries are slower, and no less right. */
async function statistics({ warehouse, built }: Publishing): Promise<readonly string[]> {
  const tables = built.staged.filter((relation) => relation.kind === 'table')
  try {
    const left = await warehouse.settle(tables.map((relation) => relation.published))
    if (left.length === 0) return []
    return [
      `Published, but without new statistics of ${quotedList(left)}, which another session holds; the server makes them by itself in time.`,
    ]
  } catch (error) {
    if (error instanceof Interrupted) return []
    if (!(error instanceof WarehouseError) && !(error instanceof SessionLost)) throw error
    return [
      `Published, but without new statistics of all relations (${error.message}); the server makes them by itself in time.`,
    ]
  }
}

/** A relation that gwh did not make is never replaced. */
async function refuseForeignRelations(
  schema: string,
  warehouse: Warehouse,
  built: Built,
  before: ReadonlyMap<string, PublishedRelation>,
): Promise<void> {
  const present = new Set((await warehouse.relations(schema)).map((relation) => relation.name))
  const foreign = built.staged
    .map(({ name }) => name)
    .filter((name) => present.has(name) && !before.has(name))
  if (foreign.length === 0) return
  throw new ProblemError({
    code: 'publish_failed',
    message: `\`${schema}\` has relations of these names that gwh did not make: ${quotedList(foreign)}.`,
    fix: 'Give the target another `schema`, or move those relations away; nothing has been changed.',
  })
}
