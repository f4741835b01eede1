/** A guard of publishing: a source that had rows, and has lost most of them since, is a broken delivery. */
import type { Catalog, Source } from '../graph/catalog.ts'
import { createCompiler, type Places } from '../graph/compile.ts'
import type { Plan } from '../graph/plan.ts'
import { plural, ProblemError, quotedList, suggest, thousands } from '../problems.ts'
import { type Sql, identifier, join, literal, sql } from '../sql/sql.ts'
import { engineOf, type Warehouse } from '../engines/index.ts'
import { timed, type NodeResult } from './result.ts'
import { changedParts, definitionOf, isOfNames, wordsOf, type Part } from './source_definition.ts'
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

export interface Losses {
  /** The counts, to be recorded with what is published. */
  readonly rows: readonly SourceRows[]
  /** A failure for each source that lost too much. */
  readonly results: readonly NodeResult[]
  /** Sources that have far fewer rows, and were defined otherwise when they were last counted. */
  readonly notes: readonly string[]
}

/** Counts the rows that sources have now, and holds them against what was last published of the same definition. */
export async function findLosses(input: LossInput): Promise<Losses> {
  const { plan, before, accepted } = input
  const { value, seconds, startedAt } = await timed(() => countRows(input))
  const results: NodeResult[] = []
  const notes: string[] = []
  for (const now of value) {
    const then = before.get(now.source)
    const source = plan.catalog.sources.find(({ name }) => name === now.source)
    if (!source || !then || then.rows === 0 || accepted.includes(source.name)) continue
    if (lostShare(then, now) <= source.maxLoss) continue
    const changed = changedParts(then.fingerprint, now.fingerprint)
    if (changed && (await isLoss(source, then, changed, input)))
      results.push({
        ...failureOf(source, then, now, plan.catalog),
        seconds: seconds / value.length,
        startedAt,
      })
    else notes.push(noteOf(then, now, changed))
  }
  return { rows: value, results, notes }
}

/** Whether it lost rows for which no change of its definition can be the reason. */
async function isLoss(
  source: Source,
  then: SourceRows,
  changed: readonly Part[],
  input: LossInput,
): Promise<boolean> {
  if (changed.length === 0) return true
  if (!changed.every(isOfNames)) return false
  // Other names are left out of what is counted: with all of them it may still have far too few.
  return lostShare(then, { rows: await countAll(source, input) }) > source.maxLoss
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
      fix: partsOf(name, known) ?? suggest(name, known, 'The sources are'),
    })),
  )
}

/** A source of several outputs is known by the names of these. */
function partsOf(name: string, known: readonly string[]): string | undefined {
  const parts = known.filter((part) => part.startsWith(`${name}_`))
  return parts.length === 0 ? undefined : `Name what is made of it: ${quotedList(parts)}.`
}

// A quotient, as a share is written: 1 of 10 is 0.1 to the last bit.
const lostShare = (then: SourceRows, now: Pick<SourceRows, 'rows'>) => (then.rows - now.rows) / then.rows

function failureOf(
  source: Source,
  then: SourceRows,
  now: SourceRows,
  { project }: Catalog,
): Omit<NodeResult, 'seconds' | 'startedAt'> {
  const share = (value: number) => `${String(Math.floor(value * 1000) / 10)} %`
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
    message: `${fewer(then, now)}.${allowed}`,
    fix: `Look at what was delivered. If it is right, let it pass once with \`--accept-loss ${source.name}\`, or set \`max_loss:\` of the source: the share that may be lost, 1 for all of it.`,
    at: project.locate([...source.path, 'name']),
  }
}

function fewer(then: SourceRows, now: SourceRows): string {
  const at = then.countedAt.toISOString().slice(0, 16).replace('T', ' ')
  const amount = now.rows === 0 ? 'no rows' : plural(now.rows, 'row')
  return `Source \`${now.source}\` has ${amount} and had ${thousands(then.rows)} when it was last published, at ${at} UTC`
}

/** @param changed undefined where an earlier version of gwh counted */
const noteOf = (then: SourceRows, now: SourceRows, changed: readonly Part[] | undefined) =>
  `${fewer(then, now)}; not compared, because ${
    changed === undefined
      ? 'another version of gwh counted them'
      : `its definition changed: ${wordsOf(changed)}`
  }.`

/** Its rows with those that are left out by name. */
async function countAll({ name, type }: Source, { plan, warehouse, places }: LossInput): Promise<number> {
  const c = createCompiler(plan, engineOf(plan.catalog.project)).context(places)
  const [count, where] =
    type === 'events'
      ? [sql`count(*)`, sql`where occurred_at is not null`]
      : [sql`count(distinct user_id)`, sql``]
  const [found] = await warehouse.query<{ row_count: number }>(
    sql`
      select cast(${count} as ${c.fn.type('bigint')}) as row_count
      from (${c.read(name)}) as source_rows
      ${where}
    `,
  )
  return Number(found?.row_count ?? 0)
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
    sql`
      select source, cast(row_count as ${fn.type('bigint')}) as row_count
      from (
        ${join(counts, '\nunion all\n')}
      ) as counted
    `,
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
