/** One PostgreSQL server for the whole test run, and the command line bundled as it stands. */
import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import type {} from './databases.ts'
import { startPostgres } from './postgres.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/bundle.mjs'])
  const server = await startPostgres()
  project.provide('postgresAdminUrl', server.adminUrl)
  project.provide('postgresPrefix', server.prefix)
  return () => server.stop()
}
