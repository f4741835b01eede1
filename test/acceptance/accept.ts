/** One history on one engine: both of its shapes are built and compared. */
import type { Warehouse } from '../../src/index.ts'
import { compareEvents, compareExport, compareFlat, type Comparison } from './comparisons.ts'
import { compareResent } from './findings.ts'
import type { History } from './histories.ts'
import { flatProject, mixpanelProject, withBuilt, type Engine } from './projects.ts'
import { sampleFacts } from './sample.ts'

export async function accept(history: History, engine: Engine): Promise<Comparison[]> {
  const { facts, mixpanel } = history
  const exported = mixpanel.isSample ? await sampleFacts(history) : facts
  return [
    ...(await compared('flat', engine, flatProject(history), [], async (db) => [
      ...(await compareEvents(db, facts)),
      ...(await compareFlat(db, history)),
    ])),
    ...(await compared('mixpanel', engine, mixpanelProject(history), [], async (db) => [
      ...(await compareEvents(db, exported)),
      ...(await compareExport(db, exported)),
      ...(await compareResent(db, facts)),
    ])),
  ]
}

/**
 * A build that fails is one comparison that fails, so that the other histories are still compared.
 *
 * @param select the relations to build; none for all
 */
export async function compared(
  shape: string,
  engine: Engine,
  project: object,
  select: readonly string[],
  compare: (db: Warehouse) => Promise<Comparison[]>,
): Promise<Comparison[]> {
  let comparisons: Comparison[]
  try {
    comparisons = await withBuilt(engine, project, select, compare)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    comparisons = [{ what: 'build', expected: 'published relations', found: message }]
  }
  return comparisons.map((comparison) => ({ ...comparison, what: `${shape} ${comparison.what}` }))
}
