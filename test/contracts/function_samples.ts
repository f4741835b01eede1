/**
 * The values that every engine's SQL functions must give. A function without a sample does not compile here, so a new
 * one brings what it is expected to say.
 */
import { identifier, join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import type { SqlFunctions } from '../../src/engines/functions.ts'

/** An expression and its value, as a warehouse hands values over; times as ISO 8601. */
export interface ValueSample {
  readonly value: (a: Arguments) => Sql
  readonly is: unknown
}

/** A query and its rows, in any order; or, for what is no query, rows of a query around it. */
export interface RowsSample {
  readonly rows: (a: Arguments) => Sql
  readonly are: readonly Readonly<Record<string, unknown>>[]
}

/** Values of each type, written so that every engine takes them for that type. */
export interface Arguments {
  readonly fn: SqlFunctions
  readonly text: (value: string | null) => Sql
  readonly json: (value: string | null) => Sql
  readonly number: (value: string | null) => Sql
  readonly whole: (value: number | null) => Sql
  readonly day: (value: string | null) => Sql
  readonly at: (iso: string | null) => Sql
  readonly yes: (value: boolean | null) => Sql
  readonly list: (...members: readonly string[]) => Sql
  /** A relation of these rows. */
  readonly table: (rows: readonly Readonly<Record<string, Sql>>[], name?: string) => Sql
}

export function argumentsFor(fn: SqlFunctions): Arguments {
  const typed = (type: Parameters<SqlFunctions['type']>[0], value: string | number | boolean | null): Sql =>
    sql`cast(${literal(value)} as ${fn.type(type)})`
  return {
    fn,
    text: (value) => typed('text', value),
    json: (value) => typed('json', value),
    number: (value) => typed('number', value),
    whole: (value) => typed('bigint', value),
    day: (value) => typed('date', value),
    at: (iso) => (iso === null ? typed('timestamp', null) : fn.instantLiteral(iso)),
    yes: (value) => typed('boolean', value),
    list: (...members) => fn.idList(typed('text', JSON.stringify(members))),
    table(rows, name = 'given') {
      const selects = rows.map((row) => {
        const columns = Object.entries(row).map(([column, value]) => sql`${value} as ${identifier(column)}`)
        return sql`select ${join(columns, ', ')}`
      })
      return sql`(${join(selects, '\nunion all\n')}) as ${identifier(name)}`
    },
  }
}

const value = (make: (a: Arguments) => Sql, is: unknown): ValueSample => ({ value: make, is })

/** By function. */
export const SAMPLES: Readonly<Record<keyof SqlFunctions, readonly (ValueSample | RowsSample)[]>> = {
  text: [
    value(({ fn, whole }) => fn.text(whole(12)), '12'),
    value(({ fn, yes }) => fn.text(yes(true)), 'true'),
    value(({ fn, day }) => fn.text(day('2024-02-29')), '2024-02-29'),
    value(({ fn, text }) => fn.text(text(null)), null),
  ],
  id: [
    value(({ fn, text }) => fn.id(text('acme')), 'acme'),
    value(({ fn, text }) => fn.id(text('')), null),
    value(({ fn, whole }) => fn.id(whole(42)), '42'),
    value(({ fn, number }) => fn.id(number('42.50')), '42.5'),
    value(({ fn, number }) => fn.id(number('1e21')), '1000000000000000000000'),
    value(({ fn, number }) => fn.id(number('nan')), null),
    value(({ fn, json }) => fn.id(json('"a"')), 'a'),
    value(({ fn, json }) => fn.id(json('12.0')), '12'),
  ],
  idList: [
    value(({ fn, text }) => fn.idList(text('["b", "a", "b", "", null]')), ['a', 'b']),
    value(({ fn, text }) => fn.idList(text("['acme', 'globex']")), ['acme', 'globex']),
    value(({ fn, text }) => fn.idList(text("['acme, inc', globex]")), ['acme, inc', 'globex']),
    value(({ fn, text }) => fn.idList(text('{acme,"globex, inc"}')), ['acme', 'globex, inc']),
    value(({ fn, text }) => fn.idList(text('one')), ['one']),
    value(({ fn, text }) => fn.idList(text(null)), []),
    value(({ fn, json }) => fn.idList(json('[2, 10, {"a": 1}, [3]]')), ['10', '2']),
  ],
  isRounded: [
    value(({ fn, number }) => fn.isRounded(number('9007199254740992')), true),
    value(({ fn, number }) => fn.isRounded(number('9007199254740991')), false),
    value(({ fn, text }) => fn.isRounded(text('9007199254740993')), false),
    value(({ fn, number }) => fn.isRounded(number('nan')), false),
    value(({ fn, number }) => fn.isRounded(number('-infinity')), false),
  ],
  isRoundedMember: [
    value(({ fn, text }) => fn.isRoundedMember(text('{"id": 1e22}'), 'id'), true),
    value(({ fn, text }) => fn.isRoundedMember(text('{"id": 12}'), 'id'), false),
    value(({ fn, text }) => fn.isRoundedMember(text('{"other": 1e22}'), 'id'), false),
  ],
  hasIds: [
    value(({ fn, list }) => fn.hasIds(list('a')), true),
    value(({ fn }) => fn.hasIds(fn.noIds()), false),
  ],
  idCount: [
    value(({ fn, list }) => fn.idCount(list('a', 'b')), 2),
    value(({ fn }) => fn.idCount(fn.noIds()), 0),
  ],
  onlyId: [
    value(({ fn, list }) => fn.onlyId(list('a')), 'a'),
    value(({ fn, list }) => fn.onlyId(list('a', 'b')), null),
    value(({ fn }) => fn.onlyId(fn.noIds()), null),
  ],
  noIds: [value(({ fn }) => fn.noIds(), [])],
  instant: [
    value(
      ({ fn, text }) => fn.instant(text('2024-03-10T01:02:03.456789Z'), 'timestamp', 'UTC'),
      new Date('2024-03-10T01:02:03.456Z'),
    ),
    value(
      ({ fn, text }) => fn.instant(text('2024-03-10 01:02:03+05:45'), 'timestamp', 'UTC'),
      new Date('2024-03-09T19:17:03.000Z'),
    ),
    value(
      ({ fn, text }) => fn.instant(text('2024-07-01 12:00:00'), 'timestamp', 'America/New_York'),
      new Date('2024-07-01T16:00:00.000Z'),
    ),
    value(
      ({ fn, day }) => fn.instant(day('2024-03-10'), 'timestamp', 'UTC'),
      new Date('2024-03-10T00:00:00.000Z'),
    ),
    value(({ fn, text }) => fn.instant(text('soon'), 'timestamp', 'UTC'), null),
    value(({ fn, text }) => fn.instant(text('2024-02-30'), 'timestamp', 'UTC'), null),
    value(
      ({ fn, whole }) => fn.instant(whole(1_700_000_000), 'epoch_s', 'UTC'),
      new Date('2023-11-14T22:13:20.000Z'),
    ),
    value(
      ({ fn, whole }) => fn.instant(whole(1_700_000_000_123), 'epoch_ms', 'UTC'),
      new Date('2023-11-14T22:13:20.123Z'),
    ),
    value(
      ({ fn, whole }) => fn.instant(whole(1_700_000_000_123_456), 'epoch_us', 'UTC'),
      new Date('2023-11-14T22:13:20.123Z'),
    ),
    value(({ fn, whole }) => fn.instant(whole(-1), 'epoch_s', 'UTC'), new Date('1969-12-31T23:59:59.000Z')),
  ],
  now: [
    value(({ fn }) => sql`${fn.now()} > ${fn.instantLiteral('2024-01-01T00:00:00Z')}`, true),
    value(({ fn }) => sql`${fn.now()} < ${fn.instantLiteral('2200-01-01T00:00:00Z')}`, true),
  ],
  instantLiteral: [
    value(({ fn }) => fn.instantLiteral('2024-03-10T01:02:03Z'), new Date('2024-03-10T01:02:03.000Z')),
    value(({ fn }) => fn.instantLiteral('1969-07-20T20:17:40.5Z'), new Date('1969-07-20T20:17:40.500Z')),
  ],
  utcClock: [
    value(({ fn, at }) => fn.valueText(fn.utcClock(at('2024-03-10T01:02:03.5Z'))), '2024-03-10T01:02:03.5'),
  ],
  localDay: [
    value(({ fn, at }) => fn.localDay(at('2024-03-10T23:30:00Z'), 'UTC'), '2024-03-10'),
    value(({ fn, at }) => fn.localDay(at('2024-03-10T23:30:00Z'), 'Europe/Berlin'), '2024-03-11'),
    value(({ fn, at }) => fn.localDay(at('2024-03-10T03:30:00Z'), 'America/New_York'), '2024-03-09'),
  ],
  periodStart: [
    value(({ fn, day }) => fn.periodStart(day('2024-03-10'), 'day', 'monday'), '2024-03-10'),
    value(({ fn, day }) => fn.periodStart(day('2024-03-10'), 'week', 'monday'), '2024-03-04'),
    value(({ fn, day }) => fn.periodStart(day('2024-03-10'), 'week', 'sunday'), '2024-03-10'),
    value(({ fn, day }) => fn.periodStart(day('2024-03-10'), 'month', 'monday'), '2024-03-01'),
  ],
  hourStart: [
    value(
      ({ fn, at }) => fn.hourStart(at('2024-03-10T01:59:59Z'), 'UTC'),
      new Date('2024-03-10T01:00:00.000Z'),
    ),
    value(
      ({ fn, at }) => fn.hourStart(at('2024-03-10T01:20:00Z'), 'Asia/Kolkata'),
      new Date('2024-03-10T00:30:00.000Z'),
    ),
    // the hour after the clock was set back by thirty minutes
    value(
      ({ fn, at }) => fn.hourStart(at('2024-04-06T15:10:00Z'), 'Australia/Lord_Howe'),
      new Date('2024-04-06T14:30:00.000Z'),
    ),
    value(
      ({ fn, at }) => fn.hourStart(at('2024-11-03T06:10:00Z'), 'America/New_York'),
      new Date('2024-11-03T06:00:00.000Z'),
    ),
  ],
  microseconds: [
    value(({ fn, at }) => fn.microseconds(at('1970-01-01T00:00:01.000002Z')), 1_000_002),
    value(({ fn, at }) => fn.microseconds(at('1969-12-31T23:59:59Z')), -1_000_000),
    value(({ fn, at }) => fn.microseconds(at(null)), null),
  ],
  instantOf: [
    value(({ fn, whole }) => fn.instantOf(whole(1_500_000)), new Date('1970-01-01T00:00:01.500Z')),
    value(({ fn, whole }) => fn.instantOf(whole(-1_000_000)), new Date('1969-12-31T23:59:59.000Z')),
  ],
  stepwise: [5, 10, 25].map((n, i) =>
    value(
      ({ fn, whole }) =>
        fn.stepwise(whole(n), 100, [
          [10, 200],
          [20, 300],
        ]),
      [100, 200, 300][i],
    ),
  ),
  eachMember: [
    {
      rows: ({ fn, table, text, list }) =>
        fn.eachMember({
          rows: table([
            { who: text('ann'), ids: list('x', 'y') },
            { who: text('bob'), ids: fn.noIds() },
          ]),
          keep: [sql`who`],
          list: sql`ids`,
          as: sql`id`,
        }),
      are: [
        { who: 'ann', id: 'x' },
        { who: 'ann', id: 'y' },
      ],
    },
  ],
  eachInteger: [
    {
      rows: ({ fn, table, whole }) =>
        fn.eachInteger({
          rows: table([
            { a: whole(2), b: whole(4) },
            { a: whole(9), b: whole(8) },
          ]),
          keep: [sql`b`],
          from: sql`a`,
          to: sql`b`,
          as: sql`n`,
        }),
      are: [2, 3, 4].map((n) => ({ b: 4, n })),
    },
    {
      rows: ({ fn, whole }) => fn.eachInteger({ from: whole(-1), to: whole(1), as: sql`n` }),
      are: [{ n: -1 }, { n: 0 }, { n: 1 }],
    },
  ],
  leastOf: [
    value(({ fn, whole }) => fn.leastOf([whole(3), whole(null), whole(2)]), 2),
    value(({ fn, whole }) => fn.leastOf([whole(null), whole(null)]), null),
  ],
  greatestOf: [
    value(({ fn, whole }) => fn.greatestOf([whole(3), whole(null), whole(2)]), 3),
    value(({ fn, whole }) => fn.greatestOf([whole(null), whole(null)]), null),
  ],
  addDays: [
    value(({ fn, day }) => fn.addDays(day('2024-02-28'), 2), '2024-03-01'),
    value(({ fn, day }) => fn.addDays(day('2024-03-01'), -1), '2024-02-29'),
  ],
  daysBetween: [value(({ fn, day }) => fn.daysBetween(day('2024-02-28'), day('2024-03-01')), 2)],
  monthStart: [
    value(({ fn, whole }) => fn.monthStart(whole(2024 * 12)), '2024-01-01'),
    value(({ fn, whole }) => fn.monthStart(whole(1969 * 12 + 11)), '1969-12-01'),
  ],
  nextMonth: [value(({ fn, day }) => fn.nextMonth(day('2023-12-01')), '2024-01-01')],
  after: [
    value(
      ({ fn, at }) => fn.after(at('2024-02-28T23:00:00Z'), 2, 'hour'),
      new Date('2024-02-29T01:00:00.000Z'),
    ),
    value(
      ({ fn, at }) => fn.after(at('2024-03-31T00:00:00Z'), -1, 'month'),
      new Date('2024-02-29T00:00:00.000Z'),
    ),
    // the clock is put forward in America/New_York
    value(
      ({ fn, at }) => fn.after(at('2024-03-09T12:00:00Z'), 1, 'day'),
      new Date('2024-03-10T12:00:00.000Z'),
    ),
    value(
      ({ fn, at }) => fn.after(at('2024-03-16T12:00:00Z'), -1, 'week'),
      new Date('2024-03-09T12:00:00.000Z'),
    ),
  ],
  md5: [value(({ fn, text }) => fn.md5(text('ä')), '8419b71c87a225a2c70b50486fbee545')],
  isNoneOf: [
    value(
      ({ fn, text, table }) => fn.isNoneOf(text('c'), sql`select x from ${table([{ x: text('a') }])}`),
      true,
    ),
    value(
      ({ fn, text, table }) => fn.isNoneOf(text('a'), sql`select x from ${table([{ x: text('a') }])}`),
      false,
    ),
  ],
  median: [
    {
      rows: ({ fn, table, whole }) =>
        sql`select ${fn.median(sql`n`)} as middle from ${table([1, 2, 4, 100].map((n) => ({ n: whole(n) })))}`,
      are: [{ middle: 3 }],
    },
  ],
  firstBy: [
    {
      rows: ({ fn, table, text, whole }) => sql`
        select ${fn.firstBy(sql`v`, [sql`n desc`])} as last, ${fn.firstBy(sql`v`, [sql`n`], sql`n > 1`)} as second
        from ${table(['a', 'b', 'c'].map((v, i) => ({ v: text(v), n: whole(i + 1) })))}
      `,
      are: [{ last: 'c', second: 'b' }],
    },
  ],
  latestBy: [
    {
      rows: ({ fn, table, text, whole }) => sql`
        select ${fn.latestBy(sql`v`, sql`n`, sql`true`)} as last, ${fn.latestBy(sql`v`, sql`n`, sql`n < 3`)} as second,
          ${fn.latestBy(sql`v`, sql`n`, sql`n > 3`)} as fourth
        from ${table(['a', 'b', 'c'].map((v, i) => ({ v: text(v), n: whole(i + 1) })))}
      `,
      are: [{ last: 'c', second: 'b', fourth: null }],
    },
  ],
  latestSoFar: [
    {
      rows: ({ fn, table, whole, yes }) => sql`
        select n, ${fn.latestSoFar(sql`n`, sql`counts`, sql`(order by n range between unbounded preceding and current row)`)} as latest
        from ${table([
          { n: whole(1), counts: yes(false) },
          { n: whole(2), counts: yes(true) },
          { n: whole(3), counts: yes(false) },
          { n: whole(3), counts: yes(true) },
        ])}
      `,
      are: [
        { n: 1, latest: null },
        { n: 2, latest: 2 },
        { n: 3, latest: 3 },
        { n: 3, latest: 3 },
      ],
    },
  ],
  nextAt: (
    [
      { strictly: false, found: true, pairs: { 1: 1, 2: 5 } },
      { strictly: true, found: true, pairs: { 1: 5, 2: 5 } },
      { strictly: true, found: false, pairs: { 1: 5, 2: 5, 7: null } },
    ] as const
  ).map(({ strictly, found, pairs }) => ({
    rows: ({ fn, table, text, whole }) => {
      const rows = [1, 2, 7].map((n) => ({ who: text('ann'), n: whole(n) }))
      const events = [
        { who: text('ann'), t: whole(1) },
        { who: text('ann'), t: whole(5) },
        { who: text('bob'), t: whole(8) },
      ]
      return sql`
        with
        steps as (select * from ${table(rows)}),
        later as (select * from ${table(events)})
        ${fn.nextAt({
          rows: sql`steps`,
          keep: [sql`who`, sql`n`],
          from: sql`n`,
          events: sql`later`,
          keys: [sql`who`],
          at: sql`t`,
          strictly,
          as: sql`next_at`,
          found,
        })}
      `
    },
    are: Object.entries(pairs).map(([n, at]) => ({ who: 'ann', n: Number(n), next_at: at })),
  })),
  json: [
    value(({ fn, text }) => fn.json(text('{"a": 1, "a": 2}')), { a: 2 }),
    value(({ fn, text }) => fn.json(text('"{\\"a\\": 1}"')), { a: 1 }),
    value(({ fn, text }) => fn.json(text('no json')), null),
    value(({ fn, text }) => fn.json(text('[1]')), [1]),
  ],
  once: [
    {
      rows: ({ fn, table, whole }) => sql`
        select n + 1 as m
        from (
          select n from ${table([{ n: whole(1) }])}
          ${fn.once}
        ) as inside
      `,
      are: [{ m: 2 }],
    },
  ],
  jsonField: [
    value(({ fn, json }) => fn.jsonField(json('{"a b": [1]}'), 'a b'), [1]),
    value(({ fn, json }) => fn.jsonField(json('{"a": 1}'), 'b'), null),
    value(({ fn, json }) => fn.jsonField(json('{"a": 1, "o\'b\\"c": 2}'), 'o\'b"c'), 2),
  ],
  jsonText: [
    value(({ fn, json }) => fn.jsonText(json('{"a": "x"}'), 'a'), 'x'),
    value(({ fn, json }) => fn.jsonText(json('{"a": null}'), 'a'), null),
    value(({ fn, json }) => fn.jsonText(json('{"a.b": true}'), 'a.b'), 'true'),
  ],
  propertyText: ['10', '10.0', '1e1'].map((n) =>
    value(({ fn, json }) => fn.propertyText(json(`{"n": ${n}}`), 'n'), '10'),
  ),
  valueText: [
    value(({ fn, number }) => fn.valueText(number('10.50')), '10.5'),
    value(({ fn, number }) => fn.valueText(number('nan')), null),
    value(({ fn, text }) => fn.valueText(text('10.50')), '10.50'),
  ],
  isPlain: [
    value(({ fn, number }) => fn.isPlain(number('1')), true),
    value(({ fn, yes }) => fn.isPlain(yes(false)), true),
    value(({ fn, text }) => fn.isPlain(text('1')), false),
    value(({ fn, json }) => fn.isPlain(json('"1"')), false),
    value(({ fn, json }) => fn.isPlain(json('1')), true),
  ],
  jsonScalar: [
    value(({ fn, json }) => fn.jsonScalar(json('"x"')), 'x'),
    value(({ fn, json }) => fn.jsonScalar(json('12')), '12'),
    value(({ fn, json }) => fn.jsonScalar(json(null)), null),
  ],
  members: [
    {
      rows: ({ fn, table, text, json }) => {
        const rows = table([
          { who: text('ann'), p: json('{"a": 1, "b": [2]}') },
          { who: text('bob'), p: json('[1]') },
          { who: text('cid'), p: json(null) },
        ])
        return fn.members({ rows, keep: [sql`who`], json: sql`p` })
      },
      are: [
        { who: 'ann', property: 'a', value: 1 },
        { who: 'ann', property: 'b', value: [2] },
      ],
    },
  ],
  valuesInside: [
    {
      rows: ({ fn, table, text, json }) => {
        const rows = table([{ who: text('ann'), p: json('{"a": [1, {"b": "x"}]}') }])
        return fn.valuesInside({ rows, keep: [sql`who`], json: sql`p` })
      },
      are: [{ a: [1, { b: 'x' }] }, [1, { b: 'x' }], 1, { b: 'x' }, 'x'].map((inside) => ({
        who: 'ann',
        value: inside,
      })),
    },
  ],
  jsonKind: (
    [
      ['"x"', 'string'],
      ['1.5', 'number'],
      ['false', 'boolean'],
      ['[]', 'array'],
      ['{}', 'object'],
      ['null', 'null'],
      [null, 'null'],
    ] as const
  ).map(([of, is]) => value(({ fn, json }) => fn.jsonKind(json(of)), is)),
  jsonBytes: (
    [
      ['"é"', 2],
      ['[1,2]', 5],
      ['{"a":"é"}', 10],
      ['12', null],
    ] as const
  ).map(([of, is]) => value(({ fn, json }) => fn.jsonBytes(json(of)), is)),
  memberCount: [
    value(({ fn, json }) => fn.memberCount(json('{"a": 1, "b": 2}')), 2),
    value(({ fn, json }) => fn.memberCount(json('[1, 2]')), 0),
    value(({ fn, json }) => fn.memberCount(json(null)), 0),
  ],
  objectDepth: [
    value(({ fn, json }) => fn.objectDepth(json('{"a": [{"b": 1}]}')), 2),
    value(({ fn, json }) => fn.objectDepth(json('[1]')), 0),
  ],
  jsonExceeds: [
    value(({ fn, json }) => fn.jsonExceeds(json(`{"a": "${'x'.repeat(50)}"}`), 20), true),
    value(({ fn, json }) => fn.jsonExceeds(json('{"a": "x"}'), 1000), false),
  ],
  jsonNests: [
    value(({ fn, json }) => fn.jsonNests(json('{"a": {"b": {"c": {}}}}'), 3), true),
    value(({ fn, json }) => fn.jsonNests(json('{"a": 1}'), 3), false),
  ],
  jsonObject: [
    value(
      ({ fn, text, whole }) =>
        fn.jsonObject([
          ['a', text('x')],
          ['n', whole(1)],
          ['gone', text(null)],
        ]),
      { a: 'x', n: 1 },
    ),
  ],
  jsonRenamed: [
    value(({ fn, json }) => fn.jsonRenamed(json('{"a": 1, "b": 2}'), [['a', 'c']]), { b: 2, c: 1 }),
    value(({ fn, json }) => fn.jsonRenamed(json('{"b": 2}'), [['a', 'c']]), { b: 2 }),
  ],
  jsonWithout: [
    value(({ fn, json }) => fn.jsonWithout(json('{"a": 1, "b": null, "c": 3}'), ['a', 'x']), {
      b: null,
      c: 3,
    }),
    value(({ fn, json }) => fn.jsonWithout(json('{"a": 1}'), ['a']), {}),
    value(({ fn, json }) => fn.jsonWithout(json('["a"]'), ['a']), ['a']),
    value(({ fn, json }) => fn.jsonWithout(json(null), ['a']), null),
  ],
  jsonGathered: [
    {
      rows: ({ fn, table, text, json }) => sql`
        select ${fn.jsonGathered(sql`n`, sql`v`)} as o
        from ${table([
          { n: text('b"'), v: json('[1, {"x": null}]') },
          { n: text('a'), v: json('"one"') },
        ])}
      `,
      are: [{ o: { a: 'one', 'b"': [1, { x: null }] } }],
    },
  ],
  jsonListed: [
    {
      rows: ({ fn, table, whole, json }) => sql`
        select ${fn.jsonListed(sql`v`, [sql`n`])} as l
        from ${table([
          { n: whole(2), v: json('"two"') },
          { n: whole(1), v: json('{"one": 1}') },
        ])}
      `,
      are: [{ l: [{ one: 1 }, 'two'] }],
    },
  ],
  items: [
    {
      rows: ({ fn, table, text, json }) => {
        const rows = table([
          { who: text('ann'), p: json('["a", {"b": [2]}]') },
          { who: text('bob'), p: json('"x"') },
          { who: text('cid'), p: json('{"y": 1}') },
          { who: text('dan'), p: json('null') },
          { who: text('eve'), p: json('[]') },
          { who: text('fay'), p: json(null) },
        ])
        return fn.items({ rows, keep: [sql`who`], json: sql`p`, where: sql`who <> 'cid'` })
      },
      are: [
        { who: 'ann', value: 'a', item: 1 },
        { who: 'ann', value: { b: [2] }, item: 2 },
        { who: 'bob', value: 'x', item: 1 },
      ],
    },
  ],
  jsonMerged: [
    value(({ fn, json }) => fn.jsonMerged(json('{"a": 1, "b": null}'), json('{"a": 2, "b": 3, "c": 4}')), {
      a: 1,
      b: 3,
      c: 4,
    }),
  ],
  typed: (
    [
      ['12', 'integer', 12],
      ['12.5', 'integer', null],
      ['1e2', 'number', 100],
      ['n/a', 'number', null],
      ['true', 'boolean', true],
      ['maybe', 'boolean', null],
      ['2024-02-29', 'date', '2024-02-29'],
      ['2024-02-30', 'date', null],
      ['2024-02-29T01:00:00Z', 'timestamp', new Date('2024-02-29T01:00:00.000Z')],
      ['{"a": 1}', 'json', { a: 1 }],
      ['x', 'text', 'x'],
    ] as const
  ).map(([from, type, is]) => value(({ fn, text }) => fn.typed(text(from), type), is)),
  isBeside: [
    value(({ fn, text }) => fn.isBeside(text('9007199254740993'), '>', '9007199254740992'), true),
    value(({ fn, text }) => fn.isBeside(text('2'), '<', '10'), true),
    value(({ fn, text }) => fn.isBeside(text('10'), '<=', '10'), true),
    value(({ fn, text }) => fn.isBeside(text('x'), '<', '10'), null),
  ],
  byteCount: [value(({ fn, text }) => fn.byteCount(text('aé😀')), 7)],
  matches: [
    value(({ fn, text }) => fn.matches(text('abc-1'), '[a-z-]+[0-9]'), true),
    value(({ fn, text }) => fn.matches(text('abc-1\n'), '[a-z-]+[0-9]'), false),
    value(({ fn, text }) => fn.matches(text('xabc'), 'abc'), false),
  ],
  hash: [
    value(
      ({ fn, text }) => sql`${fn.hash([text('a'), text('b')])} = ${fn.hash([text('a'), text('b')])}`,
      true,
    ),
    value(
      ({ fn, text }) => sql`${fn.hash([text('a'), text('b')])} = ${fn.hash([text('b'), text('a')])}`,
      false,
    ),
    value(
      ({ fn, text }) => sql`${fn.hash([text('ab'), text('')])} = ${fn.hash([text('a'), text('b')])}`,
      false,
    ),
  ],
  byBytes: [
    {
      rows: ({ fn, table, text }) => sql`
        select t, row_number() over (order by ${fn.byBytes(sql`t`)}) as place
        from ${table(['a', 'B', 'é', '_'].map((t) => ({ t: text(t) })))}
      `,
      are: ['B', '_', 'a', 'é'].map((t, i) => ({ t, place: i + 1 })),
    },
  ],
  folded: [
    value(({ fn, text }) => fn.folded(text('ÉÀ')), 'éà'),
    value(({ fn, text }) => fn.folded(text('ΟΔΟΣ')), 'οδοσ'),
  ],
  trimmed: [value(({ fn, text }) => fn.trimmed(text('\u00a0\t x y\u2003\n')), 'x y')],
  composed: [value(({ fn, text }) => fn.composed(text('e\u0301')), '\u00e9')],
  plainNumber: [
    value(({ fn, text }) => fn.plainNumber(text('007.500')), '7.5'),
    value(({ fn, text }) => fn.plainNumber(text('x07')), 'x07'),
  ],
  sharedStart: [
    value(({ fn, text }) => fn.sharedStart(text('login'), text('logout')), 3),
    value(({ fn, text }) => fn.sharedStart(text('a'), text('b')), 0),
  ],
  joined: [value(({ fn, text }) => fn.joined(text('a_b-c d')), 'abcd')],
  snakeCase: [value(({ fn, text }) => fn.snakeCase(text('companyId')), 'company_id')],
  rowJson: [
    {
      rows: ({ fn, table, text, whole }) =>
        sql`select ${fn.rowJson(sql`given`)} as row_value from ${table([{ a: text('x'), n: whole(1) }])}`,
      are: [{ row_value: { a: 'x', n: 1 } }],
    },
  ],
  jsonTextNamed: [
    value(({ fn, json, text }) => fn.jsonTextNamed(json('{"a.b": "x"}'), text('a.b')), 'x'),
    value(({ fn, json, text }) => fn.jsonTextNamed(json('{"a": "x"}'), text('b')), null),
  ],
  orderedText: [
    value(
      ({ fn, json }) =>
        sql`${fn.orderedText(json('{"b": 1, "a": {"d": 1, "c": 2}}'))} = ${fn.orderedText(json('{"a": {"c": 2, "d": 1}, "b": 1}'))}`,
      true,
    ),
  ],
  type: [value(({ fn }) => sql`cast('2024-02-29' as ${fn.type('date')})`, '2024-02-29')],
}
