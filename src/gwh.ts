/**
 * The straight line from a folder with project.yml to published relations. Everything up to `compile` is
 * pure: it opens no database and loads no driver.
 */
import { randomUUID } from 'node:crypto'
import { CONNECTORS } from '../connectors/index.ts'
import { modelsOf } from '../models/index.ts'
import { REPORTS } from '../models/reports/index.ts'
import { compiledModelFile, compiledTestFile, writeCompiled } from './artifacts/compiled.ts'
import { writeRunResults } from './artifacts/run_results.ts'
import { dataTestsOf, type DataTest } from './checks/index.ts'
import { DIALECTS } from './dialects/index.ts'
import { resolve } from './graph/catalog.ts'
import { published } from './graph/compile.ts'
import type { Model } from './graph/model.ts'
import { createPlan, storedParents, type Plan } from './graph/plan.ts'
import { excludedNodes, nodesOf, selectNodes, type SelectableNode, type Selection } from './graph/select.ts'
import { unitTestsOf, type UnitTest } from './graph/unit_tests.ts'
import { listed, ProblemError } from './problems.ts'
import { loadProject, type LoadOptions } from './project/load.ts'
import { buildModels } from './run/build.ts'
import { publishRun } from './run/publish.ts'
import { failed, SILENT, type NodeResult, type Reporter } from './run/result.ts'
import { outdatedForTests } from './run/outdated.ts'
import { checkSources } from './run/sources.ts'
import { prepareState, publishedRelations } from './run/state.ts'
import { runTests } from './run/test.ts'
import { runUnitTests } from './run/unit_tests.ts'
import { VERSION } from './version.ts'
import { openWarehouse, type Warehouse } from './warehouses/index.ts'

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
  const project = loadProject(dir, options)
  const plan = createPlan(resolve(project, CONNECTORS, REPORTS), modelsOf)
  const tests = dataTestsOf(plan)
  const testNodes = tests.map(({ name, check, config, models, sources = [], at }) => ({
    name,
    type: 'test' as const,
    testType: check === 'singular' ? ('singular' as const) : ('generic' as const),
    tags: config.tags,
    parents: [...models, ...sources],
    file: at?.file,
  }))
  const unitTests = unitTestsOf(plan)
  const unitTestNodes = unitTests.map(({ name, model, at, tags }) => ({
    name,
    type: 'unit_test' as const,
    parents: [model.name],
    file: at.file,
    tags,
  }))
  return { plan, tests, unitTests, nodes: [...nodesOf(plan), ...unitTestNodes, ...testNodes] }
}

/** Writes the SQL of selected models and tests to target/compiled. @returns the files, relative to the project */
export function compile(
  loaded: LoadedProject,
  selection: Selection = {},
): { models: Model[]; files: string[] } {
  const chosen = selectNodes(loaded.nodes, selection)
  const models = loaded.plan.models.filter((model) => chosen.has(model.name))
  const tests = loaded.tests.filter((test) => chosen.has(test.name))
  return { models, files: writeCompiled(loaded.plan, models, tests) }
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
  /** Is told how to stop the statement that runs, once a database is open. */
  readonly onOpen?: (warehouse: Warehouse) => void
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
  /** Paths relative to the project. */
  readonly artifacts: readonly string[]
}

/**
 * Builds, tests and publishes. When a unit test fails, nothing is built; when a model or an error-level test
 * fails, nothing is published. The outcome is not ok then; wrong usage and configuration are thrown.
 */
export async function run(loaded: LoadedProject, options: RunOptions): Promise<RunOutcome> {
  const { plan } = loaded
  const { project } = plan.catalog
  const reporter = options.reporter ?? SILENT
  const start = performance.now()
  const record = { runId: randomUUID(), command: options.command, startedAt: new Date(), version: VERSION }
  const testing = {
    runId: record.runId,
    storeFailures: options.storeFailures,
    warnError: options.warnError,
  }
  const chosen = selectNodes(loaded.nodes, options)
  const results: NodeResult[] = []
  let stale: string[] = []
  const finish = (isPublished: boolean, place: string): RunOutcome => {
    const seconds = (performance.now() - start) / 1000
    const { select = [], exclude = [] } = options
    const { storeFailures = false, warnError = false } = options
    const info = { ...record, seconds, select, exclude, storeFailures, warnError }
    const file = writeRunResults(project, info, results)
    return {
      runId: record.runId,
      ok: !failed(results),
      results,
      published: isPublished,
      place,
      seconds,
      stale,
      artifacts: [file],
    }
  }

  try {
    if (options.command === 'build' || options.command === 'test') {
      const unitTests = loaded.unitTests.filter((test) => chosen.has(test.name))
      results.push(...(await runUnitTests(unitTests, reporter)))
      // They need no warehouse, and models that they find wrong are not worth building.
      const needed = options.command === 'test' ? ['test'] : ['test', 'model']
      const alone = !loaded.nodes.some(({ name, type }) => chosen.has(name) && needed.includes(type))
      const blocked = options.command === 'build' && failed(results)
      if ((alone && unitTests.length > 0) || blocked) return finish(false, '')
    }
    await using warehouse = await openWarehouse(project)
    options.onOpen?.(warehouse)
    await warehouse.lock(project.target.schema)
    await prepareState(warehouse, project.target.schema)
    const before = await publishedRelations(warehouse, project.target.schema)
    const present = new Set((await warehouse.relations(project.target.schema)).map(({ name }) => name))
    stale = [...before.keys()].filter((name) => present.has(name) && !plan.model(name)).sort()

    const selected = new Set(
      plan.models.filter((model) => options.command !== 'test' && chosen.has(model.name)).map((m) => m.name),
    )
    const isBuild = options.command === 'build'
    const left = excludedNodes(loaded.nodes, options)
    const outdated = outdatedForTests(plan, isBuild ? loaded.tests : [], selected, left)
    const models = new Set([...selected, ...outdated.needed])
    // Tests of what is built for other tests come along.
    const tests = loaded.tests.filter(
      (test) =>
        isBuild &&
        !left.has(test.name) &&
        (chosen.has(test.name) || test.models.some((model) => outdated.needed.has(model))),
    )
    const read = new Set([...sourcesOf(plan, models), ...tests.flatMap(({ sources = [] }) => sources)])
    if (options.command === 'seed' || options.command === 'build') {
      const sources = options.command === 'seed' ? chosen : read
      results.push(...(await seed(loaded, warehouse, sources, reporter, options.fullRefresh)))
      if (options.command === 'seed') return finish(false, warehouse.place)
    }

    if (options.command === 'test') {
      const tests = loaded.tests.filter((test) => chosen.has(test.name))
      requireBuilt(
        plan,
        tests.flatMap((test) => test.models),
        new Set(),
        before,
      )
      results.push(
        ...(await runTests({
          plan,
          warehouse,
          tests,
          places: published(plan),
          broken: new Set(),
          reporter,
          compiledFile: compiledTestFile,
          ...testing,
        })),
      )
      return finish(false, warehouse.place)
    }

    await checkSources(plan, warehouse, read)
    const needed = plan.models.filter((m) => models.has(m.name)).flatMap((m) => storedParents(m, plan))
    requireBuilt(plan, needed, models, before)
    // A test that compares with a relation that was never built has to wait for it.
    const absent = new Set(
      notBuilt(
        plan,
        tests.flatMap((test) => test.models),
        models,
        before,
      ),
    )
    writeCompiled(
      plan,
      plan.models.filter((model) => models.has(model.name)),
      tests,
    )

    const built = await buildModels({
      plan,
      warehouse,
      selected: models,
      publishedBefore: before,
      reporter,
      compiledFile: compiledModelFile,
    })
    results.push(...built.results)
    const failedModels = built.results.filter(({ status }) => status !== 'success').map(({ name }) => name)
    const broken = new Set([...failedModels, ...absent])
    results.push(
      ...(await runTests({
        plan,
        warehouse,
        tests,
        places: built.places,
        broken,
        outdated: outdated.old,
        reporter,
        compiledFile: compiledTestFile,
        ...testing,
      })),
    )
    if (failed(results)) {
      await warehouse.sweep(project.target.schema)
      return finish(false, warehouse.place)
    }
    try {
      await publishRun(plan, warehouse, built, record, before)
    } catch (error) {
      await warehouse.sweep(project.target.schema).catch(() => undefined)
      for (const [i, result] of results.entries()) {
        if (result.type === 'model')
          results[i] = { ...result, status: 'skipped', message: 'Built, but not published.' }
      }
      throw error
    }
    return finish(true, warehouse.place)
  } catch (error) {
    // A run that ends early leaves a record of how far it came.
    if (error instanceof ProblemError && results.length > 0) finish(false, '')
    throw error
  }
}

/** Loads files where the warehouse cannot read them in place. */
async function seed(
  { plan }: LoadedProject,
  warehouse: Warehouse,
  names: ReadonlySet<string>,
  reporter: Reporter,
  force = false,
): Promise<NodeResult[]> {
  if (DIALECTS[warehouse.type].readFiles) return []
  const { seedSources } = await import('./run/seed.ts')
  return seedSources(plan, warehouse as never, names, reporter, force)
}

/** The sources that models read, through ephemeral models too. */
function sourcesOf(plan: Plan, models: ReadonlySet<string>): Set<string> {
  const ephemeral = (name: string): readonly string[] => {
    const model = plan.model(name)
    if (!model) return []
    const parents = model.dependsOn.filter((parent) => plan.model(parent)?.materialized === 'ephemeral')
    return [...model.sources, ...parents.flatMap(ephemeral)]
  }
  return new Set([...models].flatMap(ephemeral))
}

function notBuilt(
  plan: Plan,
  names: readonly string[],
  building: ReadonlySet<string>,
  before: ReadonlyMap<string, unknown>,
): string[] {
  return [...new Set(names)].filter(
    (name) => !building.has(name) && !before.has(name) && plan.model(name)?.materialized !== 'ephemeral',
  )
}

/** Relations that are read but not built in this run must have been published before. */
function requireBuilt(
  plan: Plan,
  names: readonly string[],
  building: ReadonlySet<string>,
  before: ReadonlyMap<string, unknown>,
): void {
  const missing = notBuilt(plan, names, building, before)
  if (missing.length === 0) return
  throw new ProblemError({
    code: 'not_built',
    message: `Not built yet in \`${plan.catalog.project.target.schema}\`: ${listed(missing)}.`,
    hint: 'Build everything first with `gwh build`, or select parents too: `gwh build -s +name`.',
  })
}
