/** What every warehouse must do. A new one passes this suite, and then everything above it works. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ownSchema } from '../src/engines/own.ts'
import { prepareState } from '../src/run/state.ts'
import { literal, sql, toText, trusted } from '../src/sql/sql.ts'
import {
  WarehouseError,
  type Engine,
  type PublishNote,
  type StagedRelation,
  type Warehouse,
} from '../src/engines/index.ts'

/**
 * @param engine whose warehouse it is
 * @param open a warehouse of its own, empty
 */
export function warehouseContract(engine: Engine, open: () => Promise<Warehouse>): void {
  describe(`the ${engine.title} warehouse`, () => {
    let w: Warehouse
    beforeEach(async () => {
      w = await open()
      await w.createSchema('s')
    })
    afterEach(() => w[Symbol.asyncDispose]())

    const type = (t: 'text' | 'bigint' | 'boolean' | 'timestamp' | 'date' | 'json' | 'text[]') =>
      toText(engine.functions('x').type(t))

    test('gives values in the same form', async () => {
      const [row] = await w.query<Record<string, unknown>>(`
        select
          cast(12 as bigint) as number,
          cast(9007199254740993 as bigint) as big,
          cast(1.5 as decimal(10, 2)) as decimal,
          cast('2024-03-10 01:02:03.456' as ${type('timestamp')}) as at,
          cast('2024-02-29' as ${type('date')}) as day,
          cast('{"a": [1, null, "x"]}' as ${type('json')}) as json,
          cast('a' as text) as text,
          true as yes,
          cast(null as ${type('text')}) as nothing,
          ${w.type === 'duckdb' ? "['a', 'b']" : "array['a', 'b']"} as list
      `)
      expect(row).toEqual({
        number: 12,
        big: 9007199254740993n,
        decimal: 1.5,
        at: new Date('2024-03-10T01:02:03.456Z'),
        day: '2024-02-29',
        json: { a: [1, null, 'x'] },
        text: 'a',
        yes: true,
        nothing: null,
        list: ['a', 'b'],
      })
    })

    test('gives all digits and parts of values for people', async () => {
      const [row] = await w.query(
        `
          select
            cast('2024-03-10 01:02:03.456789' as ${type('timestamp')}) as at,
            cast(9007199254740993 as bigint) as big,
            interval '1 day 02:00:00' as pause,
            cast('\\xAA' as ${w.type === 'postgres' ? 'bytea' : 'blob'}) as bytes
        `,
        { exact: true },
      )
      expect(row).toEqual({
        at: '2024-03-10 01:02:03.456789',
        big: '9007199254740993',
        pause: '1 day 02:00:00',
        bytes: expect.stringMatching(/^\\xaa$/i) as string,
      })
    })

    test('names columns of relations and queries, byte for byte', async () => {
      await w.execute('create table s.t (id text, "Company ID" bigint)')
      expect((await w.columns(['s', 't']))?.map((c) => c.name)).toEqual(['id', 'Company ID'])
      expect(await w.columns(['s', 'T'])).toBeUndefined()
      expect(await w.columns(['s', 'none'])).toBeUndefined()
      expect((await w.columnsOf('select 1 as a, 2 as b')).map((c) => c.name)).toEqual(['a', 'b'])
    })

    test('keeps columns of the same name apart', async () => {
      expect(await w.query('select 1 as a, 2 as a, 3 as b')).toEqual([{ a: 1, 'a:1': 2, b: 3 }])
      expect((await w.columnsOf('select 1 as a, 2 as a')).map((c) => c.name)).toEqual(['a', 'a:1'])
    })

    test('lists relations of a schema, tables and views', async () => {
      await w.execute('create table s.b (id text)')
      await w.execute('create view s.a as select id from s.b')
      expect(await w.relations('s')).toEqual([
        { name: 'a', kind: 'view' },
        { name: 'b', kind: 'table' },
      ])
      expect(await w.relations('none')).toEqual([])
      expect([await w.schemaExists('s'), await w.schemaExists('none')]).toEqual([true, false])
    })

    test('says which line of a statement is wrong', async () => {
      const error = await w
        .execute('select\n  1,\n  nothing_here\nfrom (select 1 as a) as t')
        .catch((e: unknown) => e)
      expect(error).toBeInstanceOf(WarehouseError)
      expect((error as WarehouseError).line).toBe(3)
      expect((error as WarehouseError).message).toMatch(/nothing_here/)
    })

    test('runs one statement at a time', async () => {
      await w.execute('create table s.t (n bigint)')
      await expect(w.execute('create table s.u as select 1 as a; drop table s.t')).rejects.toThrow(
        WarehouseError,
      )
      await expect(w.query('select 1 as a; drop table s.t')).rejects.toThrow(WarehouseError)
      expect((await w.relations('s')).map((r) => r.name)).toEqual(['t'])
    })

    test('rolls back everything of a transaction that fails, whatever failed', async () => {
      await w.execute('create table s.t (n bigint)')
      const attempt = (statement: string) =>
        w.transaction(async () => {
          await w.execute('insert into s.t values (1)')
          await w.execute('create table s.other (n bigint)')
          await w.execute(statement)
        })
      await expect(attempt("select cast('x' as integer)")).rejects.toThrow()
      await expect(attempt('select * from s.none')).rejects.toThrow()
      expect(await w.query('select * from s.t')).toEqual([])
      expect((await w.relations('s')).map((r) => r.name)).toEqual(['t'])
      await w.transaction(() => w.execute('insert into s.t values (2)'))
      expect(await w.query('select n from s.t')).toEqual([{ n: 2 }])
    })

    const stagedTable = async (name: string, select: string): Promise<StagedRelation> => {
      const staged = w.staged('s', name)
      await w.execute(`create table ${staged.join('.')} as ${select}`)
      return {
        name,
        kind: 'table',
        staged,
        published: ['s', name],
        definition: select,
        unchanged: false,
        grain: [],
        settings: {},
      }
    }
    const stagedView = async (name: string, over: (table: string) => string): Promise<StagedRelation> => {
      const staged = w.staged('s', name)
      await w.execute(`create view ${staged.join('.')} as ${over(w.staged('s', 't').join('.'))}`)
      const definition = over('s.t')
      return {
        name,
        kind: 'view',
        staged,
        published: ['s', name],
        definition,
        unchanged: false,
        grain: [],
        settings: {},
      }
    }
    const publish = async (...relations: (() => Promise<StagedRelation>)[]) => {
      await prepareState(w, engine, { schema: 's' })
      await w.sweep('s')
      const staged: StagedRelation[] = []
      for (const relation of relations) staged.push(await relation())
      let told: readonly PublishNote[] = []
      await w.publish(staged, async (notes) => {
        told = notes
      })
      return told
    }
    const rows = (relation: string) => w.query(`select * from s.${relation} order by 1`)

    test('publishes nothing where the record of it cannot be written', async () => {
      await publish(() => stagedTable('t', 'select 1 as n'))
      await w.sweep('s')
      const next = [await stagedTable('t', 'select 2 as n'), await stagedTable('u', 'select 3 as n')]
      await expect(w.publish(next, () => w.execute('select nothing from nowhere'))).rejects.toThrow('nowhere')
      expect(await rows('t')).toEqual([{ n: 1 }])
      expect((await w.relations('s')).map(({ name }) => name)).not.toContain('u')
      await publish(() => stagedTable('t', 'select 2 as n'))
      expect(await rows('t')).toEqual([{ n: 2 }])
    })

    test('publishes new relations, new rows, other columns, and a view in the place of a table', async () => {
      await publish(
        () => stagedTable('t', 'select 1 as n'),
        () => stagedView('v', (t) => `select n + 1 as m from ${t}`),
      )
      expect([await rows('t'), await rows('v')]).toEqual([[{ n: 1 }], [{ m: 2 }]])
      await publish(
        () => stagedTable('t', 'select 5 as n'),
        () => stagedView('v', (t) => `select n + 1 as m from ${t}`),
      )
      expect([await rows('t'), await rows('v')]).toEqual([[{ n: 5 }], [{ m: 6 }]])
      await publish(
        () => stagedTable('t', "select 'x' as name, 7 as n"),
        () => stagedView('v', (t) => `select name as m from ${t}`),
      )
      expect([await rows('t'), await rows('v')]).toEqual([[{ name: 'x', n: 7 }], [{ m: 'x' }]])
      await publish(
        () => stagedView('t', () => 'select 8 as n'),
        () => stagedTable('v', 'select 9 as m'),
      )
      expect(await w.relations('s')).toEqual([
        { name: 't', kind: 'view' },
        { name: 'v', kind: 'table' },
      ])
      expect([await rows('t'), await rows('v')]).toEqual([[{ n: 8 }], [{ m: 9 }]])
    })

    test('keeps comments of relations that are published over, and of those that were called otherwise', async () => {
      await publish(
        () => stagedTable('t', 'select 1 as n, 2 as m'),
        () => stagedView('v', (t) => `select n + 1 as m from ${t}`),
        () => stagedTable('old', 'select 1 as n, 2 as before'),
      )
      for (const place of [
        'table s.t',
        'column s.t.n',
        'column s.t.m',
        'view s.v',
        'table s.old',
        'column s.old.before',
      ])
        await w.execute(`comment on ${place} is 'it''s on ${place}'`)
      const comments = async () =>
        (await w.comments('s')).map(({ relation, column, text }) => [relation, column, text])
      expect((await comments()).filter(([of]) => of !== 't')).toEqual([
        ['old', null, "it's on table s.old"],
        ['old', 'before', "it's on column s.old.before"],
        ['v', null, "it's on view s.v"],
      ])
      await publish(
        () => stagedTable('t', "select 'x' as name, cast(7 as double precision) as n"),
        () => stagedView('v', (t) => `select name as m from ${t}`),
        async () => ({
          ...(await stagedTable('now', 'select 1 as n, 2 as after, 2 as before')),
          renamed: { from: ['s', 'old'], columns: [['before', 'after']] },
        }),
      )
      const kept = [
        ['now', null, "it's on table s.old"],
        ['now', 'after', "it's on column s.old.before"],
        ['t', null, "it's on table s.t"],
        ['t', 'n', "it's on column s.t.n"],
        ['v', null, "it's on view s.v"],
      ]
      expect((await comments()).filter(([of]) => of !== 'old')).toEqual(kept)
      // a table in the place of a view, and a view in that of a table
      await publish(
        () => stagedView('t', () => 'select 8 as n'),
        () => stagedTable('v', 'select 9 as m'),
      )
      expect((await comments()).filter(([of]) => of !== 'old')).toEqual(kept)
    })

    test('looks up what is published once, however many relations there are', async () => {
      const names = ['a', 'b', 'c', 'd', 'e']
      const tables = names.map((name) => () => stagedTable(name, 'select 1 as n'))
      await publish(...tables)
      const asked = vi.spyOn(w, 'relations')
      try {
        await publish(...tables)
        // The other one is of `sweep`.
        expect(asked).toHaveBeenCalledTimes(2)
      } finally {
        asked.mockRestore()
      }
    })

    test('what is staged is not published, and is swept away', async () => {
      await w.sweep('s')
      await stagedTable('t', 'select 1 as n')
      await stagedView('v', () => 'select 1 as n')
      expect(await w.columns(['s', 't'])).toBeUndefined()
      await w.sweep('s')
      expect(await w.columns(w.staged('s', 't'))).toBeUndefined()
      expect(await w.relations('s')).toEqual([])
    })

    test('bare names mean relations of the schema in use', async () => {
      await w.execute('create table s.t as select 3 as n')
      await w.use('s')
      expect(await w.query('select n from t')).toEqual([{ n: 3 }])
    })

    test('makes its functions twice without complaint', async () => {
      await prepareState(w, engine, { schema: 's' })
      await prepareState(w, engine, { schema: 's' })
      expect(await w.schemaExists(ownSchema({ schema: 's' }))).toBe(true)
    })

    test('interrupts the statement that runs', async () => {
      const endless =
        w.type === 'duckdb'
          ? 'select count(*) from range(10000000000) as a(i), range(1000) as b'
          : 'select pg_sleep(60)'
      const running = w.query(endless).catch((error: unknown) => error)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await w.interrupt()
      expect(await running).toBeInstanceOf(WarehouseError)
      expect(await w.query('select 1 as n')).toEqual([{ n: 1 }])
    })

    describe('reads values of any type', () => {
      beforeEach(() => prepareState(w, engine, { schema: 's' }))
      const fn = () => engine.functions(ownSchema({ schema: 's' }))
      const one = async (select: string) => (await w.query<{ v: unknown }>(`select ${select} as v`))[0]?.v
      const cast = (text: string | null, t: 'text' | 'json') => sql`cast(${literal(text)} as ${fn().type(t)})`

      test.each<[string | null, string[]]>([
        ['acme', ['acme']],
        [' acme ', [' acme ']],
        ['', []],
        [null, []],
        ['[]', []],
        ['["b", "a", "b", ""]', ['a', 'b']],
        ['[b, a , b]', ['a', 'b']],
        ['[1, 1.0, 1e2, true, null]', ['1', '100', 'true']],
        ['[0012, 12]', ['0012', '12']],
        ['[507f1, 505bd]', ['505bd', '507f1']],
        ['[a', ['[a']],
        ['["caf\\u00e9"]', ['café']],
        ['[{"id": "x"}]', ['[{"id": "x"}]']],
        ['1e6', ['1e6']],
      ])('text %j holds the ids %j', async (text, ids) => {
        expect(await one(toText(fn().idList(cast(text, 'text'))))).toEqual(ids)
      })

      test.each<[string, string[]]>([
        ['"acme"', ['acme']],
        ['"[a, b]"', ['a', 'b']],
        ['"[\\"a\\"]"', ['a']],
        ['["a", 12, 12.0, 1e6, 0.5, true, null, {"x": 1}, ["y"]]', ['0.5', '1000000', '12', 'a', 'true']],
        ['12.0', ['12']],
        ['{"id": "acme"}', []],
        ['null', []],
        ['""', []],
      ])('JSON %s holds the ids %j', async (json, ids) => {
        expect(await one(toText(fn().idList(cast(json, 'json'))))).toEqual(ids)
      })

      test.each<[string, string | null]>([
        ['2024-03-10', '2024-03-10T00:00:00.000Z'],
        ['2024-03-10 01:02:03', '2024-03-10T01:02:03.000Z'],
        ['2024-03-10T01:02:03.456Z', '2024-03-10T01:02:03.456Z'],
        ['2024-03-10T01:02:03+02:00', '2024-03-09T23:02:03.000Z'],
        ['2024-03-10 01:02:03-05', '2024-03-10T06:02:03.000Z'],
        ['2024-02-29', '2024-02-29T00:00:00.000Z'],
        ['2023-02-29', null],
        ['2024-03-10T01:02:03 UTC', '2024-03-10T01:02:03.000Z'],
        ['2024-03-10 01:02:03 +01:00', '2024-03-10T00:02:03.000Z'],
        ['2024-03-10 01:02:03+0130', '2024-03-09T23:32:03.000Z'],
        ['2024-03-10 01:02:03.1234569', '2024-03-10T01:02:03.123Z'],
        ['0001-01-01', '0001-01-01T00:00:00.000Z'],
        ['2024-1-5', null],
        ['2024/01/05', null],
        ['2024-03-10T01:02:03+24:00', null],
        ['infinity', null],
        ['epoch', null],
        ['03/04/2024 10:00:00', null],
        ['2024-13-01', null],
        ['yesterday', null],
        ['', null],
      ])('text %j is the instant %j', async (text, instant) => {
        const value = await one(toText(fn().instant(cast(text, 'text'), 'timestamp', 'UTC')))
        expect(value === null ? null : (value as Date).toISOString()).toBe(instant)
      })

      test.each<[string, string | null]>([
        ['cast(9007199254740993 as decimal(38, 9))', '9007199254740993'],
        ['cast(12345678901234567890123 as decimal(38, 0))', '12345678901234567890123'],
        ['cast(1200.50 as decimal(10, 2))', '1200.5'],
        ['cast(100 as decimal(10, 2))', '100'],
        ['cast(12 as double precision)', '12'],
        ['cast(1e22 as double precision)', '10000000000000000000000'],
        ['cast(0.30000000000000004 as double precision)', '0.30000000000000004'],
        ['cast(9007199254740993 as bigint)', '9007199254740993'],
        ["timestamp '2024-01-01 10:00:00'", '2024-01-01T10:00:00'],
        ['true', 'true'],
      ])('the value %s is the id %j', async (value, id) => {
        expect(await one(toText(fn().id(trusted(value))))).toBe(id)
        expect(await one(toText(fn().idList(trusted(value))))).toEqual([id])
      })

      test('the text of an object does not depend on the order of its members', async () => {
        const text = (json: string) => one(toText(fn().orderedText(cast(json, 'json'))))
        expect(await text('{"b": 1, "a": "x", "c\\"d": null}')).toBe('a=x\u001fb=1\u001fc"d=')
        expect(await text('{"c\\"d": null, "a": "x", "b": 1}')).toBe(
          await text('{"b": 1, "a": "x", "c\\"d": null}'),
        )
      })

      test.each<[string, 'epoch_s' | 'epoch_ms' | 'epoch_us', string | null]>([
        ['1709301600', 'epoch_s', '2024-03-01T14:00:00.000Z'],
        ['1709301600.25', 'epoch_s', '2024-03-01T14:00:00.250Z'],
        ['1709301600123', 'epoch_ms', '2024-03-01T14:00:00.123Z'],
        ['1709301600123000', 'epoch_us', '2024-03-01T14:00:00.123Z'],
        ['-1', 'epoch_s', '1969-12-31T23:59:59.000Z'],
        ['soon', 'epoch_s', null],
        ['1709301600123', 'epoch_s', null],
        ['1e18', 'epoch_s', null],
        ['99999999999999999999', 'epoch_s', null],
      ])('%s as %s is the instant %j', async (text, format, instant) => {
        const value = await one(toText(fn().instant(cast(text, 'text'), format, 'UTC')))
        expect(value === null ? null : (value as Date).toISOString()).toBe(instant)
      })

      test('naive times are local times of their zone, DST included', async () => {
        const at = async (text: string) =>
          one(toText(fn().instant(cast(text, 'text'), 'timestamp', 'America/New_York')))
        expect(await at('2024-03-09 12:00:00')).toEqual(new Date('2024-03-09T17:00:00Z'))
        expect(await at('2024-03-11 12:00:00')).toEqual(new Date('2024-03-11T16:00:00Z'))
        expect(await at('2024-03-11T12:00:00Z')).toEqual(new Date('2024-03-11T12:00:00Z'))
      })

      test.each([
        ['monday', '2024-03-10', '2024-03-04'],
        ['sunday', '2024-03-10', '2024-03-10'],
        ['sunday', '2024-03-09', '2024-03-03'],
        ['saturday', '2024-03-08', '2024-03-02'],
        ['wednesday', '2024-03-06', '2024-03-06'],
      ] as const)('a week from %s that has %s starts on %s', async (weekStart, day, start) => {
        expect(await one(toText(fn().periodStart(sql`date ${literal(day)}`, 'week', weekStart)))).toBe(start)
      })

      test('a date is read as what it is declared', async () => {
        const read = (text: string, t: Parameters<ReturnType<typeof fn>['typed']>[1]) =>
          one(toText(fn().typed(cast(text, 'text'), t)))
        expect(await read('12', 'integer')).toBe(12)
        expect(await read('12.5', 'number')).toBe(12.5)
        expect(await read('true', 'boolean')).toBe(true)
        expect(await read('2024-02-29', 'date')).toBe('2024-02-29')
        expect(await read('many', 'integer')).toBeNull()
        expect(await read('many', 'number')).toBeNull()
        expect(await read('many', 'boolean')).toBeNull()
        expect(await read('many', 'date')).toBeNull()
        for (const t of ['integer', 'number'] as const) expect(await read('1e999', t)).toBeNull()
        expect(await read('99999999999999999999', 'integer')).toBeNull()
        expect(await read('NaN', 'number')).toBeNull()
        expect(await read('yes', 'boolean')).toBeNull()
        expect(await read('{"a": [1]}', 'json')).toEqual({ a: [1] })
        expect(await read('{a', 'json')).toBeNull()
      })
    })
  })
}
