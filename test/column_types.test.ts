/** The documented type of every column is the one that the engine says: analysts cast, join and chart by it. */
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { engineOf } from '../src/engines/index.ts'
import { load } from '../src/gwh.ts'
import { sql, toText } from '../src/sql/sql.ts'
import { buildProject, copyOf, ENGINES, tempFolder, type Engine } from './support/engines.ts'
import { GOOD, writeFiles } from './support/projects.ts'

const PROJECTS = { acme: 'test/fixtures/acme', helm: '.', example: 'examples/acme' }

/** Properties of each type that can be declared. */
function declaredTypes(): string {
  const dir = tempFolder()
  const properties =
    '{ a: text, b: { type: integer }, c: { type: number }, d: { type: boolean }, e: { type: timestamp }, f: { type: date }, g: { type: json } }'
  writeFiles(dir, {
    'project.yml': `name: typed
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb, schema: typed }
  postgres: { type: postgres, url: "\${GWH_POSTGRES_URL}", schema: typed }
group_keys: [{ name: company_id }]
sources:
  - { name: events, type: events, file: events.csv, columns: { event: event, time: time, user: user_id } }
  - name: accounts
    type: group_table
    file: accounts.csv
    group_key: company_id
    columns: { id: id, updated_at: seen }
    properties: ${properties.replace('a: text', 'a: { type: text }')}
  - name: people
    type: user_table
    group_keys: []
    file: accounts.csv
    columns: { id: id, updated_at: seen }
    properties: ${properties.replace('a: text', 'a: { type: text }')}
`,
    'events.csv': GOOD['events.csv'] ?? '',
    'accounts.csv': 'id,seen,a,b,c,d,e,f,g\nacme,2024-01-01,x,1,1.5,true,2024-01-01,2024-01-01,1\n',
  })
  return dir
}

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

  test('columns of properties are of the types that are declared', async () => {
    const { wrong, compared } = await compare(declaredTypes(), engine)
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(80)
  })
})
