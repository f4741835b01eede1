/** The files of small projects; apart from projects.ts, for what is no test. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** File name → text; a later file of the same name replaces an earlier one, undefined leaves it out. */
export type Files = Readonly<Record<string, string | undefined>>

export function writeFiles(dir: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    if (text === undefined) continue
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    writeFileSync(path.join(dir, file), text)
  }
}

/** A project without a fault: two events of two companies on DuckDB, or on PostgreSQL as target `pg`. */
export const GOOD: Files = {
  'project.yml': `name: small
target: dev
targets:
  dev: { type: duckdb, path: target/small.duckdb }
  pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
group_keys:
  - name: company_id
sources:
  - name: app
    type: events
    file: events.csv
    columns: { event: event, time: time, user: user_id }
`,
  'events.csv': `event,time,user_id,company_id
sign_up,2024-01-01T10:00:00Z,ann,acme
log_in,2024-01-02T10:00:00Z,bob,beta
`,
}
