/** What others have made that reads `_at` columns of version 0.1 on PostgreSQL, which become timestamptz. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { copyOf, optionsFor } from './support/engines.ts'
import { rows } from './support/others.ts'
import { withClient, withParts } from './support/postgres-url.ts'

const FOLDER = 'test/fixtures/built_by_0_1'
const suffix = randomBytes(4).toString('hex')
const [READER, ANALYST, BUILDER] = ['reader', 'analyst', 'builder'].map((name) => `gwh_${name}_${suffix}`)

beforeAll(() =>
  withClient(inject('postgresAdminUrl'), (client) =>
    client.query(`create role ${READER}; create role ${ANALYST}; create role ${BUILDER}`),
  ),
)
afterAll(() =>
  withClient(inject('postgresAdminUrl'), (client) =>
    client.query(`drop role ${READER}, ${ANALYST}, ${BUILDER}`),
  ),
)

/** A database of version 0.1 with what others made, and its first build. */
async function old(mine: string) {
  const dir = copyOf(FOLDER)
  const options = await optionsFor('postgres')
  const url = options.env?.['GWH_POSTGRES_URL'] ?? ''
  await withClient(url, async (client) => {
    await client.query(readFileSync(`${FOLDER}/postgres.sql`, 'utf8'))
    await client.query(`
      create schema mine;
      grant usage, create on schema mine to ${ANALYST};
      grant usage on schema mine, shop, shop_gwh to ${READER};
      grant usage on schema shop, shop_gwh to ${ANALYST};
      grant select on all tables in schema shop to ${ANALYST};
      ${mine}`)
  })
  onTestFinished(() =>
    withClient(url, (client) => client.query(`drop owned by ${READER}, ${ANALYST}, ${BUILDER} cascade`)).then(
      () => undefined,
    ),
  )
  const asked = (text: string) => withClient(url, (client) => rows(client, text))
  const build = ({ user = 'postgres' } = {}) => {
    const env = { GWH_POSTGRES_URL: withParts(url, { user }) }
    return run(load(dir, { ...options, env }), { command: 'build' }).then(
      ({ published, notes }) => [published ? 'published' : 'not published', ...notes].join('\n'),
      (error: unknown) => (error as Error).message,
    )
  }
  return { build, asked, url }
}

const TYPES = `
  select data_type as type, cast(count(*) as integer) as columns
  from information_schema.columns
  where table_schema = 'shop' and data_type like 'timestamp%'
  group by 1`

const VIEWS = `
    set role ${ANALYST};
    create view mine.lines with (security_barrier = true) as
      select event_id, occurred_at as at from shop.events;
    comment on view mine.lines is 'Lines';
    comment on column mine.lines.at is 'When';
    grant select on mine.lines to ${READER} with grant option;
    create view mine.days as select cast(at as date) as day, count(*) as n from mine.lines group by 1;
    create view mine.latest as select max(at) as at from mine.lines;
    create materialized view mine.kept as select company_id, last_seen_at from shop.company_profiles with data;
    create unique index one on mine.kept (company_id);
    comment on materialized view mine.kept is 'Kept';
    create materialized view mine.empty as select first_seen_at from shop.company_profiles with no data;
    create view mine.recent as select event_id from shop.events where occurred_at > now() - interval '90 years';
    create view mine.names as select company_id, display_name from shop.company_profiles;
    reset role;
    create view mine.gone as select event_id from shop.events where occurred_at > timestamp '2024-03-03 10:30:00';
    create policy recent on shop.user_groups as restrictive for select to ${READER}
      using (last_seen_at > timestamp '2024-03-02 10:30:00');
    create policy all_of_them on shop.user_groups for select using (true);
    comment on policy recent on shop.user_groups is 'Recent';
    alter table shop.user_groups enable row level security;
    grant select on shop.user_groups, mine.gone to ${READER};
    create table mine.log (at timestamptz);
    create rule log as on update to shop.company_profiles where new.last_seen_at < timestamp '2000-01-01' do also
      insert into mine.log values (new.last_seen_at at time zone 'UTC');
    create function mine.hear() returns trigger language plpgsql as
      'begin insert into mine.log values (new.last_seen_at); return new; end';
    create trigger hear after insert or update on shop.group_profiles for each row
      when (new.last_seen_at > timestamp '2024-03-03 10:30:00') execute function mine.hear();
    alter table shop.group_profiles disable trigger hear;
    create index mine_last on shop.company_profiles (last_seen_at);
    grant select (last_seen_at) on shop.company_profiles to ${READER};
  `
const dates = 'select cast(day as text) as day, cast(n as integer) as n from mine.days order by 1'

test(
  'what reads them is there after the first build, and shows what it showed',
  { timeout: 60_000 },
  async () => {
    const { asked, url, build } = await old(VIEWS)
    const before = await asked(dates)
    const instants =
      "select company_id, cast(last_seen_at at time zone 'UTC' as text) as at from mine.kept order by 1"
    const clock = await asked('select company_id, cast(last_seen_at as text) as at from mine.kept order by 1')
    const gone = await asked('select event_id from mine.gone order by 1')
    const visible = `select user_id from shop.user_groups order by 1`
    const seen = await withClient(url, async (client) => {
      await client.query(`set role ${READER}`)
      return rows(client, visible)
    })
    expect([before.length, clock.length, gone.length, seen.length]).toEqual([4, 2, 2, 3])
    const said = await build()
    expect(said).toMatch(/^published/)
    expect((await asked(TYPES)).map(({ type }) => type)).toEqual(['timestamp with time zone'])

    const kinds = await asked(`
      select relname as name, relkind as kind, cast(pg_get_userbyid(relowner) as text) as owner, reloptions as options,
        obj_description(oid, 'pg_class') as comment, relispopulated as filled
      from pg_class where relnamespace = 'mine'::regnamespace and relkind in ('v', 'm') order by 1`)
    expect(kinds).toEqual(
      Object.entries({
        days: {},
        empty: { kind: 'm', filled: false },
        gone: { owner: 'postgres' },
        kept: { kind: 'm', comment: 'Kept' },
        latest: {},
        lines: { options: ['security_barrier=true'], comment: 'Lines' },
        names: {},
        recent: {},
      }).map(([name, is]) => ({
        name,
        kind: 'v',
        owner: ANALYST,
        options: null,
        comment: null,
        filled: true,
        ...is,
      })),
    )
    expect(await asked(instants)).toEqual(clock)
    expect(await asked("select col_description('mine.lines'::regclass, 2) as text")).toEqual([
      { text: 'When' },
    ])
    expect(
      await asked(
        `select has_table_privilege('${READER}', 'mine.lines', 'select with grant option') as reads`,
      ),
    ).toEqual([{ reads: true }])
    expect(
      await asked(
        "select indexname from pg_indexes where tablename in ('kept', 'company_profiles') order by 1",
      ),
    ).toEqual([{ indexname: 'mine_last' }, { indexname: 'one' }])
    expect(
      await asked(
        "select obj_description(oid, 'pg_policy') as text, polpermissive as open from pg_policy where polname = 'recent'",
      ),
    ).toEqual([{ text: 'Recent', open: false }])
    expect(await asked("select tgenabled as state from pg_trigger where tgname = 'hear'")).toEqual([
      { state: 'D' },
    ])
    expect(
      await asked(
        `select column_name as name from information_schema.column_privileges where grantee = '${READER}' and table_name = 'company_profiles'`,
      ),
    ).toEqual([{ name: 'last_seen_at' }])

    // Whatever the session, they show what they did.
    for (const zone of ['UTC', 'Pacific/Auckland', 'America/Los_Angeles']) {
      await withClient(url, async (client) => {
        await client.query(`set timezone = '${zone}'`)
        expect(await rows(client, dates), zone).toEqual(before)
        expect(await rows(client, 'select event_id from mine.gone order by 1'), zone).toEqual(gone)
        await client.query('begin')
        const at = "last_seen_at = timestamptz '1999-06-01 00:00Z'"
        await client.query(`update shop.company_profiles set ${at} where company_id = 'acme'`)
        const logged = "select cast(at at time zone 'UTC' as text) as at from mine.log"
        expect(await rows(client, logged), zone).toEqual([{ at: '1999-06-01 00:00:00' }])
        await client.query('rollback')
        await client.query(`set role ${READER}`)
        expect(await rows(client, visible), zone).toEqual(seen)
      })
    }
    const typesOfViews = await asked(`
      select table_name || '.' || column_name as column, data_type as type
      from information_schema.columns
      where table_schema = 'mine' and data_type like 'timestamp%' and table_name <> 'log'
      order by 1`)
    // A day made of an instant depends on the session, so `lines` reads what it read.
    expect(typesOfViews).toEqual([
      { column: 'latest.at', type: 'timestamp without time zone' },
      { column: 'lines.at', type: 'timestamp without time zone' },
    ])
    expect(said).toContain('view mine.lines was made anew')
    expect(said).toContain('in the type that it had')
    expect(said).not.toContain('mine.names')
    expect(await asked('select cast(count(*) as integer) as n from mine.recent')).toEqual([{ n: 5 }])
    expect(await build()).toBe('published')
  },
)

test('a view that only hands an instant on has the new type', { timeout: 60_000 }, async () => {
  const { build, asked } = await old(`
    create view mine.lines as select event_id, occurred_at from shop.events;
    create view mine.latest as select max(occurred_at) as at from mine.lines;
    create view mine.week as select event_id from shop.events where occurred_at > now() - interval '7 days'`)
  expect(await build()).toMatch(/^published/)
  const types = `select table_name as name, data_type as type from information_schema.columns
    where table_schema = 'mine' and data_type like 'timestamp%' order by 1`
  expect(await asked(types)).toEqual([
    { name: 'latest', type: 'timestamp with time zone' },
    { name: 'lines', type: 'timestamp with time zone' },
  ])
  const [week] = await asked("select pg_get_viewdef('mine.week'::regclass) as text")
  expect(week?.['text']).not.toContain('AT TIME ZONE')
})

test.each([
  [
    'a function whose body the server reads',
    'create function mine.latest() returns timestamp language sql begin atomic select max(occurred_at) from shop.events; end',
    'function mine.latest() (column occurred_at)',
  ],
  [
    'a function of a view',
    `create view mine.lines as select event_id, occurred_at from shop.events;
     create function mine.one() returns mine.lines language sql as 'select * from mine.lines limit 1'`,
    'function mine.one()',
  ],
  [
    'a computed column',
    'alter table shop.company_profiles add column since date generated always as (cast(last_seen_at as date)) stored',
    'column since of table shop.company_profiles',
  ],
])('%s stops it by its name, and nothing is changed', { timeout: 60_000 }, async (_, mine, name) => {
  const { build, asked } = await old(mine)
  const before = await asked(TYPES)
  const made =
    "select cast(oid as bigint) as oid, relname from pg_class where relnamespace in ('mine'::regnamespace, 'shop'::regnamespace) order by 2"
  const there = await asked(made)
  const said = await build()
  expect(said).toContain('dependents_in_the_way')
  expect(said).toContain(name)
  expect(await asked(TYPES)).toEqual(before)
  expect(await asked(made)).toEqual(there)
})

test(
  'a view of a role that the one that builds is no member of stops it by its name',
  { timeout: 60_000 },
  async () => {
    const { build, asked } = await old(`
    create view mine.latest as select max(occurred_at) as at from shop.events;
    alter role ${BUILDER} login;
    do $$ begin execute format('grant create on database %I to ${BUILDER}', current_database()); end $$;
    do $$
      declare made regclass;
      begin
        for made in select oid from pg_class where relnamespace in ('shop'::regnamespace, 'shop_gwh'::regnamespace) and relkind in ('r', 'v')
        loop
          execute format('alter table %s owner to ${BUILDER}', made);
        end loop;
      end $$;
    alter schema shop owner to ${BUILDER};
    alter schema shop_gwh owner to ${BUILDER}`)
    const said = await build({ user: BUILDER })
    expect(said).toContain('dependents_in_the_way')
    expect(said).toContain('view mine.latest')
    expect(said).toContain('be a member of')
    expect(await asked('select at from mine.latest')).toHaveLength(1)
    expect((await asked(TYPES)).map(({ type }) => type)).toEqual(['timestamp without time zone'])
  },
)

test("gwh's own tables have instants, too, with what others read of them", { timeout: 60_000 }, async () => {
  const { build, asked, url } = await old(`
    create view mine.runs as select run_id, published_at from shop_gwh.runs;
    create view mine.days as select cast(published_at as date) as day from shop_gwh.runs;
    grant select on mine.runs to ${READER}`)
  const clock = await asked('select run_id, cast(published_at as text) as at from shop_gwh.runs')
  const days = await asked('select cast(day as text) as day from mine.days')
  expect(await build()).toContain('view mine.runs was made anew')
  expect(
    await asked(`select distinct data_type as type from information_schema.columns
      where table_schema = 'shop_gwh' and column_name like '%\\_at'`),
  ).toEqual([{ type: 'timestamp with time zone' }])
  const first = `where run_id = '${String(clock[0]?.['run_id'])}'`
  const latest = `select abs(extract(epoch from now() - max(published_at))) < 60 as recent from shop_gwh.runs`
  for (const zone of ['UTC', 'Pacific/Auckland'])
    await withClient(url, async (client) => {
      await client.query(`set timezone = '${zone}'`)
      const at = `select run_id, cast(published_at at time zone 'UTC' as text) as at from shop_gwh.runs ${first}`
      expect(await rows(client, at), zone).toEqual(clock)
      const shown = await rows(client, 'select cast(day as text) as day from mine.days order by 1 limit 1')
      expect(shown, zone).toEqual(days)
      expect(await rows(client, latest), zone).toEqual([{ recent: true }])
      await client.query(`set role ${READER}`)
      expect(await rows(client, 'select run_id from mine.runs'), zone).toHaveLength(2)
    })
  expect(await build()).toBe('published')
})

test(
  'what cannot be made anew leaves a table of gwh as it was, and the build goes on',
  { timeout: 60_000 },
  async () => {
    const { build, asked } = await old(`
    create function mine.latest() returns timestamp language sql begin atomic select max(published_at) from shop_gwh.runs; end`)
    const said = await build()
    expect(said).toMatch(/^published\n.*shop_gwh\.runs.* keeps .*without a time zone.*function mine\.latest/s)
    const types = `select table_name || '.' || column_name as column, data_type as type from information_schema.columns
    where table_schema = 'shop_gwh' and table_name in ('runs', 'seeds') and column_name like '%\\_at' order by 1`
    expect(await asked(types)).toEqual([
      { column: 'runs.published_at', type: 'timestamp without time zone' },
      { column: 'runs.started_at', type: 'timestamp without time zone' },
      { column: 'seeds.loaded_at', type: 'timestamp with time zone' },
    ])
    expect(
      await asked("select abs(extract(epoch from now() at time zone 'UTC' - mine.latest())) < 60 as recent"),
    ).toEqual([{ recent: true }])
  },
)
