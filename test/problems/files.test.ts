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
