/** How old the latest row of each source is, and whether that is too old. */
import { FILE_ENGINE, openFileReader } from '../engines/file_reader.ts'
import { engineOf, type Engine } from '../engines/index.ts'
import type { Source } from '../graph/catalog.ts'
import { givenRelation, rawRelation } from '../graph/context.ts'
import { ownSchema } from '../engines/own.ts'
import type { Plan } from '../graph/plan.ts'
import { secondsOf, type FreshnessOptions } from '../project/schema.ts'
import { asWritten } from '../sql/spelling.ts'
import { sql } from '../sql/sql.ts'
import { openWarehouse, WarehouseError, type Warehouse } from '../engines/index.ts'
import { timed } from './result.ts'
import { checkSources } from './sources.ts'
import { prepareState } from './state.ts'

export interface FreshnessResult {
  readonly name: string
  /** runtime error: the source could not be asked. */
  readonly status: 'pass' | 'warn' | 'error' | 'runtime error'
  /** Time of the latest row; undefined where there is no row with a time. */
  readonly latest: Date | undefined
  /** The clock of the warehouse. */
  readonly askedAt: Date
  /** Seconds. */
  readonly age: number
  readonly criteria: FreshnessOptions
  readonly message?: string | undefined
  readonly startedAt: Date
  readonly seconds: number
}

/** Without a row the latest one is infinitely old; dbt writes the first instant that there is. */
export const NEVER = new Date('0001-01-01T00:00:00Z')

/**
 * Asks each source. Files on DuckDB are read without the database.
 * @throws ProblemError for files, relations and columns that are missing
 */
export async function askFreshness(
  plan: Plan,
  sources: readonly Source[],
  signal?: AbortSignal,
): Promise<FreshnessResult[]> {
  const { warehouse: opened, engine } = await openFor(plan, sources, signal)
  await using warehouse = opened
  const names = new Set(sources.map(({ name }) => name))
  const found = await checkSources(plan, warehouse, names)
  const results: FreshnessResult[] = []
  for (const source of found.catalog.sources.filter(({ name }) => names.has(name)))
    results.push(await askSource(found, source, warehouse, engine))
  return results
}

async function openFor(
  { catalog: { project } }: Plan,
  sources: readonly Source[],
  signal: AbortSignal | undefined,
): Promise<{ warehouse: Warehouse; engine: Engine }> {
  const engine = engineOf(project)
  const files = sources.every(({ relation }) => relation.kind === 'files')
  if (engine.readFiles && files) {
    const reader = await openFileReader(signal)
    await prepareState(reader, FILE_ENGINE, project.target)
    return { warehouse: reader, engine: FILE_ENGINE }
  }
  const looking = await openWarehouse(project, { readOnly: true, signal })
  // The functions that read times are there once anything was built.
  if (await looking.schemaExists(ownSchema(project.target))) return { warehouse: looking, engine }
  await looking[Symbol.asyncDispose]()
  const warehouse = await openWarehouse(project, { signal })
  await prepareState(warehouse, engine, project.target)
  return { warehouse, engine }
}

async function askSource(
  plan: Plan,
  source: Source,
  warehouse: Warehouse,
  engine: Engine,
): Promise<FreshnessResult> {
  const { catalog } = plan
  const fn = engine.functions(ownSchema(catalog.project.target))
  const criteria = source.freshness ?? {}
  // A filter is users' own SQL, which knows columns by their types.
  const relation = (criteria.filter === undefined ? rawRelation : givenRelation)(source, catalog, engine)
  const { value, seconds, startedAt } = await timed(async () => {
    try {
      const { raw, read } = source.loadedAt(fn, relation) ?? { raw: sql`null`, read: sql`null` }
      const written = sql`nullif(${fn.trimmed(fn.text(raw))}, '')`
      const [row] = await warehouse.query<{ latest: Date | null; asked_at: Date; written: string | null }>(
        sql`
          select max(${read}) as latest, max(${written}) as written, current_timestamp as asked_at
          from ${relation}
          ${criteria.filter === undefined ? sql`` : sql`where ${asWritten(criteria.filter)}`}
        `,
      )
      const askedAt = row?.asked_at ?? new Date()
      if (row && row.latest === null && row.written !== null) return unreadable(row.written, askedAt)
      return judged(row?.latest ?? undefined, askedAt, criteria)
    } catch (error) {
      if (!(error instanceof WarehouseError)) throw error
      const askedAt = new Date()
      const message = error.message.split('\n')[0]
      return { status: 'runtime error' as const, latest: undefined, askedAt, age: 0, message }
    }
  })
  return { name: source.name, criteria, ...value, seconds, startedAt }
}

/** There are rows, and they say something; that is not the same as that no row ever came in. */
const unreadable = (written: string, askedAt: Date) => ({
  status: 'runtime error' as const,
  latest: undefined,
  askedAt,
  age: 0,
  message: `No value that says when a row came in can be read as a time; one is '${written.slice(0, LONGEST)}'. Name the column that has times with \`loaded_at_field\`.`,
})

const AHEAD =
  'The latest row lies ahead of now, so how old the others are is not known. Times without an offset that are read in the wrong `time_zone`, or a clock that is wrong, are the usual causes; a `filter` under `freshness` leaves such rows out.'

/** Characters of a value in a message. */
const LONGEST = 40

/** Clocks differ a little, and a row may come in while it is asked. */
const LEAST_AHEAD = 60

/** An age of exactly the limit is not older than it. A row that lies ahead says nothing about how fresh the others are. */
function judged(latest: Date | undefined, askedAt: Date, { warn_after, error_after }: FreshnessOptions) {
  const age = (askedAt.getTime() - (latest ?? NEVER).getTime()) / 1000
  const exceeds = (limit: FreshnessOptions['warn_after']) => limit !== undefined && age > secondsOf(limit)
  if (age < -LEAST_AHEAD) return { status: 'warn' as const, latest, askedAt, age, message: AHEAD }
  const status = exceeds(error_after)
    ? ('error' as const)
    : exceeds(warn_after)
      ? ('warn' as const)
      : ('pass' as const)
  return { status, latest, askedAt, age }
}
