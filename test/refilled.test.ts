/** Publishing on PostgreSQL never changes rows of others, and says what it has told them of. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { accounts, ownRows, rows, sandbox, TWO_COMPANIES, whileOpen } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { GOOD, writeFiles, type Files } from './support/projects.ts'

/** Beta is gone, acme has other seats, and there is a company more. */
const NEXT: Files = {
  'events.csv':
    'event,time,user_id,company_id\nsign_up,2024-01-01T10:00:00Z,ann,acme\nlog_in,2024-01-02T10:00:00Z,cleo,gamma\n',
  'accounts.csv': 'id,plan,seats\nacme,pro,8\ngamma,free,1\n',
}

const NOTES = (action: string) => `
  alter table gwh.company_profiles add constraint mine_key unique (company_id);
  create table mine.notes (company_id text default 'acme' references gwh.company_profiles (company_id) ${action}, note text);
  insert into mine.notes values ('acme', 'call them'), ('beta', 'wait'), ('beta', 'wait longer')`

const sql = (url: string, statements: string) => withClient(url, (client) => client.query(statements))

const COUNTER = `
  create table mine.log (id int generated always as identity, said text);
  create function mine.write() returns trigger language plpgsql as $$
    begin insert into mine.log (said) values (tg_name || ' ' || tg_op); return null; end $$;`

const logged = (url: string) =>
  withClient(url, async (client) =>
    (await rows(client, 'select said from mine.log order by id')).map(({ said }) => said),
  )

describe('rows that a foreign key refers to', () => {
  test.each([
    ['on delete cascade', 'would delete them (`on delete cascade`)'],
    ['on delete set null', 'would change them (`on delete set null`)'],
    ['on delete set default', 'would change them (`on delete set default`)'],
    ['on delete restrict', 'forbids that'],
    ['deferrable initially deferred', 'forbids that'],
  ])('%s: publishing is refused when they go', { timeout: 60_000 }, async (action, does) => {
    const box = await sandbox()
    await sql(box.url, NOTES(action))
    const [before, own] = [await box.published(), await ownRows(box.url)]
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toBe(`dependents_in_the_way
  2 rows of \`mine.notes\` refer to rows of \`gwh.company_profiles\` that are gone now, and the foreign key \`notes_company_id_fkey\` ${does}.
  Delete those rows, let them refer to others, or drop the foreign key; nothing has been changed.`)
    expect(await box.published()).toEqual(before)
    expect(await ownRows(box.url)).toEqual(own)

    await sql(box.url, "delete from mine.notes where company_id = 'beta'")
    expect((await box.build()).notes).toEqual([])
    expect(await ownRows(box.url)).toEqual({ notes: [{ company_id: 'acme', note: 'call them' }] })
  })

  test.each(['cascade', 'set null', 'set default'])(
    'on delete %s: one that is committed while publishing waits for it is seen',
    { timeout: 60_000 },
    async (action) => {
      const box = await sandbox()
      await sql(
        box.url,
        `alter table gwh.company_profiles add constraint mine_key unique (company_id);
         create table mine.notes (company_id text default 'acme' references gwh.company_profiles (company_id) on delete ${action})`,
      )
      writeFiles(box.dir, NEXT)
      const { said, waited } = await whileOpen(box, "insert into mine.notes values ('beta')")
      expect(waited).toBe(true)
      expect(said).toContain(
        '1 row of `mine.notes` refers to rows of `gwh.company_profiles` that are gone now',
      )
      expect(await ownRows(box.url)).toEqual({ notes: [{ company_id: 'beta' }] })
    },
  )

  test(
    'is refused too when they are of somebody who has written both in one transaction',
    { timeout: 60_000 },
    async () => {
      const box = await sandbox()
      await sql(box.url, NOTES('on delete cascade'))
      const { said, waited } = await whileOpen(
        box,
        `insert into gwh.company_profiles (company_id) values ('mine'); insert into mine.notes values ('mine', 'new')`,
      )
      expect(waited).toBe(true)
      expect(said).toContain(
        '1 row of `mine.notes` refers to rows of `gwh.company_profiles` that are gone now',
      )
      expect((await ownRows(box.url))['notes']).toContainEqual({ company_id: 'mine', note: 'new' })
    },
  )

  test('by way of a table of others, of which this one is a part', { timeout: 60_000 }, async () => {
    const box = await sandbox()
    await sql(
      box.url,
      `create table mine.all_of_them (like gwh.company_profiles, primary key (company_id)) partition by list (company_id);
       alter table gwh.company_profiles alter company_id set not null;
       alter table mine.all_of_them attach partition gwh.company_profiles default;
       create table mine.notes (company_id text references mine.all_of_them (company_id) on delete cascade);
       insert into mine.notes values ('acme'), ('beta')`,
    )
    const notes = () => withClient(box.url, (client) => rows(client, 'select * from mine.notes order by 1'))
    const own = await notes()
    expect((await box.build()).published).toBe(true)
    expect(await notes()).toEqual(own)
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toContain(
      '1 row of `mine.notes` refers to rows of `gwh.company_profiles` that are gone now, and the foreign key `notes_company_id_fkey` would delete them',
    )
    expect(await notes()).toEqual(own)
  })

  const PARTITIONED = `
    create table mine.whole (like gwh.company_profiles) partition by list (company_id);
    alter table mine.whole attach partition gwh.company_profiles default`
  const PARENT = `
    create table mine.whole (company_id text, seats text);
    alter table gwh.company_profiles inherit mine.whole`
  const OTHER = accounts('{ plan: plan }')
  const VIEW = {
    'models/own.yml': 'models:\n  - { name: company_profiles, config: { materialized: view } }\n',
  }
  const BUSY = { 'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n" }
  test.each([
    ['a partition', 'becomes a view', PARTITIONED, VIEW],
    ['a partition', 'gets other columns', PARTITIONED, { ...OTHER, ...BUSY }],
    [
      'a partition',
      'gets other columns',
      PARTITIONED,
      accounts('{ plan: plan, extra: plan, seats: { type: text } }'),
    ],
    ['a child', 'becomes a view', PARENT, VIEW],
    ['a child', 'gets other columns', PARENT, { ...OTHER, ...BUSY }],
  ])('%s of a table of others that %s is refused', { timeout: 60_000 }, async (_, does, made, files) => {
    const box = await sandbox()
    await sql(box.url, made)
    const before = await box.published()
    writeFiles(box.dir, files)
    const said = await box.refusal()
    expect(said).toContain('dependents_in_the_way')
    expect(said).toContain(`\`gwh.company_profiles\` ${does}`)
    expect(said).toContain('`mine.whole`')
    expect(await box.published()).toEqual(before)
    await withClient(box.url, async (client) => {
      expect(await rows(client, 'select company_id from mine.whole order by 1')).toHaveLength(2)
    })
  })

  test('is refused when only the value goes that they refer to', { timeout: 60_000 }, async () => {
    const box = await sandbox()
    await sql(
      box.url,
      `alter table gwh.company_profiles add constraint mine_key unique (seats);
       create table mine.sizes (seats text references gwh.company_profiles (seats) on update cascade);
       insert into mine.sizes values ('5'), ('3')`,
    )
    const own = await ownRows(box.url)
    // The value is still there, and is another company's now.
    writeFiles(box.dir, { 'accounts.csv': 'id,plan,seats\nacme,pro,3\nbeta,free,9\n' })
    expect(await box.refusal()).toContain('2 rows of `mine.sizes` refer to rows of `gwh.company_profiles`')
    expect(await ownRows(box.url)).toEqual(own)
  })

  test(
    'of a relation without a grain are told apart by what is referred to',
    { timeout: 60_000 },
    async () => {
      const box = await sandbox({
        ...TWO_COMPANIES,
        'models/people.sql':
          "{{ config(materialized='table') }}\nselect user_id, day from {{ ref('events') }}\n",
      })
      await sql(
        box.url,
        `alter table gwh.people add constraint mine_key unique (user_id);
       create table mine.hints (user_id text references gwh.people (user_id) on delete cascade);
       insert into mine.hints values ('ann')`,
      )
      writeFiles(box.dir, { 'events.csv': NEXT['events.csv']?.replace('01-01', '01-09') })
      expect((await box.build()).notes).toEqual([])
      expect(await ownRows(box.url)).toEqual({ hints: [{ user_id: 'ann' }] })
      await withClient(box.url, async (client) => {
        expect(
          await rows(client, 'select user_id, cast(day as text) as day from gwh.people order by 1'),
        ).toEqual([
          { user_id: 'ann', day: '2024-01-09' },
          { user_id: 'cleo', day: '2024-01-02' },
        ])
      })
    },
  )

  test('of a relation whose rows nothing tells apart are not risked', { timeout: 60_000 }, async () => {
    const box = await sandbox({
      ...TWO_COMPANIES,
      'models/people.sql':
        "{{ config(materialized='table') }}\nselect user_id, day from {{ ref('events') }}\n",
    })
    await sql(
      box.url,
      `alter table gwh.people add constraint mine_a unique (user_id), add constraint mine_b unique (day);
       create table mine.a (user_id text references gwh.people (user_id));
       create table mine.b (day date references gwh.people (day))`,
    )
    const said = await box.refusal()
    expect(said).toContain('`gwh.people` cannot be refilled without loss of what hangs on its rows')
    expect(said).toContain('the foreign key `a_user_id_fkey` of `mine.a`')
    expect(said).toContain('the foreign key `b_day_fkey` of `mine.b`')
  })
})

describe('triggers and rules', () => {
  test('are told of rows that differ only, and the run says so', { timeout: 60_000 }, async () => {
    const box = await sandbox()
    await sql(
      box.url,
      `${COUNTER}
       create trigger each_row after insert or update or delete on gwh.company_profiles
         for each row execute function mine.write();
       create trigger all_rows after update on gwh.company_profiles
         for each statement execute function mine.write();
       create trigger none after truncate on gwh.company_profiles
         for each statement execute function mine.write();
       create trigger other_plan after update on gwh.company_profiles
         for each row when (old.plan is distinct from new.plan) execute function mine.write();
       create rule seen as on delete to gwh.company_profiles do also insert into mine.log (said) values ('rule');
       create rule added as on insert to gwh.company_profiles
         do also insert into mine.log (said) values ('rule of ' || new.company_id)`,
    )
    expect((await box.build()).notes).toEqual([])
    expect(await logged(box.url)).toEqual([])

    writeFiles(box.dir, NEXT)
    const { notes } = await box.build()
    expect(await logged(box.url)).toEqual([
      'rule',
      'each_row DELETE',
      'each_row UPDATE',
      'all_rows UPDATE',
      'each_row INSERT',
      'rule of gamma',
    ])
    expect(notes).toEqual([
      'The trigger `all_rows` on `gwh.company_profiles` ran once for each kind of these rows: 1 changed.',
      'The trigger `each_row` on `gwh.company_profiles` ran for each of these rows: 1 deleted, 1 changed, 1 new.',
      'The trigger `other_plan` on `gwh.company_profiles` ran for each of these rows that its `when` lets through: 1 changed.',
      'The rule `added` on `gwh.company_profiles` was applied to: 1 new.',
      'The rule `seen` on `gwh.company_profiles` was applied to: 1 deleted.',
    ])
    const results = JSON.parse(readFileSync(path.join(box.dir, 'target/run_results.json'), 'utf8')) as {
      results: { unique_id: string; message: string | null }[]
    }
    const profile = results.results.find(({ unique_id }) => unique_id === 'model.small.company_profiles')
    expect(profile?.message).toBe(notes?.join('\n'))
  })

  test.each([
    [
      'a constraint under which rows exchange values',
      'alter table gwh.company_profiles add constraint one_each unique (seats)',
      'duplicate key value violates unique constraint "one_each"',
      'make it `deferrable`, so that it is asked when all of them are written.',
    ],
    [
      'a trigger that refuses',
      `create function mine.no() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
       create trigger guard after update on gwh.company_profiles for each row execute function mine.no()`,
      'not today',
      'It may be what a trigger of yours says: `each_row`, `guard`.',
    ],
  ])('%s is told with the relation and the way out', { timeout: 60_000 }, async (_, made, says, fix) => {
    const box = await sandbox()
    const before = await box.published()
    await sql(
      box.url,
      `${COUNTER} ${made};
       create trigger each_row after insert on gwh.company_profiles for each row execute function mine.write()`,
    )
    // seats of the two are exchanged
    writeFiles(box.dir, { 'accounts.csv': 'id,plan,seats\nacme,pro,3\nbeta,free,5\n' })
    const refusal = await box.refusal()
    expect(refusal).toContain('publish_failed')
    expect(refusal).toContain(`\`gwh.company_profiles\`: ${says}`)
    expect(refusal).toContain(fix)
    expect(await box.published()).toEqual(before)
  })

  test(
    'are told of equal rows of a relation without a grain by their number',
    { timeout: 60_000 },
    async () => {
      const event = (user: string) => `log_in,2024-01-01T10:00:00Z,${user},acme\n`
      const events = (...users: string[]): Files => ({
        'events.csv': `event,time,user_id,company_id\n${users.map(event).join('')}`,
      })
      const box = await sandbox({
        ...GOOD,
        ...events('ann', 'ann', 'bob'),
        'models/people.sql':
          "{{ config(materialized='table') }}\nselect user_id, cast(null as json) as nothing from {{ source('app') }}\n",
      })
      await sql(
        box.url,
        `${COUNTER}
       create trigger each_row after insert or update or delete on gwh.people
         for each row execute function mine.write()`,
      )
      writeFiles(box.dir, events('ann', 'ann', 'ann', 'cleo'))
      const { notes } = await box.build()
      expect(await logged(box.url)).toEqual(['each_row DELETE', 'each_row INSERT', 'each_row INSERT'])
      expect(notes).toEqual([
        'The trigger `each_row` on `gwh.people` ran for each of these rows: 1 deleted, 2 new.',
      ])
      await withClient(box.url, async (client) => {
        expect(
          await rows(client, 'select user_id, count(*)::int as n from gwh.people group by 1 order by 1'),
        ).toEqual([
          { user_id: 'ann', n: 3 },
          { user_id: 'cleo', n: 1 },
        ])
      })
    },
  )

  test('are named by the command line, as text and as JSON', { timeout: 120_000 }, async () => {
    const box = await sandbox()
    await sql(
      box.url,
      `${COUNTER}
       create trigger each_row after delete on gwh.company_profiles for each row execute function mine.write()`,
    )
    const note = 'The trigger `each_row` on `gwh.company_profiles` ran for each of these rows: 1 deleted.'
    const env = { GWH_POSTGRES_URL: box.url }
    writeFiles(box.dir, NEXT)
    expect((await gwh(box.dir, ['build', '-t', 'pg'], env)).stdout).toContain(`\n${note}\n`)
    writeFiles(box.dir, TWO_COMPANIES)
    const { stdout } = await gwh(box.dir, ['build', '-t', 'pg', '--log-format', 'json'], env)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { info: { name: string }; data: { notes?: string[] } })
    expect(events.find(({ info }) => info.name === 'run_finished')?.data.notes).toEqual([note])
  })

  test.each([
    ['skips new rows', 'before insert', 'return null;'],
    ['keeps old rows', 'before delete', 'return null;'],
    ['writes other values', 'before insert or update', "new.seats := '0'; return new;"],
    ['writes once more', 'after insert', 'update gwh.company_profiles set seats = 0; return null;'],
  ])('a trigger that %s is in the way', { timeout: 60_000 }, async (_, when, body) => {
    const box = await sandbox()
    const before = await box.published()
    await sql(
      box.url,
      `create function mine.meddle() returns trigger language plpgsql as $$ begin ${body} end $$;
       create trigger meddler ${when} on gwh.company_profiles for each row execute function mine.meddle()`,
    )
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toContain(
      'a trigger of yours lets it have other rows than those that were built: `meddler`',
    )
    expect(await box.published()).toEqual(before)
  })

  test('a rule that does something else instead is in the way', { timeout: 60_000 }, async () => {
    const box = await sandbox()
    const before = await box.published()
    await sql(box.url, 'create rule mine_rule as on insert to gwh.company_profiles do instead nothing')
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toContain('do something else instead of writing to it: `mine_rule`')
    expect(await box.published()).toEqual(before)
  })
})

describe('views that are made anew', () => {
  const ROLE = `gwh_viewer_${randomBytes(4).toString('hex')}`
  const OWNER = `gwh_owner_${randomBytes(4).toString('hex')}`
  let admin = ''
  const used: string[] = []
  beforeAll(async () => {
    admin = await freshPostgres()
    await sql(admin, `create role ${ROLE}; create role ${OWNER}`)
  })
  afterAll(async () => {
    for (const url of used) await sql(url, `drop owned by ${ROLE}, ${OWNER}`)
    await sql(admin, `drop role ${ROLE}; drop role ${OWNER}`)
  })

  test(
    'keep their owner, rights and settings, whatever rights are given by default',
    { timeout: 60_000 },
    async () => {
      const box = await sandbox()
      used.push(box.url)
      await sql(
        box.url,
        `grant create, usage on schema gwh to ${OWNER};
       alter view gwh.busy owner to ${OWNER};
       grant select on gwh.company_profiles to ${OWNER};
       alter view gwh.busy set (security_invoker = true, security_barrier = true);
       grant select (company_id) on gwh.busy to ${ROLE};
       alter default privileges in schema gwh grant select on tables to ${ROLE}`,
      )
      const state = () =>
        withClient(box.url, (client) =>
          rows(
            client,
            `select pg_get_userbyid(relowner) as owner, reloptions as options,
             has_table_privilege('${ROLE}', oid, 'select') as all_columns,
             has_column_privilege('${ROLE}', oid, 'company_id', 'select') as one_column
           from pg_class where oid = 'gwh.busy'::regclass`,
          ),
        )
      const before = await state()
      expect(before).toEqual([
        {
          owner: OWNER,
          options: ['security_invoker=true', 'security_barrier=true'],
          all_columns: false,
          one_column: true,
        },
      ])
      // another query with the same columns, a column more, and others altogether
      for (const columns of [
        "company_id, seats || '' as seats",
        'company_id, seats, 1 as n',
        '2 as m, company_id',
      ]) {
        writeFiles(box.dir, { 'models/busy.sql': `select ${columns} from {{ ref('company_profiles') }}\n` })
        const { notes } = await box.build()
        expect(await state(), columns).toEqual(before)
        expect(notes, columns).toEqual(
          columns.startsWith('2')
            ? [
                `\`gwh.busy\` was made anew; carried over: 1 grant, its owner \`${OWNER}\`, its settings (security_invoker=true, security_barrier=true).`,
              ]
            : [],
        )
      }
    },
  )

  test(
    'have the rights that the schema gives by default when they are new, as tables have',
    {
      timeout: 60_000,
    },
    async () => {
      const box = await sandbox()
      used.push(box.url)
      await sql(
        box.url,
        `alter default privileges in schema gwh grant select on tables to ${ROLE};
       alter default privileges in schema gwh grant update on tables to ${ROLE} with grant option`,
      )
      writeFiles(box.dir, {
        'models/new_view.sql': "select seats from {{ ref('company_profiles') }}\n",
        'models/new_table.sql':
          "{{ config(materialized='table') }}\nselect seats from {{ ref('company_profiles') }}\n",
      })
      await box.build()
      await withClient(box.url, async (client) => {
        const given = (name: string) =>
          rows(
            client,
            `select privilege_type as right, is_grantable from information_schema.role_table_grants
           where table_schema = 'gwh' and table_name = '${name}' and grantee = '${ROLE}' order by 1`,
          )
        const both = [
          { right: 'SELECT', is_grantable: 'NO' },
          { right: 'UPDATE', is_grantable: 'YES' },
        ]
        expect(await given('new_view')).toEqual(both)
        expect(await given('new_table')).toEqual(both)
        expect(await given('company_profiles')).toEqual([])
      })
    },
  )

  test('are not made anew where triggers of others hang on them', { timeout: 60_000 }, async () => {
    const box = await sandbox()
    const before = await box.published()
    await sql(
      box.url,
      `${COUNTER}
       create trigger mine_write instead of insert on gwh.busy for each row execute function mine.write()`,
    )
    writeFiles(box.dir, { 'models/busy.sql': "select seats from {{ ref('company_profiles') }}\n" })
    expect(await box.refusal()).toContain('`trigger mine_write on view gwh.busy`')
    expect(await box.published()).toEqual(before)
  })
})

describe('readers in long transactions', () => {
  const withWait: Files = {
    ...TWO_COMPANIES,
    'project.yml': TWO_COMPANIES['project.yml']?.replace("URL}' }", "URL}', publish_wait: 2 }"),
  }

  test('delay other columns for a stated time, and are named then', { timeout: 60_000 }, async () => {
    const box = await sandbox(withWait)
    const before = await box.published()
    const reader = new pg.Client({ connectionString: box.url, application_name: 'a long report' })
    await reader.connect()
    await reader.query('begin; select * from gwh.company_profiles')
    writeFiles(box.dir, {
      'connectors/crm.yml': TWO_COMPANIES['connectors/crm.yml']?.replace(
        'plan: plan',
        'plan: plan, more: plan',
      ),
    })
    const start = performance.now()
    const said = await box.refusal()
    const seconds = (performance.now() - start) / 1000
    expect(said).toContain('could not be published within 2 s')
    expect(said).toMatch(
      /postgres holds gwh\.company_profiles \(server process \d+, a long report, in a transaction since 20/,
    )
    expect(seconds).toBeGreaterThan(2)
    expect(seconds).toBeLessThan(20)
    await reader.query('rollback')
    expect(await box.published()).toEqual(before)
    expect(await box.leftovers()).toEqual([])
    expect(await box.refusal()).toBe('published')
    await reader.end()
  })

  test('do not delay rows', { timeout: 60_000 }, async () => {
    const box = await sandbox(withWait)
    const reader = new pg.Client({ connectionString: box.url })
    await reader.connect()
    await reader.query('begin; select * from gwh.company_profiles')
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toBe('published')
    await reader.end()
  })

  test('what waits for no reader waits for others, who are named too', { timeout: 60_000 }, async () => {
    const box = await sandbox(withWait)
    const other = new pg.Client({ connectionString: box.url, application_name: 'an index in the making' })
    await other.connect()
    await other.query('begin; lock table gwh.company_profiles in share mode')
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toContain(', an index in the making, in a transaction since')
    await other.query('rollback')
    expect(await box.refusal()).toBe('published')
    await other.end()
  })

  test('who holds rows is named as well', { timeout: 60_000 }, async () => {
    const box = await sandbox(withWait)
    const writer = new pg.Client({ connectionString: box.url, application_name: 'a writer' })
    await writer.connect()
    await writer.query("begin; select 1 from gwh.company_profiles where company_id = 'acme' for update")
    writeFiles(box.dir, NEXT)
    expect(await box.refusal()).toContain(', a writer, in a transaction since')
    await writer.end()
  })
})

test(
  'row-level security that is forced on the owner is in the way of a role that is not above it',
  { timeout: 60_000 },
  async () => {
    const builder = `gwh_builder_${randomBytes(4).toString('hex')}`
    const box = await sandbox()
    await sql(
      box.url,
      `create role ${builder} login; alter table gwh.company_profiles enable row level security, force row level security`,
    )
    // A superuser sees all rows.
    expect(await box.refusal()).toBe('published')
    await withClient(box.url, async (client) => {
      await client.query(`do $$ declare r record; begin
      for r in select format('alter %s %s owner to ${builder}', case relkind when 'v' then 'view' else 'table' end, oid::regclass) as q
        from pg_class where relkind in ('r', 'v') and relnamespace in ('gwh'::regnamespace, 'gwh_gwh'::regnamespace) loop execute r.q; end loop; end $$`)
      const database = (await rows(client, 'select current_database() as d'))[0]?.['d']
      await client.query(`grant create on database ${String(database)} to ${builder};
      alter schema gwh owner to ${builder}; alter schema gwh_gwh owner to ${builder}; alter schema gwh_stage owner to ${builder};
      do $$ declare r record; begin
        for r in select format('alter routine %s owner to ${builder}', p.oid::regprocedure) as q from pg_proc p where pronamespace = 'gwh_gwh'::regnamespace loop execute r.q; end loop; end $$`)
    })
    const said = await box.refusal({ user: builder })
    await sql(
      box.url,
      `reassign owned by ${builder} to postgres; drop owned by ${builder}; drop role ${builder}`,
    )
    expect(said).toContain(
      '`gwh.company_profiles` cannot be refilled: row-level security is forced on its owner too',
    )
  },
)
