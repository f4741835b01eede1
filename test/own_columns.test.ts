/** Columns that others have added to a published table of PostgreSQL, with and without a record of who made which. */
import { beforeEach, describe, expect, test } from 'vitest'
import { accounts, rows, sandbox, type Box } from './support/others.ts'
import { withClient } from './support/postgres-url.ts'
import { writeFiles, type Files } from './support/projects.ts'

const WITHOUT_SEATS: Files = {
  ...accounts('{ plan: plan }'),
  'models/busy.sql': "select company_id from {{ ref('company_profiles') }}\n",
}

const TAGS = `
  alter table gwh.company_profiles add column mine_tag text;
  update gwh.company_profiles set mine_tag = 'of ' || company_id`

const sql = (box: Box, statements: string) => withClient(box.url, (client) => client.query(statements))

const profiles = (box: Box, columns: string) =>
  withClient(box.url, (client) =>
    rows(client, `select ${columns} from gwh.company_profiles order by company_id`),
  )

let box: Box
beforeEach(async () => {
  box = await sandbox()
})

describe('after an upgrade from a gwh that kept no record of columns', () => {
  beforeEach(() => sql(box, `drop table gwh_gwh.parts; ${TAGS}`))

  test('they are kept and named, as are those that nobody has claimed', async () => {
    writeFiles(box.dir, WITHOUT_SEATS)
    const { ok, notes } = await box.build()
    expect(ok).toBe(true)
    expect(notes).toEqual([
      '`gwh.company_profiles` has columns that the model does not have, and there is no record of who made them, so they are kept as they are: `seats`, `mine_tag`. Drop those that nobody needs.',
    ])
    expect(await profiles(box, 'seats, mine_tag')).toEqual([
      { seats: '5', mine_tag: 'of acme' },
      { seats: '3', mine_tag: 'of beta' },
    ])

    await sql(box, 'alter table gwh.company_profiles drop column seats')
    expect((await box.build()).notes).toEqual([])
    expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])
  })

  test('they are kept where the model has the same columns as before', async () => {
    expect((await box.build()).ok).toBe(true)
    expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])
    writeFiles(box.dir, WITHOUT_SEATS)
    expect((await box.build()).notes).toEqual([])
    expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])
  })

  test('one that the model gets too is not written over', async () => {
    writeFiles(box.dir, accounts('{ plan: plan, mine_tag: plan, seats: { type: text } }'))
    expect(await box.refusal()).toContain(
      '`gwh.company_profiles` has columns that were added or changed after it was made, and there is no record of who did that. The model has them too, so that their values would be lost: `mine_tag`.',
    )
    expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])

    await sql(box, 'alter table gwh.company_profiles rename column mine_tag to my_tag')
    expect((await box.build()).ok).toBe(true)
    expect(await profiles(box, 'mine_tag, my_tag')).toEqual([
      { mine_tag: 'pro', my_tag: 'of acme' },
      { mine_tag: 'free', my_tag: 'of beta' },
    ])
  })

  test('those that came with the table are taken for those of gwh', async () => {
    writeFiles(box.dir, accounts('{ plan: seats, seats: { type: text } }'))
    expect((await box.build()).ok).toBe(true)
    expect(await profiles(box, 'plan, mine_tag')).toEqual([
      { plan: '5', mine_tag: 'of acme' },
      { plan: '3', mine_tag: 'of beta' },
    ])
  })

  test('a view does not take the place of their table', async () => {
    writeFiles(box.dir, {
      'models/own.yml': 'models:\n  - { name: company_profiles, config: { materialized: view } }\n',
    })
    expect(await box.refusal()).toContain(
      'of which there is no record who made them, would be lost: `mine_tag`.',
    )
    expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])
  })
})

test('one that the model gets too is not written over', async () => {
  await sql(box, TAGS)
  writeFiles(box.dir, accounts('{ plan: plan, mine_tag: plan, seats: { type: text } }'))
  expect(await box.refusal()).toContain(
    '`gwh.company_profiles` has columns that gwh did not make and that the model now has too, so that their values would be lost: `mine_tag`.',
  )
  expect(await profiles(box, 'mine_tag')).toEqual([{ mine_tag: 'of acme' }, { mine_tag: 'of beta' }])

  await sql(box, 'alter table gwh.company_profiles rename column mine_tag to my_tag')
  expect((await box.build()).ok).toBe(true)
  expect(await profiles(box, 'mine_tag, my_tag')).toEqual([
    { mine_tag: 'pro', my_tag: 'of acme' },
    { mine_tag: 'free', my_tag: 'of beta' },
  ])
})
