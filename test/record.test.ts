/** The record of runs on PostgreSQL is proof of what was published, or nothing is published. */
import { expect, test } from 'vitest'
import { rows, sandbox, TWO_COMPANIES, type Box } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { writeFiles } from './support/files.ts'

const THREE_EVENTS = {
  'events.csv': `${TWO_COMPANIES['events.csv']}log_in,2024-01-03T10:00:00Z,bob,beta\n`,
}

const sql = (url: string, statements: string) => withClient(url, (client) => client.query(statements))
const eventsOf = (url: string) =>
  withClient(url, (client) => rows(client, 'select cast(count(*) as integer) as n from gwh.events'))
const runsOf = ({ url }: Box) =>
  withClient(url, (client) => rows(client, 'select cast(count(*) as integer) as n from gwh_gwh.runs'))

const trigger = (table: string, body: string) => `
  create function mine.keep_away() returns trigger language plpgsql as $$ begin ${body} end $$;
  create trigger keep_away before insert on ${table} for each row execute function mine.keep_away()`

test.each([
  ['a trigger that swallows the run', 'gwh_gwh.runs', trigger('gwh_gwh.runs', 'return null;')],
  [
    'a trigger that changes the run',
    'gwh_gwh.runs',
    trigger('gwh_gwh.runs', "new.run_id := 'mine'; return new;"),
  ],
  [
    'a trigger that swallows one relation',
    'gwh_gwh.relations',
    trigger('gwh_gwh.relations', "if new.name = 'busy' then return null; end if; return new;"),
  ],
  ['a trigger that swallows sources', 'gwh_gwh.sources', trigger('gwh_gwh.sources', 'return null;')],
  [
    'a rule that does nothing',
    'gwh_gwh.runs',
    'create rule keep_away as on insert to gwh_gwh.runs do instead nothing',
  ],
])('%s: nothing is published, and that is what is said', async (_, table, made) => {
  const box = await sandbox()
  await sql(box.url, made)
  writeFiles(box.dir, THREE_EVENTS)
  const refusal = await box.refusal()
  expect(refusal).toContain(
    `What is published cannot be recorded: \`${table}\` does not have the rows that were written. What was published before stays as it was.`,
  )
  expect(refusal).toContain('Drop it, and build again.')
  expect(await eventsOf(box.url)).toEqual([{ n: 2 }])
  expect(await runsOf(box)).toEqual([{ n: 1 }])

  await sql(
    box.url,
    'drop function if exists mine.keep_away cascade; drop rule if exists keep_away on gwh_gwh.runs',
  )
  expect((await box.build()).ok).toBe(true)
  expect(await eventsOf(box.url)).toEqual([{ n: 3 }])
})

test('a trigger that only looks on is no hindrance', async () => {
  const box = await sandbox()
  await sql(
    box.url,
    `create table mine.heard (run_id text); ${trigger('gwh_gwh.runs', 'insert into mine.heard values (new.run_id); return new;')}`,
  )
  const { ok, runId } = await box.build()
  expect(ok).toBe(true)
  expect(await withClient(box.url, (client) => rows(client, 'select * from mine.heard'))).toEqual([
    { run_id: runId },
  ])
})
