/** A publication of all tables, as programs that copy a database make it, stops no run; one that cannot work is named. */
import { expect, test } from 'vitest'
import { accounts, sandbox } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { writeFiles } from './support/projects.ts'

const NEXT = {
  'events.csv': 'event,time,user_id,company_id\nsign_up,2024-01-01T10:00:00Z,ann,gamma\n',
  'accounts.csv': 'id,plan,seats\ngamma,free,1\n',
}

const sql = (url: string, statement: string) => withClient(url, (client) => client.query(statement))

const identities = (url: string, schema: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; identity: string }>(
      `select relname as name, relreplident as identity from pg_class c
       where relnamespace = '${schema}'::regnamespace and relkind = 'r' order by 1`,
    )
    return Object.fromEntries(rows.map(({ name, identity }) => [name, identity]))
  })

test('of all tables', { timeout: 60_000 }, async () => {
  const box = await sandbox()
  await sql(box.url, 'create publication everything for all tables')
  writeFiles(box.dir, NEXT)
  const { published, notes } = await box.build()
  expect(published).toBe(true)
  // one for all tables
  expect(notes.filter((note) => note.includes('publication'))).toEqual([
    expect.stringMatching(
      /^The publication `everything` sends changes of rows, for which they need an identity: the replica identity is `full` now for .*`gwh\.events`.* With `primary_key: true` it is the key\.$/,
    ),
  ])
  expect((await identities(box.url, 'gwh'))['events']).toBe('f')
  expect(Object.values(await identities(box.url, 'gwh_gwh'))).not.toContain('n')
  writeFiles(box.dir, { 'events.csv': `${NEXT['events.csv']}log_in,2024-01-02T10:00:00Z,bob,gamma\n` })
  expect((await box.build()).notes.filter((note) => note.includes('publication'))).toEqual([])
})

test('of some columns', { timeout: 60_000 }, async () => {
  const box = await sandbox()
  const before = await box.published()
  await sql(box.url, 'create publication names for table gwh.events (event_name)')
  writeFiles(box.dir, NEXT)
  expect(await box.refusal()).toMatch(
    /^dependents_in_the_way\n {2}`gwh\.events` cannot be refilled: a publication sends changes of it, and not the columns that tell its rows apart\./,
  )
  expect(await box.published()).toEqual(before)
})

test('of a table that others refer to, and that gets a column more', { timeout: 60_000 }, async () => {
  const box = await sandbox()
  await sql(
    box.url,
    `create unique index on gwh.company_profiles (company_id);
     create table mine.notes (company_id text references gwh.company_profiles (company_id));
     create publication profiles for table only gwh.company_profiles`,
  )
  writeFiles(box.dir, accounts('{ plan: plan, extra: plan, seats: { type: text } }'))
  const { published, notes } = await box.build()
  expect(published).toBe(true)
  expect(notes).toContainEqual(
    expect.stringContaining('the replica identity is `full` now for `gwh.company_profiles`.'),
  )
})

test('of a table of others that one is a partition of', { timeout: 60_000 }, async () => {
  const box = await sandbox()
  await sql(
    box.url,
    `create table mine.whole (like gwh.company_profiles) partition by list (company_id);
     alter table mine.whole attach partition gwh.company_profiles default;
     create publication whole for table mine.whole with (publish_via_partition_root = true)`,
  )
  writeFiles(box.dir, NEXT)
  const { published, notes } = await box.build()
  expect(published).toBe(true)
  expect(notes).toContainEqual(
    expect.stringContaining('the replica identity is `full` now for `gwh.company_profiles`.'),
  )
})
