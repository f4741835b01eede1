/** One PostgreSQL server and one temporary folder for the whole test run, and the command line bundled as it stands. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import type {} from './databases.ts'
import { startPostgres } from './postgres.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/bundle.mjs'])
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-test-'))
  const server = await startPostgres()
  project.provide('postgresAdminUrl', server.adminUrl)
  project.provide('postgresPrefix', server.prefix)
  project.provide('tempFolder', folder)
  return async () => {
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  }
}
