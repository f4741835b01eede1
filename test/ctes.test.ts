/** Common table expressions read from text, the tables that engines without `as materialized` make of them, and their copies. */
import { describe, expect, test } from 'vitest'
import { engineOf, ENGINES as ALL } from '../src/engines/index.ts'
import { createCompiler } from '../src/graph/compile.ts'
import { createStep, statementsOf, textOf } from '../src/graph/statements.ts'
import { load } from '../src/gwh.ts'
import { queryParts, readsOf, type QueryParts } from '../src/sql/ctes.ts'
import { copyOf, ENGINES, emptyWarehouse } from './support/engines.ts'

const QUERY = `with
-- ) a comment, with "quotes' and (brackets
first as (
  select 'with a as (' as "text)", 1 as n -- )
),
second as materialized (
  select f.n from first as f join first as g on f.n = g.n
),
"Third" as (
  select n from second, (select 1) as one
  union all
  select n from second
)
select count(*) as c from "Third", "Third" as again`

describe('the expressions of a query', () => {
  test('are found by their brackets, whatever is in texts and comments', () => {
    const { ctes, rest } = queryParts(QUERY)
    expect(ctes.map(({ name, once }) => [name, once])).toEqual([
      ['first', false],
      ['second', true],
      ['"Third"', false],
    ])
    expect(ctes[0]?.body).toBe(`select 'with a as (' as "text)", 1 as n -- )`)
    expect(rest).toBe('select count(*) as c from "Third", "Third" as again')
    const { ctes: inside, rest: around } = queryParts(
      'select named.*, a as b from (with x as (select 1 as a) select a from x) as named',
    )
    expect(inside).toEqual([{ name: 'x', once: false, body: 'select 1 as a' }])
    expect(around.replaceAll(/\s+/g, ' ')).toBe('select named.*, a as b from ( select a from x ) as named')
    expect(queryParts('select 1')).toEqual({ ctes: [], rest: 'select 1' })
  })

  test('are read in from, join and lists of relations, and not where a column has their name', () => {
    expect(readsOf('first', queryParts(QUERY).ctes[1]?.body ?? '')).toBe(2)
    expect(readsOf('"Third"', queryParts(QUERY).rest)).toBe(2)
    expect(readsOf('a', 'select a, b, a from c where a in (select a from b.a)')).toBe(0)
    expect(readsOf('a', "select 1 from c, a where 'from a' <> b -- from a")).toBe(1)
    expect(readsOf('step_1', 'select * from step_10 join step_1 as s using (x)')).toBe(1)
  })
})

/** An engine that writes an expression out wherever it is read. */
const INLINING = { ...ALL.duckdb, computesOnce: false }

test('the statements of an engine that inlines give the rows of the one query', async () => {
  const { steps, select } = statementsOf(QUERY, ['s', 'counted'], 'table', INLINING)
  expect(steps.map(({ relation }) => relation)).toEqual([['s', 'counted__1']])
  expect(textOf({ steps, select }, INLINING)).not.toContain('materialized')
  expect(statementsOf(QUERY, ['s', 'counted'], 'view', INLINING).steps).toEqual([])
  expect(statementsOf(QUERY, ['s', 'counted'], 'table', ALL.duckdb)).toEqual({ steps: [], select: QUERY })
  await using warehouse = await emptyWarehouse('duckdb')
  await warehouse.createSchema('s')
  for (const step of steps) await warehouse.execute(createStep(step, INLINING))
  expect(await warehouse.query(select)).toEqual([{ c: 4 }])
  expect(await warehouse.query(QUERY)).toEqual([{ c: 4 }])
})

/** How often each expression is worked out on an engine that writes one out wherever it is read, the most of all. */
function mostCopies({ ctes, rest }: QueryParts, isOnce: (name: string) => boolean): number {
  const copies = new Map<string, number>()
  for (const [i, { name }] of [...ctes.entries()].reverse()) {
    const readers = [{ name: '', body: rest }, ...ctes.slice(i + 1)]
    const total = readers
      .map((reader) => readsOf(name, reader.body) * (reader.name === '' ? 1 : (copies.get(reader.name) ?? 0)))
      .reduce((sum, n) => sum + n, 0)
    copies.set(name, isOnce(name) ? Math.min(1, total) : total)
  }
  return Math.max(0, ...copies.values())
}

/** Beyond it planning takes minutes, and soon all of a coordinator's memory. */
const BOUND = 64

describe.each(ENGINES)('the SQL for %s', (engine) => {
  test.each([
    ['acme', 'test/fixtures/acme'],
    ['helm', '.'],
    ['the example', 'examples/acme'],
  ])('has at most so many copies of an expression in %s', (project, folder) => {
    const { plan } = load(copyOf(folder), {
      target: engine === 'duckdb' ? 'dev' : 'postgres',
      env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' },
    })
    const compiler = createCompiler(plan, engineOf(plan.catalog.project))
    const places = { relation: (name: string) => ['place_of', name] }
    const counted = plan.models
      .filter(({ file }) => file === undefined)
      .map((model) => {
        const parts = queryParts(compiler.model(model, places).select)
        const once = new Set(parts.ctes.filter((cte) => cte.once).map(({ name }) => name))
        return {
          name: model.name,
          ctes: parts.ctes.length,
          copies: mostCopies(parts, (name) => once.has(name)),
          unmarked: mostCopies(parts, () => false),
        }
      })
    expect(counted.filter(({ copies }) => copies > BOUND)).toEqual([])
    // every expression is read by something
    expect(counted.filter(({ ctes, copies }) => ctes > 0 && copies === 0)).toEqual([])
    // what is computed once is why: without it the longest funnel has thousands
    if (project === 'acme') expect(Math.max(...counted.map(({ unmarked }) => unmarked))).toBeGreaterThan(1000)
  })
})
