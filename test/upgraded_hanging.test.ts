/** What others have hung on tables of version 0.1 that get other names: it stays, or publishing is refused by name. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { copyOf, optionsFor } from './support/engines.ts'
import { rows, whileOpen } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'

const FOLDER = 'test/fixtures/built_by_0_1'
const READER = `gwh_reader_${randomBytes(4).toString('hex')}`

afterAll(() => withClient(inject('postgresAdminUrl'), (client) => client.query(`drop role ${READER}`)))
beforeAll(() => withClient(inject('postgresAdminUrl'), (client) => client.query(`create role ${READER}`)))

/**
 * A database of version 0.1 with what others made, and what became of its first build.
 * @param open what they have not committed yet when it begins
 */
async function upgraded(mine: string, open?: string) {
  const dir = copyOf(FOLDER)
  const options = await optionsFor('postgres')
  const url = options.env?.['GWH_POSTGRES_URL'] ?? ''
  await withClient(url, async (client) => {
    await client.query(readFileSync(`${FOLDER}/postgres.sql`, 'utf8'))
    await client.query(`create schema mine; ${mine}`)
  })
  const build = () =>
    run(load(dir, options), { command: 'build' }).then(
      ({ published, notes }) => [published ? 'published' : 'not published', ...notes].join('\n'),
      (error: unknown) => (error as Error).message,
    )
  onTestFinished(() =>
    withClient(url, (client) => client.query(`drop owned by ${READER}`)).then(() => undefined),
  )
  const said = open === undefined ? await build() : (await whileOpen({ url, refusal: build }, open)).said
  return { url, build, dir, said }
}

test.each(['restrict', 'cascade'])(
  'a foreign key that refers to it, on delete %s',
  { timeout: 60_000 },
  async (way) => {
    const { url, build, said } = await upgraded(`
    alter table shop.group_numbers add constraint one unique (group_key, group_no);
    create table mine.notes (group_key text, group_no integer, note text,
      foreign key (group_key, group_no) references shop.group_numbers (group_key, group_no) on delete ${way});
    insert into mine.notes values ('company_id', 1, 'call them'), ('company_id', 2, 'wait')`)
    expect(said).toMatch(/^published/)
    expect(await build()).toMatch(/^published/)
    await withClient(url, async (client) => {
      expect(await rows(client, 'select group_no, note from mine.notes order by 1')).toEqual([
        { group_no: 1, note: 'call them' },
        { group_no: 2, note: 'wait' },
      ])
      const target =
        "select cast(confrelid as regclass) as of from pg_constraint where conrelid = 'mine.notes'::regclass"
      expect(await rows(client, target)).toEqual([{ of: 'shop.group_surrogate_keys' }])
      await expect(client.query("insert into mine.notes values ('company_id', 99, 'none')")).rejects.toThrow(
        'foreign key',
      )
    })
  },
)

test('a trigger, an index, a check and a comment by names that are old', { timeout: 60_000 }, async () => {
  const { url, said } = await upgraded(`
    create table mine.heard (n bigint);
    create function mine.hear() returns trigger language plpgsql as
      'begin insert into mine.heard values (new.events); return new; end';
    create trigger hear after insert on shop.event_days for each row execute function mine.hear();
    create index received on shop.event_days (received);
    alter table shop.event_days add constraint sane check (received >= 0);
    comment on table shop.event_days is 'By day';
    comment on column shop.event_days.received is 'As they came'`)
  expect(said).toMatch(/^published/)
  await withClient(url, async (client) => {
    const on = "'shop.events_daily'::regclass"
    expect(
      await rows(client, `select tgname from pg_trigger where tgrelid = ${on} and not tgisinternal`),
    ).toEqual([{ tgname: 'hear' }])
    expect(
      await rows(
        client,
        `select pg_get_constraintdef(oid) as text from pg_constraint where conrelid = ${on}`,
      ),
    ).toEqual([{ text: 'CHECK ((source_rows >= 0))' }])
    expect(await rows(client, "select pg_get_indexdef('shop.received'::regclass) as text")).toEqual([
      { text: 'CREATE INDEX received ON shop.events_daily USING btree (source_rows)' },
    ])
    expect(
      await rows(
        client,
        `select obj_description(${on}) as relation, col_description(${on}, attnum) as column from pg_attribute where attrelid = ${on} and attname = 'source_rows'`,
      ),
    ).toEqual([{ relation: 'By day', column: 'As they came' }])
  })
})

test('a policy on a table whose columns are renamed stays', { timeout: 60_000 }, async () => {
  const { url, said } = await upgraded(`
    alter table shop.events enable row level security;
    create policy twice on shop.events for select to ${READER} using (copies > 1);
    grant usage on schema shop, shop_gwh to ${READER};
    grant select on shop.events to ${READER}`)
  expect(said).toMatch(/^published/)
  await withClient(url, async (client) => {
    await client.query(`set role ${READER}`)
    expect(await rows(client, 'select cast(source_rows as integer) as n from shop.events')).toEqual([
      { n: 2 },
    ])
    await client.query('reset role')
  })
})

test(
  'a policy on a table that is renamed is not got round by the view of its old name',
  { timeout: 60_000 },
  async () => {
    const { url, dir, build, said } = await upgraded(`
    alter table shop.event_days enable row level security;
    create policy twice on shop.event_days for select to ${READER} using (received > 1);
    grant usage on schema shop, shop_gwh to ${READER};
    grant select on shop.event_days to ${READER}`)
    expect(said).toContain('row-level security')
    expect(said).toContain('shop.event_days')
    expect(said).toContain('deprecated_names: false')
    await withClient(url, async (client) => {
      await client.query(`set role ${READER}`)
      expect(await rows(client, 'select cast(received as integer) as n from shop.event_days')).toEqual([
        { n: 2 },
      ])
      await client.query('reset role')
    })
    appendFileSync(`${dir}/project.yml`, '\ndeprecated_names: false\n')
    expect(await build()).toMatch(/^published/)
  },
)

test(
  'row-level security that is turned on while publishing waits for the table',
  { timeout: 60_000 },
  async () => {
    const { url, said } = await upgraded('', 'alter table shop.event_days enable row level security')
    expect(said).toContain('dependents_in_the_way')
    expect(said).toContain('cannot have the row-level security that is turned on for the table')
    await withClient(url, async (client) => {
      expect(await rows(client, "select to_regclass('shop.events_daily') as other")).toEqual([
        { other: null },
      ])
    })
  },
)

test('a column that keeps its rows, of which columns get other names', { timeout: 60_000 }, async () => {
  const { url, said } = await upgraded(
    'create table mine.days (kept shop.event_days); insert into mine.days select d from shop.event_days as d limit 1',
  )
  expect(said).toContain('dependents_in_the_way')
  expect(said).toContain('`column kept of table mine.days`')
  await withClient(url, async (client) => {
    expect(await rows(client, 'select (kept).received is null as lost from mine.days')).toEqual([
      { lost: false },
    ])
  })
})
