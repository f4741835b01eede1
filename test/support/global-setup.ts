/** One PostgreSQL server for the whole test run. */
import type { TestProject } from 'vitest/node'
import type {} from './databases.ts'
import { startPostgres } from './postgres.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgresAdminUrl', server.adminUrl)
  project.provide('postgresPrefix', server.prefix)
  return () => server.stop()
}
