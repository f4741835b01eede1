/** Templates: indentation, quoting, and that nothing but typed pieces gets into a statement. */
import { openFileReader } from '../src/engines/file_reader.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identifier, join, literal, sql, toText } from '../src/sql/sql.ts'
import type { DuckDBWarehouse } from '../src/engines/duckdb/warehouse.ts'

describe('layout', () => {
  test('nested pieces keep the indentation of their slot', () => {
    const inner = sql`
      select a
      from b
    `
    expect(
      toText(sql`
      with
      c as (
        ${inner}
      )
      select a from c
    `),
    ).toBe('with\nc as (\n  select a\n  from b\n)\nselect a from c')
  })

  test('lists go one to a line, at the same depth', () => {
    const columns = join([sql`a`, sql`b`, identifier('Company ID')], ',\n')
    expect(
      toText(sql`
      select
        ${columns}
      from t
    `),
    ).toBe('select\n  a,\n  b,\n  "Company ID"\nfrom t')
  })

  test('an empty piece on a line of its own leaves no line', () => {
    expect(
      toText(sql`
      select a
      ${sql``}
      from b
    `),
    ).toBe('select a\nfrom b')
  })

  test('an empty piece at the end leaves no line and no indentation', () => {
    const inner = sql`
      select a
      from b
      ${sql``}
    `
    expect(
      toText(sql`
        with c as (
          ${inner}
        ),
        d as (
          ${inner}
        )
        select a from d
      `),
    ).toBe('with c as (\n  select a\n  from b\n),\nd as (\n  select a\n  from b\n)\nselect a from d')
  })

  test('line breaks inside of values and names are not indented', () => {
    expect(
      toText(sql`
      select
        ${literal("it's\n  so")} as ${identifier('a\nb')}
    `),
    ).toBe(`select\n  'it''s\n  so' as "a\nb"`)
  })

  test('what follows one in a list stands as deep as what is before it', () => {
    const columns = join([sql`a`, sql`${literal('two\nlines')} as b`, sql`c`], ',\n')
    expect(
      toText(sql`
      select
        ${columns}
    `),
    ).toBe("select\n  a,\n  'two\nlines' as b,\n  c")
  })

  test('an empty piece before a line break is no piece that begins with one', () => {
    const piece = sql`${sql``}
from (
  b
)`
    expect(
      toText(sql`
      select
        ${piece}
    `),
    ).toBe('select\n  from (\n    b\n  )')
  })
})

describe('names', () => {
  test('are quoted only where they must be', () => {
    expect(toText(identifier('gwh', 'events'))).toBe('gwh.events')
    expect(toText(identifier('gwh', 'order'))).toBe('gwh."order"')
    expect(toText(identifier('Company ID'))).toBe('"Company ID"')
    expect(toText(identifier('a.b', 'say "hi"'))).toBe('"a.b"."say ""hi"""')
  })
})

describe('on a real database', () => {
  let duckdb: DuckDBWarehouse
  beforeAll(async () => {
    duckdb = await openFileReader()
  })
  afterAll(() => duckdb[Symbol.asyncDispose]())
  // NUL cannot be in an identifier of any database.
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((s) => !s.includes('\0'))

  test('any text comes back as the value and under the name that went in', async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (value, name) => {
        const rows = await duckdb.query<Record<string, string>>(
          toText(sql`select ${literal(value)} as ${identifier(name)}`),
        )
        expect(rows).toEqual([{ [name]: value }])
      }),
      { numRuns: 300 },
    )
  })
})
