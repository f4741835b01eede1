/** What a role of PostgreSQL may not do is said, and is no fault of gwh. */
import { expect, test } from 'vitest'
import { gwh, screen } from '../support/cli.ts'
import { freshPostgres } from '../support/databases.ts'
import { GOOD, writeProject } from '../support/projects.ts'

test('a session that only reads is told of', { timeout: 60_000 }, async () => {
  const url = new URL(await freshPostgres())
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  const dir = writeProject(GOOD)
  const said = await gwh(dir, ['build', '--target', 'pg'], { GWH_POSTGRES_URL: url.href })
  expect(screen(dir, said)).toMatchInlineSnapshot(`
    "small → pg: PostgreSQL, schema gwh

    --- stderr
    not_allowed
      The database does not allow this: cannot execute CREATE SCHEMA in a read-only transaction.
      gwh builds in the schema of the target and in \`<schema>_gwh\` and \`<schema>_stage\`, and creates them where they are missing; to look, it needs \`usage\` and \`select\` on the first two.
    exit code 2"
  `)
})
