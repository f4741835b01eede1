/** Puts everything that was built in its place, in one transaction with the record of the run. */
import { listed, ProblemError } from '../problems.ts'
import type { Plan } from '../graph/plan.ts'
import { WarehouseError, type PublishNote, type Warehouse } from '../warehouses/index.ts'
import type { Built } from './build.ts'
import { isRecorded, recordRun, type PublishedRelation, type RunRecord, type SourceRows } from './state.ts'

/**
 * @returns what publishing did to what others have made
 * @throws ProblemError `publish_failed`, `dependents_in_the_way`: nothing has been changed then
 */
export async function publishRun(
  plan: Plan,
  warehouse: Warehouse,
  built: Built,
  run: RunRecord,
  before: ReadonlyMap<string, PublishedRelation>,
  sources: readonly SourceRows[],
): Promise<readonly PublishNote[]> {
  const { schema } = plan.catalog.project.target
  await refuseForeignRelations(schema, warehouse, built, before)
  let notes: readonly PublishNote[]
  try {
    notes = await warehouse.transaction(async () => {
      const told = await warehouse.publish(built.staged)
      await recordRun(warehouse, schema, run, built.fingerprints, sources)
      return told
    })
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    throw new ProblemError({
      code: 'publish_failed',
      message:
        'The relations were built but could not be published; what was published before stays as it was.',
      cause: error.message,
      hint: error.hint,
    })
  }
  // A commit can be answered with success and still not have happened; the record of the run is the proof.
  if (!(await isRecorded(warehouse, schema, run.runId))) {
    throw new ProblemError({
      code: 'publish_failed',
      message: 'The database confirmed the commit, but the run is not on record in it.',
    })
  }
  const tables = built.staged.filter((relation) => relation.kind === 'table')
  await warehouse.settle(tables.map((relation) => relation.published))
  return notes
}

/** A relation that gwh has not made is never replaced. */
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
    message: `\`${schema}\` has relations of these names that gwh has not made: ${listed(foreign)}.`,
    hint: 'Give the target another `schema`, or move those relations away; nothing has been changed.',
  })
}
