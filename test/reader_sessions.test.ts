/** What analysts read on PostgreSQL is the same in every session, whatever its time zone. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { engineOf } from '../src/engines/index.ts'
import { load, run } from '../src/gwh.ts'
import { toText } from '../src/sql/sql.ts'
import { argumentsFor, SAMPLES } from './contracts/function_samples.ts'
import { copyOf, optionsFor, sorted, stable, type Row } from './support/engines.ts'
import { build, GOOD, writeProject } from './support/projects.ts'
import { freshPostgres } from './support/databases.ts'

const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York']

/** What a query gives in a session of each time zone. */
async function inZones<T>(url: string, ask: (client: pg.Client, zone: string) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (const zone of ZONES) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await client.query(`set timezone = '${zone}'`)
      found.push(await ask(client, zone))
    } finally {
      await client.end()
    }
  }
  return found
}

/** All rows of all relations, as texts. */
async function everything(client: pg.Client, schema: string, names: readonly string[]): Promise<string[]> {
  const texts: string[] = []
  for (const name of names) {
    const { rows } = await client.query<Row>(`select * from ${schema}."${name}"`)
    texts.push(name, ...sorted(rows).map(stable))
  }
  return texts
}

/** The project with its reports as views, which are worked out in the session of whoever reads them. */
function withViews(folder: string): string {
  const dir = copyOf(folder)
  const file = path.join(dir, 'models/reports.yml')
  const { reports } = parse(readFileSync(file, 'utf8')) as { reports: object[] }
  const views = reports.map((report) => ({ ...report, config: { materialized: 'view' } }))
  writeFileSync(file, JSON.stringify({ reports: views }))
  return dir
}

test(
  'every relation of the sample project has the same rows in every time zone',
  { timeout: 120_000 },
  async () => {
    const dir = withViews('test/fixtures/acme')
    const options = await optionsFor('postgres')
    const loaded = load(dir, options)
    expect(await run(loaded, { command: 'build' })).toMatchObject({ ok: true, published: true })
    const names = loaded.plan.models.filter((m) => m.materialized !== 'ephemeral').map(({ name }) => name)
    const [utc, ...others] = await inZones(options.env?.['GWH_POSTGRES_URL'] ?? '', async (client, zone) => {
      const { rows } = await client.query<{ zone: string }>("select current_setting('timezone') as zone")
      expect(rows).toEqual([{ zone }])
      return everything(client, 'acme', names)
    })
    expect(utc?.length).toBeGreaterThan(200)
    for (const other of others) expect(other).toEqual(utc)
    // Views that have a calendar are among them.
    const views = loaded.plan.models.filter((m) => m.materialized === 'view').map(({ name }) => name)
    expect(views.length).toBeGreaterThan(10)
  },
)

test('a filter by now() keeps the same events in every time zone', async () => {
  const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const dir = writeProject({
    ...GOOD,
    'events.csv': `event,time,user_id,company_id
within,${at(7 * 24 - 3)},ann,acme
before,${at(7 * 24 + 3)},ann,acme
`,
  })
  const url = await freshPostgres()
  expect(await build(dir, { target: 'pg', env: { GWH_POSTGRES_URL: url } })).toMatchObject({
    published: true,
  })
  const found = await inZones(url, async (client) => {
    const { rows } = await client.query<Row>(
      "select event_name from gwh.events where occurred_at > now() - interval '7 days'",
    )
    return rows
  })
  expect(found).toEqual(ZONES.map(() => [{ event_name: 'within' }]))
})

test('the functions of the engine give the same in every time zone', async () => {
  const url = await freshPostgres()
  const { project } = load(writeProject(GOOD), { target: 'pg', env: { GWH_POSTGRES_URL: url } }).plan.catalog
  const engine = engineOf(project)
  const fn = engine.functions('functions_of_gwh')
  const given = argumentsFor(fn)
  const asked = (Object.keys(SAMPLES) as (keyof typeof SAMPLES)[]).flatMap((name) =>
    SAMPLES[name].flatMap((sample) => ('value' in sample ? [toText(sample.value(given))] : [])),
  )
  expect(asked.length).toBeGreaterThan(100)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('create schema functions_of_gwh')
  for (const definition of engine.definitions('functions_of_gwh')) await client.query(toText(definition))
  await client.end()
  const [utc, ...others] = await inZones(url, async (other) => {
    const values: string[] = []
    for (const value of asked) {
      const { rows } = await other.query<Row>(`select ${value} as v`)
      values.push(`${value}: ${rows.map(stable).join()}`)
    }
    return values
  })
  for (const other of others) expect(other).toEqual(utc)
})
