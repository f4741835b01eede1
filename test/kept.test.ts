/** What others have hung on a published table of PostgreSQL is kept, or publishing is refused with its name. */
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshPostgres } from './support/databases.ts'
import { withClient } from './support/postgres-url.ts'
import { accounts, fails, ownRows, rows, sandbox, TWO_COMPANIES, type Box } from './support/others.ts'
import { writeFiles, type Files } from './support/projects.ts'

/** Acme is given more seats, and another plan; nothing about beta changes. */
const ROWS: Files = { 'accounts.csv': 'id,plan,seats\nacme,team,8\nbeta,free,3\n' }

interface Change {
  readonly files: Files
  readonly seats: unknown
}

const CHANGES: Record<string, Change> = {
  'the same columns': { files: ROWS, seats: '8' },
  'a column more': {
    files: { ...ROWS, ...accounts('{ plan: plan, extra: plan, seats: { type: text } }') },
    seats: '8',
  },
  'a column less': {
    files: {
      ...ROWS,
      ...accounts('{ plan: plan }'),
      'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n",
    },
    seats: undefined,
  },
  'a column of another type': {
    files: { ...ROWS, ...accounts('{ plan: plan, seats: { type: integer } }') },
    seats: '8',
  },
  'a view in its place': {
    files: {
      ...ROWS,
      'models/own.yml': 'models:\n  - { name: company_profiles, config: { materialized: view } }\n',
    },
    seats: '8',
  },
}

const ROLE = `gwh_reader_${randomBytes(4).toString('hex')}`

interface Hanging {
  readonly make: string
  readonly drop: string
  /** In the message that refuses. */
  readonly name: string
  /** Changes that are refused because of it. */
  readonly refused: readonly (keyof typeof CHANGES)[]
  /** `watching`: told of rows that are written; `alone`: in the way of others. */
  readonly group?: 'quiet' | 'watching' | 'alone'
  /** Looks whether it works, after a change that keeps it. */
  readonly works: (client: pg.Client, change: Change) => Promise<void>
}

const VIEW = 'a view in its place'
const MORE = 'a column more'
const LESS = 'a column less'
const RETYPED = 'a column of another type'

/** The same as somebody who may do less. */
async function asReader<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query(`set role ${ROLE}`)
  try {
    return await work()
  } finally {
    await client.query('reset role')
  }
}

const HANGING: Record<string, Hanging> = {
  'a view': {
    make: 'create view mine.seats as select company_id, seats from gwh.company_profiles',
    drop: 'drop view mine.seats',
    name: 'view mine.seats',
    refused: [LESS, VIEW],
    async works(client, { seats }) {
      expect(await rows(client, "select seats from mine.seats where company_id = 'acme'")).toEqual([
        { seats },
      ])
    },
  },
  'a view that reads another column': {
    make: 'create view mine.plans as select company_id, plan from gwh.company_profiles',
    drop: 'drop view mine.plans',
    name: 'view mine.plans',
    refused: [VIEW],
    async works(client) {
      expect(await rows(client, 'select plan from mine.plans order by company_id')).toEqual([
        { plan: 'team' },
        { plan: 'free' },
      ])
    },
  },
  'a view on a view of gwh': {
    make: 'create view mine.busy as select seats from gwh.busy',
    drop: 'drop view mine.busy',
    name: 'view mine.busy',
    refused: [LESS, VIEW],
    async works(client, { seats }) {
      expect(await rows(client, 'select seats from mine.busy order by seats desc limit 1')).toEqual([
        { seats },
      ])
    },
  },
  'an index': {
    make: 'create index mine_seats on gwh.company_profiles (seats)',
    drop: 'drop index gwh.mine_seats',
    name: 'index gwh.mine_seats (column seats)',
    refused: [LESS, VIEW],
    async works(client) {
      const valid = "select indisvalid from pg_index where indexrelid = 'gwh.mine_seats'::regclass"
      expect(await rows(client, valid)).toEqual([{ indisvalid: true }])
      await client.query('set enable_seqscan = off')
      const plan = await rows(client, 'explain select seats from gwh.company_profiles order by seats')
      await client.query('reset enable_seqscan')
      expect(JSON.stringify(plan)).toContain('mine_seats')
    },
  },
  'a unique constraint': {
    make: 'alter table gwh.company_profiles add constraint mine_one unique (company_id)',
    drop: 'alter table gwh.company_profiles drop constraint mine_one',
    name: 'constraint mine_one on table gwh.company_profiles',
    refused: [VIEW],
    async works(client) {
      expect(await fails(client, "insert into gwh.company_profiles (company_id) values ('acme')")).toBe(
        '23505',
      )
    },
  },
  'a check': {
    make: "alter table gwh.company_profiles add constraint mine_check check (seats <> 'none')",
    drop: 'alter table gwh.company_profiles drop constraint mine_check',
    name: 'constraint mine_check on table gwh.company_profiles (column seats)',
    refused: [LESS, RETYPED, VIEW],
    group: 'alone',
    async works(client) {
      expect(
        await fails(client, "insert into gwh.company_profiles (company_id, seats) values ('x', 'none')"),
      ).toBe('23514')
    },
  },
  'a default': {
    make: "alter table gwh.company_profiles alter column seats set default '1'",
    drop: 'alter table gwh.company_profiles alter column seats drop default',
    name: 'default value for column seats of table gwh.company_profiles',
    refused: [LESS, RETYPED, VIEW],
    group: 'alone',
    async works(client) {
      await client.query('begin')
      const made =
        "insert into gwh.company_profiles (company_id) values ('x') returning cast(seats as text) as n"
      expect(await rows(client, made)).toEqual([{ n: '1' }])
      await client.query('rollback')
    },
  },
  'a policy': {
    make: `
      alter table gwh.company_profiles enable row level security;
      create policy mine_big on gwh.company_profiles for select to ${ROLE} using (seats <> '3');
      grant select on gwh.company_profiles to ${ROLE}`,
    drop: `
      drop policy mine_big on gwh.company_profiles;
      alter table gwh.company_profiles disable row level security;
      revoke select on gwh.company_profiles from ${ROLE}`,
    name: 'policy mine_big on table gwh.company_profiles (column seats)',
    refused: [LESS, VIEW],
    async works(client) {
      const seen = await asReader(client, () => rows(client, 'select company_id from gwh.company_profiles'))
      expect(seen).toEqual([{ company_id: 'acme' }])
    },
  },
  'row-level security without a policy': {
    make: `
      alter table gwh.company_profiles enable row level security;
      grant select on gwh.company_profiles to ${ROLE}`,
    drop: `
      alter table gwh.company_profiles disable row level security;
      revoke select on gwh.company_profiles from ${ROLE}`,
    name: 'row-level security',
    refused: [VIEW],
    group: 'alone',
    async works(client) {
      const seen = await asReader(client, () => rows(client, 'select company_id from gwh.company_profiles'))
      expect(seen).toEqual([])
    },
  },
  'a foreign key': {
    make: `
      alter table gwh.company_profiles add constraint mine_key unique (company_id);
      create table mine.notes (company_id text references gwh.company_profiles (company_id), note text);
      insert into mine.notes values ('acme', 'call them'), ('beta', 'wait')`,
    drop: 'drop table mine.notes; alter table gwh.company_profiles drop constraint mine_key',
    name: 'constraint notes_company_id_fkey on table mine.notes (column company_id)',
    refused: [VIEW],
    group: 'watching',
    async works(client) {
      expect(await rows(client, 'select * from mine.notes order by 1')).toEqual([
        { company_id: 'acme', note: 'call them' },
        { company_id: 'beta', note: 'wait' },
      ])
      expect(await fails(client, "insert into mine.notes values ('nobody')")).toBe('23503')
    },
  },
  'a foreign key that cascades': {
    make: `
      alter table gwh.company_profiles add constraint mine_other unique (company_id);
      create table mine.owners (
        company_id text references gwh.company_profiles (company_id) on delete cascade on update cascade,
        owner text
      );
      insert into mine.owners values ('acme', 'eve'), ('beta', 'fay')`,
    drop: 'drop table mine.owners; alter table gwh.company_profiles drop constraint mine_other',
    name: 'constraint owners_company_id_fkey on table mine.owners (column company_id)',
    refused: [VIEW],
    group: 'watching',
    async works(client) {
      expect(await rows(client, 'select * from mine.owners order by 1')).toEqual([
        { company_id: 'acme', owner: 'eve' },
        { company_id: 'beta', owner: 'fay' },
      ])
    },
  },
  'an own column': {
    make: "alter table gwh.company_profiles add column mine_tag text; update gwh.company_profiles set mine_tag = 'of ' || company_id",
    drop: 'alter table gwh.company_profiles drop column mine_tag',
    name: '`mine_tag`',
    refused: [VIEW],
    group: 'alone',
    async works(client) {
      expect(
        await rows(client, 'select mine_tag from only gwh.company_profiles order by company_id'),
      ).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])
    },
  },
  'a trigger': {
    make: `
      create table mine.log (id int generated always as identity, event text, company_id text);
      create function mine.write() returns trigger language plpgsql as $$
        begin
          insert into mine.log (event, company_id) values (tg_op, coalesce(new.company_id, old.company_id));
          return null;
        end $$;
      create trigger mine_log after insert or update or delete on gwh.company_profiles
        for each row execute function mine.write()`,
    drop: 'drop trigger mine_log on gwh.company_profiles; drop table mine.log; drop function mine.write()',
    name: 'trigger mine_log on table gwh.company_profiles',
    refused: [VIEW],
    group: 'watching',
    async works(client) {
      const logged = "select event, company_id from mine.log where company_id <> 'x' order by id"
      expect(await rows(client, logged)).toContainEqual({ event: 'UPDATE', company_id: 'acme' })
      expect(await rows(client, "select 1 as n from mine.log where event <> 'UPDATE'")).toEqual([])
    },
  },
  'a computed column': {
    make: 'alter table gwh.company_profiles add column mine_name text generated always as (upper(company_id)) stored',
    drop: 'alter table gwh.company_profiles drop column mine_name',
    name: 'column mine_name of table gwh.company_profiles',
    refused: [VIEW],
    async works(client) {
      expect(await rows(client, 'select mine_name from gwh.company_profiles order by 1')).toEqual([
        { mine_name: 'ACME' },
        { mine_name: 'BETA' },
      ])
    },
  },
  'a table that inherits': {
    make: `
      create table mine.more () inherits (gwh.company_profiles);
      insert into mine.more (company_id, seats) values ('of mine', '1')`,
    drop: 'drop table mine.more',
    name: 'table mine.more',
    refused: [MORE, LESS, RETYPED, VIEW],
    group: 'alone',
    async works(client) {
      expect(await rows(client, 'select company_id, seats from mine.more')).toEqual([
        { company_id: 'of mine', seats: '1' },
      ])
    },
  },
  'a column of its rows': {
    make: `
      create table mine.snaps (id int, row_then gwh.company_profiles, rows_then gwh.company_profiles[]);
      insert into mine.snaps
      select 1, p, array[p] from only gwh.company_profiles as p where company_id = 'acme'`,
    drop: 'drop table mine.snaps',
    name: 'column row_then of table mine.snaps',
    refused: [LESS, RETYPED, VIEW],
    group: 'alone',
    async works(client) {
      const kept = 'select (row_then).seats as one, (rows_then[1]).seats as other from mine.snaps'
      expect(await rows(client, kept)).toEqual([{ one: '5', other: '5' }])
    },
  },
  'a column of a type that has its rows': {
    make: `
      create domain mine.one_row as gwh.company_profiles;
      create type mine.both as (one mine.one_row, note text);
      create table mine.deep (id int, kept mine.both[]);
      insert into mine.deep
      select 1, array[row(p, 'then')::mine.both] from only gwh.company_profiles as p where company_id = 'acme'`,
    drop: 'drop table mine.deep; drop type mine.both; drop domain mine.one_row',
    name: 'column kept of table mine.deep',
    refused: [LESS, RETYPED, VIEW],
    group: 'alone',
    async works(client) {
      const kept = 'select ((kept[1]).one).seats from mine.deep'
      expect(await rows(client, kept)).toEqual([{ seats: '5' }])
    },
  },
  'a materialized view': {
    make: 'create materialized view mine.kept as select company_id, seats from gwh.company_profiles',
    drop: 'drop materialized view mine.kept',
    name: 'materialized view mine.kept',
    refused: [LESS, VIEW],
    async works(client) {
      await client.query('refresh materialized view mine.kept')
      expect(await rows(client, 'select seats from mine.kept order by 1')).toEqual([
        { seats: '3' },
        { seats: '8' },
      ])
    },
  },
  statistics: {
    make: 'create statistics gwh.mine_statistics on plan, seats from gwh.company_profiles',
    drop: 'drop statistics gwh.mine_statistics',
    name: 'statistics object gwh.mine_statistics (column seats)',
    refused: [LESS, VIEW],
    async works(client) {
      expect(
        await rows(
          client,
          "select stxkeys::text as k from pg_statistic_ext where stxname = 'mine_statistics'",
        ),
      ).toHaveLength(1)
    },
  },
  'a publication': {
    make: `
      alter table gwh.company_profiles replica identity full;
      create publication mine_news for table only gwh.company_profiles`,
    drop: 'drop publication mine_news; alter table gwh.company_profiles replica identity default',
    name: 'publication of table gwh.company_profiles in publication mine_news',
    refused: [VIEW],
    group: 'alone',
    async works(client) {
      const told = "select tablename from pg_publication_tables where pubname = 'mine_news'"
      expect(await rows(client, told)).toEqual([{ tablename: 'company_profiles' }])
      const identity = "select relreplident from pg_class where oid = 'gwh.company_profiles'::regclass"
      expect(await rows(client, identity)).toEqual([{ relreplident: 'f' }])
    },
  },
  grants: {
    make: `
      grant select on gwh.company_profiles, gwh.busy to ${ROLE} with grant option;
      grant insert on gwh.company_profiles to public`,
    drop: `
      revoke select on gwh.company_profiles, gwh.busy from ${ROLE};
      revoke insert on gwh.company_profiles from public`,
    name: '',
    refused: [],
    async works(client) {
      expect(
        await rows(
          client,
          `select
            has_table_privilege('${ROLE}', 'gwh.company_profiles', 'select with grant option') as reads,
            has_table_privilege('${ROLE}', 'gwh.company_profiles', 'insert') as writes,
            has_table_privilege('${ROLE}', 'gwh.company_profiles', 'delete') as deletes,
            has_table_privilege('${ROLE}', 'gwh.busy', 'select') as busy`,
        ),
      ).toEqual([{ reads: true, writes: true, deletes: false, busy: true }])
    },
  },
  'a grant on a column': {
    make: `grant select (company_id, seats) on gwh.company_profiles to ${ROLE}; grant select (company_id) on gwh.busy to ${ROLE}`,
    drop: `drop owned by ${ROLE}`,
    name: '',
    refused: [],
    group: 'watching',
    async works(client, { seats }) {
      const query = `select company_id${seats === undefined ? '' : ', seats'} from gwh.company_profiles`
      expect(await asReader(client, () => rows(client, query))).toHaveLength(2)
      expect(await asReader(client, () => fails(client, 'select plan from gwh.company_profiles'))).toBe(
        '42501',
      )
      expect(await asReader(client, () => rows(client, 'select company_id from gwh.busy'))).toHaveLength(2)
    },
  },
  'a comment on a column': {
    make: "comment on column gwh.busy.company_id is 'who they are'",
    drop: 'comment on column gwh.busy.company_id is null',
    name: '',
    refused: [],
    async works(client) {
      const comment = `select col_description(attrelid, attnum) as text from pg_attribute
        where attrelid = 'gwh.busy'::regclass and attname = 'company_id'`
      expect(await rows(client, comment)).toEqual([{ text: 'who they are' }])
    },
  },
}

let admin = ''
beforeAll(async () => {
  admin = await freshPostgres()
  await withClient(admin, (client) => client.query(`create role ${ROLE}`))
})
const urls: string[] = []
afterAll(async () => {
  for (const url of urls) await withClient(url, (client) => client.query(`drop owned by ${ROLE}`))
  await withClient(admin, (client) => client.query(`drop role ${ROLE}`))
})

describe.each(Object.entries(CHANGES))('after %s', (name, change) => {
  let box: Box
  beforeAll(async () => {
    box = await sandbox()
    urls.push(box.url)
  })

  // One after the other where the first that is refused hides the others.
  const refused = Object.entries(HANGING).filter(([, hanging]) => hanging.refused.includes(name))
  const groupOf = ([kind, { group = 'quiet' }]: (typeof refused)[number]) =>
    group === 'alone' ? kind : group
  const together = [...new Set(refused.map(groupOf))].map((group) =>
    refused.filter((hanging) => groupOf(hanging) === group),
  )
  if (refused.length > 0) {
    test('what cannot be kept is named, and nothing is changed', { timeout: 120_000 }, async () => {
      const before = await box.published()
      writeFiles(box.dir, change.files)
      for (const hanging of together) {
        const kinds = hanging.map(([kind]) => kind).join(', ')
        for (const [, { make }] of hanging) await withClient(box.url, (client) => client.query(make))
        const own = await ownRows(box.url)
        const said = await box.refusal()
        expect(said, kinds).toContain('dependents_in_the_way')
        for (const [kind, { name: called }] of hanging) expect(said, kind).toContain(called)
        expect(await ownRows(box.url), kinds).toEqual(own)
        for (const [, { drop }] of [...hanging].reverse())
          await withClient(box.url, (client) => client.query(drop))
        expect(await box.published(), kinds).toEqual(before)
        expect(await box.leftovers(), kinds).toEqual([])
      }
    })
  }

  test.each(['quiet', 'watching', 'alone'])(
    'everything else still works (%s)',
    { timeout: 120_000 },
    async (group) => {
      const kept = Object.entries(HANGING).filter(
        ([, hanging]) => !hanging.refused.includes(name) && (hanging.group ?? 'quiet') === group,
      )
      writeFiles(box.dir, { ...TWO_COMPANIES, 'models/own.yml': '{}' })
      expect(await box.refusal()).toBe('published')
      await withClient(box.url, async (client) => {
        for (const [, { make }] of kept) await client.query(make)
        writeFiles(box.dir, change.files)
        expect(await box.refusal()).toBe('published')
        for (const [kind, { works }] of kept)
          await works(client, change).catch((cause: unknown) => {
            throw new Error(kind, { cause })
          })
        for (const [, { drop }] of [...kept].reverse()) await client.query(drop)
      })
    },
  )
})
