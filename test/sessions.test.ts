/** What a role, a database or a URL sets for its sessions changes no row of what is published. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { freshPostgres } from './support/databases.ts'
import { withClient, withParts } from './support/postgres-url.ts'
import { build, writeProject } from './support/projects.ts'
import { published } from './support/published.ts'

/** Each changes a text or the reading of one. */
const HOSTILE: Readonly<Record<string, string>> = {
  datestyle: 'German',
  intervalstyle: 'sql_standard',
  timezone: 'America/New_York',
  timezone_abbreviations: 'India',
  bytea_output: 'escape',
  extra_float_digits: '-6',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
  escape_string_warning: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  xmlbinary: 'hex',
  xmloption: 'document',
  client_encoding: 'LATIN1',
  search_path: 'evil, pg_catalog, public',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  gin_fuzzy_search_limit: '1',
  // every server knows this locale, which is called otherwise than the one that gwh sets
  lc_numeric: 'POSIX',
  lc_monetary: 'POSIX',
  lc_time: 'POSIX',
}

const FILES = {
  'project.yml': `name: hostile
timezone: Europe/Paris
target: pg
targets:
  pg: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
group_keys:
  - name: company_id
sources:
  - name: app
    type: events
    file: events.csv
    columns: { event: event, time: time, user: user_id }
    properties: [amount]
  - name: loaded
    type: events
    table: loaded
    columns: { event: event, time: at, user: user_id }
    properties: [amount, lasted, bytes, day]
models:
  - name: texts
reports:
  - { name: by_amount, type: uniques, interval: day, metrics: [{ name: m, by: user, any_event: true }], breakdown: { property: amount } }
  - { name: not_that, type: uniques, interval: day, metrics: [{ name: m, by: user, any_event: true, where: [{ property: amount, op: neq, value: 'it''s \\' }, { property: amount, op: not_in, value: ['\\'' or 1 = 1 --'''] }] }] }
`,
  'events.csv': `event,time,user_id,company_id,amount
sign_up,2024-02-03T23:30:00Z,zoë,"[""a\\\\b"", ""c""]",0.1
log_in,2024-03-04 01:02:03+05:30,bob,beta,1e21
`,
  'models/texts.sql': `select
  cast(timestamp '2024-02-03 04:05:06' as text) as a_time,
  cast(timestamptz '2024-02-03 04:05:06 IST' as text) as a_time_with_zone,
  cast(cast('03/02/2024' as date) as text) as a_date,
  cast(interval '1 year 2 days 3 hours' as text) as an_interval,
  cast(cast('\\x5cff' as bytea) as text) as some_bytes,
  cast(cast(0.1 as real) + cast(0.2 as double precision) as text) as a_double,
  'a\\nb' as a_text,
  'ends with \\' as another,
  E'it\\'s' as a_quoted,
  cast('{a,NULL}' as text[]) as a_list,
  cast((null = null) as text) as unknown,
  lower('ABC') as lowered,
  to_char(1234.5, 'FM9G999D9') as formatted,
  (select count(*) from {{ ref('events') }}) as events
`,
}

/** A database with a table to read and, in another schema, things of the same names. */
const SETUP = `
  create table public.loaded (event text, at timestamptz, user_id text, company_id text, amount real, lasted interval, bytes bytea, day date);
  insert into public.loaded values
    ('paid', '2024-02-03 10:00:00.123456+00', 'ann', 'acme', 0.1, '1 day 02:00', '\\x00ff5c', '2024-02-03'),
    ('paid', '2024-06-07 22:30:00+00', 'bob', 'beta', 33.3, '-3 mons', '\\x61', '2024-06-07');
  create schema evil;
  create table evil.loaded (event text, at timestamptz, user_id text, company_id text, amount real, lasted interval, bytes bytea, day date);
  create function evil.lower(text) returns text language sql immutable as 'select cast(''evil'' as text)';
  create function evil.strpos(text, text) returns integer language sql immutable as 'select 0';
  grant usage on schema evil to public;
  grant select on all tables in schema evil, public to public;
  grant all on schema public to public;
`

const LONG = 120_000

const roles: string[] = []
let admin = ''

/** The rows that a project has when it is built by way of a URL. */
async function rowsBy(url: string): Promise<Record<string, string>> {
  const dir = writeProject(FILES)
  const env = { GWH_POSTGRES_URL: url }
  const outcome = await build(dir, { env })
  expect(
    outcome.results.flatMap(({ name, status, message }) =>
      status === 'fail' || status === 'error' ? [name, message] : [],
    ),
  ).toEqual([])
  return published(load(dir, { env }))
}

async function prepared(): Promise<string> {
  const url = await freshPostgres()
  await withClient(url, (client) => client.query(SETUP))
  return url
}

const byUrl = (url: string) =>
  `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(
    Object.entries(HOSTILE)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
      .join(' '),
  )}`

/** A role of its own that has the settings by itself. */
async function byRole(url: string): Promise<string> {
  const role = `hostile_${randomBytes(6).toString('hex')}`
  roles.push(role)
  const { pathname } = new URL(url)
  await withClient(url, async (client) => {
    await client.query(`create role ${role} login`)
    await client.query(`grant create on database "${decodeURIComponent(pathname.slice(1))}" to ${role}`)
    for (const [name, value] of Object.entries(HOSTILE)) {
      const list = name === 'search_path' || name === 'datestyle'
      await client.query(`alter role ${role} set ${name} = ${list ? value : `'${value}'`}`)
    }
  })
  return withParts(url, { user: role })
}

describe('on PostgreSQL', () => {
  let plain: Record<string, string>
  beforeAll(async () => {
    admin = await prepared()
    plain = await rowsBy(admin)
  }, LONG)
  afterAll(() =>
    withClient(admin, async (client) => {
      for (const role of roles) {
        await client.query(`alter role ${role} reset all`)
        await client.query(`alter role ${role} nologin`)
      }
    }),
  )

  test('the texts of a plain connection are those of the engine', async () => {
    const dir = writeProject(FILES)
    const { project } = load(dir, { env: { GWH_POSTGRES_URL: admin } }).plan.catalog
    await using warehouse = await openWarehouse(project, { readOnly: true })
    expect(await warehouse.query('select * from gwh.texts')).toEqual([
      {
        another: 'ends with \\',
        a_quoted: "it's",
        a_time: '2024-02-03 04:05:06',
        a_time_with_zone: '2024-02-03 02:05:06+00',
        a_date: '2024-03-02',
        an_interval: '1 year 2 days 03:00:00',
        some_bytes: '\\x5cff',
        a_double: '0.30000000149011613',
        a_text: 'a\\nb',
        a_list: ['a', null],
        unknown: null,
        lowered: 'abc',
        formatted: '1,234.5',
        events: 4,
      },
    ])
  })

  test('settings in the URL change nothing', { timeout: LONG }, async () => {
    expect(await rowsBy(byUrl(await prepared()))).toEqual(plain)
  })

  test('settings of the role change nothing', { timeout: LONG }, async () => {
    expect(await rowsBy(await byRole(await prepared()))).toEqual(plain)
  })

  test('each of them is what gwh sets, whoever connects and however', { timeout: LONG }, async () => {
    const url = await prepared()
    const settings = async (by: string) => {
      const dir = writeProject(FILES)
      const { project } = load(dir, { env: { GWH_POSTGRES_URL: by } }).plan.catalog
      await using warehouse = await openWarehouse(project, { readOnly: true })
      const names = Object.keys(HOSTILE).filter((name) => name !== 'search_path')
      const rows = await warehouse.query<{ name: string; setting: string }>(
        `select lower(name) as name, setting from pg_settings where lower(name) in (${names.map((name) => `'${name}'`).join(', ')})`,
      )
      expect(rows.map(({ name }) => name).sort()).toEqual([...names].sort())
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    }
    const ours = await settings(url)
    for (const by of [byUrl(url), await byRole(url)]) expect(await settings(by)).toEqual(ours)
    for (const [name, value] of Object.entries(HOSTILE))
      if (name !== 'search_path') expect([name, ours[name]]).not.toEqual([name, value])
  })

  test('what a role adds to the path of names can be found and hides nothing', async () => {
    const url = byUrl(await prepared())
    await withClient(url, (client) => client.query('create table evil.only_here as select 1 as n'))
    const dir = writeProject(FILES)
    const { project } = load(dir, { env: { GWH_POSTGRES_URL: url } }).plan.catalog
    await using warehouse = await openWarehouse(project, { readOnly: true })
    const found = `select (select count(*) from loaded) as loaded, (select n from only_here) as n, lower('A') as a`
    expect(await warehouse.query(found)).toEqual([{ loaded: 2, n: 1, a: 'a' }])
    await warehouse.use('evil')
    expect(await warehouse.query(`select (select count(*) from loaded) as loaded, lower('A') as a`)).toEqual([
      { loaded: 0, a: 'a' },
    ])
  })
})

test('on DuckDB settings of whoever has opened the file before change nothing', async () => {
  const dir = writeProject({
    'project.yml': 'name: shared\ntargets: { dev: { type: duckdb, path: shared.duckdb } }\n',
  })
  const { project } = load(dir, { env: {} }).plan.catalog
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.fromCache(`${dir}/shared.duckdb`)
  const other = await instance.connect()
  await other.run(`
    set global timezone = 'America/New_York';
    set global default_null_order = 'nulls_first';
    set global default_order = 'desc';
    set global default_collation = 'nocase';
    set global integer_division = true;
    set global old_implicit_casting = true
  `)
  await using warehouse = await openWarehouse(project)
  const rows = await warehouse.query(`
    select
      cast(timestamptz '2024-01-01 00:00:00+00' as text) as a_time,
      'a' = 'A' as equal,
      1 / 2 as half,
      list(n order by n) as in_order
    from (values (2), (null), (1)) as v(n)
  `)
  other.closeSync()
  instance.closeSync()
  expect(rows).toEqual([
    { a_time: '2024-01-01 00:00:00+00', equal: false, half: 0.5, in_order: [1, 2, null] },
  ])
})
