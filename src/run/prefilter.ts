/** The cheap questions of data tests, asked together: one scan of each relation for all tests on it. */
import type { DataTest } from '../checks/index.ts'
import type { ModelContext } from '../graph/model.ts'
import { identifier, join, sql } from '../sql/sql.ts'
import { WarehouseError, type Warehouse } from '../engines/index.ts'

/** Whether a row may be wrong, or what the database said to the question. */
export type Answer = boolean | WarehouseError

/** Columns of one query; PostgreSQL has room for 1,664. */
const AT_ONCE = 500

/** @returns by name of the test, for the tests that have such a question */
export async function askPrefilters(
  tests: readonly DataTest[],
  context: ModelContext,
  warehouse: Warehouse,
): Promise<Map<string, Answer>> {
  const found = new Map<string, Answer>()
  const models = new Set(tests.flatMap(({ prefilter }) => (prefilter ? [prefilter.model] : [])))
  for (const model of models) {
    const asked = tests.filter(({ prefilter }) => prefilter?.model === model)
    for (let first = 0; first < asked.length; first += AT_ONCE) {
      await ask(asked.slice(first, first + AT_ONCE), model, context, warehouse, found)
    }
  }
  return found
}

async function ask(
  tests: readonly DataTest[],
  model: string,
  context: ModelContext,
  warehouse: Warehouse,
  found: Map<string, Answer>,
): Promise<void> {
  const columns = tests.flatMap(({ prefilter }, i) =>
    prefilter
      ? [sql`coalesce(bool_or(${prefilter.when(context)}), false) as ${identifier(`test_${i}`)}`]
      : [],
  )
  const question = sql`
    select
      ${join(columns, ',\n')}
    from ${tests[0]?.prefilter?.rows?.(context) ?? context.ref(model)}
  `
  try {
    const [row] = await warehouse.query<Record<string, boolean>>(question)
    for (const [i, { name }] of tests.entries()) found.set(name, row?.[`test_${i}`] ?? true)
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    // One of them cannot be asked; the others are asked without it.
    const [only, ...more] = tests
    if (more.length === 0 && only) found.set(only.name, error)
    else for (const test of tests) await ask([test], model, context, warehouse, found)
  }
}
