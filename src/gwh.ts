/**
 * The straight line from a folder with project.yml to published relations. Everything up to `compile` is
 * pure: it opens no database and loads no driver.
 */
import { randomUUID } from 'node:crypto'
import { compiledModelFile, writeCompiled, writingCompiled, type Compiled } from './artifacts/compiled.ts'
import { writeRunResults } from './artifacts/run_results.ts'
import { dataTestsOf, modelsOf, type DataTest } from './checks/index.ts'
import { resolve } from './graph/resolve.ts'
import { published } from './graph/compile.ts'
import { currentName } from './graph/old_names.ts'
import type { Model } from './graph/model.ts'
import { createPlan, storedParents, type Plan } from './graph/plan.ts'
import { oneLine } from './project/plain_text.ts'
import { nodesOf, selectNodes, type SelectableNode, type Selection } from './graph/select.ts'
import { unitTestsOf, type UnitTest } from './graph/unit_tests.ts'
import { distinctProblems, ProblemError, throwIfAny, type Problem } from './problems.ts'
import { requireInside } from './project/inside.ts'
import { loadProject, type LoadOptions } from './project/load.ts'
import { buildModels } from './run/build.ts'
import { endedAt, INTERRUPTED, type Stage } from './run/ending.ts'
import { refusalOf } from './run/file_refusals.ts'
import { checkAccepted, findLosses } from './run/losses.ts'
import { problemsAhead, problemsIn, type Reading } from './run/look_ahead.ts'
import { notBuilt, requireBuilt } from './run/unbuilt_parents.ts'
import { partOf, readingOf, sourcesOfPart, type ReadingCommand } from './run/part.ts'
import { publishRun } from './run/publish.ts'
import { isRefusal, refused } from './run/refusals.ts'
import { checkRoles } from './run/roles.ts'
import { failed, SILENT, type NodeResult, type Reporter } from './run/result.ts'
import { checkSources, lookAtSources } from './run/sources.ts'
import {
  prepareState,
  publishedRelations,
  publishedSources,
  refuseOtherPlace,
  type PublishedRelation,
  type RunRecord,
} from './run/state.ts'
import { runTests } from './run/data_tests.ts'
import { inTurns } from './run/turns.ts'
import { runUnitTests } from './run/unit_tests.ts'
import { registryOf } from './registry.ts'
import { VERSION } from './version.ts'
import { textFor } from './sql/spelling.ts'
import { identifier, sql, trusted } from './sql/sql.ts'
import { engineOf, Interrupted, openWarehouse, type PublishNote, type Warehouse } from './engines/index.ts'

export type { ReadingCommand } from './run/part.ts'

/** A project that is valid in itself: models in build order and all data tests. */
export interface LoadedProject {
  readonly plan: Plan
  readonly tests: readonly DataTest[]
  readonly unitTests: readonly UnitTest[]
  /** Models, sources and tests, as selectors see them. */
  readonly nodes: readonly SelectableNode[]
}

/**
 * @param dir folder with project.yml
 * @throws ProblemError with everything that is wrong with the configuration
 */
export function load(dir: string, options: LoadOptions = {}): LoadedProject {
  const { loaded, problems } = loadSound(dir, options)
  throwIfAny(problems)
  return loaded
}

/**
 * As `load`, for a command that opens the warehouse: where something is wrong with the configuration, it is told
 * together with what is wrong with the files and tables that the command would read.
 * @param listen is called when there is something to stop
 * @throws ProblemError
 * @throws Interrupted
 */
export async function loadFor(
  command: ReadingCommand,
  dir: string,
  options: LoadOptions,
  selection: Selection,
  listen: () => AbortSignal | undefined = () => undefined,
): Promise<LoadedProject> {
  const { loaded, problems } = loadSound(dir, options)
  if (problems.length > 0) {
    const isCircle = problems.some(({ code }) => code === 'cycle')
    const reading = readingOf(command, loaded, selection, isCircle)
    problems.push(...(await problemsAhead(loaded.plan, reading, listen())))
  }
  throwIfAny(problems)
  return loaded
}

/** What can be loaded of a project, and everything that is wrong with its configuration. */
function loadSound(dir: string, options: LoadOptions): { loaded: LoadedProject; problems: Problem[] } {
  // What is wrong in one place does not hide what is wrong in another.
  const problems: Problem[] = []
  const project = loadProject(dir, options, problems)
  const { connectors, reports, checks, models } = registryOf(project, problems)
  const plan = createPlan(resolve(project, connectors, reports, problems), models, problems)
  const tests = dataTestsOf(plan, problems, checks)
  const unitTests = unitTestsOf(plan, problems)
  project.hideFailed(problems)
  const testNodes = tests.map((test) => ({
    name: test.name,
    type: 'test' as const,
    testType: test.check === 'singular' ? ('singular' as const) : ('generic' as const),
    tags: test.config.tags,
    report: test.report,
    parents: () => [...modelsOf(test), ...(test.sources ?? [])],
    file: test.at?.file,
  }))
  const unitTestNodes = unitTests.map(({ name, model, at, tags }) => ({
    name,
    type: 'unit_test' as const,
    parents: () => [model.name],
    file: at.file,
    tags,
  }))
  const nodes = [...nodesOf(plan), ...unitTestNodes, ...testNodes]
  return { loaded: { plan, tests, unitTests, nodes }, problems }
}

/** Writes the SQL of selected models and tests to target/compiled. @returns the files, relative to the project */
export function compile(
  loaded: LoadedProject,
  selection: Selection = {},
): { models: Model[]; files: readonly string[] } {
  const chosen = selectNodes(loaded.nodes, selection)
  const models = loaded.plan.models.filter((model) => chosen.has(model.name))
  const tests = loaded.tests.filter((test) => chosen.has(test.name))
  return { models, files: writeCompiled(loaded.plan, models, tests, loaded.tests).files }
}

export interface RunOptions extends Selection {
  /** build: unit tests, models and data tests. run: models only. test: unit tests, and data tests of published relations. seed: files only. */
  readonly command: 'build' | 'run' | 'test' | 'seed'
  readonly reporter?: Reporter
  /** Load all files again, changed or not. */
  readonly fullRefresh?: boolean
  /** Keep the failures of every data test in a table. */
  readonly storeFailures?: boolean
  /** Warnings are errors. */
  readonly warnError?: boolean
  /** Names of sources that may have lost rows since they were last published, this once. */
  readonly acceptLoss?: readonly string[] | undefined
  /** Stops the run: what is not committed by then never will be. */
  readonly signal?: AbortSignal | undefined
  /** Is told once a database is open. */
  readonly onOpen?: (warehouse: Warehouse) => void
  /** Is told how to end the run where it stands: that keeps a record of it, and returns what is true of it. */
  readonly onStart?: (endNow: () => Problem) => void
}

export interface RunOutcome {
  readonly runId: string
  readonly ok: boolean
  readonly results: readonly NodeResult[]
  /** Relations that are new for readers now. */
  readonly published: boolean
  readonly place: string
  readonly seconds: number
  /** Relations that earlier runs published and that are no longer part of the project; they stay as they are. */
  readonly stale: readonly string[]
  /** The statements that drop those, views before tables. */
  readonly drops: readonly string[]
  /** What there is to know about a run that went well: of publishing, and of what it did to what others have made. */
  readonly notes: readonly string[]
  /** Paths relative to the project. */
  readonly artifacts: readonly string[]
}

/** A run with its warehouse open. */
interface Session {
  readonly loaded: LoadedProject
  readonly options: RunOptions
  /** Names of the nodes that are selected. */
  readonly chosen: ReadonlySet<string>
  readonly reporter: Reporter
  readonly record: RunRecord
  readonly warehouse: Warehouse
  /** What earlier runs published. */
  readonly before: ReadonlyMap<string, PublishedRelation>
  /** Of all nodes so far; what a run that ends early leaves behind. */
  readonly results: NodeResult[]
  readonly notes: string[]
  /** Is told how far publishing has come. */
  readonly onStage: (stage: Stage) => void
}

/**
 * Builds, tests and publishes. When a unit test fails, nothing is built; when a model or an error-level test
 * fails, nothing is published. The outcome is not ok then; wrong usage and configuration are thrown, and what
 * the database refuses.
 * @throws ProblemError
 * @throws Interrupted where `signal` stopped it before anything was published
 */
export async function run(loaded: LoadedProject, options: RunOptions): Promise<RunOutcome> {
  const { plan } = loaded
  const { project } = plan.catalog
  const { command } = options
  /** Everything that was told of, in order. */
  const told: NodeResult[] = []
  const reporter = listening(options.reporter ?? SILENT, told)
  const start = performance.now()
  const record = { runId: randomUUID(), command, startedAt: new Date(), version: VERSION }
  const chosen = selectNodes(loaded.nodes, options)
  checkAccepted(options.acceptLoss ?? [], plan.catalog)
  // Otherwise it would be found out when all is done.
  requireInside(project, 'target')
  const results: NodeResult[] = []
  const notes: string[] = []
  let stale: string[] = []
  let drops: string[] = []
  let unwritten: Problem | undefined
  const finish = (isPublished: boolean, place: string, problems: readonly Problem[] = []): RunOutcome => {
    const seconds = (performance.now() - start) / 1000
    const { select = [], exclude = [], storeFailures = false, warnError = false } = options
    const info = { ...record, seconds, select, exclude, storeFailures, warnError }
    let file: string | undefined
    unwritten = refusalOf(() => {
      file = writeRunResults(project, info, results, problems)
    })
    if (unwritten) notes.push(unwrittenText('the record of this run', unwritten))
    const { runId } = record
    const ok = !failed(results)
    return {
      runId,
      ok,
      results,
      published: isPublished,
      place,
      seconds,
      stale,
      drops,
      notes,
      artifacts: file === undefined ? [] : [file],
    }
  }

  /** A run that ends early leaves a record of how far it came, and of why it ended. */
  const finishEarly = (problems: readonly Problem[]) => {
    results.push(...told.filter(({ name, type }) => !results.some((r) => r.name === name && r.type === type)))
    const isUnknown = problems.some(({ code }) => code === 'outcome_unknown')
    if (stage !== 'published') tellUnpublished(results, isUnknown)
    finish(stage === 'published', '', problems)
  }
  let stage: Stage = 'building'
  let opened: Warehouse | undefined
  options.onStart?.(() => {
    const problem = endedAt(stage, opened?.isCommitting ?? false, project, record.runId)
    finishEarly([problem])
    return problem
  })

  try {
    if (command === 'build' || command === 'test') {
      const unitTests = loaded.unitTests.filter((test) => chosen.has(test.name))
      results.push(...(await runUnitTests(unitTests, reporter)))
      // They need no warehouse, and models that they find wrong are not worth building.
      const needed = command === 'test' ? ['test'] : ['test', 'model']
      const alone = !loaded.nodes.some(({ name, type }) => chosen.has(name) && needed.includes(type))
      if (alone && unitTests.length > 0) return finish(false, '')
      if (command === 'build' && failed(results)) {
        // What is wrong with the files does not wait until the tests pass.
        const reading = readingOf(command, loaded, options, false)
        throwIfAny(await problemsAhead(plan, reading, options.signal))
        return finish(false, '')
      }
    }
    if (options.signal?.aborted) throw new Interrupted()
    await using warehouse = await openWarehouse(project, {
      signal: options.signal,
      tell: (text) => reporter.waiting?.(text),
    })
    opened = warehouse
    options.onOpen?.(warehouse)
    await warehouse.lock(project.target.schema)
    notes.push(...(await prepareState(warehouse, engineOf(project), project.target)).map(oneLine))
    const before = await publishedRelations(warehouse, project.target)
    if (command !== 'seed') await refuseOtherPlace(warehouse, project.target, before)
    const isStale = (name: string) => before.has(name) && !plan.model(currentName(name, plan.catalog))
    const left = (await warehouse.relations(project.target.schema)).filter(({ name }) => isStale(name))
    stale = left.map(({ name }) => name).sort()
    drops = left
      .toSorted((a, b) => Number(a.kind === 'table') - Number(b.kind === 'table'))
      .map(({ name, kind }) =>
        textFor(sql`drop ${trusted(kind)} ${identifier(project.target.schema, name)}`, warehouse),
      )

    const onStage = (next: Stage) => void (stage = next)
    const session = { loaded, options, chosen, reporter, record, warehouse, before, results, notes, onStage }
    if (command === 'seed') await seed(session, chosen)
    if (command === 'test') await testPublished(session)
    const isPublished = command === 'build' || command === 'run' ? await buildAndPublish(session) : false
    return finish(isPublished, warehouse.place)
  } catch (error) {
    const { target } = project
    const hasBuilt = [...results, ...told].some(({ type }) => type === 'model' || type === 'seed')
    const said = refused(error, {
      at: project.locate(['targets', target.name]),
      target,
      hasBuilt,
      isRun: true,
    })
    // Of what is wrong in the project itself nothing is left behind: nothing was run.
    if (said instanceof Interrupted) finishEarly([INTERRUPTED])
    if (
      said instanceof ProblemError &&
      (said !== error || isRefusal(said) || results.length + told.length > 0)
    ) {
      finishEarly(said.problems)
      if (unwritten) throw new ProblemError(distinctProblems([...said.problems, unwritten]))
    }
    throw said
  }
}

/** For people: what is not kept of a run, whose outcome stays what it is. */
export const unwrittenText = (what: string, { message, fix = '' }: Problem): string =>
  `${what[0]?.toUpperCase()}${what.slice(1)} is not kept: ${message} ${fix}`.trimEnd()

/** The reporter, with what it is told of written down. */
const listening = (reporter: Reporter, told: NodeResult[]): Reporter => ({
  ...reporter,
  finished(result, index, total) {
    told.push(result)
    reporter.finished(result, index, total)
  },
})

/** Loads files where the warehouse cannot read them in place. */
async function seed(session: Session, names: ReadonlySet<string>): Promise<void> {
  const { loaded, options, warehouse, reporter, results } = session
  const loader = await engineOf(loaded.plan.catalog.project).fileLoader?.()
  if (!loader) return
  const { seedSources } = await import('./run/seed.ts')
  const { fullRefresh = false, signal } = options
  results.push(...(await seedSources(loaded.plan, warehouse, loader, names, reporter, fullRefresh, signal)))
}

/** Data tests of what earlier runs published. */
async function testPublished(session: Session): Promise<void> {
  const { loaded, chosen, warehouse, before, results } = session
  const { plan } = loaded
  const tests = loaded.tests.filter((test) => chosen.has(test.name))
  const read = tests.flatMap(modelsOf)
  requireBuilt(plan, read, new Set(), before)
  const sources = new Set(tests.flatMap((test) => test.sources ?? []))
  const looked = await lookAtSources(plan, warehouse, sources)
  results.push(
    ...(await runTests({
      ...testing(
        session,
        await inTurns(writingCompiled(looked, [], tests, loaded.tests), session.options.signal),
      ),
      plan: looked,
      tests,
      places: published(plan),
      broken: new Set(),
    })),
  )
}

/** @returns whether there is something new for readers */
async function buildAndPublish(session: Session): Promise<boolean> {
  const { loaded, warehouse, reporter, record, before, results } = session
  const { schema } = loaded.plan.catalog.project.target
  const command = record.command === 'run' ? 'run' : 'build'
  const part = partOf(loaded, command, session.options, session.chosen)
  const { models, tests, staleInputs } = part
  const read = sourcesOfPart(loaded.plan, part)
  const plan = await prepareSources(session, { models, sources: read, loadsFiles: command === 'build' })
  const chosen = plan.models.filter((model) => models.has(model.name))
  const parents = chosen.flatMap((model) => storedParents(model, plan))
  requireBuilt(plan, parents, models, before)
  const writing = writingCompiled(plan, chosen, tests, loaded.tests)
  const compiled = await inTurns(writing, session.options.signal)

  const building = { plan, warehouse, selected: models, sources: read, publishedBefore: before, reporter }
  const built = await buildModels({ ...building, compiledFile: compiledModelFile })
  results.push(...built.results)
  if (built.problems.length > 0) {
    await warehouse.sweep(schema)
    throw new ProblemError(built.problems)
  }
  const failedModels = built.results.filter(({ status }) => status !== 'success').map(({ name }) => name)
  const whole = new Set(built.results.filter(({ status }) => status === 'success').map(({ name }) => name))
  const losses = await findLosses({
    plan,
    warehouse,
    places: built.places,
    built: whole,
    before: await publishedSources(warehouse, loaded.plan.catalog.project.target),
    accepted: session.options.acceptLoss ?? [],
  })
  for (const [i, result] of losses.results.entries()) reporter.finished(result, i, losses.results.length)
  results.push(...losses.results)
  session.notes.push(...losses.notes)
  // A test that compares with a relation that was never built has to wait for it.
  const asked = tests.flatMap(modelsOf)
  const broken = new Set([...failedModels, ...notBuilt(plan, asked, models, before)])
  results.push(
    ...(await runTests({
      ...testing(session, compiled),
      plan,
      tests,
      places: built.places,
      broken,
      staleInputs,
    })),
  )
  if (failed(results)) {
    await warehouse.sweep(schema)
    return false
  }
  try {
    const { project } = plan.catalog
    const notes = await publishRun({
      plan,
      warehouse,
      built,
      run: record,
      before,
      sources: losses.rows,
      reopen: () => openWarehouse(project),
      onStage: session.onStage,
      signal: session.options.signal,
    })
    // names and comments of a database may have several lines, and would say what gwh has not said
    const told = notes.map((note) => ({ ...note, text: oneLine(note.text) }))
    session.notes.push(...told.map(({ text }) => text))
    tellNotes(results, told)
    return true
  } catch (error) {
    await warehouse.sweep(schema).catch(() => undefined)
    throw error
  }
}

/** Loads files where that has to be, and looks at all that is read. @throws ProblemError with everything wrong about it */
async function prepareSources(session: Session, reading: Reading): Promise<Plan> {
  const {
    loaded: { plan },
    options,
    warehouse,
  } = session
  try {
    await checkRoles(plan, warehouse, reading.models)
    if (reading.loadsFiles) await seed(session, reading.sources)
    return await checkSources(plan, warehouse, reading.sources, reading.models)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    // These steps follow one another, and what one of them finds is not to hide what the next would.
    const others = await problemsIn(plan, warehouse, reading, options.signal)
    throw new ProblemError(distinctProblems([...error.problems, ...others]))
  }
}

/** What was noteworthy about a model, for those who read of one model after the other. */
function tellNotes(results: NodeResult[], notes: readonly PublishNote[]): void {
  for (const [i, result] of results.entries()) {
    const own = notes.filter(({ relation }) => result.type === 'model' && relation === result.name)
    if (own.length > 0) results[i] = { ...result, message: own.map(({ text }) => text).join('\n') }
  }
}

function tellUnpublished(results: NodeResult[], isUnknown: boolean): void {
  const message = isUnknown ? 'Built; whether it was published is not known.' : 'Built, but not published.'
  for (const [i, result] of results.entries()) {
    if (result.type === 'model' && result.status === 'success')
      results[i] = { ...result, status: 'skipped', message }
  }
}

/** What all data tests of a run have in common. */
const testing = ({ loaded, options, warehouse, reporter, record }: Session, { placeOf }: Compiled) => ({
  plan: loaded.plan,
  warehouse,
  reporter,
  compiledFile: placeOf,
  runId: record.runId,
  storeFailures: options.storeFailures,
  warnError: options.warnError,
})
