/** CSV whose numbers have a comma and whose dates have a form of their own: each column is read as one thing. */
import { describe, expect, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor, type Engine, type Row } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { problems, problemsOf, writeProject, type Files } from './support/projects.ts'

async function rowsOf(files: Files, engine: Engine, select: string): Promise<Row[]> {
  const loaded = load(writeProject(files), await optionsFor(engine))
  const { published } = await run(loaded, { command: 'build' })
  expect(published).toBe(true)
  await using warehouse = await openWarehouse(loaded.plan.catalog.project, { readOnly: true })
  return await warehouse.query(select)
}

const people = (csv: string, rest: string, rows: string): Files => ({
  'project.yml': project(`
sources:
  - name: people
    type: user_table
    file: people.csv
    csv: ${csv}
    group_keys: []
    ${rest}
`),
  'people.csv': rows,
})

describe.each(ENGINES)('on %s', (engine) => {
  test('numbers with a comma are numbers, with an exponent too; texts and ids stay as they are written', async () => {
    const files = people(
      "{ delimiter: ';', decimal: ',' }",
      'columns: { id: id }\n    properties: { mrr: { type: number }, seats: { type: integer }, version: version }',
      'id;mrr;seats;version\n1,50;1.234,5;1.200;1,10\n2,50;1,5E+03;7;1,1\n3,50;0,5;;2\n',
    )
    const select = 'select user_id, mrr, seats, version from gwh.user_profiles order by 1'
    expect(await rowsOf(files, engine, select)).toEqual([
      { user_id: '1,50', mrr: 1234.5, seats: 1200, version: '1,10' },
      { user_id: '2,50', mrr: 1500, seats: 7, version: '1,1' },
      { user_id: '3,50', mrr: 0.5, seats: null, version: '2' },
    ])
  })

  test('a year of two digits is none of four', async () => {
    const files = people(
      "{ date_format: '%d.%m.%Y' }",
      'columns: { id: id, created_at: born }\n    properties: { paid: { type: date } }',
      'id,born,paid\nann,05.01.2024,06.01.2024\nbob,05.01.24,06.01.24\n',
    )
    const { found } = await findings(files, engine, ['readable_times', 'readable_values'])
    expect(found).toEqual({
      readable_times_people: [
        'fail: 1 failures, 1 wrong row',
        "born = '05.01.24' in 1 row of people is not a time",
      ],
      readable_values_people: [
        'warn: 1 failures, 1 wrong row',
        "paid = '06.01.24' in 1 row of people is no date",
      ],
    })
  })

  test("users' own SQL reads them alike", async () => {
    const files = {
      ...people(
        "{ delimiter: ';', decimal: ',' }\n    column_types: { given: number }",
        'columns: { id: id }',
        'id;plain;thousands;pointed;given\nann;1,5;1.234,5;1.5;1.234,5\nbob;2,5;2,5;2,5;1.5\n',
      ),
      'models/own.sql':
        "select id, cast(plain as varchar(9)) as plain, cast(thousands as varchar(9)) as thousands, cast(pointed as varchar(9)) as pointed, given from {{ source('people') }}",
    }
    expect(await rowsOf(files, engine, 'select * from gwh.own order by id')).toEqual([
      { id: 'ann', plain: '1.5', thousands: '1.234,5', pointed: '1.5', given: 1234.5 },
      { id: 'bob', plain: '2.5', thousands: '2,5', pointed: '2,5', given: 1.5 },
    ])
  })
})

test.each(ENGINES)('on %s a declared timestamp with an offset is that instant', async (engine) => {
  const files = {
    ...people(
      '{}\n    column_types: { since: timestamp }',
      'columns: { id: id }',
      'id,since\nann,2024-01-05 10:00:00+02\nbob,2024-01-05T10:00:00.5Z\ncid,2024-01-05 10:00:00\ndee,\n',
    ),
    'models/own.sql': "select id, cast(since as varchar(30)) as since from {{ source('people') }}",
  }
  expect(await rowsOf(files, engine, 'select * from gwh.own order by id')).toEqual([
    { id: 'ann', since: '2024-01-05 08:00:00' },
    { id: 'bob', since: '2024-01-05 10:00:00.5' },
    { id: 'cid', since: '2024-01-05 10:00:00' },
    { id: 'dee', since: null },
  ])
})

test('a column that is read as two things, one of which is rewritten first, is refused', async () => {
  const files = people(
    "{ delimiter: ';', decimal: ',', date_format: '%d.%m.%Y' }",
    `columns: { id: id, created_at: born }
    properties: { score: { column: id, type: number }, day: born, mrr: { type: number }, rounded: { column: mrr, type: integer } }`,
    'id;born;mrr\n1,50;05.01.2024;1,5\n',
  )
  expect(await problemsOf(files)).toMatchInlineSnapshot(`
    "project.yml:11:28  contradiction
      Source \`people\`: \`id\` is read as an id and as a number, and \`csv: { decimal: … }\` says how it is rewritten before it is read at all.
        11 |     csv: { delimiter: ';', decimal: ',', date_format: '%d.%m.%Y' }
           |                            ^
      Read \`id\` as one of these; or make a column of each in a model, and read that as \`table:\`.

    project.yml:11:42  contradiction
      Source \`people\`: \`born\` is read as a time and as the text that it is, and \`csv: { date_format: … }\` says how it is rewritten before it is read at all.
        11 |     csv: { delimiter: ';', decimal: ',', date_format: '%d.%m.%Y' }
           |                                          ^
      Read \`born\` as one of these; or make a column of each in a model, and read that as \`table:\`.

    exit code 2"
  `)
})

test.each(ENGINES)('on %s values that are of no declared type are told of', async (engine) => {
  const dir = writeProject({
    ...people(
      '{}\n    column_types: { seats: integer, mrr: number, since: timestamp }',
      'columns: { id: id }',
      'id,seats,mrr,since\nann,x,1.5,2024-01-05\nbob,123456789012345678901,many,5.1.2024\n',
    ),
    'models/own.sql': "select * from {{ source('people') }}",
  })
  const loaded = load(dir, await optionsFor(engine))
  expect(await problems(dir, () => run(loaded, { command: 'build' }))).toMatchInlineSnapshot(`
    "project.yml:12:28  unreadable_file
      Source \`people\`: 2 values of \`seats\` cannot be read as integer; one is 'x'.
        12 |     column_types: { seats: integer, mrr: number, since: timestamp }
           |                            ^
      Correct the values, or make it \`text\` and cast it in your own SQL.

    project.yml:12:42  unreadable_file
      Source \`people\`: 1 value of \`mrr\` cannot be read as number; one is 'many'.
        12 |     column_types: { seats: integer, mrr: number, since: timestamp }
           |                                          ^
      Correct the values, or make it \`text\` and cast it in your own SQL.

    project.yml:12:57  unreadable_file
      Source \`people\`: 1 value of \`since\` cannot be read as timestamp; one is '5.1.2024'.
        12 |     column_types: { seats: integer, mrr: number, since: timestamp }
           |                                                         ^
      Correct the values, or make it \`text\` and cast it in your own SQL.

    exit code 2"
  `)
})
