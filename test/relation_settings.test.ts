/** `grants`, `indexes` and `primary_key`: what is wrong with them, and what becomes of them on PostgreSQL. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { freshPostgres } from './support/databases.ts'
import { fails, rows, sandbox, TWO_COMPANIES } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { build, GOOD, goodBut, problems, problemsOf, writeFiles, writeProject } from './support/projects.ts'

const settings = (name: string, config: string) => ({
  'models/settings.yml': `models:\n  - name: ${name}\n    config: ${config}\n`,
})
const mine = (config: string, query = "select user_id, day from {{ ref('events') }}") => ({
  'models/mine.sql': `{{ config(${config}) }}\n${query}\n`,
})

describe('what is wrong with settings', () => {
  test.each([
    [
      'a privilege that there is not',
      settings('company_profiles', '{ grants: { selct: [bi] } }'),
      `models/settings.yml:3:25  unknown_field
  \`models[0].config.grants.selct\` is not a known field.
    3 |     config: { grants: { selct: [bi] } }
      |                         ^
  Did you mean \`select\`?`,
    ],
    [
      'a type of index that there is not',
      settings('company_profiles', '{ indexes: [{ columns: [company_id], type: tree }] }'),
      `models/settings.yml:3:56  invalid_value
  \`models[0].config.indexes[0].type\` must be one of \`btree\`, \`hash\`, \`gin\`, \`gist\`, \`brin\`, \`spgist\`.
    3 |     config: { indexes: [{ columns: [company_id], type: tree }] }
      |                                                        ^
  Did you mean \`btree\`?`,
    ],
    [
      'an index without columns',
      settings('company_profiles', '{ indexes: [{ columns: [] }] }'),
      'models[0].config.indexes[0].columns',
    ],
    [
      'a column that there is not',
      settings('company_profiles', '{ indexes: [{ columns: [companyid] }] }'),
      `models/settings.yml:3:24  missing_column
  \`company_profiles\` has no column \`companyid\`, which its \`indexes\` names.
    3 |     config: { indexes: [{ columns: [companyid] }] }
      |                        ^
  Did you mean \`company_id\`?`,
    ],
    [
      'a column of the key that there is not',
      settings('company_profiles', '{ primary_key: [company_i] }'),
      '`company_profiles` has no column `company_i`, which its `primary_key` names.',
    ],
    [
      'an index of a view',
      settings('company_profiles', '{ materialized: view, indexes: [{ columns: [company_id] }] }'),
      'contradiction\n  `company_profiles` is a view, which cannot have `indexes`.',
    ],
    [
      'a key of a view, in SQL',
      mine('primary_key=true'),
      `models/mine.sql:1:11  contradiction
  \`mine\` is a view, which cannot have \`primary_key\`.
    1 | {{ config(primary_key=true) }}
      |           ^
  Let it be a table (\`materialized: table\`), or remove \`primary_key\`.`,
    ],
    [
      'grants of what is not stored',
      mine("materialized='ephemeral', grants={'select': ['bi']}"),
      '`mine` is ephemeral, which cannot have `grants`.',
    ],
    [
      'a key where nothing tells rows apart',
      mine("materialized='table', primary_key=true"),
      'Nothing says what tells the rows of `mine` apart.',
    ],
    [
      'a field of an index, in SQL',
      mine("materialized='table', indexes=[{'columns': ['day'], 'uniq': true}]"),
      'models/mine.sql:1:33  unknown_field',
    ],
    [
      'a setting of dbt that gwh does not have, in SQL',
      mine("materialized='table', index='day'"),
      '`index` is not a known setting of config().',
    ],
  ])('%s', async (_, files, said) => {
    expect(await problemsOf({ ...GOOD, ...files })).toContain(said)
  })

  test('grants are of a target that has roles', async () => {
    const project = goodBut({
      'path: target/small.duckdb }': 'path: target/small.duckdb, grants: { select: bi } }',
    })
    expect(await problemsOf(project)).toContain('`targets.dev.grants` is not a known field.')
  })

  test('a column that the query does not return', async () => {
    const dir = writeProject({
      ...GOOD,
      ...mine("materialized='table', indexes=[{'columns': ['dya']}]"),
    })
    const { ok, results } = await build(dir)
    expect(ok).toBe(false)
    expect(results.find(({ name }) => name === 'mine')?.message).toBe(
      'The settings of the model (models/mine.sql:1) name `dya`, which the query does not return; it returns `user_id`, `day`.',
    )
  })
})

test('on DuckDB, which has no roles, settings do nothing', async () => {
  const dir = writeProject({
    ...GOOD,
    ...settings(
      'company_profiles',
      '{ grants: { select: nobody }, indexes: [{ columns: [company_id] }], primary_key: true }',
    ),
  })
  expect((await build(dir)).ok).toBe(true)
})

const suffix = randomBytes(4).toString('hex')
const [BI, ETL] = [`gwh_bi_${suffix}`, `gwh_etl_${suffix}`]

describe('on PostgreSQL', () => {
  let admin = ''
  const urls: string[] = []
  beforeAll(async () => {
    admin = await freshPostgres()
    await withClient(admin, (client) => client.query(`create role ${BI}; create role ${ETL}`))
  })
  afterAll(async () => {
    for (const url of urls) await withClient(url, (client) => client.query(`drop owned by ${BI}, ${ETL}`))
    await withClient(admin, (client) => client.query(`drop role ${BI}; drop role ${ETL}`))
  })

  const grants = (of: string) => ({
    'project.yml': TWO_COMPANIES['project.yml']?.replace("URL}' }", `URL}', grants: ${of} }`),
  })

  test('a role that there is not is found before anything is built', async () => {
    const url = await freshPostgres()
    const dir = writeProject({
      ...TWO_COMPANIES,
      ...grants(`{ select: [${BI}, gwh_nobody] }`),
      ...settings('busy', `{ grants: { insert: ${BI.slice(0, -1)} } }`),
    })
    const said = await problems(dir, () => build(dir, { target: 'pg', env: { GWH_POSTGRES_URL: url } }))
    expect(said).toContain('There is no role `gwh_nobody`')
    expect(said).toMatch(/models\/settings\.yml:3:23 {2}invalid_value\n {2}There is no role `gwh_bi_\w{7}`/)
    expect(said).toContain(`Did you mean \`${BI}\`?`)
    expect(said).toContain('exit code 2')
    await withClient(url, async (client) => {
      expect(
        await rows(client, "select 1 as n from pg_class where relnamespace = 'gwh'::regnamespace"),
      ).toEqual([])
    })
  })

  const may = (url: string, role: string, privilege = 'select') =>
    withClient(url, async (client) => {
      const query = `
        select relname as name from pg_class
        where relnamespace = 'gwh'::regnamespace and relkind in ('r', 'v')
          and has_table_privilege('${role}', oid, '${privilege}') and relname in ('busy', 'company_profiles', 'events')
        order by 1`
      return (await rows(client, query)).map(({ name }) => name)
    })

  test('grants follow the project, and those of others stay', { timeout: 60_000 }, async () => {
    const box = await sandbox({ ...TWO_COMPANIES, ...grants(`{ select: [${BI}] }`) })
    urls.push(box.url)
    expect(await may(box.url, BI)).toEqual(['busy', 'company_profiles', 'events'])
    expect(await may(box.url, BI, 'insert')).toEqual([])

    await withClient(box.url, (client) =>
      client.query(`grant select on gwh.events to ${ETL}; grant select on gwh.busy to public`),
    )
    writeFiles(box.dir, {
      ...grants(`{ select: [${BI}, ${ETL}] }`),
      ...settings('busy', `{ grants: { select: ${BI}, insert: [${BI}] } }`),
    })
    await box.build()
    expect(await may(box.url, ETL)).toEqual(['busy', 'company_profiles', 'events'])
    expect(await may(box.url, BI, 'insert')).toEqual(['busy'])

    // What gwh has not granted it does not take back.
    writeFiles(box.dir, { 'project.yml': TWO_COMPANIES['project.yml'], 'models/settings.yml': '{}' })
    await box.build()
    expect(await may(box.url, ETL)).toEqual(['busy', 'events'])
    expect(await may(box.url, BI)).toEqual(['busy'])
    expect(await may(box.url, BI, 'insert')).toEqual([])
  })

  const indexesOf = (url: string, table: string) =>
    withClient(url, async (client) => {
      const query = `select indexdef from pg_indexes where schemaname = 'gwh' and tablename = '${table}'`
      const found = (await rows(client, query)).map(({ indexdef }) => String(indexdef))
      return found.map((index) => index.replace(/gwh_\w+_[0-9a-f]{8}/, 'own')).sort()
    })

  test('indexes follow the project, and those of others stay', { timeout: 60_000 }, async () => {
    const box = await sandbox({
      ...TWO_COMPANIES,
      ...mine("materialized='table', indexes=[{'columns': ['user_id', 'day'], 'unique': true}]"),
      ...settings('company_profiles', '{ indexes: [{ columns: [seats] }, { columns: [plan], type: hash }] }'),
    })
    await withClient(box.url, (client) =>
      client.query('create index gwh_of_mine on gwh.company_profiles (seats)'),
    )
    expect(await indexesOf(box.url, 'mine')).toEqual([
      'CREATE UNIQUE INDEX own ON gwh.mine USING btree (user_id, day)',
    ])
    expect(await indexesOf(box.url, 'company_profiles')).toEqual([
      'CREATE INDEX gwh_of_mine ON gwh.company_profiles USING btree (seats)',
      'CREATE INDEX own ON gwh.company_profiles USING btree (seats)',
      'CREATE INDEX own ON gwh.company_profiles USING hash (plan)',
    ])
    writeFiles(box.dir, settings('company_profiles', '{ indexes: [{ columns: [seats, plan] }] }'))
    await box.build()
    expect(await indexesOf(box.url, 'company_profiles')).toEqual([
      'CREATE INDEX gwh_of_mine ON gwh.company_profiles USING btree (seats)',
      'CREATE INDEX own ON gwh.company_profiles USING btree (seats, plan)',
    ])
    // A column goes with an index of gwh on it.
    await withClient(box.url, (client) => client.query('drop index gwh.gwh_of_mine'))
    writeFiles(box.dir, {
      ...settings('company_profiles', '{ indexes: [{ columns: [plan] }] }'),
      'connectors/crm.yml': TWO_COMPANIES['connectors/crm.yml']?.replace(', seats: { type: text }', ''),
      'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n",
    })
    await box.build()
    expect(await indexesOf(box.url, 'company_profiles')).toEqual([
      'CREATE INDEX own ON gwh.company_profiles USING btree (plan)',
    ])
  })

  const keys = (url: string, table: string) =>
    withClient(url, async (client) => {
      const query = `select pg_get_constraintdef(oid) as key from pg_constraint
        where conrelid = 'gwh.${table}'::regclass and contype in ('p', 'u')`
      return (await rows(client, query)).map(({ key }) => key)
    })

  test(
    'a key is made on what a row is for, and gone when it is not asked for',
    { timeout: 60_000 },
    async () => {
      const box = await sandbox({
        ...TWO_COMPANIES,
        ...settings('company_profiles', '{ primary_key: true }'),
      })
      expect(await keys(box.url, 'company_profiles')).toEqual(['PRIMARY KEY (company_id)'])
      await withClient(box.url, async (client) => {
        await client.query(`
        create table mine.notes (company_id text references gwh.company_profiles on delete cascade);
        insert into mine.notes values ('acme')`)
      })
      writeFiles(box.dir, { 'accounts.csv': 'id,plan,seats\nacme,team,8\nbeta,free,3\n' })
      await box.build()
      await withClient(box.url, async (client) => {
        expect(await rows(client, 'select * from mine.notes')).toEqual([{ company_id: 'acme' }])
      })

      writeFiles(box.dir, { 'models/settings.yml': '{}' })
      const said = await box.refusal()
      expect(said).toContain('dependents_in_the_way')
      expect(said).toContain('notes_company_id_fkey')
      await withClient(box.url, (client) => client.query('drop table mine.notes'))
      expect(await box.refusal()).toBe('published')
      expect(await keys(box.url, 'company_profiles')).toEqual([])
      await withClient(box.url, async (client) => {
        expect(await fails(client, 'insert into gwh.company_profiles (company_id) values (null)')).toBe(
          'worked',
        )
      })
    },
  )

  test('a key with nulls takes them for equal', { timeout: 60_000 }, async () => {
    const query = (id: string) => `select 1 as n, ${id} as id union all select 2, null`
    const config = "materialized='table', primary_key=['n', 'id']"
    const box = await sandbox({ ...TWO_COMPANIES, ...mine(config, query("'x'")) })
    expect(await keys(box.url, 'mine')).toEqual(['UNIQUE NULLS NOT DISTINCT (n, id)'])
    // Where nulls have been they may come again.
    writeFiles(box.dir, mine(config, "select 1 as n, 'x' as id"))
    await box.build()
    expect(await keys(box.url, 'mine')).toEqual(['UNIQUE NULLS NOT DISTINCT (n, id)'])
    await withClient(box.url, async (client) => {
      expect(await fails(client, 'insert into gwh.mine values (9, null), (9, null)')).toBe('23505')
    })
  })

  test('a primary key gives way when nulls come', { timeout: 60_000 }, async () => {
    const config = "materialized='table', primary_key=['n', 'id']"
    const box = await sandbox({ ...TWO_COMPANIES, ...mine(config, "select 1 as n, 'x' as id") })
    expect(await keys(box.url, 'mine')).toEqual(['PRIMARY KEY (n, id)'])
    writeFiles(box.dir, mine(config, 'select 1 as n, cast(null as text) as id'))
    await box.build()
    expect(await keys(box.url, 'mine')).toEqual(['UNIQUE NULLS NOT DISTINCT (n, id)'])
  })

  test('a key that rows break is said by its name', { timeout: 60_000 }, async () => {
    const url = await freshPostgres()
    const dir = writeProject({
      ...TWO_COMPANIES,
      ...mine("materialized='table', primary_key=['n']", 'select 1 as n union all select 1'),
    })
    const said = await problems(dir, () => build(dir, { target: 'pg', env: { GWH_POSTGRES_URL: url } }))
    expect(said).toContain('publish_failed')
    expect(said).toMatch(/gwh_mine_[0-9a-f]{8}/)
    expect(said).toContain('(Key (n)=(1) is duplicated.)')
  })
})

test('settings of YAML come before those of SQL', () => {
  const dir = writeProject({
    ...GOOD,
    ...mine("materialized='table', primary_key=['day'], indexes=[{'columns': ['day']}]"),
    ...settings('mine', '{ primary_key: [user_id] }'),
  })
  const model = load(dir, { env: {} }).plan.model('mine')
  expect(model?.settings?.primary_key).toEqual(['user_id'])
  expect(model?.settings?.indexes).toEqual([{ columns: ['day'], unique: false, type: 'btree' }])
})
