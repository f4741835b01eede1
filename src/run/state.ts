/** What gwh remembers in the warehouse: runs, the relations that it published, the files that it loaded. */
import { ownRelation, ownSchema, type Schemas } from '../engines/own.ts'
import { ProblemError, quotedList } from '../problems.ts'
import { textFor } from '../sql/spelling.ts'
import { type Sql, identifier, join, literal, sql } from '../sql/sql.ts'
import type { Engine, Warehouse } from '../engines/index.ts'

export interface PublishedRelation {
  readonly name: string
  readonly fingerprint: string
}

/** How many rows a source had when they were published, and how it was defined then: `definitionOf`. */
export interface SourceRows {
  readonly source: string
  readonly fingerprint: string
  readonly rows: number
  readonly countedAt: Date
}

export interface RunRecord {
  readonly runId: string
  readonly command: string
  readonly startedAt: Date
  readonly version: string
}

const table = (schemas: Schemas, name: string) => identifier(...ownRelation(schemas, name))
/** In UTC, as gwh's own sessions are. */
const instant = (at: Date) => sql`timestamp ${literal(at.toISOString().replace('T', ' ').replace('Z', ''))}`

/**
 * Makes the tables where they are missing, and the functions that generated SQL calls.
 * @returns what there is to tell of tables that an older version has made
 */
export async function prepareState(
  warehouse: Warehouse,
  engine: Pick<Engine, 'definitions' | 'functions'>,
  schemas: Schemas,
): Promise<string[]> {
  const at = engine.functions(ownSchema(schemas)).type('timestamp')
  const notes: string[] = []
  await warehouse.createSchema(schemas.schema)
  await warehouse.createSchema(ownSchema(schemas))
  const tables: Readonly<Record<string, Sql>> = {
    runs: sql`run_id text, command text, gwh_version text, started_at ${at}, published_at ${at}, relations bigint`,
    relations: sql`name text, fingerprint text, run_id text, published_at ${at}`,
    comments: sql`relation text, written text`,
    sources: sql`source text, fingerprint text, row_count bigint, run_id text, counted_at ${at}`,
    seeds: sql`source text, fingerprint text, row_count bigint, loaded_at ${at}`,
  }
  for (const [name, columns] of Object.entries(tables)) {
    await warehouse.execute(sql`create table if not exists ${table(schemas, name)} (${columns})`)
    notes.push(...((await warehouse.renew?.(ownRelation(schemas, name))) ?? []))
  }
  for (const definition of engine.definitions(ownSchema(schemas))) {
    await warehouse.execute(definition)
  }
  return notes
}

/** Relations that gwh has published in the schema, by name. */
export async function publishedRelations(
  warehouse: Warehouse,
  schemas: Schemas,
): Promise<Map<string, PublishedRelation>> {
  if (!(await warehouse.columns(ownRelation(schemas, 'relations')))) return new Map()
  const rows = await warehouse.query<PublishedRelation>(
    sql`select name, fingerprint from ${table(schemas, 'relations')}`,
  )
  return new Map(rows.map((row) => [row.name, row]))
}

/**
 * @throws ProblemError `publish_failed` where relations are on record in another place: `single_schema` has changed
 * since they were published
 */
export async function refuseOtherPlace(
  warehouse: Warehouse,
  { schema, single_schema: single = false }: Schemas,
  known: ReadonlyMap<string, unknown>,
): Promise<void> {
  const elsewhere = await publishedRelations(warehouse, { schema, single_schema: !single })
  if (elsewhere.size === 0) return
  const present = await warehouse.relations(schema)
  const left = present.map(({ name }) => name).filter((name) => elsewhere.has(name) && !known.has(name))
  if (left.length === 0) return
  const was = single ? 'without `single_schema`' : 'with `single_schema: true`'
  throw new ProblemError({
    code: 'publish_failed',
    message: `gwh has published these relations of \`${schema}\` ${was}, and what it remembers of them is in \`${ownRelation({ schema, single_schema: !single }, 'relations').join('.')}\`: ${quotedList(left)}.`,
    fix: `${single ? 'Take `single_schema` out of the target again' : 'Set `single_schema: true` in the target again'}, or drop those relations, with what hangs on them, so that they are made anew; nothing has been changed.`,
  })
}

/** What each source had when it was last published, by its name. */
export async function publishedSources(
  warehouse: Warehouse,
  schemas: Schemas,
): Promise<Map<string, SourceRows>> {
  const rows = await warehouse.query<SourceRows>(
    sql`
      select source, fingerprint, row_count as rows, counted_at as ${identifier('countedAt')}
      from ${table(schemas, 'sources')}
    `,
  )
  return new Map(rows.map((row) => [row.source, row]))
}

/** Writes the run, its relations and the rows of its sources down; part of the publishing transaction. */
export async function recordRun(
  warehouse: Warehouse,
  schemas: Schemas,
  run: RunRecord,
  relations: readonly PublishedRelation[],
  sources: readonly SourceRows[],
): Promise<void> {
  const now = instant(new Date())
  const execute = (statement: Sql) => warehouse.execute(statement)
  await execute(sql`
    insert into ${table(schemas, 'runs')}
    values (${literal(run.runId)}, ${literal(run.command)}, ${literal(run.version)}, ${instant(run.startedAt)}, ${now}, ${literal(relations.length)})
  `)
  for (const { name, fingerprint } of relations) {
    await execute(sql`delete from ${table(schemas, 'relations')} where name = ${literal(name)}`)
    await execute(sql`
      insert into ${table(schemas, 'relations')}
      values (${literal(name)}, ${literal(fingerprint)}, ${literal(run.runId)}, ${now})
    `)
  }
  for (const { source, fingerprint, rows, countedAt } of sources) {
    await execute(sql`delete from ${table(schemas, 'sources')} where source = ${literal(source)}`)
    await execute(sql`
      insert into ${table(schemas, 'sources')}
      values (${literal(source)}, ${literal(fingerprint)}, ${literal(rows)}, ${literal(run.runId)}, ${instant(countedAt)})
    `)
  }
}

/**
 * Whether `recordRun` has done what it says; whoever puts a trigger, a rule or a policy on these tables may keep rows
 * away from them, and the record would prove nothing.
 * @returns the tables that have not the rows of the run that they should have
 */
export async function unrecorded(
  warehouse: Warehouse,
  schemas: Schemas,
  run: RunRecord,
  expected: { readonly relations: number; readonly sources: number },
): Promise<readonly string[]> {
  const counts = Object.entries({ runs: 1, ...expected })
  const rows = await warehouse.query<{ name: string; found: number }>(
    join(
      counts.map(
        ([name]) => sql`
            select ${literal(name)} as name, count(*) as found
            from ${table(schemas, name)}
            where run_id = ${literal(run.runId)}
          `,
      ),
      '\nunion all\n',
    ),
  )
  return counts
    .filter(([name, count]) => rows.find((row) => row.name === name)?.found !== count)
    .map(([name]) => textFor(table(schemas, name), warehouse))
}

/** Whether a run is on record: the proof that its transaction was committed. */
export async function isRecorded(warehouse: Warehouse, schemas: Schemas, runId: string): Promise<boolean> {
  const rows = await warehouse.query(
    sql`select 1 as found from ${table(schemas, 'runs')} where run_id = ${literal(runId)}`,
  )
  return rows.length > 0
}

/** What gwh has written as comments of a relation, by column; null is the relation itself. */
export type WrittenComments = ReadonlyMap<string | null, string>

/** By name of a relation; nothing is known of those that were published before there was such a record. */
export async function writtenComments(
  warehouse: Warehouse,
  schemas: Schemas,
): Promise<ReadonlyMap<string, WrittenComments>> {
  const rows = await warehouse.query<{ relation: string; written: string }>(
    sql`select relation, written from ${table(schemas, 'comments')}`,
  )
  return new Map(
    rows.map(({ relation, written }) => [
      relation,
      new Map(JSON.parse(written) as [string | null, string][]),
    ]),
  )
}

/** Part of the publishing transaction. */
export async function recordComments(
  warehouse: Warehouse,
  schemas: Schemas,
  relation: string,
  written: WrittenComments,
): Promise<void> {
  const text = JSON.stringify([...written])
  await warehouse.execute(
    sql`delete from ${table(schemas, 'comments')} where relation = ${literal(relation)}`,
  )
  await warehouse.execute(
    sql`insert into ${table(schemas, 'comments')} values (${literal(relation)}, ${literal(text)})`,
  )
}

export async function seedFingerprint(
  warehouse: Warehouse,
  schemas: Schemas,
  source: string,
): Promise<string | undefined> {
  const [row] = await warehouse.query<{ fingerprint: string }>(
    sql`select fingerprint from ${table(schemas, 'seeds')} where source = ${literal(source)}`,
  )
  return row?.fingerprint
}

export async function recordSeed(
  warehouse: Warehouse,
  schemas: Schemas,
  seed: { source: string; fingerprint: string; rows: number },
): Promise<void> {
  await warehouse.execute(sql`delete from ${table(schemas, 'seeds')} where source = ${literal(seed.source)}`)
  await warehouse.execute(
    sql`
      insert into ${table(schemas, 'seeds')}
      values (${literal(seed.source)}, ${literal(seed.fingerprint)}, ${literal(seed.rows)}, ${instant(new Date())})
    `,
  )
}
