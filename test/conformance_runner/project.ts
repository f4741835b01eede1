/** A case as the project of a user: project.yml with one report, and NDJSON files with what happened. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Case, CaseEvent, Profiles } from './cases.ts'
import type { Setting } from './kind.ts'
import type { Filter } from './parts.ts'

/** The name of the report that asks the query. */
export const REPORT = 'answer'

/** A name that no case's events have. */
const NOTHING = '(nothing happened)'

/** Fields of queries that concern the project, or whose properties have to be declared there. */
interface Common {
  readonly type?: string
  readonly timezone?: string
  readonly week_start?: string
  readonly range?: { readonly timezone?: string }
  readonly filter?: readonly Filter[]
  readonly breakdown?: { readonly property: string; readonly source?: string }
  readonly group_key_registered_at?: string
}

export function settingOf({ query, entity }: Case): Setting {
  const { timezone, range } = query as Common
  return { entity, timezone: timezone ?? range?.timezone ?? 'UTC' }
}

/**
 * @param target the warehouse, as under `targets`
 * @param seed of the order of the rows, which must not matter
 */
export function writeProject(dir: string, given: Case, target: object, seed: number): void {
  const { query, entity, events } = given
  const common = query as Common
  const keys = keysOf(given)
  // a lifecycle asks profiles when they were made, also where nobody has one
  const asksCreation = (counted: string) => common.type === 'lifecycle' && entity === counted
  const sources = [eventSource(dir, events, keys, seed)]
  for (const [i, key] of keys.entries()) {
    const profiles = given.group_profiles?.[key]
    const asked = asksOf(common, `group:${key}`)
    if (profiles === undefined && asked.length === 0 && !asksCreation(key)) continue
    const rows = profileRows(profiles ?? {})
    const declared = new Set([...rows.flatMap((row) => Object.keys(row.properties)), ...asked])
    sources.push({
      name: `groups_${i + 1}`,
      type: 'group_table',
      group_key: key,
      ...profileFile(dir, `groups_${i + 1}.ndjson`, rows, seed),
      properties: [...declared].sort(),
    })
  }
  if (given.user_profiles !== undefined || asksCreation('user')) {
    const rows = profileRows(given.user_profiles ?? {})
    sources.push({ name: 'users', type: 'user_table', ...profileFile(dir, 'users.ndjson', rows, seed) })
  }
  const project = {
    name: 'conformance',
    timezone: settingOf(given).timezone,
    // the systems that the cases come from begin weeks on Sunday unless told otherwise
    week_start: common.week_start ?? 'sunday',
    targets: { warehouse: target },
    // each case is another log in the same database
    max_loss: 1,
    limits: { profile: 'none' },
    group_keys: keys.map((name, i) => ({
      name,
      noun: `key_${i + 1}`,
      registered_at: name === entity || entity === 'user' ? common.group_key_registered_at : undefined,
    })),
    exclude_events: [NOTHING],
    sources,
    reports: [{ name: REPORT, by: entity, ...given.kind.report(query as never) }],
  }
  // JSON is YAML too; what a case writes as ${…} is no variable of the environment
  const text = JSON.stringify(project, null, 2).replaceAll('${', () => '$${')
  writeFileSync(path.join(dir, 'project.yml'), text)
}

/** The keys that are counted, described or asked for; others that events carry stay mere properties. */
function keysOf({ entity, group_profiles: profiles = {}, query }: Case): string[] {
  const { filter = [], breakdown } = query as Common
  const asked = [...filter, ...(breakdown ? [breakdown] : [])].flatMap(({ source }) =>
    source?.startsWith('group:') ? [source.slice('group:'.length)] : [],
  )
  return [...new Set([...(entity === 'user' ? [] : [entity]), ...Object.keys(profiles), ...asked])]
}

/** The properties of a source that a query reads. */
function asksOf({ filter = [], breakdown }: Common, source: string): string[] {
  return [...filter, ...(breakdown ? [breakdown] : [])]
    .filter((asked) => asked.source === source)
    .map(({ property }) => property)
}

function eventSource(
  dir: string,
  events: readonly CaseEvent[],
  keys: readonly string[],
  seed: number,
): object {
  const properties = new Set(events.flatMap((event) => Object.keys(event.properties ?? {})))
  // a group key is a property of events; one that is called like another property steps aside
  const member = (key: string) => (properties.has(key) ? `${key} (group)` : key)
  const rows = events.map(({ event, user, time, groups, properties: own }) => ({
    event,
    time: /[Zz]$|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z`,
    user: user ?? null,
    properties: {
      ...own,
      ...Object.fromEntries(Object.entries(groups ?? {}).map(([key, ids]) => [member(key), ids])),
    },
  }))
  const nothing = { event: NOTHING, time: '2000-01-01T00:00:00Z', user: null, properties: {} }
  writeLines(dir, 'events.ndjson', rows.length > 0 ? rows : [nothing], seed)
  return {
    name: 'log',
    type: 'events',
    file: 'events.ndjson',
    columns: { event: 'event', time: 'time', user: 'user' },
    properties_column: 'properties',
    group_keys: Object.fromEntries(keys.map((key) => [key, member(key)])),
  }
}

function profileRows(profiles: Profiles) {
  return Object.entries(profiles).map(([id, { created_at, properties }]) => ({
    id,
    created_at: created_at ?? null,
    properties: properties ?? {},
  }))
}

function profileFile(dir: string, file: string, rows: ReturnType<typeof profileRows>, seed: number): object {
  // a reader of files needs one line at least; nobody else is called that
  const nobody = { id: NOTHING, created_at: null, properties: {} }
  writeLines(dir, file, rows.length > 0 ? rows : [nobody], seed)
  return { file, columns: { id: 'id', created_at: 'created_at' }, properties_column: 'properties' }
}

function writeLines(dir: string, file: string, rows: readonly object[], seed: number): void {
  const lines = shuffled(rows, seed).map((row) => `${JSON.stringify(row)}\n`)
  writeFileSync(path.join(dir, file), lines.join(''))
}

/** The same order for the same seed: Fisher and Yates over a linear congruential generator. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items]
  let state = seed >>> 0
  for (let i = order.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    const moved = order[i] as T
    order[i] = order[j] as T
    order[j] = moved
  }
  return order
}
