/** ClickHouse, by way of chdb in a Python of its own, with the rows of `event_groups`. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Warehouse } from '../../../src/engines/index.ts'
import type { Cost } from './measure.ts'
import { SCHEMA } from './project.ts'

const RIVALS = fileURLToPath(new URL('../rivals/', import.meta.url))

export interface ClickHouse extends AsyncDisposable {
  readonly version: string
  query(select: string): Promise<Cost & { rows: unknown[][] }>
}

/** @throws Error where chdb cannot be installed */
export async function openClickHouse(duckdb: Warehouse, folder: string): Promise<ClickHouse> {
  const python = installed(path.join(folder, 'python'))
  const data = path.join(folder, 'clickhouse')
  rmSync(data, { recursive: true, force: true })
  const child = spawn(python, [path.join(RIVALS, 'clickhouse.py'), data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const query = async (statement: string) => {
    child.stdin.write(`${JSON.stringify(statement)}\n`)
    const { value, done } = (await lines.next()) as { value?: string; done?: boolean }
    if (done || value === undefined) throw new Error('chdb ended')
    const answer = JSON.parse(value) as { error?: string; cpu: number; seconds: number; rows: unknown[][] }
    if (answer.error !== undefined) throw new Error(answer.error.split('\n')[0])
    return { ...answer, stopped: false }
  }
  const close = (): Promise<void> => {
    child.stdin.end()
    return new Promise((resolve) => {
      if (child.exitCode !== null) resolve()
      else child.once('exit', () => resolve())
    })
  }
  try {
    await loadRows(duckdb, path.join(folder, 'event_groups.parquet'), query)
    const { rows } = await query('select version()')
    return { version: String(rows[0]?.[0]), query, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The Python of a virtual environment with what requirements.txt pins; never part of this package. */
function installed(folder: string): string {
  const python = path.join(folder, 'bin', 'python')
  const steps: [string, string[]][] = [
    ...(existsSync(python) ? [] : [['python3', ['-m', 'venv', folder]] as [string, string[]]]),
    [python, ['-m', 'pip', 'install', '-q', '--no-deps', '-r', path.join(RIVALS, 'requirements.txt')]],
  ]
  for (const [command, args] of steps) {
    const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1))
  }
  return python
}

/** Rows in the order of time, as gwh has them; names as ClickHouse likes them best. */
async function loadRows(
  duckdb: Warehouse,
  file: string,
  query: (statement: string) => Promise<unknown>,
): Promise<void> {
  await duckdb.execute(`
    copy (
      select group_id, event_name, epoch_us(occurred_at) as occurred_at, day
      from ${SCHEMA}.event_groups
      where group_key = 'company_id'
      order by occurred_at
    ) to '${file}' (format parquet)
  `)
  await query('create database bench')
  await query(`
    create table bench.event_groups (
      group_id LowCardinality(String),
      event_name LowCardinality(String),
      occurred_at UInt64,
      day Date
    ) engine = MergeTree order by occurred_at
  `)
  await query(
    `insert into bench.event_groups select group_id, event_name, occurred_at, day from file('${file}', Parquet)`,
  )
  await query('optimize table bench.event_groups final')
  rmSync(file)
}
