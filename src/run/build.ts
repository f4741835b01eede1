/** Builds models one after the other into staging relations; nothing that is published is touched. */
import { createStep, textOf } from '../graph/statements.ts'
import { grantsOf } from '../engines/targets.ts'
import { createHash } from 'node:crypto'
import {
  createCompiler,
  published,
  withPublishedNames,
  type Compiler,
  type Places,
} from '../graph/compile.ts'
import { headerOf } from '../graph/header.ts'
import type { Model } from '../graph/model.ts'
import { oldColumns, renamedColumns } from '../graph/old_names.ts'
import { GOES_WITH } from '../graph/renames.ts'
import { isUserModel, storedParents, type Plan } from '../graph/plan.ts'
import { keyOf, missingInSettings } from '../graph/relation_settings.ts'
import { modelBehind } from '../graph/source_models.ts'
import { quotedList, type Problem } from '../problems.ts'
import type { Secrets } from '../project/secrets.ts'
import { rolesOf } from '../project/relation_settings.ts'
import { commentOn } from '../sql/comments.ts'
import { textFor, type Spells } from '../sql/spelling.ts'
import { type RelationName, identifier, join, sql, trusted } from '../sql/sql.ts'
import {
  engineOf,
  WarehouseError,
  type RelationSettings,
  type Renamed,
  type StagedRelation,
  type Warehouse,
} from '../engines/index.ts'
import { sourcesOf } from './unbuilt_parents.ts'
import { faultOf } from './damaged_files.ts'
import { faultMessage } from './file_faults.ts'
import { timed, type NodeResult, type Reporter } from './result.ts'
import { missingColumns } from './sources.ts'
import type { Descriptions } from './comments.ts'
import type { PublishedRelation, WrittenComments } from './state.ts'

export interface BuildInput {
  readonly plan: Plan
  readonly warehouse: Warehouse
  /** Models to build; their other parents are read where they are published. */
  readonly selected: ReadonlySet<string>
  /** Names of the sources that the run reads: of those that are models the columns are looked at. */
  readonly sources: ReadonlySet<string>
  readonly publishedBefore: ReadonlyMap<string, PublishedRelation>
  readonly reporter: Reporter
  /** Where the compiled file of a model is, relative to the project. */
  readonly compiledFile: (model: Model) => string
}

export interface Built {
  /** Columns that sources are said to have, and that the models behind them have not. */
  readonly problems: readonly Problem[]
  readonly results: readonly NodeResult[]
  readonly staged: readonly StagedRelation[]
  readonly fingerprints: readonly PublishedRelation[]
  readonly descriptions: Descriptions
  /** Selected relations at their staging places, all others where they are published. */
  readonly places: Places
}

export async function buildModels(input: BuildInput): Promise<Built> {
  const { plan, warehouse, selected, reporter } = input
  const { schema } = plan.catalog.project.target
  const compiler = createCompiler(plan, engineOf(plan.catalog.project))
  const final = published(plan)
  const places: Places = {
    relation: (name) => (selected.has(name) ? warehouse.staged(schema, name) : final.relation(name)),
  }
  await warehouse.sweep(schema)

  const models = plan.models.filter((model) => selected.has(model.name) && model.materialized !== 'ephemeral')
  const results: NodeResult[] = []
  const staged: StagedRelation[] = []
  const fingerprints: PublishedRelation[] = []
  const descriptions = new Map<string, WrittenComments>()
  const broken = new Set<string>()
  const problems: Problem[] = []
  /** Sources that lack columns. */
  const lacking = new Set<string>()
  for (const [i, model] of models.entries()) {
    const node = { name: model.name, type: 'model' as const, kind: model.materialized }
    reporter.started({ ...node, index: i, total: models.length })
    const definition = textOf(compiler.model(model, final), warehouse)
    const about = {
      ...node,
      relation: final.relation(model.name).join('.'),
      compiledFile: input.compiledFile(model),
      compiledSql: definition,
      description: model.description,
      at: model.at,
    }
    const brokenParents = storedParents(model, plan).filter((parent) => broken.has(parent))
    const unread = [...sourcesOf(plan, new Set([model.name]))].filter((source) => lacking.has(source))
    const reason =
      brokenParents.length > 0
        ? `${quotedList(brokenParents)} could not be built.`
        : unread.length > 0
          ? `${quotedList(unread)} lacks columns.`
          : undefined
    const { value, seconds, startedAt } = await timed<Outcome>(() =>
      reason !== undefined
        ? Promise.resolve({ status: 'skipped', message: reason })
        : stage(model, compiler, places, plan, warehouse, about),
    )
    const result: NodeResult = { ...about, ...value, seconds, startedAt }
    if (result.status !== 'success') broken.add(model.name)
    else {
      const wrong = await wrongSources(model, places.relation(model.name), input)
      for (const source of wrong.keys()) lacking.add(source)
      problems.push(...[...wrong.values()].flat())
    }
    results.push(result)
    reporter.finished(result, i, models.length)
    const kind = model.materialized === 'view' ? 'view' : 'table'
    const described = descriptionsOf(model, plan.catalog.project.secrets)
    descriptions.set(model.name, described)
    const comments = statementsOf(kind, final.relation(model.name), described, warehouse)
    const fingerprint = hash([model.materialized, definition, ...comments])
    fingerprints.push({ name: model.name, fingerprint })
    staged.push({
      name: model.name,
      kind,
      staged: places.relation(model.name),
      published: final.relation(model.name),
      definition,
      unchanged: input.publishedBefore.get(model.name)?.fingerprint === fingerprint,
      grain: model.grain,
      settings: settingsOf(model, plan),
      renamed: renamedOf(model, final),
    })
    if (model.formerly === undefined || result.status !== 'success') continue
    const old = await stageOldName(model, model.formerly, places, input)
    fingerprints.push({ name: old.relation.name, fingerprint: old.fingerprint })
    descriptions.set(old.relation.name, old.described)
    staged.push(old.relation)
  }
  return { problems, results, staged, fingerprints, descriptions, places }
}

function renamedOf(model: Model, final: Places): Renamed | undefined {
  const columns = renamedColumns(model)
  const from = model.formerly === undefined ? undefined : final.relation(model.formerly)
  return from || columns.length > 0 ? { from, columns } : undefined
}

/** A view under the name that a relation had, with the columns that it had. */
async function stageOldName(
  model: Model,
  name: string,
  places: Places,
  { plan, warehouse, publishedBefore }: BuildInput,
): Promise<{ relation: StagedRelation; fingerprint: string; described: WrittenComments }> {
  const final = published(plan)
  const { schema } = plan.catalog.project.target
  const from = (relation: RelationName) =>
    sql`
      select ${join(
        oldColumns(model).map((column) => identifier(column)),
        ', ',
      )}
      from ${identifier(...relation)}
    `
  const staged = warehouse.staged(schema, name)
  await warehouse.execute(
    sql`
      create view ${identifier(...staged)} as
      ${from(places.relation(model.name))}
    `,
  )
  const definition = textFor(from(final.relation(model.name)), warehouse)
  const described = new Map([[null, `Old name of ${model.name}; goes with version ${GOES_WITH}.`]])
  const fingerprint = hash([
    'view',
    definition,
    ...statementsOf('view', final.relation(name), described, warehouse),
  ])
  return {
    fingerprint,
    described,
    relation: {
      name,
      kind: 'view',
      staged,
      published: final.relation(name),
      definition,
      unchanged: publishedBefore.get(name)?.fingerprint === fingerprint,
      grain: [],
      settings: { grants: settingsOf(model, plan).grants },
    },
  }
}

/** By name of a source whose rows a model makes: the columns that it is said to have and has not. */
async function wrongSources(
  model: Model,
  relation: RelationName,
  { plan, warehouse, sources }: BuildInput,
): Promise<Map<string, Problem[]>> {
  const { catalog } = plan
  const fed = catalog.sources.filter((s) => modelBehind(s) === model.name && sources.has(s.name))
  if (fed.length === 0) return new Map()
  const columns = (await warehouse.columns(relation)) ?? []
  return new Map(
    fed.flatMap((source): [string, Problem[]][] => {
      const problems = missingColumns(source, catalog, columns)
      return problems.length === 0 ? [] : [[source.name, problems]]
    }),
  )
}

type Outcome = Pick<NodeResult, 'status' | 'rows' | 'message'>

async function stage(
  model: Model,
  compiler: Compiler,
  places: Places,
  plan: Plan,
  warehouse: Warehouse,
  compiled: { readonly compiledFile: string; readonly compiledSql: string },
): Promise<Outcome> {
  const relation = places.relation(model.name)
  const { steps, select } = compiler.model(model, places)
  // The query starts on the second line, so that its lines are those of the compiled file plus one.
  const create = textFor(
    sql`create ${trusted(model.materialized === 'view' ? 'view' : 'table')} ${identifier(...relation)} as`,
    warehouse,
  )
  try {
    for (const step of steps) await warehouse.execute(createStep(step, warehouse))
    await warehouse.execute(`${create}\n${select}`)
    for (const step of steps) await warehouse.execute(sql`drop table ${identifier(...step.relation)}`)
    const wrong = await wrongColumns(model, relation, warehouse)
    if (wrong !== undefined) return { status: 'error', message: wrong }
    if (model.materialized === 'view') return { status: 'success' }
    await warehouse.settle(engineOf(plan.catalog.project).settlesAtOnce ? [relation] : [])
    const [count] = await warehouse.query<{ rows: number }>(
      sql`select count(*) as rows from ${identifier(...relation)}`,
    )
    return { status: 'success', rows: count?.rows }
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    const fault = await faultOf(error, sourcesOf(plan, new Set([model.name])), plan.catalog, warehouse)
    if (fault) return { status: 'error', message: faultMessage(fault, plan.catalog) }
    const said = withPublishedNames(
      error.message,
      plan.models.map(({ name }) => name),
      places,
      plan,
    )
    return { status: 'error', message: sqlErrorMessage(said, error, model, plan, compiled) }
  }
}

/** What is wanted of a published relation; what a model says of grants comes in the place of what the target says. */
function settingsOf(model: Model, { catalog }: Plan): RelationSettings {
  const { target } = catalog.project
  const grants = model.settings?.grants ?? grantsOf(target)
  return {
    grants: grants && rolesOf(grants),
    indexes: model.settings?.indexes,
    key: keyOf(model),
  }
}

/** The columns are a contract with whoever queries the relation, so they are compared before it is published. */
async function wrongColumns(
  model: Model,
  relation: RelationName,
  warehouse: Warehouse,
): Promise<string | undefined> {
  const promised = Object.keys(model.columns)
  const present = ((await warehouse.columns(relation)) ?? []).map((column) => column.name)
  if (isUserModel(model)) {
    const missing = promised.filter((column) => !present.includes(column))
    return missing.length === 0
      ? missingInSettings(model, present)
      : `The project describes ${quotedList(missing)}, which the query does not return; it returns ${quotedList(present)}.`
  }
  if (promised.length === present.length && promised.every((column, i) => column === present[i]))
    return undefined
  return `The query returns the columns ${quotedList(present)} where ${quotedList(promised)} are documented.`
}

/** The compiled file has the lines of the statement that failed below its header, over published relations. */
function sqlErrorMessage(
  said: string,
  error: WarehouseError,
  model: Model,
  { catalog }: Plan,
  { compiledFile, compiledSql }: { readonly compiledFile: string; readonly compiledSql: string },
): string {
  const line = error.line === undefined ? undefined : error.line - 1
  const text = line === undefined ? undefined : compiledSql.split('\n')[line - 1]
  const [first = '', ...more] = said.split('\n').filter((part) => part.trim() !== '')
  const parts = [first]
  if (line !== undefined && text !== undefined) {
    const inFile = line + headerOf(model, catalog).split('\n').length
    parts.push(`  at ${compiledFile}:${inFile}`, `    ${inFile} | ${text}`)
    const written = isUserModel(model) ? writtenLine(model.userSql.text, text) : undefined
    if (written !== undefined) parts.push(`  from ${model.file}:${written}`)
  } else {
    parts.push(`  in ${compiledFile}`)
  }
  parts.push(...more)
  if (error.fix !== undefined) parts.push(error.fix)
  return parts.join('\n')
}

/** The line of the user's file that a compiled line came from: the same text, but for what tags stand for. */
export function writtenLine(text: string, compiled: string): number | undefined {
  const lines = text.split(/\r?\n/)
  const same = lines.findIndex((line) => line.trim() === compiled.trim())
  const index = same >= 0 ? same : lines.findIndex((line) => rendersTo(line.trim(), compiled.trim()))
  return index < 0 ? undefined : index + 1
}

function rendersTo(written: string, compiled: string): boolean {
  const parts = written.split(/\{[{%#].*?[}%#]\}/)
  if (parts.length < 2 || parts.join('').trim() === '') return false
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`).test(compiled)
}

/** Whoever reads the relation reads them as comments, and the server's log may have them too. */
function descriptionsOf(model: Model, secrets: Secrets): WrittenComments {
  const columns = Object.entries(model.columns).map(([name, { description }]) => [name, description] as const)
  const described = [[null, model.description] as const, ...columns].filter(([, text]) => text !== '')
  return new Map(described.map(([column, text]) => [column, secrets.hide(text)]))
}

const statementsOf = (
  kind: 'table' | 'view',
  relation: RelationName,
  described: WrittenComments,
  engine: Spells,
): string[] =>
  [...described].map(([column, text]) => textFor(commentOn(kind, relation, { column, text }), engine))

const hash = (parts: readonly string[]) =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
