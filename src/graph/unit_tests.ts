/**
 * Unit tests of models, resolved: which rows each relation and source that a model reads stands for. A test
 * always runs on DuckDB in memory, so it compiles with a plan of its own: templates rendered with the
 * overrides, and given ephemeral models as tables. Nothing is opened here.
 */
import { ownField } from '../project/own_field.ts'
import { inMemory, type RowColumn, type RowType } from '../engines/file_reader.ts'
import { quotedList, ProblemError, suggest, type Location, type Problem } from '../problems.ts'
import { suggestSource } from '../project/dbt_hints.ts'
import type { Path } from '../project/path.ts'
import { plainValue, Unquoted } from '../project/scalars.ts'
import type { UnitTestOptions } from '../project/unit_test_schema.ts'
import { currentName } from './old_names.ts'
import type { Source } from './catalog.ts'
import type { FullCatalog } from './report.ts'
import type { Model } from './model.ts'
import { isBrokenModel } from './broken_models.ts'
import { called } from './called.ts'
import { isUserModel, type Plan } from './plan.ts'
import { renderUserSql, sourceName, type Rendered } from './jinja.ts'
import { readRows, typedRows, type WrittenRows } from './unit_test_rows.ts'

/** Rows that are known when the project is loaded, or a query that makes them. */
export type TestRows =
  | {
      readonly kind: 'rows'
      readonly columns: readonly RowColumn[]
      readonly rows: readonly (readonly (string | null)[])[]
    }
  | {
      readonly kind: 'sql'
      readonly text: string
      /** Those that the query does not return are null. */
      readonly columns: Contract
      /** There are no others: those of a relation that gwh makes. */
      readonly closed: boolean
    }

/** What a model reads. */
export interface TestInput {
  readonly kind: 'ref' | 'source' | 'this'
  readonly name: string
  /** As the project writes it: `ref('events')`. */
  readonly written: string
  readonly rows: TestRows
  /** The test says nothing of it: it is there and has no rows. */
  readonly isOpen?: boolean
  /** Where the test names it; undefined where it says nothing of it, and where it has no columns but those that gwh knows. */
  readonly givenAt?: Location
}

/** Rows that are to come out: values as they are written, or a query that makes them. */
export type ExpectedRows =
  | {
      readonly kind: 'rows'
      /** Empty where no row is expected: then every column is looked at. */
      readonly columns: readonly string[]
      readonly rows: readonly (readonly unknown[])[]
    }
  | { readonly kind: 'sql'; readonly text: string }

export interface UnitTest {
  readonly name: string
  readonly model: Model
  readonly description: string
  readonly tags: readonly string[]
  readonly at: Location
  readonly inputs: readonly TestInput[]
  readonly expect: ExpectedRows
  /** Where `expect` stands. */
  readonly expectAt: Location
  /** What the model compiles with. */
  readonly plan: Plan
}

/**
 * The unit tests of a project; those that are not enabled are left out.
 * @param problems is given everything that is wrong with them
 */
export function unitTestsOf(plan: Plan, problems: Problem[]): UnitTest[] {
  const { project } = plan.catalog
  const taken = new Set<string>()
  const tests = project.unit_tests.flatMap((options, i) => {
    const at: Path = ['unit_tests', i]
    if (taken.has(options.name) || isTaken(options.name, plan)) {
      problems.push({
        code: 'duplicate_name',
        message: taken.has(options.name)
          ? `The unit test \`${options.name}\` is there twice.`
          : `The unit test \`${options.name}\` has the name of a model, a source or a data test.`,
        at: project.locate([...at, 'name']),
        fix: 'Rename it.',
      })
    }
    taken.add(options.name)
    const test = resolveTest(options, at, plan, problems)
    return test && options.config.enabled ? [test] : []
  })
  return tests
}

const isTaken = (name: string, plan: Plan) =>
  plan.model(name) !== undefined ||
  called(plan.catalog.sources, name) !== undefined ||
  called(plan.singularTests, name) !== undefined

function resolveTest(
  options: UnitTestOptions,
  at: Path,
  plan: Plan,
  problems: Problem[],
): UnitTest | undefined {
  const { project } = plan.catalog
  const model = plan.model(currentName(options.model, plan.catalog))
  if (isBrokenModel(options.model, plan.catalog)) return undefined
  if (!model) {
    const known = plan.models.map(({ name }) => name)
    problems.push({
      code: 'missing_reference',
      message: `There is no model \`${options.model}\`.`,
      at: project.locate([...at, 'model']),
      fix: suggest(options.model, known, 'The models are'),
    })
    return undefined
  }
  const before = problems.length
  const named = options.given.flatMap((given, j) => {
    const input = namedInput(given.input, [...at, 'given', j, 'input'], model, plan, problems)
    return input ? [{ ...input, given, path: [...at, 'given', j] }] : []
  })
  const own = planOf(options, model, named, plan, problems)
  if (!own) return undefined
  const tested = own.model(model.name) ?? model
  const read = inputsOf(tested, own)
  // What it reads is not known then.
  if (read.some((input) => isBrokenInput(input, own))) return undefined
  const builtIn = !isUserModel(tested)
  const inputs: TestInput[] = []
  for (const [j, { kind, name, given, path }] of named.entries()) {
    const written = given.input.trim()
    if (named.findIndex((other) => other.kind === kind && other.name === name) !== j) {
      problems.push({
        code: 'duplicate_name',
        message: `The input \`${written}\` is there twice.`,
        at: project.locate([...path, 'input']),
        fix: 'Put the rows of both into one.',
      })
      continue
    }
    if (!read.some((input) => input.kind === kind && input.name === name)) {
      problems.push({
        code: 'missing_reference',
        message: `\`${model.name}\` does not read \`${written}\`.`,
        at: project.locate([...path, 'input']),
        fix: read.length === 0 ? 'It reads nothing.' : `It reads: ${quotedList(read.map(inputText))}.`,
      })
      continue
    }
    const rows = readRows(given, path, project, problems)
    const resolved = rows && inputRows(kind, name, rows, path, own, written, problems)
    const isFixed = kind !== 'source' && contractOf(kind, name, own, builtIn) !== undefined
    const givenAt = isFixed ? {} : { givenAt: project.locate([...path, 'input']) }
    if (resolved) inputs.push({ kind, name, written, rows: resolved, ...givenAt })
  }
  const open = read.filter((input) => !named.some((n) => n.kind === input.kind && n.name === input.name))
  for (const input of open) {
    const contract = contractOf(input.kind, input.name, own, builtIn)
    if (contract) {
      const columns = contract.map(({ name, type }) => ({ name, type: type ?? ('text' as const) }))
      const rows: TestRows = { kind: 'rows', columns, rows: [] }
      inputs.push({ ...input, written: inputText(input), rows, isOpen: true })
      continue
    }
    problems.push({
      code: 'missing_input',
      message: `The unit test \`${options.name}\` gives no rows for \`${inputText(input)}\`, which \`${model.name}\` reads.`,
      at: project.locateKey([...at, 'given']),
      fix: `Add \`- input: ${inputText(input)}\` with its rows under \`given:\`; its columns are not known otherwise.`,
    })
  }
  const expect = expected(options, at, tested, plan, problems)
  if (problems.length > before || !expect) return undefined
  return {
    name: options.name,
    model: tested,
    description: options.description ?? '',
    tags: [options.config.tags].flat(),
    at: project.locate([...at, 'name']),
    inputs,
    expect,
    expectAt: project.locateKey([...at, 'expect']),
    plan: own,
  }
}

const isBrokenInput = ({ kind, name }: InputName, plan: Plan) =>
  kind === 'source'
    ? !plan.catalog.sources.some((source) => source.name === name)
    : plan.model(name) === undefined || isBrokenModel(name, plan.catalog)

type InputName = Pick<TestInput, 'kind' | 'name'>

const inputText = ({ kind, name }: InputName) => (kind === 'this' ? 'this' : `${kind}('${name}')`)

function namedInput(
  input: string,
  at: Path,
  model: Model,
  plan: Plan,
  problems: Problem[],
): InputName | undefined {
  const { catalog } = plan
  const text = input.trim().replace(/^\{\{\s*|\s*\}\}$/g, '')
  if (text === 'this') return { kind: 'this', name: model.name }
  const call = /^(ref|source)\(\s*(['"][^'"]*['"](?:\s*,\s*['"][^'"]*['"])?)\s*\)$/.exec(text)
  const names = [...(call?.[2] ?? '').matchAll(/['"]([^'"]*)['"]/g)].map((match) => match[1] ?? '')
  if (call?.[1] === undefined) {
    problems.push({
      code: 'invalid_value',
      message: `\`${input}\` is not an input.`,
      at: catalog.project.locate(at),
      fix: "Write ref('model'), source('name') or this.",
    })
    return undefined
  }
  const isRef = call[1] === 'ref'
  const name = isRef ? currentName(names.at(-1) ?? '', catalog) : sourceName(names, catalog)
  const known = isRef ? plan.models.map((m) => m.name) : catalog.sources.map((s) => s.name)
  if (known.includes(name)) return { kind: isRef ? 'ref' : 'source', name }
  const { broken } = catalog.project
  if (isRef ? isBrokenModel(name, catalog) : broken.has('sources', name)) return undefined
  problems.push({
    code: 'missing_reference',
    message: `There is no ${isRef ? 'model' : 'source'} \`${name}\`.`,
    at: catalog.project.locate(at),
    fix: isRef ? suggest(name, known, 'The models are') : suggestSource(name, known),
  })
  return undefined
}

/** The plan with templates rendered as the test says, on DuckDB, and given models as tables. */
function planOf(
  options: UnitTestOptions,
  model: Model,
  given: readonly InputName[],
  plan: Plan,
  problems: Problem[],
): Plan | undefined {
  const { project } = plan.catalog
  const { vars, env_vars } = options.overrides
  const catalog: FullCatalog = {
    ...plan.catalog,
    project: {
      ...project,
      target: { ...inMemory(project.target.schema), name: project.target.name },
      vars: { ...project.vars, ...(plainValue(vars) as typeof vars) },
      variable: (name) => (Object.hasOwn(env_vars, name) ? env_vars[name]?.text : project.variable(name)),
    },
  }
  const isGiven = (name: string) => given.some((input) => input.kind === 'ref' && input.name === name)
  const models = new Map<string, Model>()
  const render = (name: string) => {
    const found = plan.model(name)
    if (!found || models.has(name)) return
    if (name !== model.name && (isGiven(name) || found.materialized !== 'ephemeral')) {
      models.set(name, { ...found, materialized: 'table' })
      return
    }
    if (!isUserModel(found)) return
    const rendered: Rendered = renderUserSql(found.userSql, catalog)
    const again: typeof found = { ...found, rendered, dependsOn: rendered.refs, sources: rendered.sources }
    models.set(name, again)
    rendered.refs.forEach(render)
  }
  try {
    render(model.name)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const where = `In the unit test \`${options.name}\`: `
    problems.push(...error.problems.map((problem) => ({ ...problem, message: where + problem.message })))
    return undefined
  }
  const all = plan.models.map((m) => models.get(m.name) ?? m)
  return { ...plan, catalog, models: all, model: (name) => models.get(name) ?? plan.model(name) }
}

/** What a model reads when it runs: through ephemeral models, which are part of it, too. */
function inputsOf(model: Model, plan: Plan): InputName[] {
  const inputs = new Map<string, InputName>()
  const add = (input: InputName) => inputs.set(inputText(input), input)
  const visit = (reading: Model) => {
    for (const name of reading.sources) add({ kind: 'source', name })
    for (const name of reading.dependsOn) {
      const parent = plan.model(name)
      if (parent?.materialized === 'ephemeral') visit(parent)
      else add({ kind: 'ref', name })
    }
  }
  visit(model)
  if (isUserModel(model) && readsItself(model.rendered)) add({ kind: 'this', name: model.name })
  return [...inputs.values()]
}

function readsItself(rendered: Rendered): boolean {
  let found = false
  const none = () => ''
  rendered.fill({
    ref: none,
    source: none,
    self: () => {
      found = true
      return ''
    },
  })
  return found
}

/** Columns; a type that is not known is the one that the rows have. */
export type Contract = readonly { readonly name: string; readonly type: RowType | undefined }[]

/** The columns that an input has, with their types where they are known; undefined where nothing is known. */
function contractOf(
  kind: TestInput['kind'],
  name: string,
  plan: Plan,
  builtIn: boolean,
): Contract | undefined {
  if (kind === 'source') {
    // A query of the user's own may read columns that no connector reads.
    const source = plan.catalog.sources.find((s) => s.name === name)
    return source && builtIn ? sourceContract(source) : undefined
  }
  const model = plan.model(name)
  return !model || isUserModel(model) ? undefined : columnsOf(model)
}

const columnsOf = (model: Model): Contract =>
  Object.entries(model.columns).map(([name, { type }]) => ({
    name,
    type: type === 'source' ? undefined : type,
  }))

function sourceContract({ relation, columnsRead }: Source): Contract {
  const members = relation.kind === 'files' ? (relation.columns ?? {}) : {}
  const texts = relation.kind === 'files' && relation.format === 'csv' ? relation.textColumns : []
  const names = [...new Set([...columnsRead.map(({ column }) => column), ...Object.keys(members)])]
  return names.map((name) => {
    const member = ownField(members, name)
    if (member === undefined) return { name, type: texts.includes(name) ? 'text' : undefined }
    return { name, type: member === 'json' ? 'json' : 'text' }
  })
}

function inputRows(
  kind: TestInput['kind'],
  name: string,
  written: WrittenRows,
  path: Path,
  plan: Plan,
  what: string,
  problems: Problem[],
): TestRows | undefined {
  const relation = kind === 'source' ? undefined : plan.model(name)
  const fixed = relation !== undefined && !isUserModel(relation) ? columnsOf(relation) : undefined
  const source = kind === 'source' ? plan.catalog.sources.find((s) => s.name === name) : undefined
  const contract = fixed ?? (source ? sourceContract(source) : [])
  if (written.kind === 'sql') return { ...written, columns: contract, closed: fixed !== undefined }
  if (fixed) unknownColumns(written, name, fixed, problems)
  if (contract.length === 0 && written.columns.length === 0) {
    problems.push({
      code: 'missing_input',
      message: `The columns of \`${what}\` are not known, and no row says them.`,
      at: plan.catalog.project.locate([...path, 'rows']),
      fix: 'Write `format: csv` with a heading alone, or `format: sql` with a query that returns no row.',
    })
    return undefined
  }
  return { kind: 'rows', ...typedRows(written, contract, what, problems) }
}

/** Rows are compared by the types of the columns, so that the spelling stays. */
const expectedValue = (value: unknown) =>
  value instanceof Unquoted ? value.text : (plainValue(value) ?? null)

function unknownColumns(
  written: Extract<WrittenRows, { kind: 'rows' }>,
  model: string,
  contract: Contract,
  problems: Problem[],
): void {
  const names = contract.map(({ name }) => name)
  for (const column of written.columns.filter((name) => !names.includes(name))) {
    const row = written.rows.find(({ values }) => Object.hasOwn(values, column))
    problems.push({
      code: 'missing_column',
      message: `\`${model}\` has no column \`${column}\`.`,
      at: row && !written.texts ? row.at(column) : written.at,
      fix: suggest(column, names, 'Its columns are'),
    })
  }
}

function expected(
  { expect }: UnitTestOptions,
  at: Path,
  model: Model,
  plan: Plan,
  problems: Problem[],
): ExpectedRows | undefined {
  const { project } = plan.catalog
  const written = readRows(expect, [...at, 'expect'], project, problems)
  if (!written || written.kind === 'sql') return written
  if (!isUserModel(model)) unknownColumns(written, model.name, columnsOf(model), problems)
  if (written.columns.length === 0 && written.rows.length > 0) {
    problems.push({
      code: 'invalid_value',
      message: 'An expected row says nothing about any column.',
      at: written.at,
      fix: 'Write {column: value} for each column that is to be compared; `rows: []` expects no row.',
    })
  }
  return {
    kind: 'rows',
    columns: written.columns,
    rows: written.rows.map(({ values }) =>
      written.columns.map((column) => expectedValue(ownField(values, column))),
    ),
  }
}
