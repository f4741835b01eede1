/** What a role of PostgreSQL may not do is said, and is no fault of gwh. */
import { expect, test } from 'vitest'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { GOOD, writeProject } from './support/projects.ts'

test('a session that only reads is told of', { timeout: 60_000 }, async () => {
  const url = new URL(await freshPostgres())
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  const said = await gwh(writeProject(GOOD), ['build', '--target', 'pg'], { GWH_POSTGRES_URL: url.href })
  expect(said.code).toBe(2)
  expect(said.stderr).toContain('not_allowed\n')
  expect(said.stderr).toContain('cannot execute CREATE SCHEMA in a read-only transaction')
  expect(said.stderr).not.toContain('fault in gwh')
})
