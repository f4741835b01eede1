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
  const skipping = (lines: string, count: number) => {
    const dir = writeProject(
      goodBut({ 'file: events.csv': `file: events.csv.zst\n    csv: { skip: ${count} }` }),
    )
    writeFileSync(path.join(dir, 'events.csv.zst'), zstd(`${lines}${CSV}b,2024-01-02,bob,"a, b"\n`))
    return dir
  }

  test.each([
    ['', 0],
    ['Report of "Acme\n', 1],
    ['\n', 0],
  ])('is read: %j', async (lines, count) => {
    const { ok, results } = await build(skipping(lines, count))
    expect(ok).toBe(true)
    expect(results.find(({ name }) => name === 'events')?.rows).toBe(2)
  })

  test.each([
    ['"\n', 1],
    ['5" screens\n7,"\n', 2],
  ])(
    'is refused, with the way out, where quotes before the header lead its reader astray: %j',
    async (lines, count) => {
      const dir = skipping(lines, count)
      const text = await problems(dir, () => build(dir))
      expect(text).toContain('unreadable_file')
      expect(text).toContain('Unpack it, or pack it with gzip')
      expect(text).toContain('exit code 2')
    },
  )
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
