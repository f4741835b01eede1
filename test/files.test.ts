/** What files say is what is published: CSV as text, notations that a source describes, files that differ in types. */
import { utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import { describe, expect, inject, test } from 'vitest'
import { fuzzFilesOn } from './fuzz/files.ts'
import { freshPostgres } from './support/databases.ts'
import { buildProject, ENGINES, tempFolder, type BuiltProject, type Engine } from './support/engines.ts'
import { writeFiles } from './support/projects.ts'

const PROJECT = `name: files
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb, schema: files }
  postgres: { type: postgres, url: "\${GWH_POSTGRES_URL}", schema: files }
group_keys: [{ name: company }]
limits: { profile: none }
sources:
`
const EVENTS = 'columns: { event: event, time: time, user: user }'

async function built(
  engine: Engine,
  source: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<BuiltProject> {
  const dir = tempFolder()
  writeFiles(dir, { 'project.yml': `${PROJECT}  - ${source}\n` })
  for (const [name, bytes] of Object.entries(files)) {
    if (typeof bytes === 'string') writeFiles(dir, { [name]: bytes })
    else writeFileSync(path.join(dir, name), bytes)
  }
  const project = await buildProject(dir, engine)
  expect(project.outcome.results.filter(({ status }) => status === 'error' || status === 'fail')).toEqual([])
  return project
}

/** user → company and properties */
async function events(project: BuiltProject): Promise<Record<string, unknown>> {
  const rows = await project.rows('events')
  return Object.fromEntries(rows.map((row) => [String(row['user_id']), [row['company'], row['properties']]]))
}

const csv = (lines: readonly string[]) => `${lines.join('\n')}\n`
const T = '2024-01-01T00:00:00Z'

describe.each(ENGINES)('on %s', (engine) => {
  test('CSV is text as it is written', async () => {
    const values = ['1.10', '0012', '1E5', '9:05', 'True', '2024-1-5', ' x ', 'NA', '#1', '""" """'].map(
      (value, i) => `A,${T},u${i},${value},${value}`,
    )
    const project = await built(
      engine,
      `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: [v] }`,
      {
        'e.csv': csv(['event,time,user,company,v', ...values, `#A,${T},u90,x;y,`, `A,${T},u91,"",""`]),
      },
    )
    expect(await events(project)).toEqual({
      u0: [['1.10'], { v: '1.10' }],
      u1: [['0012'], { v: '0012' }],
      u2: [['1E5'], { v: '1E5' }],
      u3: [['9:05'], { v: '9:05' }],
      u4: [['True'], { v: 'True' }],
      u5: [['2024-1-5'], { v: '2024-1-5' }],
      u6: [[' x '], { v: ' x ' }],
      u7: [['NA'], { v: 'NA' }],
      u8: [['#1'], { v: '#1' }],
      u9: [['" "'], { v: '" "' }],
      u90: [['x;y'], {}],
      u91: [[], {}],
    })
  })

  test.each([
    ['a line break in the header', 'event,time,user,company,"a\nb"\r\nA,T,u,c,1\r\n'],
    ['lines that end in several ways', 'event,time,user,company,"a\nb"\r\nA,T,u,c,1\nA,T,u,c,1\r\n'],
    ['empty lines before the header', '\n\nevent,time,user,company,"a\nb"\nA,T,u,c,1\n'],
    ['a mark of its byte order', '\uFEFFevent,time,user,company,"a\nb"\nA,T,u,c,1\n'],
    ['semicolons, and commas in names', 'event;time;user;company;"a\nb";"x,y,z,w,v,u"\nA;T;u;c;1;2\n'],
  ])('no row is lost by %s', async (_, text) => {
    const source = `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: { v: "a\\nb" } }`
    const project = await built(engine, source, { 'e.csv': text.replaceAll('T', T) })
    expect(await events(project)).toEqual({ u: [['c'], { v: '1' }] })
  })

  test('a source says how its CSV is written', async () => {
    const source = `name: s
    type: group_table
    group_key: company
    file: c.csv
    csv:
      delimiter: ';'
      quote: "'"
      decimal: ','
      nulls: [NA, n/a]
      header: false
      names: [id, name, made, mrr, seats, since]
      skip: 2
      encoding: windows-1252
      date_format: '%d/%m/%Y'
      timestamp_format: '%d.%m.%Y %H:%M'
    columns: { id: id, name: name, created_at: made }
    properties: { mrr: { type: number }, seats: { type: integer }, since: { type: date } }`
    const text = "made by hand\n\n1;'Café; €';31.01.2024 10:30;1.234,5;1.000;05/02/2024\n2;NA;;12,5;n/a;NA\n"
    const bytes = Uint8Array.from([...text].map((c) => (c === '€' ? 0x80 : (c.codePointAt(0) ?? 0))))
    const project = await built(engine, source, { 'c.csv': bytes })
    expect(await project.rows('company_profiles')).toMatchObject([
      {
        company: '1',
        display_name: 'Café; €',
        created_at: new Date('2024-01-31T10:30:00Z'),
        mrr: 1234.5,
        seats: 1000,
        since: '2024-02-05',
      },
      { company: '2', display_name: '2', created_at: null, mrr: 12.5, seats: null, since: null },
    ])
  })

  test.each([
    ['one that does not end, before a header', 'true', '"of today\nevent,time,user,company\nA,T,u,c\n'],
    ['one that does not end, before rows', 'false', '"of today\r\nA,T,u,c\r\n'],
    ['one that ends on the next line', 'false', '"of\ntoday"\nA,T,u,c\n'],
    ['one on a line with returns alone', 'true', 'of,"today\revent,time,user,company\rA,T,u,c\r'],
  ])('a quote in lines that are left out is no beginning of a field: %s', async (_, header, text) => {
    const skip = text.includes('today"') ? 2 : 1
    const names = header === 'true' ? '' : ', names: [event, time, user, company]'
    const source = `{ name: s, type: events, file: e.csv, csv: { skip: ${skip}, header: ${header}${names} }, ${EVENTS} }`
    expect(await events(await built(engine, source, { 'e.csv': text.replaceAll('T', T) }))).toEqual({
      u: [['c'], {}],
    })
  })

  test.each([
    ['latin-1', Buffer.from(`event,time,user,company\nA,${T},u,café\n`, 'latin1')],
    ['utf-16', Buffer.from(`\uFEFFevent,time,user,company\nA,${T},u,café\n`, 'utf16le')],
    ['utf-16', Buffer.from(`event,time,user,company,v\nA,${T},u,café,😀\n`, 'utf16le')],
    ['utf-16', Buffer.from(`\uFEFFevent,time,user,company,v\nA,${T},u,café,😀\n`, 'utf16le').swap16()],
  ])('CSV may be encoded in %s', async (encoding, bytes) => {
    const source = `{ name: s, type: events, file: e.csv, csv: { encoding: ${encoding} }, ${EVENTS} }`
    expect(await events(await built(engine, source, { 'e.csv': bytes }))).toEqual({ u: [['café'], {}] })
  })

  test('NaN and infinity in JSON are no value in any case', async () => {
    const values = ['nan', 'NaN', '-inf', 'Infinity', '{"a": [-nan, 1]}', '"nan, inf"', '1e400', '1e-400']
    const project = await built(
      engine,
      `{ name: s, type: events, file: e.ndjson, ${EVENTS}, properties: [v] }`,
      {
        'e.ndjson': csv(
          values.map((v, i) => `{"event":"A","time":"${T}","user":"u${i}","company":"c","v":${v}}`),
        ),
      },
    )
    expect(await events(project)).toMatchObject({
      u0: [['c'], {}],
      u1: [['c'], {}],
      u2: [['c'], {}],
      u3: [['c'], {}],
      u4: [['c'], { v: { a: [null, 1] } }],
      u5: [['c'], { v: 'nan, inf' }],
    })
  })

  test('numbers in white space beyond ASCII are none', async () => {
    const source = `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: { v: { type: integer } } }`
    const dir = tempFolder()
    writeFiles(dir, {
      'project.yml': `${PROJECT}  - ${source}\n`,
      'e.csv': csv(['event,time,user,company,v', `A,${T},u,c,\u20037`, `A,${T},u,c, 7\t`]),
    })
    const { outcome } = await buildProject(dir, engine)
    const wrong = outcome.results.filter(({ kind }) => kind === 'readable_values')
    expect(wrong).toMatchObject([{ name: 'readable_values_s', status: 'warn', failures: 1 }])
  })

  test('a row with too many fields is named where lines end in several ways', async () => {
    const source = `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: [v] }`
    const dir = tempFolder()
    writeFiles(dir, {
      'project.yml': `${PROJECT}  - ${source}\n`,
      'e.csv': `event,time,user,company,v\r\nA,${T},u,c,"1\n2"\nA,${T},u,c,1,5\n`,
    })
    await expect(buildProject(dir, engine)).rejects.toThrow('e.csv, line 4: expected 5 fields, found 6')
  })

  test.each([
    ['too many fields', `A,${T},u,c,1,5`, 'expected 5 fields, found 6'],
    ['too few fields', `A,${T},u`, 'expected 5 fields, found 3'],
    ['a quote that does not end well', `A,${T},u,c,"1"2`, 'a quote that does not end'],
  ])('%s after a field on several lines are named by the line of the file', async (_, row, reason) => {
    const source = `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: [v] }`
    const dir = tempFolder()
    writeFiles(dir, {
      'project.yml': `${PROJECT}  - ${source}\n`,
      'e.csv': `event,time,user,company,v\nA,${T},u,c,"1\n2\n3"\nA,${T},u,c,1\n${row}\nA,${T},u,c,1\n`,
    })
    // One engine reads files while it builds, the other loads them before.
    const said = await buildProject(dir, engine).then(
      ({ outcome }) => outcome.results.map(({ message }) => message).join('\n'),
      String,
    )
    expect(said).toContain(`e.csv, line 6: ${reason}`)
  })

  test('lists of numbers and times in Parquet keep all that they are', async () => {
    const columns: ColumnSource[] = [
      { name: 'event', data: ['A'], type: 'STRING' },
      { name: 'time', data: [T], type: 'STRING' },
      { name: 'user', data: ['u'], type: 'STRING' },
      { name: 'company', data: ['a\0b'], type: 'STRING' },
      { name: 'v', data: [[1, NaN, 0.5]] },
    ]
    const project = await built(
      engine,
      `{ name: s, type: events, file: e.parquet, ${EVENTS}, properties: [v] }`,
      { 'e.parquet': new Uint8Array(parquetWriteBuffer({ columnData: columns })) },
    )
    expect(await events(project)).toMatchObject({ u: [expect.anything(), { v: [1, null, 0.5] }] })
  })

  test('a file in another encoding is read anew when an older one takes its place', async () => {
    const dir = tempFolder()
    const file = path.join(dir, 'e.csv')
    const source = `{ name: s, type: events, file: e.csv, csv: { encoding: windows-1252 }, ${EVENTS} }`
    writeFiles(dir, { 'project.yml': `${PROJECT}  - ${source}\n` })
    const companies = async (company: string, changed: string) => {
      writeFileSync(file, `event,time,user,company\nA,${T},u,${company}\n`, 'latin1')
      utimesSync(file, new Date(changed), new Date(changed))
      return (await events(await buildProject(dir, engine)))['u']
    }
    expect(await companies('café', '2024-03-02')).toEqual([['café'], {}])
    expect(await companies('thé', '2024-03-01')).toEqual([['thé'], {}])
  })

  test('users’ own SQL keeps types, found or given', async () => {
    const source = `{ name: s, type: events, file: e.csv, ${EVENTS}, column_types: { zip: text, big: number } }`
    const project = await built(engine, source, {
      'e.csv': csv([
        'event,time,user,company,n,day,zip,big',
        `A,${T},u,c,1,2024-01-05,0012,7`,
        `A,${T},v,c,2,2024-01-06,9,8`,
      ]),
      'models/sums.sql': `select sum(n) as n, max(day) - min(day) as days, min(zip) as zip, sum(big) / 2 as big from {{ source('s') }}`,
    })
    expect(await project.rows('sums')).toEqual([{ n: 3, days: 1, zip: '0012', big: 7.5 }])
  })

  test('columns that differ in type between files become text, and no others', async () => {
    const file = (columns: readonly ColumnSource[]) =>
      new Uint8Array(parquetWriteBuffer({ columnData: [...columns] }))
    const same = (user: string): ColumnSource[] => [
      { name: 'event', data: ['A'], type: 'STRING' },
      { name: 'time', data: [T], type: 'STRING' },
      { name: 'user', data: [user], type: 'STRING' },
    ]
    const project = await built(
      engine,
      `{ name: s, type: events, file: "*.parquet", ${EVENTS}, properties: [n, same, wide, blob] }`,
      {
        'a.parquet': file([
          ...same('a'),
          { name: 'company', data: [9007199254740993n], type: 'INT64' },
          { name: 'n', data: [10n], type: 'INT64' },
          { name: 'same', data: [1.5], type: 'DOUBLE' },
          { name: 'wide', data: [1], type: 'INT32' },
          { name: 'blob', data: [new TextEncoder().encode('é')], type: 'BYTE_ARRAY' },
        ]),
        'b.parquet': file([
          { name: 'wide', data: [2n], type: 'INT64' },
          { name: 'n', data: [10], type: 'DOUBLE' },
          { name: 'company', data: [12], type: 'DOUBLE' },
          ...same('b'),
          { name: 'same', data: [2.5], type: 'DOUBLE' },
          { name: 'blob', data: ['x'], type: 'STRING' },
        ]),
      },
    )
    expect(await events(project)).toEqual({
      a: [['9007199254740993'], { n: '10', same: 1.5, wide: 1, blob: 'é' }],
      b: [['12'], { n: '10', same: 2.5, wide: 2, blob: 'x' }],
    })
  })

  test('JSON that other databases refuse is published without what they refuse', async () => {
    const lines = [
      String.raw`{"event":"A","time":"T","user":"u\u0000","company":"a\u0000","v":{"x":"a\u0000b","y":[NaN,-Infinity],"z":"NaN, \\u0000"}}`,
      String.raw`{"event":"A","time":"T","user":"v","company":NaN,"v":NaN}`,
    ]
    const source = `{ name: s, type: events, file: e.ndjson, ${EVENTS}, properties: [v] }`
    const project = await built(engine, source, { 'e.ndjson': lines.join('\n').replaceAll('"T"', `"${T}"`) })
    expect(await events(project)).toEqual({
      u: [['a'], { v: { x: 'ab', y: [null, null], z: String.raw`NaN, \u0000` } }],
      v: [[], {}],
    })
  })

  test('random files are published as they are written', async () => {
    const options = { runs: 45, seed: 7, say: () => undefined }
    expect(await fuzzFilesOn(options, [engine], freshPostgres)).toEqual([])
  })
})

test('on PostgreSQL a late text makes a column text for users’ own SQL too', async () => {
  expect(inject('postgresAdminUrl')).not.toBe('')
  const rows = Array.from({ length: 25_000 }, (_, i) => `A,${T},u,c,${i}`)
  const project = await built(
    'postgres',
    `{ name: s, type: events, file: e.csv, ${EVENTS}, properties: [v] }`,
    {
      'e.csv': csv(['event,time,user,company,v', ...rows, `A,${T},u,c,n/a`]),
      'models/counted.sql': "select count(*) as rows, max(v) as v from {{ source('s') }}",
    },
  )
  expect(await project.rows('counted')).toEqual([{ rows: 25_001, v: 'n/a' }])
})
