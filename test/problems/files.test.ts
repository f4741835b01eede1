/** What is wrong with files, in the words of gwh: which file, which line, and what to do. */
import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
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

describe('a file that is something else', () => {
  test.each([
    ['events.csv', Buffer.from('PK\u0003\u0004…xl/workbook.xml'), 'is an Excel workbook'],
    ['events.csv', Buffer.from('PK\u0003\u0004…'), 'is a ZIP archive'],
    ['events.csv', gzipSync(CSV), 'is compressed with gzip'],
    ['events.csv', Buffer.from(`\uFEFF${CSV}`, 'utf16le'), 'is encoded in UTF-16'],
    ['events.csv', Buffer.from(CSV, 'latin1'), 'is not encoded in UTF-8'],
    ['events.csv', '', 'is empty, without even a header'],
    ['events.json', '[{"event":"a"}]', 'is one JSON array'],
    ['events.ndjson', '\uFEFF{"event":"a"}\n', 'is marked with a byte order mark'],
  ])('%s: %#', async (name, bytes, said) => {
    const text = await saidOf(name, bytes)
    expect(text).toContain('project.yml:11:11  unreadable_file')
    expect(text).toContain(said)
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

describe('CSV that is compressed with zstd', () => {
  const skipping = (lines: string, csv: string) => {
    const dir = writeProject(goodBut({ 'file: events.csv': `file: events.csv.zst\n    csv: { ${csv} }` }))
    writeFileSync(path.join(dir, 'events.csv.zst'), zstd(`${lines}${CSV}b,2024-01-02,bob,"a, b"\n`))
    return dir
  }

  test.each([
    ['', 'skip: 0'],
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
