/** Runs data tests on relations, staged or published. */
import type { DataTest, Row } from '../checks/index.ts'
import {
  createCompiler,
  published,
  withPublishedNames,
  type Compiler,
  type Places,
} from '../graph/compile.ts'
import type { Plan } from '../graph/plan.ts'
import { listed, plural } from '../problems.ts'
import { identifier, sql, toText } from '../sql/sql.ts'
import { WarehouseError, type Warehouse } from '../warehouses/index.ts'
import { timed, type NodeResult, type Reporter } from './result.ts'

export interface TestInput {
  readonly plan: Plan
  readonly warehouse: Warehouse
  readonly tests: readonly DataTest[]
  readonly places: Places
  /** Models that could not be built, or never were: tests on them are skipped. */
  readonly broken: ReadonlySet<string>
  readonly reporter: Reporter
  readonly compiledFile: (test: DataTest) => string
}

/** How many wrong rows are explained. */
const EXAMPLES = 5

export async function runTests(input: TestInput): Promise<NodeResult[]> {
  const { plan, warehouse, tests, places, broken, reporter } = input
  const compiler = createCompiler(plan, warehouse.type)
  const results: NodeResult[] = []
  for (const [i, test] of tests.entries()) {
    const node = { name: test.name, type: 'test' as const, kind: test.check }
    reporter.started({ ...node, index: i, total: tests.length })
    const skipped = test.models.filter((model) => broken.has(model))
    const { value, seconds, startedAt } = await timed<Outcome>(() =>
      skipped.length > 0
        ? Promise.resolve({ status: 'skipped', message: `${listed(skipped)} is not built.` })
        : runTest(test, plan, compiler, places, warehouse),
    )
    const result: NodeResult = {
      ...node,
      compiledFile: input.compiledFile(test),
      description: test.description,
      at: test.at,
      ...value,
      seconds,
      startedAt,
    }
    results.push(result)
    reporter.finished(result, i, tests.length)
  }
  return results
}

type Outcome = Pick<NodeResult, 'status' | 'failures' | 'examples' | 'message' | 'compiledSql'>

async function runTest(
  test: DataTest,
  plan: Plan,
  compiler: Compiler,
  places: Places,
  warehouse: Warehouse,
): Promise<Outcome> {
  const context = compiler.context(places)
  const failing = toText(test.failures(context, compiler, places))
  // As it can be run again, on what is published.
  const final = published(plan)
  const compiledSql = toText(test.failures(compiler.context(final), compiler, final))
  try {
    if (test.suspects && (await warehouse.query(toText(test.suspects(context)))).length === 0) {
      return { status: 'pass', failures: 0, compiledSql }
    }
    const wrongRows = test.rowsIn === undefined ? sql`count(*)` : sql`sum(${identifier(test.rowsIn)})`
    const [counted] = await warehouse.query<{ failures: number; wrong_rows: number }>(
      `select count(*) as failures, ${toText(wrongRows)} as wrong_rows from (\n${failing}\n) as failures`,
    )
    const failures = Number(counted?.failures ?? 0)
    if (failures === 0) return { status: 'pass', failures, compiledSql }
    const rows = await warehouse.query<Row>(`select * from (\n${failing}\n) as failures limit ${EXAMPLES}`)
    return {
      status: test.severity === 'warn' ? 'warn' : 'fail',
      failures,
      examples: rows.map((row) => test.explain(row)),
      message: plural(Number(counted?.wrong_rows ?? failures), 'wrong row'),
      compiledSql,
    }
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    return {
      status: 'error',
      message: withPublishedNames(error.message, test.models, places, plan),
      compiledSql,
    }
  }
}
