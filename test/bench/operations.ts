/**
 * What folding operations costs on DuckDB: CPU as multiples of one scan of the operations, and of unpacking their
 * JSON. `npm run bench -- operations [--operations N] [--groups N] [--memory GB]`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { engineOf, openWarehouse } from '../../src/engines/index.ts'
import { createCompiler, published } from '../../src/graph/compile.ts'
import { textOf } from '../../src/graph/statements.ts'
import { load } from '../../src/gwh.ts'
import { prepareState } from '../../src/run/state.ts'

const PROJECT = `name: operations
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb }
group_keys: [{ name: company_id }]
sources:
  - name: log
    type: operations
    table: raw.log
    group_key: company_id
    columns: { id: id, operation: operation, object: object, updated_at: updated_at, ingested_at: ingested_at }
`

/** Mostly sets of three properties, then set_once, union, remove, unset, and 1 in 100 a deletion. */
const rowsQuery = (operations: number, groups: number) => `
  select
    'company-' || (hash(i) % ${groups}) as id,
    case
      when kind < 70 then 'set' when kind < 80 then 'set_once' when kind < 90 then 'union'
      when kind < 95 then 'remove' when kind < 99 then 'unset' else 'delete'
    end as operation,
    cast(
      case
        when kind < 80 then '{"plan":"plan ' || (kind % 7) || '","seats":' || (i % 250) || ',"p' || (i % 10) || '":"value ' || i || '"}'
        when kind < 90 then '{"tags":["tag ' || (i % 9) || '"]}'
        when kind < 95 then '{"tags":"tag ' || (i % 9) || '"}'
        when kind < 99 then '["p' || (i % 10) || '"]'
        else '{}'
      end as json
    ) as object,
    timestamp '2024-01-01' + to_seconds(cast(hash(i + 7) % 10000000 as bigint)) as updated_at,
    timestamp '2024-06-01' + to_seconds(i) as ingested_at
  from (select i, cast(hash(i * 31 + 1) % 100 as integer) as kind from range(${operations}) as rows(i)) as kinds
`

export async function operations(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      operations: { type: 'string', default: '5000000' },
      groups: { type: 'string', default: '500000' },
      memory: { type: 'string', default: '1' },
    },
  })
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    writeFileSync(path.join(folder, 'project.yml'), PROJECT)
    const { plan } = load(folder, { env: {} })
    const { project } = plan.catalog
    const engine = engineOf(project)
    await using warehouse = await openWarehouse(project)
    await prepareState(warehouse, engine, project.target)
    await warehouse.createSchema('raw')
    await warehouse.execute(`set memory_limit = '${Number(values.memory)}GB'`)
    await warehouse.execute(
      `create table raw.log as ${rowsQuery(Number(values.operations), Number(values.groups))}`,
    )
    const model = plan.model('log_folded')
    if (!model) throw new Error('there is no relation log_folded')
    const fold = textOf(createCompiler(plan, engine).model(model, published(plan)), engine)
    const scan = 'sum(hash(id, operation, object, updated_at, ingested_at)) from raw.log'
    const unpack = `sum(hash(property, value)) from (
      select unnest(map_keys(members)) as property, unnest(map_values(members)) as value
      from (select try_cast(object as map(varchar, json)) as members from raw.log where operation <> 'unset')
    )`
    const queries = {
      scan: `select ${scan}`,
      unpack: `select ${unpack}`,
      fold: `create or replace table folded as ${fold}`,
    }
    const seconds: Record<string, number> = {}
    for (const round of [1, 2]) {
      for (const [name, query] of Object.entries(queries)) {
        if (name === 'fold' && round === 2) continue
        const before = process.cpuUsage()
        await warehouse.execute(query)
        const { user, system } = process.cpuUsage(before)
        const spent = (user + system) / 1e6
        seconds[name] = Math.min(seconds[name] ?? Infinity, spent)
      }
    }
    const { scan: floor = Number.NaN } = seconds
    for (const [name, spent] of Object.entries(seconds))
      console.log(`${name.padEnd(7)} ${spent.toFixed(2)} s of CPU, ${(spent / floor).toFixed(1)}x of a scan`)
    console.log(`memory  ${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)} GB at the most`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
