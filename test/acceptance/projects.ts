/** Projects over a history as a user would write them: project.yml in a folder of its own, built by gwh. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { load, openWarehouse, run, type Warehouse } from '../../src/index.ts'
import type { History } from './histories.ts'

export type Engine =
  { readonly name: 'duckdb' } | { readonly name: 'postgres'; readonly freshDatabase: () => Promise<string> }

const SCHEMA = 'acceptance'

const COMPANY = { name: 'company_id', label: 'Company', b2b: true }
const COMPANY_LC = { name: 'company_id_lc', noun: 'company_lc' }
const AREA = { name: 'area' }
const PARTICIPANT = { name: 'participant_company', noun: 'participant' }
const REPO = { name: 'repo_id' }

/** The flat tables, with the companies as written and in lower case. */
export function flatProject(history: History): object {
  const keys = [COMPANY, COMPANY_LC, AREA, PARTICIPANT]
  return project(history.dir, keys, [
    {
      name: 'commits',
      type: 'events',
      file: history.events,
      columns: {
        event: 'event',
        time: 'time',
        ingested_at: 'received_at',
        user: 'user_id',
        insert_id: 'event_id',
      },
      group_keys: keys.map(({ name }) => name),
      properties: ['is_bot', 'insertions'],
    },
    {
      name: 'companies',
      type: 'group_table',
      file: history.companies,
      group_key: COMPANY_LC.name,
      columns: { id: 'company_id', name: 'display_name' },
      properties: ['kind'],
    },
    {
      name: 'areas',
      type: 'group_table',
      file: history.areas,
      group_key: AREA.name,
      columns: { id: 'area' },
    },
  ])
}

/** The raw exports of the same events, which have no lower-case companies. */
export function mixpanelProject(history: History): object {
  const keys = [COMPANY, AREA, PARTICIPANT, REPO]
  const { exports, groups } = history.mixpanel
  return project(history.dir, keys, [
    { name: 'exported', type: 'events', connector: 'mixpanel', file: exports },
    ...[COMPANY, AREA, REPO].map(({ name }) => ({
      name: `${name}_profile_lines`,
      type: 'group_table',
      connector: 'mixpanel',
      file: groups,
      group_key: name,
    })),
  ])
}

export function project(dir: string, keys: readonly object[], sources: readonly object[]): object {
  return {
    name: 'acceptance',
    external_paths: [dir],
    targets: {
      duckdb: { type: 'duckdb', schema: SCHEMA, memory_limit: '2GB' },
      postgres: { type: 'postgres', schema: SCHEMA, url: '${GWH_POSTGRES_URL}' },
    },
    // each history is read in the same database
    max_loss: 1,
    limits: { profile: 'none' },
    group_keys: keys,
    sources,
  }
}

/** Builds and publishes a project, and lets `ask` query what analysts would see. */
export async function withBuilt<T>(
  engine: Engine,
  projectYml: object,
  select: readonly string[],
  ask: (published: Warehouse) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-acceptance-'))
  try {
    writeFileSync(path.join(dir, 'project.yml'), stringify(projectYml))
    const url = engine.name === 'postgres' ? await engine.freshDatabase() : undefined
    const loaded = load(dir, { target: engine.name, env: { ...process.env, GWH_POSTGRES_URL: url } })
    const outcome = await run(loaded, { command: 'build', select })
    if (!outcome.ok || !outcome.published) {
      const wrong = outcome.results.filter(({ status }) => status === 'error' || status === 'fail')
      throw new Error(
        wrong.map(({ name, message, examples = [] }) => [name, message, ...examples].join(' ')).join('; '),
      )
    }
    await using published = await openWarehouse(loaded.plan.catalog.project, { readOnly: true })
    await published.use(SCHEMA)
    return await ask(published)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
