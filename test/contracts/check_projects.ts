/**
 * Puts the examples of many checks together to one project, so that they share its builds. An example says what it
 * adds; where it must not be seen by the others, it brings a key or a source of its own.
 */
import type { Files } from '../support/projects.ts'

/** What an example adds to the project. */
export interface Part {
  /** Rows of `app`; the event is called as the check, and happens on 2024-03-01 at noon. */
  readonly events?: readonly object[]
  /** Rows of `crm`, the Group Table of company_id. */
  readonly companies?: readonly object[]
  /** Rows of `people`, the user table. */
  readonly people?: readonly object[]
  readonly files?: Files
  readonly project?: ProjectPart
}

/** Lists are joined, maps are merged. */
export interface ProjectPart {
  readonly group_keys?: readonly object[]
  readonly sources?: readonly object[]
  readonly reports?: readonly object[]
  readonly exclude_events?: readonly string[]
  readonly limits?: object
  readonly data_tests?: object
}

/** A source of its own, of a CSV file that is called as the source; its first row says the columns. */
export function source(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  ...lines: readonly string[]
): Part {
  return {
    project: { sources: [{ name, file: `${name}.csv`, ...fields }] },
    files: { [`${name}.csv`]: lines.map((line) => `${line}\n`).join('') },
  }
}

/** Several parts as one. */
export const together = (...parts: readonly Part[]): Part => {
  const joined = <T>(of: (part: Part) => readonly T[] | undefined) => parts.flatMap((part) => of(part) ?? [])
  const merged = <T extends object>(of: (part: Part) => T | undefined): object =>
    Object.assign({}, ...parts.map(of)) as object
  return {
    events: joined(({ events }) => events),
    companies: joined(({ companies }) => companies),
    people: joined(({ people }) => people),
    files: merged(({ files }) => files) as Files,
    project: {
      group_keys: joined(({ project }) => project?.group_keys),
      sources: joined(({ project }) => project?.sources),
      reports: joined(({ project }) => project?.reports),
      exclude_events: joined(({ project }) => project?.exclude_events),
      limits: merged(({ project }) => project?.limits),
      data_tests: merged(({ project }) => project?.data_tests),
    },
  }
}

const ndjson = (columns: readonly string[], rows: readonly object[]) =>
  rows
    .map((row) => ({ ...Object.fromEntries(columns.map((column) => [column, null])), ...row }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')

const EVENT = ['event', 'time', 'user', 'device', 'id', 'arrived', 'p']
const COMPANY = ['id', 'created', 'updated', 'seats']
const PERSON = ['id', 'updated', 'p']

/** The files of a project with all these parts. */
export function projectOf(...parts: readonly Part[]): Files {
  const { events = [], companies = [], people = [], files = {}, project = {} } = together(BASE, ...parts)
  return {
    'project.yml': JSON.stringify({
      name: 'checks',
      target: 'dev',
      targets: {
        dev: { type: 'duckdb', path: 'warehouse.duckdb' },
        postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}' },
      },
      ...project,
    }),
    'events.ndjson': ndjson(EVENT, events),
    'companies.ndjson': ndjson(COMPANY, companies),
    'people.ndjson': ndjson(PERSON, people),
    ...files,
  }
}

const BASE: Part = {
  events: [
    { event: 'base', time: '2024-03-01T12:00:00Z', user: 'ann', p: { company_id: 'acme', team: 'red' } },
  ],
  companies: [{ id: 'acme', seats: '1' }],
  people: [{ id: 'ann', p: {} }],
  project: {
    limits: { profile: 'none' },
    group_keys: [{ name: 'company_id', noun: 'company' }, { name: 'team' }],
    sources: [
      {
        name: 'app',
        type: 'events',
        file: 'events.ndjson',
        columns: {
          event: 'event',
          time: 'time',
          user: 'user',
          device: 'device',
          insert_id: 'id',
          ingested_at: 'arrived',
        },
        properties_column: 'p',
        group_keys: ['company_id', 'team'],
      },
      {
        name: 'crm',
        type: 'group_table',
        file: 'companies.ndjson',
        group_key: 'company_id',
        columns: { id: 'id', created_at: 'created', updated_at: 'updated' },
        properties: { seats: { type: 'integer' } },
      },
      {
        name: 'people',
        type: 'user_table',
        file: 'people.ndjson',
        columns: { id: 'id', updated_at: 'updated' },
        properties_column: 'p',
      },
    ],
  },
}
