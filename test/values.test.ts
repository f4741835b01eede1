/**
 * Values of all kinds as both engines read them: the same text is the same ids, numbers, times and JSON on each.
 * What should come out is stated where a rule decides it; generated values are held against the other engine.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES as BY_NAME, type SqlFunctions } from '../src/engines/index.ts'
import { ownSchema } from '../src/engines/own.ts'
import { prepareState } from '../src/run/state.ts'
import { join, literal, sql, toText, trusted, type Sql } from '../src/sql/sql.ts'
import { exactNumber } from '../src/project/scalars.ts'
import type { Warehouse } from '../src/engines/index.ts'
import { emptyWarehouse, ENGINES, stable, type Engine } from './support/engines.ts'

const open = new Map<Engine, Warehouse>()

/** Types that a warehouse may have of its own. */
const TYPES_OF_PROJECTS: Readonly<Record<Engine, readonly string[]>> = {
  duckdb: ["create type plan as enum ('pro', 'free')"],
  postgres: [
    "create type plan as enum ('pro', 'free')",
    'create domain code as char(8)',
    'create domain amount as decimal(20,2)',
    'create domain money_code as amount',
  ],
}

beforeAll(async () => {
  for (const engine of ENGINES) {
    const warehouse = await emptyWarehouse(engine)
    await prepareState(warehouse, BY_NAME[engine], { schema: 's' })
    for (const type of TYPES_OF_PROJECTS[engine]) await warehouse.execute(type)
    open.set(engine, warehouse)
  }
})
afterAll(async () => {
  for (const warehouse of open.values()) await warehouse[Symbol.asyncDispose]()
})

type Reading = (value: Sql, fn: SqlFunctions) => Sql

/** What an engine makes of values, which are written as texts and cast to a type first. */
async function read(
  engine: Engine,
  written: readonly (string | null)[],
  type: string,
  reading: Reading,
): Promise<unknown[]> {
  const fn = BY_NAME[engine].functions(ownSchema({ schema: 's' }))
  const rows = written.map((text, i) => sql`(${literal(i)}, ${text === null ? sql`null` : literal(text)})`)
  const select = sql`
    select ${reading(sql`value`, fn)} as made
    from (
      select place, cast(given as ${trusted(type)}) as value
      from (values ${join(rows, ', ')}) as given(place, given)
    ) as typed
    order by place
  `
  const made = await open.get(engine)!.query<{ made: unknown }>(toText(select))
  return made.map((row) => row.made)
}

/** A type of both engines; one name where they call it the same. */
type TypeName = string | Readonly<Record<Engine, string>>
const nameOn = (engine: Engine, type: TypeName) => (typeof type === 'string' ? type : type[engine])

const idList: Reading = (value, fn) => fn.idList(value)
const id: Reading = (value, fn) => fn.id(value)
const text: Reading = (value, fn) => fn.valueText(value)
const object: Reading = (value, fn) => fn.json(value)
const member =
  (name: string): Reading =>
  (value, fn) =>
    fn.propertyText(fn.json(value), name)

const JSON_TYPE = { duckdb: 'json', postgres: 'json' }
const STORED = { duckdb: 'json', postgres: 'jsonb' }
const DOUBLE = 'double precision'
const LIST = (of: string) => `${of}[]`

describe.each(ENGINES)('on %s', (engine) => {
  const reads = (type: TypeName, reading: Reading, cases: Readonly<Record<string, unknown>>) =>
    read(engine, Object.keys(cases), nameOn(engine, type), reading).then((made) =>
      expect(Object.fromEntries(Object.keys(cases).map((written, i) => [written, made[i]]))).toEqual(cases),
    )

  test('text lists of JSON, Python, DuckDB and PostgreSQL are lists of ids', () =>
    reads('text', idList, {
      '["acme","globex"]': ['acme', 'globex'],
      '[12, 13.0, 1e2]': ['100', '12', '13'],
      // Python and pandas
      "['acme', 'globex']": ['acme', 'globex'],
      "['acme']": ['acme'],
      "[\"it's\", 'x']": ["it's", 'x'],
      "['it\\'s', 'a, b', 'C:\\\\x', 'caf\\xe9', '\\u00e9']": ['C:\\x', 'a, b', 'café', "it's", 'é'],
      "['a', None, nan, 12]": ['12', 'a'],
      // DuckDB
      "['acme, inc', globex]": ['acme, inc', 'globex'],
      '[acme, NULL, b c]': ['acme', 'b c'],
      "['', x]": ['x'],
      '[acme]': ['acme'],
      // PostgreSQL
      '{acme,"globex, inc"}': ['acme', 'globex, inc'],
      '{"globex, inc",acme}': ['acme', 'globex, inc'],
      '{"a\\"b","c\\\\d",NULL}': ['a"b', 'c\\d'],
      '{}': [],
      '[]': [],
      // one id, and no list
      '{3f2504e0-4f89-11d3-9a0c-0305e82c3301}': ['{3f2504e0-4f89-11d3-9a0c-0305e82c3301}'],
      "['acme' 'globex']": ["['acme' 'globex']"],
      '["acme","glob': ['["acme","glob'],
      '[[acme], b]': ['[[acme], b]'],
      '{"id":"acme"}': ['{"id":"acme"}'],
      "{'id': 5}": ["{'id': 5}"],
      ' [a]': [' [a]'],
      'a,b': ['a,b'],
      acme: ['acme'],
      '': [],
    }))

  test('white space beyond ASCII in a list belongs to the id', () =>
    reads('text', idList, {
      '[\u00a0a, b\u2003]': ['b\u2003', '\u00a0a'],
      '[ \ta\n, b ]': ['a', 'b'],
    }))

  test('a number is one id, however it is written in JSON', () =>
    reads(JSON_TYPE, id, {
      '12': '12',
      '12.0': '12',
      '1.2e1': '12',
      '-0': '0',
      '-0.0': '0',
      '1.50': '1.5',
      '1.5e-7': '0.00000015',
      '0.000001': '0.000001',
      '1e22': '10000000000000000000000',
      '123456789012345678901': '123456789012345678901',
      '123456789012345678902': '123456789012345678902',
      '9007199254740993': '9007199254740993',
      '0.12345678901234567890': '0.12345678901234568',
      true: 'true',
      null: null,
      '""': null,
      '"12.0"': '12.0',
      '{"a":1}': null,
      '[1]': null,
    }))

  test('columns that are numbers have one text for each number', async () => {
    await reads(DOUBLE, text, {
      '12': '12',
      '0.1': '0.1',
      '1e20': '100000000000000000000',
      '1.5e-7': '0.00000015',
      '-0': '0',
      NaN: null,
      Infinity: null,
      '-Infinity': null,
    })
    await reads('real', text, { '0.1': '0.1', '10': '10', '1e10': '10000000000', NaN: null })
    // two ids that are one double
    for (const reading of [text, id])
      await reads('decimal(30,2)', reading, {
        '12345678901234567.25': '12345678901234567.25',
        '12345678901234567.50': '12345678901234567.5',
      })
    await reads('decimal(30,2)', idList, { '12345678901234567.25': ['12345678901234567.25'] })
    await reads('decimal(38,9)', text, { '9007199254740993': '9007199254740993', '1.10': '1.1', '0': '0' })
    await reads('bigint', text, { '9007199254740993': '9007199254740993' })
  })

  test('native lists are lists of ids, whatever they are of', async () => {
    const lists = async (of: string, cases: Readonly<Record<string, unknown>>) => {
      const wrote = Object.fromEntries(
        Object.entries(cases).map(([list, ids]) => [
          engine === 'duckdb' ? list.replace('{', '[').replace('}', ']') : list,
          ids,
        ]),
      )
      await reads(LIST(of), idList, wrote)
    }
    await lists('text', { '{acme,globex,acme}': ['acme', 'globex'] })
    await lists('decimal(10,2)', { '{12,13.50}': ['12', '13.5'], '{1200.00}': ['1200'] })
    await lists(DOUBLE, { '{12,13.5,NaN,1e20}': ['100000000000000000000', '12', '13.5'] })
    await lists('real', { '{0.1,12}': ['0.1', '12'] })
    await lists('bigint', { '{9007199254740993,12}': ['12', '9007199254740993'] })
    await lists('decimal(38,0)', { '{12345678901234567890123}': ['12345678901234567890123'] })
    await lists('timestamp', { '{2024-01-01 10:00:00}': ['2024-01-01T10:00:00'] })
    await lists('date', { '{2024-01-01}': ['2024-01-01'] })
  })

  test('members of a list, of whatever type, are read as a column of that type', async () => {
    const typeOf: Record<string, TypeName> = {
      bytes: { duckdb: 'blob', postgres: 'bytea' },
      padded: { duckdb: 'varchar', postgres: 'char(8)' },
      plan: 'plan',
      code: { duckdb: 'varchar', postgres: 'code' },
      amount: { duckdb: 'decimal(20,2)', postgres: 'amount' },
    }
    const one: Readonly<Record<string, readonly [written: string, id: string]>> = {
      bytes: ['acme', 'acme'],
      padded: ['acme', 'acme'],
      plan: ['pro', 'pro'],
      code: ['acme', 'acme'],
      amount: ['12.50', '12.5'],
      interval: ['1 year 2 months -1 days', '1 year 2 months -1 day'],
      uuid: ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
      date: ['2024-01-01', '2024-01-01'],
      time: ['10:00:00.5', '10:00:00.5'],
      timestamp: ['2024-01-01 10:00:00.5', '2024-01-01T10:00:00.5'],
      timestamptz: ['2024-01-01 10:00:00.5+02', '2024-01-01T08:00:00.5+00:00'],
      boolean: ['true', 'true'],
      smallint: ['12', '12'],
      ...(engine === 'duckdb'
        ? {
            timestamp_ns: ['2024-01-01 10:00:00.123456789', '2024-01-01T10:00:00.123456'],
            hugeint: ['12', '12'],
          }
        : { int4range: ['[1,5)', '[1,5)'], inet: ['10.0.0.1', '10.0.0.1'], money_code: ['12.50', '12.5'] }),
    }
    for (const [name, [written, id]] of Object.entries(one)) {
      const type = nameOn(engine, typeOf[name] ?? name)
      await reads(type, idList, { [written]: [id] })
      await reads(type, text, { [written]: id })
      const quoted = JSON.stringify(written)
      const list = engine === 'duckdb' ? `[${quoted}]` : `{${quoted},NULL}`
      await reads(`${type}[]`, idList, { [list]: [id] })
    }
    const accent = engine === 'duckdb' ? ['\\xC3\\xA9', '\\xFF'] : ['\\xc3a9', '\\xff']
    const lists =
      engine === 'duckdb' ? `[${accent.join(', ')}]` : `{${accent.map((b) => `"\\${b}"`).join(',')}}`
    await reads(LIST(nameOn(engine, typeOf['bytes'] ?? '')), idList, { [lists]: ['é'] })
  })

  test('other columns have one text, too', async () => {
    await reads('interval', text, {
      '1 year 2 months 3 days 04:05:06.5': '1 year 2 months 3 days 04:05:06.5',
      '-1 day 02:00:00': '-1 day 02:00:00',
      '1 month': '1 month',
    })
    await reads('timestamp', text, { '2024-01-01 10:00:00.5': '2024-01-01T10:00:00.5' })
    await reads('date', text, { '2024-01-01': '2024-01-01' })
    await reads('time', text, { '10:00:00.5': '10:00:00.5' })
    const bytes = { duckdb: 'blob', postgres: 'bytea' }
    await reads(bytes, text, { acme: 'acme', [engine === 'duckdb' ? '\\xC3\\xA9' : '\\xc3a9']: 'é' })
    await reads(bytes, text, { [engine === 'duckdb' ? '\\xFF' : '\\xff']: null })
    await reads({ duckdb: 'varchar', postgres: 'char(8)' }, text, { acme: 'acme' })
    await reads({ duckdb: 'varchar', postgres: 'char(8)' }, idList, { acme: ['acme'] })
    await reads({ duckdb: 'timestamp_ns', postgres: 'timestamp' }, idList, {
      '2024-01-01 10:00:00.123456': ['2024-01-01T10:00:00.123456'],
    })
  })

  test('numbers are more or less than another in all of their digits', async () => {
    const isMore =
      (than: string): Reading =>
      (value, fn) =>
        fn.isBeside(value, '>', exactNumber(than))
    const isLeast =
      (than: string): Reading =>
      (value, fn) =>
        fn.isBeside(value, '>=', exactNumber(than))
    await reads('text', isMore('9007199254740992'), {
      '9007199254740991': false,
      '9007199254740992': false,
      '9007199254740993': true,
      '9007199254740992.000000000000000000001': true,
      '9.007199254740993e15': true,
      ' +9007199254740993. ': true,
      '-9007199254740993': false,
      '1e90': true,
      many: null,
      '': null,
    })
    await reads('text', isMore('-9007199254740993.5'), {
      '-9007199254740993.5': false,
      '-9007199254740993.50': false,
      '-9007199254740993.51': false,
      '-9007199254740993.49': true,
      '-9007199254740993': true,
      '-9007199254740994': false,
    })
    await reads('text', isMore('0'), {
      '-0': false,
      '0.00': false,
      [`0.${'0'.repeat(400)}1`]: true,
      [`-.${'0'.repeat(400)}1`]: false,
    })
    await reads('text', isMore('0.1'), { '0.10': false, '.1000000000000000000001': true, '1.e-1': false })
    await reads('text', isLeast('0.30'), { '0.3': true, '.3e0': true, '0.29999999999999999999': false })
    await reads('decimal(38,10)', (value, fn) => isMore('12345678901234567.25')(fn.id(value), fn), {
      '12345678901234567.25': false,
      '12345678901234567.2500000001': true,
    })
  })

  test('an object is read from JSON, from text, and out of JSON that was written as text', () =>
    reads('text', object, {
      '{"a":1}': { a: 1 },
      ' \n{"a":1}': { a: 1 },
      '"{\\"a\\":1}"': { a: 1 },
      '{"a":"{\\"b\\":1}"}': { a: '{"b":1}' },
      // the last of several members of one name
      '{"a":1,"b":2,"a":3}': { a: 3, b: 2 },
      '"{\\"a\\":1,\\"a\\":2}"': { a: 2 },
      // what PostgreSQL cannot store, and what is no JSON though many programs write it
      '{"a":"x\\u0000y","b\\u0000":1}': { a: 'xy', b: 1 },
      '{"a":"\\\\u0000"}': { a: '\\u0000' },
      '{"a":NaN,"b":[-Infinity,1],"c":"NaN, Infinity"}': { a: null, b: [null, 1], c: 'NaN, Infinity' },
      // no objects: a data test tells of them
      '[1,2]': [1, 2],
      '"acme"': 'acme',
      '12': 12,
      // no JSON
      '{"a":"\\ud800"}': null,
      "{'a': 1}": null,
      '{"a":1': null,
      acme: null,
      '': null,
    }))

  test('objects that are put together keep all digits, and every null but their own', async () => {
    const json = (of: string, fn: SqlFunctions) => sql`cast(${literal(of)} as ${fn.type('json')})`
    const made = (make: (value: Sql, fn: SqlFunctions) => Sql, of: string, p: unknown) =>
      reads(STORED, (value, fn) => fn.propertyText(make(value, fn), 'p'), { [of]: p })
    const built = (value: Sql, fn: SqlFunctions) =>
      fn.jsonObject([
        ['p', fn.jsonField(value, 'q')],
        ['"\\', fn.text(literal('x'))],
      ])
    // without the spaces of JSON that is put in as a whole
    await reads(JSON_TYPE, (value, fn) => fn.text(fn.propertyText(fn.jsonObject([['p', value]]), 'p')), {
      '{"a": [1, 2]}': '{"a":[1,2]}',
    })
    const renamed = (value: Sql, fn: SqlFunctions) =>
      fn.jsonRenamed(value, [
        ['q', 'p'],
        ['"\\', 'r'],
      ])
    const merged = (value: Sql, fn: SqlFunctions) => fn.jsonMerged(json('{"q":"other"}', fn), value)
    const mergedInto = (value: Sql, fn: SqlFunctions) => fn.jsonMerged(value, json('{"p":"other"}', fn))
    for (const [q, p] of [
      ['123456789012345678901234', '123456789012345678901234'],
      ['-123456789012345678901234567890123456789012345', '-123456789012345678901234567890123456789012345'],
      ['[123456789012345678901234]', '[123456789012345678901234]'],
      ['1e3', '1000'],
      ['[{"a":null,"b":[null,{"c":null}]}]', '[{"a":null,"b":[null,{"c":null}]}]'],
      ['{"a":null,"b":{"c":null}}', '{"a":null,"b":{"c":null}}'],
      ['"a\\"\\\\\\n é"', 'a"\\\n é'],
    ]) {
      await made(built, `{"q":${q},"p":"before"}`, p)
      await made(renamed, `{"q":${q}}`, p)
      await made(renamed, `{"p":{"before":1},"q":${q}}`, p)
      await made(merged, `{"p":${q}}`, p)
      await made(mergedInto, `{"p":${q}}`, p)
    }
    const whole = (make: (value: Sql, fn: SqlFunctions) => Sql, of: string, object: unknown) =>
      reads(STORED, make, { [of]: object })
    await whole(built, '{"q":null}', { '"\\': 'x' })
    await whole(built, '{}', { '"\\': 'x' })
    await whole(renamed, '{"q":null,"p":1,"s":null}', { p: 1, s: null })
    await whole(renamed, '{"\\"\\\\":1}', { r: 1 })
    await whole(renamed, '{"s":[null]}', { s: [null] })
    await whole(mergedInto, '{"p":null,"s":null}', { p: 'other' })
    await whole(merged, '{"p":null,"s":{"t":null}}', { p: null, q: 'other', s: { t: null } })
  })

  test('a property has one text for each number', async () => {
    const texts = (of: Readonly<Record<string, unknown>>) =>
      reads('text', member('p'), Object.fromEntries(Object.entries(of).map(([v, t]) => [`{"p":${v}}`, t])))
    await texts({
      '10': '10',
      '10.0': '10',
      '1e1': '10',
      '"10.0"': '10.0',
      '"1e1"': '1e1',
      '1.10': '1.1',
      '-1.5e-7': '-0.00000015',
      '1e300': `1${'0'.repeat(300)}`,
      '123456789012345678901': '123456789012345678901',
      '"x\\u0000y"': 'xy',
      true: 'true',
      null: null,
      '[1, "a b"]': '[1,"a b"]',
    })
  })

  test('a list or an object has one text, whatever the order and the spelling inside', async () => {
    // names are in the order of what JSON writes: a space is before the quote that ends a name
    const text = '{"a b":"}, {\\"","a":[{"x":1,"y":2.5},{}],"b":{"c":10,"d":[]}}'
    await reads('text', member('p'), {
      '{"p":{"b":{"d":[],"c":1e1},"a b":"}, {\\"","a":[{"y":2.50,"x":1.0},{}]}}': text,
      '{"p": {"a": [{"x": 1, "y": 25e-1}, {}], "a b": "}, {\\"", "b": {"c": 10, "d": []}}}': text,
      // the last of several members of one name, at any depth
      '{"p":{"b":0,"a":[],"b":{"c":0,"c":10,"d":[]},"a b":"}, {\\"","a":[{"x":1,"y":2.5},{}]}}': text,
      // a text in JSON is a text
      '{"p":"{\\"b\\":1e1,\\"a\\":2}"}': '{"b":1e1,"a":2}',
      '{"p":[1.0,"1.0",[1e2,-0.0],"a,1.0]"]}': '[1,"1.0",[100,0],"a,1.0]"]',
      '{"p":{"b":1e400,"c":[1E+3,1.5e-7]}}': `{"b":1${'0'.repeat(400)},"c":[1000,0.00000015]}`,
      '{"p":["\\u001b\\u000B\\\\u001b"]}': '["\\u001B\\u000B\\\\u001b"]',
      [`{"p":${'{"b":1,"a":'.repeat(12)}0${'}'.repeat(12)}}`]: `${'{"a":'.repeat(12)}0${',"b":1}'.repeat(12)}`,
    })
    const rows = { duckdb: 'struct(b integer, a double[])', postgres: 'json' }
    await reads(rows, (value, fn) => fn.valueText(value), {
      '{"b": 1, "a": [2.0, 0.5]}': '{"a":[2,0.5],"b":1}',
    })
  })

  test('lists and objects are as long as their one text', async () => {
    const bytes: Reading = (value, fn) => fn.text(fn.jsonBytes(fn.jsonField(fn.json(value), 'p')))
    await reads('text', bytes, {
      '{"p":{"b":1e400}}': '407',
      '{"p":{"b":1E+22, "c": [12.50, -0.0]}}': '42',
      '{"p":{"a":1,"b":{"x":"}, {","y":"é"},"a":2}}': '33',
      '{"p":[0.10000000000000000001,12]}': '8',
      '{"p":"1e400"}': '5',
      '{"p":1e400}': null,
    })
  })

  test('times are read alike', async () => {
    const iso =
      (format: 'timestamp' | 'epoch_s' | 'epoch_us'): Reading =>
      (value, fn) =>
        fn.text(fn.microseconds(fn.instant(value, format, 'UTC')))
    await reads('text', iso('epoch_us'), {
      '9100000000000001': '9100000000000001',
      '253402300799999999': '253402300799999999',
      '253402300800000000': null,
      '-62135596800000000': '-62135596800000000',
      '1e3': '1000',
      '1_000': null,
    })
    await reads('text', iso('epoch_s'), {
      '9100000000.000001': '9100000000000001',
      ' 12 ': '12000000',
      '253402300800': null,
    })
    // years that not every program can show
    const beyond = { '0044-03-15': '-60772291200000000', '10000-01-01': null, '20000-01-01': null }
    const bc = { duckdb: '0044-03-15 (BC) 00:00:00', postgres: '0044-03-15 00:00:00 BC' }
    await reads('timestamp', iso('timestamp'), beyond)
    await reads('timestamptz', iso('timestamp'), beyond)
    for (const engine of ENGINES)
      expect(await read(engine, [bc[engine]], 'timestamp', iso('timestamp'))).toEqual([null])
    await reads('text', iso('timestamp'), { '2024-1-5': null, '2024-01-05': '1704412800000000' })
    await reads('text', (value, fn) => fn.typed(value, 'date'), {
      '2024-1-5': null,
      '2024-01-05': '2024-01-05',
    })
    // infinity is no time, whatever type the column has
    for (const type of ['date', 'timestamp', 'timestamptz'])
      await reads(type, iso('timestamp'), {
        infinity: null,
        '-infinity': null,
        '2024-01-05': '1704412800000000',
      })
    await reads('bigint', (value, fn) => fn.text(fn.microseconds(fn.instantOf(value))), {
      '9100000000000001': '9100000000000001',
      '-9100000000000001': '-9100000000000001',
    })
  })

  test('many members may be renamed and many be made, and what is not there stays away', async () => {
    const type = engine === 'duckdb' ? 'json' : 'jsonb'
    const objects = async (written: readonly string[], made: Reading) => {
      const texts = await read(engine, written, type, (value, fn) => fn.text(made(value, fn)))
      return texts.map((object) => JSON.parse(String(object)) as unknown)
    }
    const names = Array.from({ length: 150 }, (_, i) => `m${i}`)
    const renamed = names.map((name) => [name, `new_${name}`] as const)
    expect(
      await objects(['{"m0":1,"m149":[null],"x":{"y":2}}', '{"x":1}', '[1]'], (value, fn) =>
        fn.jsonRenamed(value, renamed),
      ),
    ).toEqual([{ new_m0: 1, new_m149: [null], x: { y: 2 } }, { x: 1 }, [1]])
    // A name is free again once its member has another one.
    expect(
      await objects(['{"a":1}', '{"a":1,"b":2}', '{"b":2}'], (value, fn) =>
        fn.jsonRenamed(value, [
          ['b', 'c'],
          ['a', 'b'],
        ]),
      ),
    ).toEqual([{ b: 1 }, { b: 1, c: 2 }, { c: 2 }])
    const made = await objects(['1', 'null'], (value, fn) =>
      fn.jsonObject(names.map((name) => [name, fn.jsonScalar(value)])),
    )
    expect(made.map((object) => Object.keys(object as object).length)).toEqual([150, 0])
  })
})

describe('generated values are the same on both engines', () => {
  const same = async (
    name: string,
    written: readonly string[],
    type: TypeName,
    reading: Reading,
  ): Promise<void> => {
    const [duckdb, postgres] = await Promise.all(
      ENGINES.map((engine) => read(engine, written, nameOn(engine, type), reading)),
    )
    const differences = written.flatMap((value, i) => {
      const [a, b] = [stable(duckdb?.[i]), stable(postgres?.[i])]
      return a === b ? [] : [{ name, value, duckdb: a, postgres: b }]
    })
    expect(differences.slice(0, 5)).toEqual([])
  }
  const seed = Number(process.env['GWH_VALUES_SEED'] ?? 11)
  const sample = (arbitrary: fc.Arbitrary<string>) =>
    fc.sample(arbitrary, { numRuns: Number(process.env['GWH_VALUES_RUNS'] ?? 1500), seed })

  const words = fc.constantFrom(
    'acme',
    'b c',
    '12',
    '1.0',
    '1e3',
    'NULL',
    'null',
    'None',
    'nan',
    "it's",
    'é',
    '',
    'x"y',
    'a\\b',
  )
  const marks = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ',',
    ', ',
    "'",
    '"',
    '\\',
    '\\n',
    '\\"',
    "\\'",
    ' ',
    '\u00a0',
    '\n',
    ':',
  )
  const listLike = fc
    .array(fc.oneof({ weight: 3, arbitrary: words }, { weight: 2, arbitrary: marks }), { maxLength: 9 })
    .chain((parts) => fc.constantFrom(`[${parts.join('')}]`, `{${parts.join('')}}`, parts.join('')))
  const quoted = fc
    .array(words, { maxLength: 5 })
    .chain((items) =>
      fc.constantFrom(
        JSON.stringify(items),
        `[${items.map((item) => `'${item.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`).join(', ')}]`,
        `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`,
      ),
    )
  const numbers = fc.oneof(
    fc.double().map(String),
    fc.integer().map(String),
    fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }).map(String),
    fc
      .tuple(
        fc.integer({ min: -9999, max: 9999 }),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: -20, max: 20 }),
      )
      .map(([whole, part, exponent]) => `${whole}.${part}e${exponent}`),
    fc
      .tuple(fc.integer(), fc.constantFrom('.0', '.10', '.500', ''))
      .map(([whole, part]) => `${whole}${part}`),
  )
  const jsonNumbers = numbers.filter((text) => /^-?\d/.test(text))
  const json = fc.oneof(
    { weight: 2, arbitrary: fc.json({ maxDepth: 2 }) },
    {
      weight: 2,
      arbitrary: fc
        .array(
          fc.tuple(
            fc.constantFrom('p', 'q', 'p\\u0000', 'a b'),
            fc.oneof(
              jsonNumbers,
              quoted.map((v) => JSON.stringify(v)),
              fc.json({ maxDepth: 1 }),
            ),
          ),
          { maxLength: 4 },
        )
        .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`),
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 1 }).map((inner) => JSON.stringify(inner)) },
  )

  /** Objects and lists in one another, with names that come twice and marks of JSON in texts. */
  const nested = fc
    .letrec<{ value: string; object: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.oneof(jsonNumbers, fc.constantFrom('1e400', '-0', '1.50', '[]', '{}', 'null', 'true')),
        fc.oneof(words, marks, fc.string()).map((text) => JSON.stringify(text.replaceAll('\0', ''))),
        tie('object'),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
      ),
      object: fc
        .array(
          fc.tuple(
            fc.oneof(words, marks, fc.constantFrom('a', 'b', 'a b', 'aa', 'B', 'ü', '\u{1f600}', '\u001b')),
            tie('value'),
          ),
          { maxLength: 5 },
        )
        .map((members) => `{${members.map(([n, value]) => `${JSON.stringify(n)}: ${value}`).join(', ')}}`),
    }))
    .object.map((object) => `{"p":${object}}`)

  test('lists in text', async () => {
    await same('idList', sample(listLike), 'text', idList)
    await same('idList', sample(quoted), 'text', idList)
  })
  test('numbers', async () => {
    await same('id', sample(jsonNumbers), JSON_TYPE, id)
    await same('double', sample(numbers), DOUBLE, text)
    await same('typed number', sample(numbers), 'text', (value, fn) =>
      fn.valueText(fn.typed(value, 'number')),
    )
    await same('typed integer', sample(numbers), 'text', (value, fn) => fn.typed(value, 'integer'))
    await same('epoch', sample(numbers), 'text', (value, fn) => fn.instant(value, 'epoch_s', 'UTC'))
  })
  test('numbers more and less than others', async () => {
    const close = fc
      .tuple(
        fc.constantFrom('9007199254740992', '-9007199254740993', '0.1', '12345678901234567.25', '1e22'),
        numbers,
      )
      .chain(([near, far]) =>
        fc.constantFrom(
          near,
          `${near}1`,
          `${near}0`,
          `-${near}`.replace('--', ''),
          `0${near}`,
          `${near}.0`,
          far,
        ),
      )
    for (const than of ['9007199254740993', '-9007199254740992', '0.1', '12345678901234567.251', '0'])
      await same(`> ${than}`, sample(close), 'text', (value, fn) => fn.isBeside(value, '>', than))
  })
  test('JSON', async () => {
    await same('object', sample(json), 'text', object)
    await same('object', sample(json), JSON_TYPE, object)
    await same('member', sample(json), 'text', member('p'))
    const objects = sample(nested).slice(0, 500)
    await same('nested member', objects, 'text', member('p'))
    await same('nested value', objects, JSON_TYPE, text)
    const inside = (value: Sql, fn: SqlFunctions) => fn.jsonField(fn.json(value), 'p')
    await same('nested bytes', objects, 'text', (value, fn) => fn.jsonBytes(inside(value, fn)))
    for (const engine of ENGINES) {
      const found = await read(engine, objects, 'text', (value, fn) => {
        const [json, limit] = [inside(value, fn), 60]
        return sql`${fn.jsonBytes(json)} <= ${literal(limit)} or ${fn.jsonExceeds(json, limit)}`
      })
      expect(objects.filter((_, i) => found[i] === false)).toEqual([])
    }
    await same('members in order', objects, STORED, (value, fn) => fn.text(fn.orderedText(value)))
    await same('idList', sample(json), JSON_TYPE, idList)
    await same('value', sample(jsonNumbers), JSON_TYPE, text)
  })
  test('times and dates in text', async () => {
    const part = (max: number) =>
      fc.integer({ min: 0, max }).chain((n) => fc.constantFrom(String(n), String(n).padStart(2, '0')))
    const time = fc
      .tuple(
        fc
          .integer({ min: 1, max: 9999 })
          .chain((n) => fc.constantFrom(String(n), String(n).padStart(4, '0'))),
        part(13),
        part(32),
        fc.constantFrom('', ' ', 'T'),
        part(24),
        part(60),
        fc.constantFrom('', ':00', ':59.1234567', ':30.5'),
        fc.constantFrom('', 'Z', '+02:00', ' UTC', '-0930', '+15:00'),
      )
      .map(([y, m, d, between, h, mi, s, zone]) =>
        between === '' ? `${y}-${m}-${d}` : `${y}-${m}-${d}${between}${h}:${mi}${s}${zone}`,
      )
    await same('instant', sample(time), 'text', (value, fn) => fn.instant(value, 'timestamp', 'Europe/Paris'))
    await same('date', sample(time), 'text', (value, fn) => fn.typed(value, 'date'))
  })
})
