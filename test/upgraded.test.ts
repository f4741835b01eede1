/** A database that version 0.1 built, with what others have made on it, and the first build of this version. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DuckDBWarehouse } from '../src/engines/duckdb/warehouse.ts'
import { openWarehouse, type Warehouse } from '../src/engines/index.ts'
import { load, run, type LoadedProject, type RunOutcome } from '../src/gwh.ts'
import { copyOf, ENGINES, optionsFor, sorted, stable, type Engine, type Row } from './support/engines.ts'

const FOLDER = 'test/fixtures/built_by_0_1'

/** What an analyst has made, by names of version 0.1. */
const MINE = `
  create schema mine;
  create view mine.days as select event_name, day, received from shop.event_days;
  create view mine.lines as select event_id, copies from shop.events;
  create view mine.counted as select metric, "by", entities from shop.actives;
  create view mine.numbers as select group_id, group_no from shop.group_numbers;
  create view mine.converted as select group_id, converted from shop.onboarding_entities;
`
const VIEWS = ['days', 'lines', 'counted', 'numbers', 'converted']

const READER = `gwh_reader_${randomBytes(4).toString('hex')}`

const GRANTS = `
  create role ${READER};
  grant usage on schema shop to ${READER};
  grant select on shop.event_days, shop.group_numbers to ${READER};
  grant select (copies) on shop.events to ${READER};
`

/** Runs the statements that made the old database, and those of its users. */
async function restore(engine: Engine, loaded: LoadedProject, url: string | undefined): Promise<void> {
  const dump = readFileSync(`${FOLDER}/${engine}.sql`, 'utf8')
  if (engine === 'postgres') {
    const client = new pg.Client(url)
    await client.connect()
    await client.query(dump)
    await client.query(`${MINE};${GRANTS}`)
    await client.end()
    return
  }
  await using warehouse = await openWarehouse(loaded.plan.catalog.project)
  if (warehouse instanceof DuckDBWarehouse) await warehouse.connection.run(`${dump}\n${MINE}`)
}

describe.each(ENGINES)('a database of version 0.1 on %s', (engine) => {
  const dir = copyOf(FOLDER)
  let loaded: LoadedProject
  let url: string | undefined
  let outcome: RunOutcome
  /** Names and columns that were there, with the rows. */
  let before: Map<string, { columns: string; rows: Row[] }>
  const rowsIn = async (warehouse: Warehouse, select: string) => sorted(await warehouse.query<Row>(select))

  beforeAll(async () => {
    const options = await optionsFor(engine)
    url = options.env?.['GWH_POSTGRES_URL']
    loaded = load(dir, options)
    await restore(engine, loaded, url)
    await using warehouse = await openWarehouse(loaded.plan.catalog.project)
    before = new Map()
    const relations = [
      ...(await warehouse.relations('shop')).map(({ name }) => `shop.${name}`),
      ...VIEWS.map((name) => `mine.${name}`),
    ]
    for (const relation of relations) {
      const columns = ((await warehouse.columns(relation.split('.'))) ?? [])
        .map(({ name }) => `"${name}"`)
        .join(', ')
      before.set(relation, { columns, rows: await rowsIn(warehouse, `select ${columns} from ${relation}`) })
    }
    await warehouse[Symbol.asyncDispose]()
    outcome = await run(loaded, { command: 'build' })
  }, 120_000)

  afterAll(async () => {
    if (url === undefined) return
    const client = new pg.Client(url)
    await client.connect()
    await client.query(`drop owned by ${READER}; drop role ${READER}`)
    await client.end()
  })

  test('is published over', () => {
    expect(outcome).toMatchObject({ ok: true, published: true, stale: [] })
  })

  test('has every relation and column that it had, with the same rows, for analysts and their views', async () => {
    expect(before.size).toBeGreaterThan(20)
    await using warehouse = await openWarehouse(loaded.plan.catalog.project)
    for (const [relation, { columns, rows }] of before) {
      const now = await rowsIn(warehouse, `select ${columns} from ${relation}`)
      expect([relation, ...now.map(stable)]).toEqual([relation, ...rows.map(stable)])
    }
    const [runs] = await warehouse.query<{ n: number }>('select count(*) as n from shop_gwh.runs')
    expect(runs?.n).toBe(2)
  })

  test('has the new names', async () => {
    await using warehouse = await openWarehouse(loaded.plan.catalog.project)
    const days = await rowsIn(warehouse, 'select event_name, day, source_rows from shop.events_daily')
    const mine = await rowsIn(warehouse, 'select event_name, day, received as source_rows from mine.days')
    expect(days).toEqual(mine)
    expect(days.length).toBeGreaterThan(0)
    const kinds = new Map((await warehouse.relations('shop')).map(({ name, kind }) => [name, kind]))
    expect([kinds.get('event_days'), kinds.get('events_daily')]).toEqual(['view', 'table'])
  })

  test('is built again without a word', async () => {
    const again = await run(loaded, { command: 'build' })
    expect(again).toMatchObject({ ok: true, published: true, stale: [], notes: [] })
  })

  test.runIf(engine === 'postgres')('lets those read who could', async () => {
    const client = new pg.Client(url)
    await client.connect()
    try {
      await client.query(`set role ${READER}`)
      for (const select of [
        'select received from shop.event_days',
        'select source_rows from shop.events_daily',
        'select group_no from shop.group_numbers',
        'select copies from shop.events',
        'select source_rows from shop.events',
      ])
        expect((await client.query(select)).rows.length, select).toBeGreaterThan(0)
      await expect(client.query('select user_id from shop.events')).rejects.toThrow('permission denied')
      await expect(client.query('select events from shop.group_days')).rejects.toThrow('permission denied')
    } finally {
      await client.end()
    }
  })
})
