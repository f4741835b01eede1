/** A world with reports as a project, built by gwh, and the relations that it published. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { load, run } from '../../src/gwh.ts'
import type { LoadOptions } from '../../src/project/load.ts'
import { openWarehouse } from '../../src/engines/index.ts'
import { everyAlgorithm, type OtherWay } from './every_algorithm.ts'
import type { World } from './world.ts'

export type PublishedRow = Record<string, unknown>

export interface Published {
  /** Ids of the lines of the log, in their order. */
  readonly eventIds: readonly string[]
  readonly relations: Readonly<Record<string, readonly PublishedRow[]>>
  /** Relations of funnels once more, by each algorithm that accepts them. */
  readonly otherWays: readonly (OtherWay & { readonly rows: readonly PublishedRow[] })[]
}

/** No line of a log is called that; a reader of NDJSON needs one line at least. */
const NOTHING = '(nothing happened)'

/** Not the number alone: a vendor takes 0 for none. */
const insertId = (line: number): string => `line-${line}`

/** @throws what gwh says when the build fails */
export async function throughGwh(
  dir: string,
  world: World,
  reports: readonly { readonly name: string }[],
  loading: LoadOptions,
): Promise<Published> {
  writeProject(dir, world, reports)
  const loaded = load(dir, loading)
  const outcome = await run(loaded, { command: 'build', select: reports.map(({ name }) => `+${name}*`) })
  const failed = outcome.results.filter(({ status }) => status === 'error' || status === 'fail')
  if (!outcome.ok) throw new Error(failed.map((r) => `${r.name}: ${r.message ?? ''}`).join('\n'))
  await using warehouse = await openWarehouse(loaded.plan.catalog.project)
  const ids = await warehouse.query<{ insert_id: string; event_id: string }>(
    'select insert_id, event_id from oracle.events',
  )
  const byLine = new Map(ids.map(({ insert_id, event_id }) => [insert_id, event_id]))
  const relations: Record<string, readonly PublishedRow[]> = {}
  for (const { name } of loaded.plan.models.filter((m) => reports.some((r) => m.name.startsWith(r.name)))) {
    relations[name] = await warehouse.query<PublishedRow>(`select * from oracle.${name}`)
  }
  const otherWays: Published['otherWays'][number][] = []
  for (const way of everyAlgorithm(loaded.plan))
    otherWays.push({ ...way, rows: await warehouse.query<PublishedRow>(way.query) })
  return { otherWays, eventIds: world.log.map((_, i) => byLine.get(insertId(i)) ?? ''), relations }
}

function writeProject(dir: string, world: World, reports: readonly { readonly name: string }[]): void {
  const lines = [
    ...world.log.map(({ company, properties, ...line }, i) => ({
      ...line,
      insert: insertId(i),
      properties: { ...properties, company },
    })),
    { event: NOTHING, at: 0, user: null, insert: 'no-event', properties: {} },
  ]
  const profiles = (given: World['companies']) => [
    ...Object.entries(given).map(([id, { createdAt, properties }]) => ({
      id,
      created: createdAt === null ? null : new Date(createdAt).toISOString(),
      properties,
    })),
    { id: NOTHING, created: null, properties: {} },
  ]
  const write = (file: string, rows: readonly object[]) =>
    writeFileSync(path.join(dir, file), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  write('log.ndjson', lines)
  write('companies.ndjson', profiles(world.companies))
  write('users.ndjson', profiles(world.users))
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify(projectOf(world, reports)))
}

function projectOf(world: World, reports: readonly { readonly name: string }[]): object {
  const { registeredAt } = world
  const registered = registeredAt === undefined ? {} : { registered_at: new Date(registeredAt).toISOString() }
  return {
    name: 'oracle',
    deprecated_names: false,
    timezone: world.timezone,
    week_start: world.weekStart,
    target: 'dev',
    targets: {
      dev: { type: 'duckdb', path: 'warehouse.duckdb', schema: 'oracle' },
      postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}', schema: 'oracle' },
    },
    // each log comes into the same database
    max_loss: 1,
    service_user_ids: world.services,
    exclude_events: [NOTHING],
    limits: { profile: 'none' },
    group_keys: [{ name: 'company_id', b2b: true, ...registered }],
    sources: [
      {
        name: 'log',
        type: 'events',
        file: 'log.ndjson',
        columns: { event: 'event', time: 'at', user: 'user', insert_id: 'insert' },
        time_format: 'epoch_ms',
        properties_column: 'properties',
        group_keys: { company_id: 'company' },
      },
      {
        name: 'companies',
        type: 'group_table',
        group_key: 'company_id',
        file: 'companies.ndjson',
        columns: { id: 'id', created_at: 'created' },
        properties_column: 'properties',
        properties: ['plan'],
      },
      {
        name: 'users',
        type: 'user_table',
        file: 'users.ndjson',
        columns: { id: 'id', created_at: 'created' },
        properties_column: 'properties',
      },
    ],
    reports,
  }
}
