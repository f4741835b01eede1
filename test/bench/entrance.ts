/**
 * What reading files costs: CPU of `gwh build` over the same rows as CSV and as Parquet, by this checkout and by
 * another, in turn. `npm run bench -- entrance --against DIR [--rows N] [--rounds N]`; both have a dist/cli.js.
 */
import { openFileReader } from '../../src/engines/file_reader.ts'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

/** The most that a build should cost, as a multiple of that of the other checkout. */
const AIMS = { csv: 1.3, parquet: 1.05 } as const
type Format = keyof typeof AIMS

const project = (format: Format) => `name: entrance
target: dev
targets:
  dev: { type: duckdb, path: 'target/warehouse-\${CHECKOUT}.duckdb', schema: entrance }
group_keys: [{ name: company_id }]
limits: { profile: none }
sources:
  - name: app
    type: events
    file: events.${format}
    columns: { event: event, time: time, user: user_id, insert_id: insert_id }
    properties: [plan, amount, seats, page, is_trial]
`

const rowsQuery = (rows: number) => `
  select
    'event ' || (i % 20) as event,
    strftime(timestamp '2024-01-01' + to_seconds(i * 5), '%Y-%m-%dT%H:%M:%SZ') as time,
    'user-' || (hash(i) % 200000) as user_id,
    'company-' || (hash(i) % 200000 % 5000) as company_id,
    'id-' || i as insert_id,
    ['free', 'team', 'enterprise'][1 + i % 3] as plan,
    round((hash(i) % 100000) / 100.0, 2) as amount,
    i % 250 as seats,
    '/page/' || (i % 1000) as page,
    i % 7 = 0 as is_trial
  from range(${rows}) as rows(i)
`

export async function entrance(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string' },
      rows: { type: 'string', default: '5000000' },
      rounds: { type: 'string', default: '3' },
    },
  })
  if (values.against === undefined) throw new Error('name the other checkout: --against DIR')
  const clis = [path.resolve('dist/cli.js'), path.resolve(values.against, 'dist/cli.js')]
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-bench-'))
  try {
    const hook = path.join(folder, 'cpu.cjs')
    const result = path.join(folder, 'cpu')
    writeFileSync(
      hook,
      `process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeFileSync(${JSON.stringify(result)}, String(user + system)) })`,
    )
    const seconds = (cli: string, i: number): number => {
      const env = { ...process.env, CHECKOUT: String(i) }
      const child = spawnSync(process.execPath, ['-r', hook, cli, 'run', '--select', 'events'], {
        cwd: folder,
        env,
      })
      if (child.status !== 0)
        throw new Error(`${cli} failed: ${child.stdout.toString()}${child.stderr.toString()}`)
      rmSync(path.join(folder, 'target'), { recursive: true, force: true })
      return Number(readFileSync(result, 'utf8')) / 1e6
    }
    console.log(
      `CPU of \`gwh run --select events\` over ${values.rows} rows, ${values.rounds} rounds in turn`,
    )
    for (const format of ['csv', 'parquet'] as const) {
      await write(path.join(folder, `events.${format}`), Number(values.rows), format)
      writeFileSync(path.join(folder, 'project.yml'), project(format))
      const rounds = Array.from({ length: Number(values.rounds) }, () => clis.map(seconds))
      const [here, there] = [0, 1].map((i) => median(rounds.map((round) => round[i] ?? 0)))
      const ratio = median(rounds.map(([a = 0, b = 1]) => a / b))
      console.log(
        `  ${format.padEnd(8)} ${here?.toFixed(1)} s against ${there?.toFixed(1)} s  ${ratio.toFixed(2)}x  (aim: at most ${AIMS[format]}x)`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function write(file: string, rows: number, format: Format): Promise<void> {
  await using reader = await openFileReader()
  await reader.execute(`copy (${rowsQuery(rows)}) to '${file}' (format ${format})`)
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b)
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN
}
