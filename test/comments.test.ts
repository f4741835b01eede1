/** Descriptions become comments; a comment that somebody else wrote stays, and the run says so. */
import { describe, expect, test } from 'vitest'
import { openWarehouse } from '../src/engines/index.ts'
import { load, run } from '../src/gwh.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { accounts, TWO_COMPANIES } from './support/others.ts'
import { writeFiles, writeProject, type Files } from './support/projects.ts'

const described = (text: string, more = ''): Files => ({
  'models/own.yml': `models:\n  - { name: company_profiles, description: ${text}${more} }\n`,
})

async function projectOn(engine: Engine) {
  const dir = writeProject({ ...TWO_COMPANIES, ...described('Companies.') })
  const options =
    engine === 'duckdb'
      ? { target: 'dev', env: {} }
      : { target: 'pg', env: { GWH_POSTGRES_URL: await freshPostgres() } }
  const loaded = () => load(dir, options)
  const open = () => openWarehouse(loaded().plan.catalog.project)
  return {
    dir,
    /** @returns what the run said of comments */
    async build(files: Files = {}): Promise<string[]> {
      writeFiles(dir, files)
      const { ok, published, notes } = await run(loaded(), { command: 'build' })
      expect({ ok, published }).toEqual({ ok: true, published: true })
      return notes.filter((note) => note.includes('comment'))
    },
    async say(...statements: string[]): Promise<void> {
      await using warehouse = await open()
      for (const statement of statements) await warehouse.execute(statement)
    },
    /** By column; the relation itself is `null`. */
    async comments(relation = 'company_profiles'): Promise<Record<string, string>> {
      await using warehouse = await open()
      const all = await warehouse.comments('gwh')
      return Object.fromEntries(
        all.filter((c) => c.relation === relation).map(({ column, text }) => [String(column), text]),
      )
    },
  }
}

const ON_TABLE = "comment on table gwh.company_profiles is 'Ours: ask Kim'"
const ON_COLUMN = "comment on column gwh.company_profiles.company_id is 'From the CRM'"
const KEPT = '`gwh.company_profiles` keeps comments that gwh has not written: on the table, on `company_id`.'

describe.each(ENGINES)('comments on %s', { timeout: 120_000 }, (engine) => {
  test('are the descriptions, and follow them', async () => {
    const project = await projectOn(engine)
    expect(await project.build()).toEqual([])
    expect(await project.comments()).toMatchObject({
      null: 'Companies.',
      company_id: expect.any(String) as string,
    })
    expect(await project.build(described('Who pays.'))).toEqual([])
    expect(await project.comments()).toMatchObject({ null: 'Who pays.' })
    expect(await project.build(described("''"))).toEqual([])
    expect(Object.keys(await project.comments())).not.toContain('null')
  })

  test('of others stay, and are named when they are found and when the model changes', async () => {
    const project = await projectOn(engine)
    await project.build()
    await project.say(ON_TABLE, ON_COLUMN)
    const mine = { null: 'Ours: ask Kim', company_id: 'From the CRM' }
    expect(await project.build()).toEqual([KEPT])
    expect(await project.comments()).toMatchObject(mine)
    expect(await project.build()).toEqual([])
    expect(await project.build(described('Who pays.'))).toEqual([KEPT])
    expect(await project.build(accounts('{ plan: plan, seats: { type: integer } }'))).toEqual([KEPT])
    expect(await project.comments()).toMatchObject(mine)
    // Whoever wants the description again takes theirs away.
    await project.say(
      'comment on table gwh.company_profiles is null',
      'comment on column gwh.company_profiles.company_id is null',
    )
    expect(await project.build(described('Companies again.'))).toEqual([])
    expect(await project.comments()).toMatchObject({ null: 'Companies again.' })
    expect((await project.comments())['company_id']).not.toBe(mine.company_id)
  })

  test('of others on what gwh says nothing of stay too', async () => {
    const project = await projectOn(engine)
    await project.build()
    await project.say("comment on column gwh.busy.seats is 'In May'")
    expect(await project.build()).toEqual([])
    await project.build({ 'models/busy.sql': "select seats, 1 as one from {{ ref('company_profiles') }}\n" })
    expect(await project.comments('busy')).toEqual({ seats: 'In May' })
  })

  test('of others stay on a view that is made anew, and on a table in the place of a view', async () => {
    const view = ', config: { materialized: view }'
    const project = await projectOn(engine)
    await project.build(described('Companies.', view))
    await project.say(ON_TABLE.replace('table', 'view'), ON_COLUMN)
    const mine = { null: 'Ours: ask Kim', company_id: 'From the CRM' }
    expect(await project.build(accounts('{ plan: plan, seats: { type: integer } }'))).toEqual([
      KEPT.replace('on the table', 'on the view'),
    ])
    expect(await project.comments()).toMatchObject(mine)
    expect(await project.build(described('Companies.'))).toEqual([KEPT])
    expect(await project.comments()).toMatchObject(mine)
  })

  test('of others that go with their column are told', async () => {
    const project = await projectOn(engine)
    await project.build()
    await project.say("comment on column gwh.company_profiles.seats is 'Paid for'")
    expect(
      await project.build({
        ...accounts('{ plan: plan }'),
        'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n",
      }),
    ).toEqual([
      '`gwh.company_profiles` has no column `seats` any more, and with it went its comment: Paid for',
    ])
  })

  test('of which it is not on record who wrote them stay', async () => {
    const project = await projectOn(engine)
    await project.build()
    await project.say(ON_TABLE, 'drop table gwh_gwh.comments')
    // The descriptions are what an unchanged model has written.
    expect(await project.build()).toEqual([
      '`gwh.company_profiles` keeps comments that gwh has not written: on the table.',
    ])
    await project.say('drop table gwh_gwh.comments')
    expect(await project.build(described('Who pays.'))).toEqual([
      '`gwh.company_profiles` has comments that are not the descriptions of the model, and it is not on record who wrote them, so they are kept: on the table. Remove those that gwh is to write anew (`comment on … is null`).',
    ])
    expect(await project.comments()).toMatchObject({ null: 'Ours: ask Kim' })
  })
})
