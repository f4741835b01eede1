/** Numbers with more digits than a double has, and those that no double holds: what is left of them, and where. */
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES, emptyWarehouse } from './support/engines.ts'
import { prepareState } from '../src/run/state.ts'
import { ENGINES as BY_NAME } from '../src/engines/index.ts'
import { ownSchema } from '../src/engines/own.ts'
import { literal, sql, toText, trusted } from '../src/sql/sql.ts'
import { project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

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
