/** What others have done on PostgreSQL and commit while publishing waits for them is kept, or named, as what was there before. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshPostgres } from './support/databases.ts'
import { accounts, rows, sandbox, whileOpen } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { writeFiles } from './support/projects.ts'

const MORE = accounts('{ plan: plan, extra: plan, seats: { type: text } }')
const LESS = {
  ...accounts('{ plan: plan }'),
  'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n",
}
const RETYPED = accounts('{ plan: plan, seats: { type: integer } }')

const ROLE = `gwh_meanwhile_${randomBytes(4).toString('hex')}`

let admin = ''
const urls: string[] = []
beforeAll(async () => {
  admin = await freshPostgres()
  await withClient(admin, (client) => client.query(`create role ${ROLE}`))
})
afterAll(async () => {
  for (const url of urls) await withClient(url, (client) => client.query(`drop owned by ${ROLE}`))
  await withClient(admin, (client) => client.query(`drop role ${ROLE}`))
})

const FUNCTION = `
  create function mine.write() returns trigger language plpgsql as $$ begin return new; end $$`

test.each([
  [
    'a table that inherits',
    'create table mine.more () inherits (gwh.company_profiles)',
    MORE,
    '`table mine.more`',
  ],
  [
    'statistics of a column that goes',
    'create statistics gwh.mine_statistics on plan, seats from gwh.company_profiles',
    LESS,
    '`statistics object gwh.mine_statistics (column seats)`',
  ],
  [
    'a trigger on a view that loses a column',
    `${FUNCTION}; create trigger mine_trigger instead of update on gwh.busy for each row execute function mine.write()`,
    LESS,
    '`trigger mine_trigger on view gwh.busy`',
  ],
])('%s is named', { timeout: 60_000 }, async (_, made, files, name) => {
  const box = await sandbox()
  const before = await box.published()
  writeFiles(box.dir, files)
  const { said, waited } = await whileOpen(box, made)
  expect(waited).toBe(true)
  expect(said).toContain('dependents_in_the_way')
  expect(said).toContain(name)
  expect(await box.published()).toEqual(before)
})

const ofBusy = (what: string) => `select ${what} as found from pg_class where oid = 'gwh.busy'::regclass`

test.each([
  [
    'a trigger on a view that is made anew',
    `${FUNCTION}; create trigger mine_trigger instead of update on gwh.busy for each row execute function mine.write()`,
    "select tgname as found from pg_trigger where tgrelid = 'gwh.busy'::regclass",
    'mine_trigger',
  ],
  [
    'settings of a view that is made anew',
    'alter view gwh.busy set (security_barrier = true)',
    ofBusy('reloptions'),
    ['security_barrier=true'],
  ],
  [
    'a grant on a view that is made anew',
    `grant select on gwh.busy to ${ROLE}`,
    ofBusy(`has_table_privilege('${ROLE}', oid, 'select')`),
    true,
  ],
  [
    'a comment on a view that is made anew',
    "comment on column gwh.busy.seats is 'how many may come'",
    ofBusy('col_description(oid, 2)'),
    'how many may come',
  ],
])('%s is kept', { timeout: 60_000 }, async (_, made, query, found) => {
  const box = await sandbox()
  urls.push(box.url)
  writeFiles(box.dir, RETYPED)
  const { said, waited } = await whileOpen(box, made)
  expect(said).toBe('published')
  expect(waited).toBe(true)
  expect(await withClient(box.url, (client) => rows(client, query))).toEqual([{ found }])
})

test('a policy that is another one by then is made anew as that', { timeout: 60_000 }, async () => {
  const box = await sandbox()
  await withClient(box.url, (client) =>
    client.query(
      `create table mine.plans (plan text);
       create policy mine_policy on mine.plans using (exists (select 1 from gwh.company_profiles where seats = '1'))`,
    ),
  )
  writeFiles(box.dir, RETYPED)
  const changed = "(exists (select 1 from gwh.company_profiles where seats = '2'))"
  const { said, waited } = await whileOpen(box, `alter policy mine_policy on mine.plans using ${changed}`)
  expect(said).toBe('published')
  expect(waited).toBe(true)
  const policy = "select pg_get_expr(polqual, polrelid) as found from pg_policy where polname = 'mine_policy'"
  expect(JSON.stringify(await withClient(box.url, (client) => rows(client, policy)))).toContain("'2'")
})
