/** Runs unit tests on DuckDB in memory, whatever the target: no warehouse is opened. */
import { asTexts, completed, kindOf, rowsQuery, FILE_ENGINE, openFileReader } from '../engines/file_reader.ts'
import { createCompiler, type Places } from '../graph/compile.ts'
import { ownSchema } from '../engines/own.ts'
import { isUserModel } from '../graph/plan.ts'
import type { TestInput, UnitTest } from '../graph/unit_tests.ts'
import { quotedList, suggest } from '../problems.ts'
import { type RelationName, identifier, sql } from '../sql/sql.ts'
import { WarehouseError, type Column, type Warehouse } from '../engines/index.ts'
import { writtenLine } from './build.ts'
import { timed, type NodeResult, type Reporter } from './result.ts'
import { canonical, difference, differenceText, type CanonicalRow } from './unit_test_diff.ts'

/** One instance for all of them, a schema for each. */
export async function runUnitTests(tests: readonly UnitTest[], reporter: Reporter): Promise<NodeResult[]> {
  if (tests.length === 0) return []
  await using memory = await openFileReader()
  const results: NodeResult[] = []
  const prepared = new Set<string>()
  for (const [i, test] of tests.entries()) {
    const node = { name: test.name, type: 'unit_test' as const, kind: test.model.name }
    reporter.started({ ...node, index: i, total: tests.length })
    const functions = ownSchema(test.plan.catalog.project.target)
    if (!prepared.has(functions)) await prepare(memory, functions)
    prepared.add(functions)
    const { value, seconds, startedAt } = await timed(() => runUnitTest(test, `unit_test_${i + 1}`, memory))
    const result: NodeResult = {
      ...node,
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

async function prepare(memory: Warehouse, functions: string): Promise<void> {
  await memory.createSchema(functions)
  for (const definition of FILE_ENGINE.definitions(functions)) await memory.execute(definition)
}

type Outcome = Pick<NodeResult, 'status' | 'failures' | 'message' | 'fix' | 'at' | 'compiledSql'>

/** Thrown where a test cannot be run at all: a query is wrong, or a column is not there. */
class Broken extends Error {}

async function runUnitTest(test: UnitTest, schema: string, memory: Warehouse): Promise<Outcome> {
  const places = placesOf(test, schema)
  const compiledSql = createCompiler(test.plan, FILE_ENGINE).model(test.model, places).select
  const schemas = new Set([schema, ...test.inputs.map((input) => relationOf(input, places)[0] ?? '')])
  try {
    for (const name of schemas) await memory.createSchema(name)
    for (const input of test.inputs) await makeInput(input, relationOf(input, places), memory)
    const [columns, expected] = await sides(test, compiledSql, memory)
    const actual = await canonicalRows(compiledSql, columns, columns, memory)
    const found = difference(expected, actual)
    const failures = found.missing.length + found.unexpected.length
    if (failures === 0) return { status: 'pass', failures, compiledSql }
    const message = differenceText(
      columns.map(({ name }) => name),
      found,
    )
    const open = test.inputs.filter(({ isOpen }) => isOpen).map(({ written }) => written)
    const empty = open.length === 0 ? '' : `\nNot given, and so without rows: ${quotedList(open)}.`
    return { status: 'fail', failures, message: `${message}${empty}`, compiledSql }
  } catch (error) {
    if (!(error instanceof WarehouseError) && !(error instanceof Broken)) throw error
    if (error instanceof Broken)
      return { status: 'error', message: withoutSchemas(error.message, schema), compiledSql }
    const message = withoutSchemas(modelError(error, test, compiledSql), schema)
    return { status: 'error', message, ...notGiven(error, test), compiledSql }
  } finally {
    for (const name of schemas) {
      await memory.execute(sql`drop schema if exists ${identifier(name)} cascade`)
    }
  }
}

/** Each source is a table in a schema of its own, so that its name is the one that queries know it by. */
function placesOf({ plan }: UnitTest, schema: string): Places {
  return {
    relation: (model) => [schema, model],
    self: (model) => [schema, model],
    source: (name) => {
      const relation = plan.catalog.sources.find((source) => source.name === name)?.relation
      const table = relation?.kind === 'table' ? relation.parts.at(-1) : undefined
      return [`${schema}_${name}`, table ?? name]
    },
  }
}

const relationOf = ({ kind, name }: TestInput, places: Places): RelationName =>
  kind === 'source' ? (places.source?.(name) ?? []) : places.relation(name)

async function makeInput(input: TestInput, relation: RelationName, memory: Warehouse): Promise<void> {
  try {
    await memory.execute(
      sql`
        create table ${identifier(...relation)} as
        ${await inputQuery(input, memory)}
      `,
    )
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    throw new Broken(`The rows of ${input.written}: ${firstLine(error.message)}`)
  }
}

async function inputQuery({ rows, written }: TestInput, memory: Warehouse) {
  if (rows.kind === 'rows') return rowsQuery(rows.columns, rows.rows)
  const has = (await memory.columnsOf(rows.text)).map((column) => column.name)
  const names = rows.columns.map(({ name }) => name)
  const unknown = rows.closed ? has.filter((name) => !names.includes(name)) : []
  if (unknown.length > 0) {
    throw new Broken(
      `The rows of ${written} have the columns ${quotedList(unknown)}, which it does not have. ${suggest(unknown[0] ?? '', names, 'Its columns are') ?? ''}`,
    )
  }
  return completed(rows.text, has, rows.columns)
}

/** The columns that are compared, as the model makes them, and the rows that are expected of them. */
async function sides(
  { expect, model }: UnitTest,
  compiledSql: string,
  memory: Warehouse,
): Promise<[columns: readonly Column[], expected: CanonicalRow[]]> {
  const made = await memory.columnsOf(compiledSql)
  const chosen = (names: readonly string[]) => {
    const unknown = names.filter((name) => !made.some((column) => column.name === name))
    if (unknown.length > 0) {
      const known = made.map(({ name }) => name)
      throw new Broken(
        `\`${model.name}\` returns no ${unknown.length === 1 ? 'column' : 'columns'} ${quotedList(unknown)}. ${suggest(unknown[0] ?? '', known, 'It returns') ?? ''}`,
      )
    }
    return names.flatMap((name) => made.filter((column) => column.name === name))
  }
  if (expect.kind === 'rows') {
    const columns = expect.columns.length === 0 ? made : chosen(expect.columns)
    const kinds = columns.map(({ type }) => kindOf(type))
    return [columns, expect.rows.map((row) => row.map((value, i) => canonical(value, kinds[i] ?? 'text')))]
  }
  try {
    const own = await memory.columnsOf(expect.text)
    const columns = chosen(own.map(({ name }) => name))
    return [columns, await canonicalRows(expect.text, own, columns, memory)]
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    throw new Broken(`The expected rows: ${firstLine(error.message)}`)
  }
}

/** @param compared the columns whose types say how values are compared, in the order of `columns` */
async function canonicalRows(
  query: string,
  columns: readonly Column[],
  compared: readonly Column[],
  memory: Warehouse,
): Promise<CanonicalRow[]> {
  const kinds = compared.map(({ type }) => kindOf(type))
  const rows = await memory.query<Record<string, string | null>>(asTexts(query, columns))
  return rows.map((row) => Object.values(row).map((value, i) => canonical(value, kinds[i] ?? 'text')))
}

function modelError(error: WarehouseError, { model }: UnitTest, compiledSql: string): string {
  const line = error.line === undefined ? undefined : compiledSql.split('\n')[error.line - 1]
  const from = line === undefined || !isUserModel(model) ? undefined : writtenLine(model.userSql.text, line)
  return [
    error.message,
    ...(line === undefined ? [] : [`    ${line.trim()}`]),
    ...(from === undefined ? [] : [`  from ${model.file}:${from}`]),
  ].join('\n')
}

/** What to do, and where, about a column that the rows of an input could have and leave out. */
function notGiven({ message }: WarehouseError, { inputs, at }: UnitTest): Pick<Outcome, 'fix' | 'at'> {
  const column = /(?:Referenced column|does not have a column named) "([^"]+)"/.exec(message)?.[1]
  const lacking = inputs.filter(
    ({ givenAt, rows }) =>
      givenAt && !rows.columns.some(({ name }) => name.toLowerCase() === column?.toLowerCase()),
  )
  if (column === undefined || lacking.length === 0) return { at }
  const names = lacking.map(({ written }) => `\`${written}\``).join(' or ')
  return {
    fix: `If \`${column}\` is a column of ${names}, give it a value in one of the rows there: of columns that the project does not name, only what the rows say is known.`,
    at: (lacking.length === 1 ? lacking[0]?.givenAt : undefined) ?? at,
  }
}

/** The places where the rows are say nothing to whoever wrote the test. */
const withoutSchemas = (message: string, schema: string) =>
  message.replaceAll(new RegExp(`\\b${schema}(_\\w+)?\\.`, 'g'), '')

const firstLine = (message: string) => message.split('\n')[0] ?? message
