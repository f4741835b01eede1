/** SQL that engines read differently and no pattern finds: looked for in the syntax tree of every compiled statement. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { compile, load } from '../src/gwh.ts'
import { copyOf, emptyWarehouse } from './support/engines.ts'

interface Node {
  readonly [key: string]: unknown
  readonly type?: string
  readonly class?: string
  readonly alias?: string
  readonly column_names?: readonly string[]
  readonly select_list?: readonly Node[]
  readonly group_expressions?: readonly Node[]
}

/** Names in `group by` that are those of an expression of the same select: columns to one engine, unknown to another. */
function groupedByAlias(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(groupedByAlias)
  if (typeof node !== 'object' || node === null) return []
  const { select_list: selected = [], group_expressions: grouped = [], ...rest } = node as Node
  const names = grouped.flatMap(({ column_names: names }) => (names?.length === 1 ? names : []))
  const found = names.filter((name) =>
    selected.some(
      (item) => item.alias === name && !(item.class === 'COLUMN_REF' && item.column_names?.at(-1) === name),
    ),
  )
  return [...found, ...[selected, grouped, ...Object.values(rest)].flatMap(groupedByAlias)]
}

test('no select is grouped by the name of one of its expressions', async () => {
  await using warehouse = await emptyWarehouse('duckdb')
  const tree = async (text: string): Promise<unknown> => {
    const quoted = `'${text.replace(/;\s*$/, '').replaceAll("'", "''")}'`
    const [row] = await warehouse.query<{ tree: string }>(
      `select cast(json_serialize_sql(${quoted}) as varchar) as tree`,
    )
    const parsed = JSON.parse(row?.tree ?? '') as { error: boolean; error_message?: string }
    if (parsed.error) throw new Error(`${parsed.error_message} in: ${text.slice(0, 200)}`)
    return parsed
  }
  expect(groupedByAlias(await tree('select a + 1 as b, c.a from c group by b, a'))).toEqual(['b'])
  let statements = 0
  for (const folder of ['.', 'test/fixtures/acme']) {
    const dir = copyOf(folder)
    const { files } = compile(load(dir, { target: 'dev', env: {} }))
    const selects = files.filter((file) => !file.endsWith('functions.sql'))
    for (const file of selects) {
      const found = groupedByAlias(await tree(readFileSync(path.join(dir, file), 'utf8')))
      expect({ file, found }).toEqual({ file, found: [] })
    }
    statements += selects.length
  }
  expect(statements).toBeGreaterThan(150)
})
