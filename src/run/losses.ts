/** A guard of publishing: a source that had rows, and has lost most of them since, is a broken delivery. */
import { textOf } from '../graph/statements.ts'
import { createHash } from 'node:crypto'
import type { Catalog, Source } from '../graph/catalog.ts'
import { createCompiler, published, type Places } from '../graph/compile.ts'
import type { Plan } from '../graph/plan.ts'
import { modelBehind, parentsOf } from '../graph/source_models.ts'
import { plural, ProblemError, suggest, thousands } from '../problems.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../sql/sql.ts'
import { engineOf, type Warehouse } from '../engines/index.ts'
import { timed, type NodeResult } from './result.ts'
import type { SourceRows } from './state.ts'

export interface LossInput {
  readonly plan: Plan
  readonly warehouse: Warehouse
  readonly places: Places
  /** Models that this run has built: sources that none of them holds are not looked at. */
  readonly built: ReadonlySet<string>
  /** By source: what it had when it was last published. */
  readonly before: ReadonlyMap<string, SourceRows>
  /** Names of sources that may lose rows this once. */
  readonly accepted: readonly string[]
}

/**
 * Counts the rows that sources have now, and holds them against what was last published of the same definition.
 * @returns the counts, to be recorded with what is published, and a failure for each source that lost too much
 */
export async function findLosses(input: LossInput): Promise<{ rows: SourceRows[]; results: NodeResult[] }> {
  const { plan, before, accepted } = input
  const { value, seconds, startedAt } = await timed(() => countRows(input))
  const results = value.flatMap((now): NodeResult[] => {
    const then = before.get(now.source)
    const source = plan.catalog.sources.find(({ name }) => name === now.source)
    if (!source || then?.fingerprint !== now.fingerprint || accepted.includes(source.name)) return []
    if (then.rows === 0 || lostShare(then, now) <= source.maxLoss) return []
    return [{ ...failureOf(source, then, now, plan.catalog), seconds: seconds / value.length, startedAt }]
  })
  return { rows: value, results }
}

/** @throws ProblemError `usage` for names that no source has */
export function checkAccepted(names: readonly string[], { sources }: Catalog): void {
  const known = sources.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new ProblemError(
    unknown.map((name) => ({
      code: 'usage',
      message: `--accept-loss: there is no source \`${name}\`.`,
      fix: suggest(name, known, 'The sources are'),
    })),
  )
}

// A quotient, as a share is written: 1 of 10 is 0.1 to the last bit.
const lostShare = (then: SourceRows, now: SourceRows) => (then.rows - now.rows) / then.rows

function failureOf(
  source: Source,
  then: SourceRows,
  now: SourceRows,
  { project }: Catalog,
): Omit<NodeResult, 'seconds' | 'startedAt'> {
  const at = then.countedAt.toISOString().slice(0, 16).replace('T', ' ')
  const share = (value: number) => `${String(Math.floor(value * 1000) / 10)} %`
  const amount = now.rows === 0 ? 'no rows' : plural(now.rows, 'row')
  const allowed =
    now.rows === 0
      ? ''
      : ` That is ${share(lostShare(then, now))} fewer; ${share(source.maxLoss)} may be lost (\`max_loss\`).`
  return {
    name: source.name,
    type: 'source',
    kind: source.type,
    status: 'fail',
    rows: now.rows,
    message: `Source \`${source.name}\` has ${amount} and had ${thousands(then.rows)} when it was last published, at ${at} UTC.${allowed}`,
    fix: `Look at what was delivered. If it is right, let it pass once with \`--accept-loss ${source.name}\`, or set \`max_loss:\` of the source: the share that may be lost, 1 for all of it.`,
    at: project.locate([...source.path, 'name']),
  }
}

/** From relations that were built anyway: the source itself is read again only where they cannot tell. */
async function countRows({ plan, warehouse, places, built }: LossInput): Promise<SourceRows[]> {
  const { catalog } = plan
  const compiler = createCompiler(plan, engineOf(plan.catalog.project))
  const { read } = compiler.context(places)
  const relation = (model: string) => identifier(...places.relation(model))
  const counts: Sql[] = []
  const counted = (source: Source, from: Sql) =>
    counts.push(sql`select ${literal(source.name)} as source, (${from}) as row_count`)

  const events = catalog.sourcesOf('events')
  if (built.has('events') && events.length > 0) {
    // Events without a time count nowhere, so they are no delivery either.
    counts.push(
      built.has('events_daily')
        ? sql`select source, sum(source_rows) as row_count from ${relation('events_daily')} group by source`
        : sql`select source, sum(source_rows) as row_count from ${relation('events')} where occurred_at is not null group by source`,
    )
  }
  /** @param others models that read the same rows, and may be built without the profiles */
  const profiles = (model: string, id: Sql, tables: readonly Source[], others: readonly string[]) => {
    const readBy = [model, ...others].filter((name) => built.has(name))
    const sources = readBy.flatMap((name) => plan.model(name)?.sources ?? [])
    const looked = tables.filter(({ name }) => sources.includes(name))
    const [only] = looked
    if (only && tables.length === 1 && built.has(model))
      counted(only, sql`select count(*) from ${relation(model)} where has_profile`)
    else
      for (const table of looked)
        counted(table, sql`select count(distinct ${id}) from (${read(table.name)}) as profile_rows`)
    return looked
  }
  const ofGroups = catalog.groupKeys.flatMap((key) => {
    const tables = catalog.sourcesOf('group_table').filter(({ groupKey }) => groupKey === key.name)
    return profiles(`${key.noun}_profiles`, sql`group_id`, tables, [`${key.noun}_history`])
  })
  const ofUsers = profiles('user_profiles', sql`user_id`, catalog.sourcesOf('user_table'), ['user_groups'])
  const ofLinks = built.has('user_groups') ? catalog.sourcesOf('links') : []
  for (const links of ofLinks)
    counted(links, sql`select count(distinct user_id) from (${read(links.name)}) as link_rows`)
  if (counts.length === 0) return []

  const { fn } = compiler.context(places)
  const found = await warehouse.query<{ source: string; row_count: number }>(
    toText(sql`
      select source, cast(row_count as ${fn.type('bigint')}) as row_count
      from (
        ${join(counts, '\nunion all\n')}
      ) as counted
    `),
  )
  const looked = [...(built.has('events') ? events : []), ...ofGroups, ...ofUsers, ...ofLinks]
  const countedAt = new Date()
  return looked.map((source) => ({
    source: source.name,
    fingerprint: definitionOf(source, plan),
    rows: Number(found.find((row) => row.source === source.name)?.row_count ?? 0),
    countedAt,
  }))
}

/** What of a source does not say which rows it has. */
const SAYS_NOTHING = ['name', 'description', 'freshness', 'loaded_at_field', 'max_loss']

/** Changes where a source is made to read something else, or to read it otherwise. */
function definitionOf(source: Source, plan: Plan): string {
  const { project } = plan.catalog
  const given = Object.entries(project.sources[Number(source.path[1])] ?? {})
  const said = given.filter(([field]) => !SAYS_NOTHING.includes(field)).sort(([a], [b]) => (a < b ? -1 : 1))
  const compiler = createCompiler(plan, engineOf(plan.catalog.project))
  const queries = new Map<string, string>()
  const visit = (name: string | undefined) => {
    const model = name === undefined || queries.has(name) ? undefined : plan.model(name)
    if (!model) return
    queries.set(model.name, textOf(compiler.model(model, published(plan))))
    parentsOf(model, plan.catalog).forEach(visit)
  }
  visit(modelBehind(source))
  const left = source.type === 'events' ? source.excludeEvents : project.service_user_ids
  return createHash('sha256')
    .update(JSON.stringify([said, left, [...queries.values()]]))
    .digest('hex')
    .slice(0, 32)
}
