/** The failures of a data test as a table, for people to look at after the run. */
import { published, type Places } from '../graph/compile.ts'
import { failuresRelation, ownSchema } from '../engines/own.ts'
import type { Plan } from '../graph/plan.ts'
import { asWritten } from '../sql/spelling.ts'
import { type RelationName, type Sql, identifier, join, literal, sql } from '../sql/sql.ts'
import { engineOf, WarehouseError, type Column, type Warehouse } from '../engines/index.ts'

export interface FailuresToStore {
  readonly test: string
  /** The query of the wrong rows. */
  readonly query: string
  /** At most so many rows are stored. */
  readonly limit: number
  readonly runId: string
  readonly places: Places
}

/**
 * Replaces what an earlier run stored. Not part of publishing, so that it is there when nothing is published.
 * @returns where the failures are
 * @throws WarehouseError
 */
export async function storeFailures(
  plan: Plan,
  warehouse: Warehouse,
  { test, query, limit, runId, places }: FailuresToStore,
): Promise<RelationName> {
  const relation = failuresRelation(plan.catalog.project.target, test)
  const columns = await warehouse.columnsOf(`select * from (\n${query}\n) as failures`)
  const taken = columns.find(({ name }) => OWN_COLUMNS.includes(name.toLowerCase()))
  if (taken)
    throw new WarehouseError(`the query has a column \`${taken.name}\`, as the table has of its own.`, {})
  const renamed = stagedNames(plan, places)
  const { project } = plan.catalog
  const fn = engineOf(project).functions(ownSchema(project.target))
  const create = sql`
    create table ${identifier(...relation)} as
    select
      cast(${literal(runId)} as text) as run_id,
      ${fn.instantLiteral(new Date().toISOString())} as failed_at,
      ${join(
        columns.map((column) => sql`${stored(column, renamed)} as ${identifier(column.name)}`),
        ',\n',
      )}
    from (
      ${asWritten(query)}
    ) as failures
    limit ${literal(limit)}
  `
  await warehouse.transaction(async () => {
    await warehouse.execute(sql`drop table if exists ${identifier(...relation)}`)
    await warehouse.execute(create)
  })
  return relation
}

const OWN_COLUMNS = ['run_id', 'failed_at']

/** Removes what an earlier run stored. */
export async function forgetFailures(plan: Plan, warehouse: Warehouse, test: string): Promise<void> {
  const relation = failuresRelation(plan.catalog.project.target, test)
  await warehouse.execute(sql`drop table if exists ${identifier(...relation)}`)
}

/** Relations that are not where they will be published, with the longest names first. */
function stagedNames(plan: Plan, places: Places): { staged: string; final: string }[] {
  const final = published(plan)
  return plan.models
    .flatMap(({ name }) => {
      const [from, to] = [places.relation(name), final.relation(name)]
      return from.join('.') === to.join('.') ? [] : [{ staged: from.join('.'), final: to.join('.') }]
    })
    .sort((a, b) => b.staged.length - a.staged.length)
}

const TEXT = /^(text|varchar|character varying|name)$/i
/** Of PostgreSQL: values that name or are rows of a relation, which is gone when the run is over. */
const BOUND = /^reg|\./

/** A query may say the name of a relation that it reads, and then the name is that of the staged one. */
function stored({ name, type }: Column, renamed: readonly { staged: string; final: string }[]): Sql {
  const value = identifier(name)
  if (renamed.length === 0 || !(TEXT.test(type) || BOUND.test(type))) return value
  return renamed.reduce(
    (text, { staged, final }) => sql`replace(${text}, ${literal(staged)}, ${literal(final)})`,
    sql`cast(${value} as text)`,
  )
}
