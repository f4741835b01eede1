/**
 * What is wrong with what a command would read, looked for although something else is wrong too, so that one run
 * names all of it. Nothing is written, locked or made in the warehouse.
 */
import { FILE_ENGINE, openFileReader, type FileReader } from '../engines/file_reader.ts'
import path from 'node:path'
import { engineOf } from '../engines/index.ts'
import { isBrokenModel } from '../graph/broken_models.ts'
import type { Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { modelBehind } from '../graph/source_models.ts'
import { ProblemError, type Problem, type ProblemCode } from '../problems.ts'
import { isInside } from '../project/inside.ts'
import type { Project } from '../project/load.ts'
import { openWarehouse, WarehouseError, type Warehouse } from '../engines/index.ts'
import { refused } from './refusals.ts'
import { checkRoles } from './roles.ts'
import { checkSource, type Places } from './sources.ts'
import { prepareState } from './state.ts'

/** What a command reads and makes. */
export interface Reading {
  /** Names of sources. */
  readonly sources: ReadonlySet<string>
  /** Names of models that are made: what reads one as a source is looked at when it is there. */
  readonly models: ReadonlySet<string>
  /** Files are loaded where the warehouse cannot read them in place. */
  readonly loadsFiles: boolean
}

/** @throws Interrupted */
export async function problemsAhead(
  plan: Plan,
  reading: Reading,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  const { project } = plan.catalog
  const { target } = project
  const problems: Problem[] = []
  const file = engineOf(project).file(target)
  const canOpen = project.targetIsSound && !(file !== undefined && isOutside(project, file))
  await using warehouse = canOpen ? await opened(plan, problems, signal) : undefined
  await lookAtAll(plan, reading, { warehouse, signal }, problems)
  return problems.filter(
    ({ code }) => code !== 'path_outside_project' || !project.broken.any('external_paths'),
  )
}

/** Outside of the project as far as is known: the folder that allows it may be among what is wrong. */
const isOutside = (project: Project, file: string): boolean =>
  project.broken.any('external_paths') && !isInside(project, file)

/** As `problemsAhead`, in a warehouse that is open. */
export async function problemsIn(
  plan: Plan,
  warehouse: Warehouse,
  reading: Reading,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  const problems: Problem[] = []
  await lookAtAll(plan, reading, { warehouse, signal }, problems)
  return problems
}

/** A warehouse, or what can be said of one that there is not yet. */
type Found = Warehouse | (Places['warehouse'] & AsyncDisposable)

async function lookAtAll(
  plan: Plan,
  reading: Reading,
  { warehouse, signal }: { warehouse: Found | undefined; signal: AbortSignal | undefined },
  problems: Problem[],
): Promise<void> {
  const { catalog } = plan
  const { project } = catalog
  const sources = catalog.sources.filter(
    (source) => reading.sources.has(source.name) && canBeRead(source, plan),
  )
  if (warehouse && 'roles' in warehouse && reading.models.size > 0)
    await telling(plan, problems, () => checkRoles(plan, warehouse, reading.models))
  // Without a target it is not known where files are read in place.
  const isKnown = project.targetNames.includes(project.target.name)
  const inPlace = reading.loadsFiles || (isKnown && engineOf(project).readFiles !== undefined)
  await using reader =
    inPlace && sources.some(isOfFiles) ? await fileReader(plan, problems, signal) : undefined
  for (const source of sources) {
    const isMade = reading.models.has(modelBehind(source) ?? '')
    const isThere = inPlace && isOfFiles(source) ? reader !== undefined : warehouse !== undefined
    if (isMade || !isThere) continue
    const places = { warehouse: warehouse ?? absent(''), reader }
    const found: Problem[] = []
    await telling(plan, found, () => checkSource(source, catalog, places, found))
    // Which columns would be read is not known where its keys are not.
    const areKeysKnown = !project.broken.isNamed('source_keys', source.name)
    problems.push(...found.filter(({ code }) => areKeysKnown || !OF_COLUMNS.includes(code)))
  }
}

const isOfFiles = ({ relation }: Source): boolean => relation.kind === 'files'

const OF_COLUMNS: readonly ProblemCode[] = [
  'missing_column',
  'column_case_differs',
  'column_in_two_spellings',
]

/** Nothing is wrong with where its rows are, nor with what makes them. */
function canBeRead({ name, relation }: Source, { catalog }: Plan): boolean {
  const { project } = catalog
  const { broken, target } = project
  if (broken.isNamed('sources', name) && !broken.isNamed('source_keys', name)) return false
  if (relation.kind === 'files') return !relation.files.some((file) => isOutside(project, file))
  const [bare = '', schema = target.schema] = [...relation.parts].reverse()
  return schema !== target.schema || !isBrokenModel(bare, catalog)
}

/** Files are read apart from the warehouse, in which the functions for that would have to be made. */
async function fileReader(
  plan: Plan,
  problems: Problem[],
  signal: AbortSignal | undefined,
): Promise<FileReader | undefined> {
  return telling(plan, problems, async () => {
    const reader = await openFileReader(signal)
    await prepareState(reader, FILE_ENGINE, plan.catalog.project.target)
    return reader
  })
}

/** @returns undefined, with problems, where the warehouse cannot be opened */
async function opened(
  plan: Plan,
  problems: Problem[],
  signal: AbortSignal | undefined,
): Promise<Found | undefined> {
  const { project } = plan.catalog
  const found: Problem[] = []
  const warehouse = await telling(plan, found, () => openWarehouse(project, { readOnly: true, signal }))
  if (warehouse) return warehouse
  const { target } = project
  // A database that a build makes is not missing; it has no tables yet.
  const database = engineOf(project).file(target)
  if (database !== undefined && found.every(({ code }) => code === 'not_built')) {
    const file = path.resolve(project.dir, database)
    return absent(path.relative(process.cwd(), file) || file)
  }
  problems.push(...found)
  return undefined
}

const absent = (place: string): Places['warehouse'] & AsyncDisposable => ({
  place,
  columns: () => Promise.resolve(undefined),
  relations: () => Promise.resolve([]),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

/** What is thrown about the project or by the database is a problem more; what else a query fails on is not. */
async function telling<T>(plan: Plan, problems: Problem[], work: () => Promise<T>): Promise<T | undefined> {
  const { project } = plan.catalog
  const { target } = project
  try {
    return await work()
  } catch (error) {
    const said = refused(error, { at: project.locate(['targets', target.name]), target })
    if (said instanceof ProblemError) problems.push(...said.problems)
    else if (!(said instanceof WarehouseError)) throw said
    return undefined
  }
}
