/** Numbers with more digits than a double has, and those that no double holds: what is left of them, and where. */
import { describe, expect, test } from 'vitest'
import { openFileReader } from '../src/engines/file_reader.ts'
import { buildProject, ENGINES, emptyWarehouse, tempFolder } from './support/engines.ts'
import { prepareState } from '../src/run/state.ts'
import { ENGINES as BY_NAME } from '../src/engines/index.ts'
import { ownSchema } from '../src/engines/own.ts'
import { literal, sql, toText, trusted } from '../src/sql/sql.ts'
import { project } from './support/findings.ts'
import { writeFiles, writeProject } from './support/projects.ts'

/** As it is written; as a \`number\`; as JSON. */
const NUMBERS: readonly (readonly [written: string, number: string, json: string])[] = [
  ['9007199254740993', '9007199254740992', '9007199254740993'],
  ['0.1234567890123456789', '0.12345678901234568', '0.12345678901234568'],
  ['12345678901234567.89', '12345678901234568', '12345678901234568'],
  ['1e40', `1${'0'.repeat(40)}`, `1${'0'.repeat(40)}`],
  ['1e-50', `0.${'0'.repeat(49)}1`, `0.${'0'.repeat(49)}1`],
  ['10.0', '10', '10'],
  ['-1e1', '-10', '-10'],
]
/** Of JSON alone: what is beyond doubles keeps its digits, and what is below them is 0. */
const BEYOND: readonly (readonly [written: string, json: string])[] = [
  ['1e400', `1${'0'.repeat(400)}`],
  ['-1e400', `-1${'0'.repeat(400)}`],
  ['1e-400', '0'],
  ['-1e-400', '0'],
]

describe.each(ENGINES)('on %s', (engine) => {
  test('a number is a double, and JSON keeps what its rule says', async () => {
    const written = [...NUMBERS.map(([text]) => text), ...BEYOND.map(([text]) => text)]
    const dir = writeProject({
      'project.yml': project(`
group_keys: [{ name: co }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user }
    properties: { number: { type: number }, json: { type: json } }
reports:
  - { name: by_number, type: uniques, by: user, any_event: true, breakdown: { property: number } }
  - { name: by_json, type: uniques, by: user, any_event: true, breakdown: { property: json } }
`),
      'app.csv': `event,time,user,co,number,json\n${written
        .map((text, i) => `A,2024-01-01,u${i},acme,${i < NUMBERS.length ? text : ''},${text}`)
        .join('\n')}\n`,
    })
    const built = await buildProject(dir, engine)
    const segments = async (report: string) =>
      Object.fromEntries(
        (await built.rows(`${report}_entities`)).map((row) => [String(row['entity_id']), row['segment']]),
      )
    const numbers = await segments('by_number')
    const json = await segments('by_json')
    expect(written.map((_, i) => numbers[`u${i}`])).toEqual([
      ...NUMBERS.map(([, number]) => number),
      ...BEYOND.map(() => ''),
    ])
    expect(written.map((_, i) => json[`u${i}`])).toEqual([
      ...NUMBERS.map(([, , text]) => text),
      ...BEYOND.map(([, text]) => text),
    ])
  })
})

/** What a column of Parquet holds, and its text as a property. */
const NESTED: Readonly<Record<string, readonly [value: string, text: string]>> = {
  float: ['cast(0.1 as float)', '0.1'],
  floats: ['[0.1, 1e23]::float[]', '[0.1,100000000000000000000000]'],
  doubles: ['[1e23, 8.41e21, 0.1]::double[]', '[100000000000000000000000,8410000000000000000000,0.1]'],
  member: [
    "{'a': 0.1::float, 'n': 123456792, 't': '0.10000000149011612'}",
    '{"a":0.1,"n":123456792,"t":"0.10000000149011612"}',
  ],
  members: ["[{'a': 0.1::float}, {'a': null}, {'a': 'nan'::float}]", '[{"a":0.1},{"a":null},{"a":null}]'],
  both: ["{'a': 0.1::float, 'b': 0.1, 'c': [0.7::float]}", '{"a":0.1,"b":0.1,"c":[0.7]}'],
  map: ["map {'a': 0.7::float}", '{"a":0.7}'],
  lists: ['[[0.1], [2.5, 1e10]]::float[][]', '[[0.1],[2.5,10000000000]]'],
}

test.each(ENGINES)(
  'on %s floating-point numbers of Parquet are their shortest decimals, in whatever they are',
  async (engine) => {
    const dir = tempFolder()
    await using reader = await openFileReader()
    const values = Object.entries(NESTED).map(([name, [value]]) => `${value} as ${name}`)
    await reader.execute(
      `copy (
      select 'A' as event, date '2024-01-01' as time, 'ann' as user, {'price': 0.1::float} as props, ${values.join(', ')}
    ) to '${dir}/app.parquet' (format parquet)`,
    )
    await reader.execute(
      `copy (select 'ann' as id, {'price': 0.1::float} as props) to '${dir}/people.parquet' (format parquet)`,
    )
    writeFiles(dir, {
      'project.yml': project(`
sources:
  - name: app
    type: events
    file: app.parquet
    columns: { event: event, time: time, user: user }
    properties: [${Object.keys(NESTED).join(', ')}]
  - name: prices
    type: events
    file: app.parquet
    columns: { event: event, time: time, user: user }
    properties_column: props
  - { name: people, type: user_table, file: people.parquet, columns: { id: id }, properties_column: props }
reports:
${Object.keys(NESTED)
  .map(
    (name) =>
      `  - { name: by_${name}, type: uniques, by: user, any_event: true, breakdown: { property: ${name} } }`,
  )
  .join('\n')}
  - name: cheap
    type: uniques
    metrics:
      - { name: by the event, by: user, any_event: true, where: [{ property: price, value: 0.10 }] }
      - { name: by the user, by: user, any_event: true, where: [{ property: price, of: user, value: 0.10 }] }
`),
    })
    const built = await buildProject(dir, engine)
    const segments = Object.keys(NESTED).map(async (name) => {
      const rows = await built.rows(`by_${name}_entities`)
      return [name, rows.map((row) => row['segment']).find((text) => text !== '')] as const
    })
    expect(Object.fromEntries(await Promise.all(segments))).toEqual(
      Object.fromEntries(Object.entries(NESTED).map(([name, [, text]]) => [name, text])),
    )
    expect(
      (await built.rows('cheap_total')).map(({ metric, entities }) => [metric, Number(entities)]),
    ).toEqual([
      ['by the event', 1],
      ['by the user', 1],
    ])
  },
)

test('on postgres a domain is what its type is, and a range is one value', async () => {
  await using warehouse = await emptyWarehouse('postgres')
  await prepareState(warehouse, BY_NAME.postgres, { schema: 's' })
  const exact = '12345678901234567890.1234567890123456789'
  await warehouse.execute('create domain s.amount as numeric(40, 20)')
  await warehouse.execute('create domain s.codes as text')
  const fn = BY_NAME.postgres.functions(ownSchema({ schema: 's' }))
  const ask = async (value: string) => {
    const given = trusted(value)
    const [row] = await warehouse.query<{ text: string; id: string; ids: string[] }>(
      toText(sql`select ${fn.valueText(given)} as text, ${fn.id(given)} as id, ${fn.idList(given)} as ids`),
    )
    return row
  }
  const one = (text: string) => ({ text, id: text, ids: [text] })
  expect(await ask(`cast(${toText(literal(exact))} as numeric)`)).toEqual(one(exact))
  expect(await ask(`cast(${toText(literal(exact))} as s.amount)`)).toEqual(one(exact))
  expect(await ask(`cast('10.0' as s.amount)`)).toEqual(one('10'))
  expect(await ask(`cast('[1,2]' as numrange)`)).toEqual(one('[1,2]'))
  expect(await ask(`cast('{[1,2],[4,5]}' as nummultirange)`)).toEqual(one('{[1,2],[4,5]}'))
  expect(await ask(`cast('NaN' as s.amount)`)).toEqual({ text: null, id: null, ids: [] })
  expect((await ask(`cast('["a","b"]' as s.codes)`))?.ids).toEqual(['a', 'b'])
  expect((await ask(`cast('7.50' as double precision)`))?.ids).toEqual(['7.5'])
})
