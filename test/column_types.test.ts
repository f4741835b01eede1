/** The documented type of every column is the one that the engine says: analysts cast, join and chart by it. */
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { engineOf } from '../src/engines/index.ts'
import { load } from '../src/gwh.ts'
import { sql, toText } from '../src/sql/sql.ts'
import { buildProject, copyOf, ENGINES, type Engine } from './support/engines.ts'

const PROJECTS = { acme: 'test/fixtures/acme', helm: '.', example: 'examples/acme' }

/** Columns that are of another type than the documented one, and how many were looked at. */
async function compare(dir: string, engine: Engine): Promise<{ wrong: string[]; compared: number }> {
  const built = await buildProject(dir, engine)
  expect(built.outcome.published).toBe(true)
  const { plan } = load(built.dir, built.options)
  const { project } = plan.catalog
  const { type } = engineOf(project).functions('')
  await using warehouse = await built.open()
  const wrong: string[] = []
  let compared = 0
  for (const { name, columns, materialized } of plan.models) {
    if (materialized === 'ephemeral') continue
    const there = await warehouse.columns([project.target.schema, name])
    for (const [column, { type: documented }] of Object.entries(columns)) {
      if (documented === 'source') continue
      const select = toText(sql`select cast(null as ${type(documented)}) as x`)
      const [described] = await warehouse.columnsOf(select)
      const found = there?.find((c) => c.name === column)?.type
      compared += 1
      if (found === undefined || found !== described?.type)
        wrong.push(`${name}.${column} is ${found ?? 'missing'}, documented as ${described?.type ?? '?'}`)
    }
  }
  return { wrong, compared }
}

describe.each(ENGINES)('on %s', (engine) => {
  test.each(Object.entries(PROJECTS))('columns of %s are of their documented types', async (_, folder) => {
    const { wrong, compared } = await compare(copyOf(path.resolve(folder)), engine)
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(80)
  })
})
