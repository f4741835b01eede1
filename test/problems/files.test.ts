/** What is wrong with files, in the words of gwh: which file, which line, and what to do. */
import { gzipSync } from 'node:zlib'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFileReader } from '../../src/engines/file_reader.ts'
import { tempFolder } from '../support/engines.ts'
import { build, goodBut, problems, problemsOf, writeProject } from '../support/projects.ts'

/** The problem of a file in the place of events.csv, without where the project names it. */
async function saidOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const dir = writeProject(goodBut({ 'file: events.csv': `file: ${name}` }))
  writeFileSync(path.join(dir, name), bytes)
  const text = await problems(dir, () => build(dir))
  return text
    .split('\n')
    .filter((line) => !/^ +(\d+ )?\|/.test(line))
    .join('\n')
}

const CSV = 'event,time,user_id,company_id\na,2024-01-01,ann,café\n'

/** The head of an archive with a folder in it. */
function tar(): Buffer {
  const head = Buffer.alloc(512)
  head.write('data/', 0)
  head.write('ustar', 257)
  return head
}

describe('a file that is something else', () => {
  test.each([
    ['events.csv', Buffer.from('PK\u0003\u0004…xl/workbook.xml'), 'is an Excel workbook'],
    ['events.csv', Buffer.from('PK\u0003\u0004…'), 'is a ZIP archive'],
    ['events.csv', gzipSync(CSV), 'is compressed with gzip'],
    ['events.csv', Buffer.from(`\uFEFF${CSV}`, 'utf16le'), 'is encoded in UTF-16'],
    ['events.csv', Buffer.from(CSV, 'latin1'), 'is not encoded in UTF-8'],
    ['events.csv', '', 'is empty, without even a header'],
    [
      'events.csv',
      Buffer.from('PK\u0003\u0004…mimetypeapplication/vnd.oasis.opendocument.spreadsheet'),
      'is an OpenDocument',
    ],
    ['events.csv', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0]), 'is an old Excel workbook'],
    ['events.csv', tar(), 'is a tar archive'],
    ['events.csv.gz', gzipSync(tar()), 'is a tar archive'],
    ['events.csv', Buffer.from('%PDF-1.7\n'), 'is a PDF document'],
    ['events.csv', Buffer.from('ORC\u0000\u0001'), 'is an ORC file'],
    ['events.csv', Buffer.from('Obj\u0001'), 'is an Avro file'],
    ['events.csv', Buffer.from('SQLite format 3\0'), 'is a SQLite database'],
    ['events.parquet.gz', gzipSync('PAR1…PAR1'), 'is Parquet that is compressed once more'],
    ['events.json', '[{"event":"a"}]', 'is one JSON array'],
    ['events.ndjson', '\uFEFF{"event":"a"}\n', 'is marked with a byte order mark'],
    // a command that is shown never writes over the file that it reads
    ['events.ndjson', '\uFEFF{"event":"a"}\n', '`tail -c +4 events.ndjson > lines-events.ndjson`'],
    ['events.ndjson', '[{"event":"a"}]', "`jq -c '.[]' events.ndjson > lines-events.ndjson`"],
    [
      'events.json.gz',
      gzipSync('[{"event":"a"}]'),
      "`gzip -dc events.json.gz | jq -c '.[]' > events.ndjson`",
    ],
    ['events.json', '{\n "event": "a",\n "n": 1\n}\n', 'is JSON with an object over several lines'],
    ['events.json', '\r\n{"event": "a",\r\n "n": {\r\n}}\r\n', '`jq -c . events.json > events.ndjson`'],
    [
      'events.json.gz',
      gzipSync('{\n "event": "a"\n}\n'),
      '`gzip -dc events.json.gz | jq -c . > events.ndjson`',
    ],
    // a line of many that breaks off
    ['events.ndjson', '{"event":"a",\n{"event":"a"}\n', 'events.ndjson, line 1: no JSON at byte'],
    ...['ndjson', 'csv', 'parquet'].flatMap((ending): [string, string, string][] => [
      [`events.${ending}`, '\n<!DOCTYPE html>\n<html>502</html>\n', 'is a web page'],
      [
        `events.${ending}`,
        '<html><body>Sign in</body></html>',
        'It is what a server answered in the place of the data',
      ],
      [
        `events.${ending}`,
        '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
        'is an error of the server that it came from, as XML',
      ],
      [`events.${ending}`, '<?xml version="1.0"?>\n<events/>', 'is an XML document'],
    ]),
    ['events.json', '1\n2\n', 'is no lines of JSON objects'],
    ['events.parquet', '', 'is empty'],
    ['events.parquet', CSV, 'is no Parquet file'],
    [
      'events.parquet',
      'PAR1PAR1',
      'events.parquet: breaks off: the footer that ends a Parquet file is not there',
    ],
    ['events.parquet', 'PAR1xxxxxxxxxxxxxxPAR1', 'events.parquet: breaks off: the footer'],
    ['events.csv.gz', '', 'events.csv.gz: is empty: it has 0 bytes'],
    ['events.ndjson.gz', '', 'events.ndjson.gz: is empty: it has 0 bytes'],
    ['events.csv.zst', '', 'events.csv.zst: is empty: it has 0 bytes'],
    ['events.csv.gz', CSV, 'its ending says gzip, and it is not compressed with it'],
    ['events.csv.zst', CSV, 'its ending says zstd, and it is not compressed with it'],
  ])('%s: %#', async (name, bytes, said) => {
    const text = await saidOf(name, bytes)
    expect(text).toContain('project.yml:11:11  unreadable_file')
    expect(text).toContain(said)
  })
})

describe('a file whose ending says that gwh does not read it', () => {
  const UNPACK = 'Unpack it and name the files that are in it; .gz and .zst are read as they are.'
  const SHEET = 'Save the sheet as CSV (UTF-8), and name that file.'
  test.each([
    ['a.zip', 'a ZIP archive', UNPACK],
    ['a.json.zip', 'a ZIP archive', UNPACK],
    ['data/*.ZIP', 'a ZIP archive', UNPACK],
    ['a.tar', 'a tar archive', UNPACK],
    ['a.tar.gz', 'a tar archive', UNPACK],
    ['a.tar.bz2', 'a tar archive', UNPACK],
    ['a.2024.tgz', 'a tar archive', UNPACK],
    ['a.xlsx', 'an Excel workbook', SHEET],
    ['a.xls', 'an old Excel workbook', SHEET],
    ['a.ods', 'an OpenDocument spreadsheet', SHEET],
    ['a.csv.bz2', 'compressed with bzip2', 'Unpack it, or pack it with gzip or zstd'],
    ['a.avro', 'an Avro file', 'Write it as Parquet, CSV or lines of JSON'],
    ['a.orc', 'an ORC file', 'or load it into the warehouse'],
    ['a.pdf', 'a PDF document', 'Export what is in it as CSV'],
    ['a.sqlite', 'a SQLite database', 'Export what is in it as CSV'],
    ['a.parquet.gz', 'Parquet that is compressed once more', 'Unpack it'],
    ['a.parquet.zst', 'Parquet that is compressed once more', 'Unpack it'],
  ])('%s is %s: that is said at once', async (name, is, fix) => {
    const text = await problemsOf(goodBut({ 'file: events.csv': `file: '${name}'` }))
    expect(text).toContain('project.yml:11:11  unreadable_file')
    expect(text).toContain(`Source \`app\`: \`${name}\` is ${is}, by its ending.`)
    expect(text).toContain(fix)
    expect(text).not.toContain('format')
  })

  test('each of several is named, and a format that is given is believed', async () => {
    const text = await problemsOf(goodBut({ 'file: events.csv': 'file: [a.zip, events.csv, b.xlsx]' }))
    expect(text).toContain('`a.zip` is a ZIP archive')
    expect(text).toContain('`b.xlsx` is an Excel workbook')
    const dir = writeProject(goodBut({ 'file: events.csv': 'file: events.dump\n    format: csv' }))
    writeFileSync(path.join(dir, 'events.dump'), CSV)
    expect((await build(dir)).ok).toBe(true)
  })

  test('text that begins like another file is text', async () => {
    for (const first of ['ORC', 'BZh91AY', 'Obj', 'ARROW1', 'Rar!', 'PK']) {
      const text = CSV.replace('event,', `${first},`)
      const dir = writeProject(goodBut({ 'event: event': `event: ${first}` }))
      writeFileSync(path.join(dir, 'events.csv'), text)
      expect([first, (await build(dir)).ok]).toEqual([first, true])
    }
  })

  test.each([
    [
      'folder',
      'Say `format: parquet`, `format: csv` or `format: ndjson`. If it is a folder, name the files in it: `folder/*.csv`.',
    ],
    ['folder\n    format: csv', 'Source `app`: `folder` is a folder.'],
    ['folder/\n    format: csv', 'Name the files in it: `folder/*.csv`.'],
  ])('a folder in the place of a file: %j', async (written, said) => {
    const dir = writeProject(goodBut({ 'file: events.csv': `file: ${written}` }))
    mkdirSync(path.join(dir, 'folder'))
    expect(await problems(dir, () => build(dir))).toContain(said)
  })
})

/** A text of less than 256 bytes as zstd keeps what it does not make smaller. */
function zstd(text: string): Uint8Array {
  const block = Buffer.from(text)
  const size = (block.length << 3) | 1
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, block.length, size & 255, size >> 8, 0]),
    block,
  ])
}

describe('a compressed file that is not whole', () => {
  const line = (i: number) => `a,2024-01-01,${Math.sin(i)},acme\n`
  const csv = `event,time,user_id,company_id\n${Array.from({ length: 5000 }, (_, i) => line(i)).join('')}`
  const json = Array.from(
    { length: 3000 },
    (_, i) => `{"event":"a","time":"2024-01-01","user_id":"${Math.sin(i)}","company_id":"acme"}\n`,
  ).join('')

  /** As DuckDB packs it, which has several blocks and a checksum. */
  async function packed(text: string): Promise<Buffer> {
    const file = path.join(tempFolder(), 'a.zst')
    await using reader = await openFileReader()
    const rows = text.trimEnd().split('\n')
    await reader.execute(
      `copy (select unnest([${rows.map((row) => `'${row}'`).join(',')}]) as line) to '${file}' (format csv, header false, quote '', escape '', delimiter '\t', compression zstd)`,
    )
    return readFileSync(file)
  }

  test.each([
    ['events.csv.gz', () => gzipSync(csv)],
    ['events.ndjson.gz', () => gzipSync(json)],
    ['events.csv.zst', () => packed(csv)],
    ['events.ndjson.zst', () => packed(json)],
  ] as const)('is refused wherever it breaks off: %s', { timeout: 60_000 }, async (name, made) => {
    const whole = await made()
    const dir = writeProject(goodBut({ 'file: events.csv': `file: ${name}` }))
    const write = (bytes: Buffer) => writeFileSync(path.join(dir, name), bytes)
    for (const share of [0.2, 0.5, 0.9, 0.999]) {
      write(whole.subarray(0, Math.floor(whole.length * share)))
      const text = await problems(dir, () => build(dir))
      expect(text).toContain(`${name}: breaks off: its compressed data have no end`)
      expect(text).toContain('project.yml:11:11  unreadable_file')
    }
    write(whole.subarray(0, whole.length - 1))
    expect(await problems(dir, () => build(dir))).toContain('breaks off')
    write(whole)
    expect((await build(dir)).ok).toBe(true)
    // one after another is one file
    write(Buffer.concat([whole, whole]))
    if (name.includes('ndjson')) expect((await build(dir)).ok).toBe(true)
  })

  test('nor is one with other bytes inside', async () => {
    const bytes = gzipSync(csv)
    bytes.fill(7, bytes.length - 200, bytes.length - 100)
    expect(await saidOf('events.csv.gz', bytes)).toContain('events.csv.gz: its compressed data are damaged')
  })
})

describe('CSV that is compressed with zstd', () => {
  const skipping = (lines: string, csv: string) => {
    const dir = writeProject(goodBut({ 'file: events.csv': `file: events.csv.zst\n    csv: { ${csv} }` }))
    writeFileSync(path.join(dir, 'events.csv.zst'), zstd(`${lines}${CSV}b,2024-01-02,bob,"a, b"\n`))
    return dir
  }

  test.each([
    ['', 'skip: 0'],
    ['control \u0001, \u0002\n', 'skip: 1'],
    ['Report of "Acme\n', 'skip: 1'],
    ['Report of 5" and 6" screens\n\n', 'skip: 2'],
    ['\n', 'skip: 0'],
    ['é\n', 'skip: 1, encoding: latin-1'],
  ])('is read: %j', async (lines, csv) => {
    const { ok, results } = await build(skipping(lines, csv))
    expect(ok).toBe(true)
    expect(results.find(({ name }) => name === 'events')?.rows).toBe(2)
  })

  test.each([
    ['"\n', 'skip: 1'],
    ['"\n', "skip: 1, delimiter: ','"],
    ['5" screens\n7,"\n', 'skip: 2'],
    ['"two\nlines"\n', 'skip: 2'],
    // two records would be left out in the place of two lines
    ['"two\nlines"\n', 'skip: 3, header: false, names: [event, time, user_id, company_id]'],
  ])(
    'is refused, with the way out, where quotes before the header lead its reader astray: %j',
    async (lines, csv) => {
      const dir = skipping(lines, csv)
      const text = await problems(dir, () => build(dir))
      expect(text).toContain('unreadable_file')
      expect(text).toContain(
        'events.csv.zst: a quote in a line before the header, which would be taken for the beginning of a field',
      )
      expect(text).toContain('Unpack it, or pack it with gzip')
      expect(text).toContain('exit code 2')
    },
  )

  test('is refused, with the lines to leave out, where empty ones come before its header', async () => {
    const dir = skipping('Report\n\n\n', 'skip: 1')
    const text = await problems(dir, () => build(dir))
    expect(text).toContain('events.csv.zst: 2 empty lines after those that are left out')
    expect(text).toContain('Leave out as many lines more: `skip: 3`.')
    const { ok, results } = await build(skipping('Report\n\n\n', 'skip: 3'))
    expect([ok, results.find(({ name }) => name === 'events')?.rows]).toEqual([true, 2])
  })

  test.each(['', '\n\n'])('is said to be empty where it has no line: %j', async (text) => {
    expect(await saidOf('events.csv.zst', zstd(text))).toContain(
      'events.csv.zst: is empty, without even a header',
    )
  })

  test.each(['windows-1252', 'utf-16'])('is refused, with the way out, in %s', async (encoding) => {
    const dir = skipping('', `encoding: ${encoding}`)
    const text = await problems(dir, () => build(dir))
    expect(text).toContain(`events.csv.zst: text in ${encoding}, which is not read from .zst`)
  })
})

test.each(['\n', '\r\n'])(
  'a row of CSV with too few or too many fields is named and shown: %j',
  async (end) => {
    const header = 'event,time,user_id,company_id'
    for (const [row, found] of [
      ['a,2024-01-01,ann', 3],
      ['a,2024-01-01,ann,acme,x', 5],
    ] as const) {
      const dir = writeProject(
        goodBut({}, { 'events.csv': [header, 'a,2024-01-01,ann,acme', row, ''].join(end) }),
      )
      const { ok, results } = await build(dir)
      expect(ok).toBe(false)
      expect(results.find(({ name }) => name === 'events')?.message).toContain(
        `Source \`app\`: events.csv, line 3: expected 4 fields, found ${found}\n  ${row}`,
      )
    }
  },
)

test('options of CSV for files that are none', async () => {
  const files = goodBut({ 'file: events.csv': "file: events.parquet\n    csv: { delimiter: ';' }" })
  expect(await problemsOf(files)).toMatchInlineSnapshot(`
    "project.yml:12:5  invalid_value
      Source \`app\`: \`csv\` is for CSV files, and its files are parquet.
        12 |     csv: { delimiter: ';' }
           |     ^
      Remove it: Parquet files say themselves what types their columns have.

    exit code 2"
  `)
})
