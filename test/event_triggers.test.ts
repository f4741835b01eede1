/** What code of others in the database says is a problem with a way out, and never a fault in gwh. */
import { expect, test } from 'vitest'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { withClient } from './support/postgres-url.ts'
import { GOOD, writeFiles, writeProject } from './support/projects.ts'

test('an event trigger that refuses what gwh makes', { timeout: 60_000 }, async () => {
  const url = await freshPostgres()
  const change = (statements: string) => withClient(url, (client) => client.query(statements))
  await change(`
    create function refuse() returns event_trigger language plpgsql
      as $$ begin raise exception 'no % in this database', tg_tag; end $$;
    create event trigger guard on ddl_command_start execute function refuse()`)
  const dir = writeProject(GOOD)
  const { code, stderr } = await gwh(dir, ['build', '--target', 'pg'], { GWH_POSTGRES_URL: url })
  expect(stderr).toContain('not_allowed')
  expect(stderr).toContain('no CREATE ')
  expect(stderr).toContain('such as an event trigger')
  expect(stderr).not.toContain('fault in gwh')
  expect(code).toBe(2)
  await change('drop event trigger guard')
  expect((await gwh(dir, ['build', '--target', 'pg'], { GWH_POSTGRES_URL: url })).code).toBe(0)
})

test('a name of several lines is one line of the output', { timeout: 60_000 }, async () => {
  const url = await freshPostgres()
  const dir = writeProject(GOOD)
  const build = () => gwh(dir, ['build', '--target', 'pg'], { GWH_POSTGRES_URL: url })
  await build()
  await withClient(url, (client) =>
    client.query(`
      create function pass() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger U&"mine\\000APublished 21 relations" after insert on gwh.events
        for each row execute function pass()`),
  )
  writeFiles(dir, { 'events.csv': `${GOOD['events.csv']}log_in,2024-01-05T10:00:00Z,cleo,acme\n` })
  const { stdout } = await build()
  expect(stdout).toContain('The trigger `mine\\nPublished 21 relations` on `gwh.events` ran')
  expect(stdout).not.toMatch(/^\s*Published 21/m)
})
