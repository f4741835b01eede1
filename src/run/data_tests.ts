/** Runs data tests on relations, staged or published. */
import { modelsOf, type DataTest, type Row } from '../checks/index.ts'
import {
  createCompiler,
  published,
  withPublishedNames,
  type Compiler,
  type Places,
} from '../graph/compile.ts'
import { failuresRelation, ownSchema } from '../engines/own.ts'
import type { ModelContext } from '../graph/model.ts'
import { descendants, type Plan } from '../graph/plan.ts'
import { statusOf, thresholdText } from '../graph/test_config.ts'
import { quotedList, plural } from '../problems.ts'
import { oneLine } from '../project/plain_text.ts'
import { textFor } from '../sql/spelling.ts'
import { identifier, sql } from '../sql/sql.ts'
import { engineOf, WarehouseError, type Warehouse } from '../engines/index.ts'
import { faultOf } from './damaged_files.ts'
import { faultMessage } from './file_faults.ts'
import { forgetFailures, storeFailures } from './failures.ts'
import { failed, timed, type NodeResult, type Reporter } from './result.ts'
import { askPrefilters, type Answer } from './prefilter.ts'
import { sourcesOf } from './unbuilt_parents.ts'

export interface TestInput {
  readonly plan: Plan
  readonly warehouse: Warehouse
  readonly tests: readonly DataTest[]
  readonly places: Places
  /** Models that could not be built, or never were: tests on them are skipped. */
  readonly broken: ReadonlySet<string>
  /** Models that are older than what they are made from: tests on them would judge old rows. */
  readonly staleInputs?: ReadonlySet<string> | undefined
  readonly reporter: Reporter
  /** File and line. */
  readonly compiledFile: (test: DataTest) => string | undefined
  readonly runId: string
  /** Stores the failures of every test, whatever its configuration. */
  readonly storeFailures?: boolean | undefined
  /** A warning is an error. */
  readonly warnError?: boolean | undefined
}

/** A threshold may be met by no failure at all. */
const FIX_OF_NONE = 'No row is wrong, so look at what `warn_if` and `error_if` of the test ask for.'

/** How many wrong rows are explained, of how many that are looked at: several may say the same. */
const EXAMPLES = 5
const LOOKED_AT = 100

export async function runTests(input: TestInput): Promise<NodeResult[]> {
  const { plan, warehouse, tests, places, broken, reporter } = input
  const compiler = createCompiler(plan, engineOf(plan.catalog.project))
  const results: NodeResult[] = []
  /** By model: the test that failed on what it is built from. */
  const distrusted = new Map<string, string>()
  const whySkipped = (test: DataTest): string | undefined => {
    const missing = modelsOf(test).filter((model) => broken.has(model))
    if (missing.length > 0) return `${quotedList(missing)} is not built.`
    const old = modelsOf(test).filter((model) => input.staleInputs?.has(model))
    if (old.length > 0) return `${quotedList(old)} is older than what it is made from; build it too.`
    if (test.needs === undefined) return undefined
    // The same rows would be told of again, and as a fault of gwh.
    const upset = modelsOf(test).find((model) => distrusted.has(model))
    return upset === undefined
      ? undefined
      : `\`${distrusted.get(upset)}\` failed, and \`${upset}\` is built from what it tests.`
  }
  const askable = tests.filter((test) => whySkipped(test) === undefined)
  const prefilter = await askPrefilters(askable, compiler.context(places), warehouse)
  const own = await warehouse.relations(ownSchema(plan.catalog.project.target))
  const stored = new Set(own.map(({ name }) => name))
  for (const [i, test] of tests.entries()) {
    const node = { name: test.name, type: 'test' as const, kind: test.check }
    reporter.started({ ...node, index: i, total: tests.length })
    const reason = whySkipped(test)
    const { value, seconds, startedAt } = await timed<Outcome>(() =>
      reason !== undefined
        ? Promise.resolve({ status: 'skipped', message: reason })
        : runTest(test, input, compiler, prefilter.get(test.name), stored),
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
    if (test.vouchesFor && failed([result]))
      for (const model of descendants(plan, modelsOf(test)))
        distrusted.set(model, distrusted.get(model) ?? test.name)
    reporter.finished(result, i, tests.length)
  }
  return results
}

type Outcome = Pick<
  NodeResult,
  'status' | 'failures' | 'examples' | 'more' | 'message' | 'fix' | 'relation' | 'compiledSql'
>

interface Counted {
  /** As dbt counts them. */
  readonly failures: number
  /** Rows of the failures. */
  readonly found: number
  /** Rows of the relation that they stand for. */
  readonly wrongRows: number
}

async function runTest(
  test: DataTest,
  input: TestInput,
  compiler: Compiler,
  answer: Answer | undefined,
  stored: ReadonlySet<string>,
): Promise<Outcome> {
  const { plan, warehouse, places } = input
  const { config } = test
  // As it can be run again, on what is published.
  const final = published(plan)
  const compiledSql = textFor(test.failures(compiler.context(final), compiler, final), compiler.engine)
  try {
    if (answer instanceof WarehouseError) throw answer
    const context = compiler.context(places)
    const candidates = answer === false ? [] : await candidatesOf(test, context, warehouse)
    const isClear = candidates?.length === 0
    const wrong =
      candidates !== undefined && !isClear && test.failuresAmong
        ? test.failuresAmong(candidates, context)
        : test.failures(context, compiler, places)
    const query = limited(textFor(wrong, warehouse), config.limit)
    const isLikely = answer === true || candidates !== undefined
    const { counted, rows } = isClear ? NOTHING : await look(test, query, isLikely, warehouse)
    const { failures } = counted
    const judged = statusOf(failures, config)
    if (judged === 'pass') {
      if (stored.has(failuresRelation(plan.catalog.project.target, test.name).at(-1) ?? ''))
        await forgetFailures(plan, warehouse, test.name)
      return { status: judged, failures, compiledSql }
    }
    const examples = [...new Set((await rows()).map((row) => oneLine(test.explain(row))))].slice(0, EXAMPLES)
    const kept =
      counted.found > 0 && (input.storeFailures || config.storeFailures)
        ? await store(test, query, input)
        : {}
    return {
      status: input.warnError ? 'fail' : judged,
      failures,
      examples,
      more: counted.found - examples.length,
      message: [messageOf(test, counted, judged, input), kept.message]
        .filter((line) => line !== undefined)
        .join('\n'),
      fix: counted.found === 0 ? FIX_OF_NONE : test.fix,
      relation: kept.relation,
      compiledSql,
    }
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    const sources = new Set([...(test.sources ?? []), ...sourcesOf(plan, new Set(modelsOf(test)))])
    const fault = await faultOf(error, sources, plan.catalog, warehouse)
    if (fault) return { status: 'error', message: faultMessage(fault, plan.catalog), compiledSql }
    const said = withPublishedNames(error.message, modelsOf(test), places, plan)
    const { at } = test
    return {
      status: 'error',
      message: at === undefined ? said : `${said}\n  at ${at.file}:${at.line}:${at.column}`,
      compiledSql,
    }
  }
}

/** @returns undefined where there is no cheaper question */
async function candidatesOf(
  test: DataTest,
  context: ModelContext,
  warehouse: Warehouse,
): Promise<readonly Row[] | undefined> {
  return test.candidates && (await warehouse.query<Row>(test.candidates(context)))
}

const limited = (query: string, limit: number | undefined) =>
  limit === undefined ? query : `select * from (\n${query}\n) as failures limit ${limit}`

interface Looked {
  readonly counted: Counted
  /** The first of the failures. */
  readonly rows: () => Promise<readonly Row[]>
}

const NOTHING: Looked = {
  counted: { failures: 0, found: 0, wrongRows: 0 },
  rows: () => Promise.resolve([]),
}

/**
 * @param isLikely there are failures in all likelihood: then they are read at once, and where they are few
 *   nothing is left to ask; otherwise they are only counted, which needs fewer columns
 */
async function look(test: DataTest, query: string, isLikely: boolean, warehouse: Warehouse): Promise<Looked> {
  const read = (most: number) =>
    warehouse.query<Row>(`select * from (\n${query}\n) as failures limit ${most}`)
  if (isLikely && test.failCalc === undefined) {
    const first = await read(LOOKED_AT + 1)
    if (first.length <= LOOKED_AT)
      return { counted: countedOf(first, test), rows: () => Promise.resolve(first) }
  }
  const counted = await count(test, query, warehouse)
  return { counted, rows: () => (counted.found === 0 ? Promise.resolve([]) : read(LOOKED_AT)) }
}

/** As `count` has it, of all failures. */
function countedOf(rows: readonly Row[], { rowsIn }: DataTest): Counted {
  const standFor = (row: Row) => (rowsIn === undefined ? 1 : Math.max(Number(row[rowsIn] ?? 1), 1))
  const wrongRows = rows.reduce((sum, row) => sum + standFor(row), 0)
  return { failures: rows.length, found: rows.length, wrongRows }
}

async function count(test: DataTest, query: string, warehouse: Warehouse): Promise<Counted> {
  const counts = sql`
    select
      coalesce(${test.failCalc ?? sql`count(*)`}, 0) as failures,
      count(*) as found,
      ${test.rowsIn === undefined ? sql`count(*)` : sql`sum(greatest(${identifier(test.rowsIn)}, 1))`} as wrong_rows
    from
  `
  const [row] = await warehouse.query<{ failures: unknown; found: unknown; wrong_rows: unknown }>(
    `${textFor(counts, warehouse)} (\n${query}\n) as failures`,
  )
  return {
    failures: Number(row?.failures ?? 0),
    found: Number(row?.found ?? 0),
    wrongRows: Number(row?.wrong_rows ?? 0),
  }
}

/** How many, and why that is too many where that is not plain. */
function messageOf(
  test: DataTest,
  { failures, found, wrongRows }: Counted,
  judged: 'warn' | 'fail',
  { warnError }: TestInput,
): string {
  const { limit, warnIf, errorIf } = test.config
  const threshold = thresholdText(judged === 'fail' ? errorIf : warnIf)
  const rows = plural(wrongRows, 'wrong row')
  const own = `failures by its own count: ${failures}`
  // Thresholds are held against failures, and one of them may stand for several wrong rows.
  const counted = failures === wrongRows ? rows : `${rows} in ${plural(failures, 'failure')}`
  const amount =
    test.failCalc === undefined
      ? counted
      : wrongRows === 0 || failures === wrongRows
        ? own
        : `${rows}; ${own}`
  const capped = limit !== undefined && found === limit ? `; no more than ${limit} are counted` : ''
  const rule =
    threshold === '!= 0' ? '' : `; with failures ${threshold} it ${judged === 'fail' ? 'fails' : 'warns'}`
  const raised = judged === 'warn' && warnError ? '; a warning counts as an error here' : ''
  return `${amount}${capped}${rule}${raised}`
}

async function store(
  test: DataTest,
  query: string,
  { plan, warehouse, places, runId }: TestInput,
): Promise<Pick<NodeResult, 'relation' | 'message'>> {
  try {
    const limit = test.config.storeFailuresLimit
    const relation = await storeFailures(plan, warehouse, { test: test.name, query, limit, runId, places })
    return { relation: relation.join('.'), message: `Stored in ${relation.join('.')}.` }
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    const said = withPublishedNames(error.message, modelsOf(test), places, plan).split('\n')[0]
    return { message: `The failures could not be stored: ${said}` }
  }
}
