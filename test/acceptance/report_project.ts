/** A project over the events of a data set with the reports that its facts answer. */
import path from 'node:path'
import type { StagedEvents } from './dataset_events.ts'
import { FINDING } from './findings.ts'
import { project } from './projects.ts'

/** The key whose groups have users that are counted. */
export const COMPANY = 'company_id_lc'

export interface ReportYml {
  readonly name: string
  readonly type: string
  readonly [option: string]: unknown
}

/** Keys that are called like a column of events are registered under another name. */
const REGISTERED: Readonly<Record<string, string>> = { distinct_id: 'visitor' }

export const registered = (key: string): string => REGISTERED[key] ?? key

/** How a report names what it counts: users by role, groups by their key. */
export const counted = (key: string, { user }: StagedEvents): string =>
  key === user ? 'user' : registered(key)

/** The column of report relations that holds its ids. */
export const idColumn = (key: string, { user }: StagedEvents): string =>
  key === user ? 'user_id' : 'group_id'

export function reportProject(events: StagedEvents, reports: readonly ReportYml[], timezone = 'UTC'): object {
  const { columns, file, groupKeys, user } = events
  const has = (name: string) => (columns.includes(name) ? name : undefined)
  const source = {
    name: 'events_of_the_set',
    type: 'events',
    file,
    columns: {
      event: 'event',
      time: 'time',
      ingested_at: has('received_at'),
      user,
      insert_id: has('event_id') ?? has('insert_id'),
    },
    group_keys: Object.fromEntries(groupKeys.map((key) => [registered(key), key])),
    properties: ['is_bot'].filter((name) => columns.includes(name)),
  }
  return {
    ...project(
      path.dirname(file),
      groupKeys.map((name) => ({ name: registered(name), b2b: name === COMPANY })),
      [source],
    ),
    timezone,
    week_start: 'monday',
    // more keys than any vendor allows
    limits: { profile: 'none' },
    data_tests: FINDING,
    reports,
  }
}
