/** Each report against its floor, and those from the days of groups against the same from events. */
import type { BenchDatabase } from './database.ts'
import {
  LIMIT_SECONDS,
  NO_MEMORY,
  atMost,
  cost,
  inRounds,
  median,
  memory,
  ratio,
  type Cost,
  type Memory,
} from './measure.ts'
import type { BenchReport } from './project.ts'
import { count, megabytes, secs, table, times } from './table.ts'

export interface Measured {
  readonly name: string
  /** By the floor of the same round. */
  readonly cpu: number
  readonly wall: number
  readonly seconds: number
  /** Of DuckDB only. */
  readonly memory: Memory | undefined
  readonly rows: number
  /** By the same report from events, for those that read the days of groups alone. */
  readonly ofEvents: number | undefined
  /** It costs more than this. */
  readonly stopped: boolean
  readonly note: string
}

export async function measureReports(
  database: BenchDatabase,
  reports: readonly BenchReport[],
  rounds: number,
  limitSeconds = LIMIT_SECONDS,
): Promise<Measured[]> {
  const isDuckDB = database.warehouse.type === 'duckdb'
  const lines = table([
    { title: 'report', width: 42, left: true },
    ...(isDuckDB ? [{ title: 'CPU', width: 9 }] : []),
    { title: 'wall', width: 9 },
    { title: 'seconds', width: 9 },
    ...(isDuckDB
      ? [
          { title: 'peak MB', width: 8 },
          { title: 'spilled', width: 8 },
        ]
      : []),
    { title: 'rows', width: 10 },
    { title: 'of events', width: 9 },
    { title: isDuckDB ? 'aim' : '', width: 0, left: true },
  ])
  console.log()
  lines.heading()
  const all: Measured[] = []
  for (const report of reports) {
    try {
      const measured = await measure(database, report, rounds, limitSeconds)
      all.push(measured)
      const { cpu, wall, seconds, memory: used, rows, ofEvents, stopped, note } = measured
      const more = stopped ? '> ' : ''
      const aim = [isDuckDB ? (report.aim ?? report.aimOfDays ?? '') : '', note]
      lines.row(
        report.about,
        ...(isDuckDB ? [more + times(cpu)] : []),
        more + times(wall),
        more + secs(seconds),
        ...(isDuckDB ? [megabytes(used?.peak), used?.spilled ? megabytes(used.spilled) : '-'] : []),
        count(rows),
        times(ofEvents),
        aim.filter((text) => text !== '').join('; '),
      )
    } catch (error) {
      console.log(`${report.about.padEnd(42)}  failed: ${String(error).split('\n')[0] ?? ''}`)
      await database.reopen()
    }
  }
  return all
}

async function measure(
  database: BenchDatabase,
  report: BenchReport,
  rounds: number,
  limitSeconds: number,
): Promise<Measured> {
  const { target } = database.plan.catalog.project
  const isDuckDB = target.type === 'duckdb'
  const isLimited = target.type === 'duckdb' && target.memory_limit !== undefined
  const floor = database.floor(report.floor)
  const statements = database.statements(report)
  const fromEvents = database.readsDaysOnly(report) ? database.statements(report, 'events') : undefined
  const run = (work: typeof statements) => (): Promise<Cost> => cost(database.warehouse, work, limitSeconds)
  // Under a limit only what is put on disk is of interest, and running it once more would take as long again.
  let used = isLimited ? NO_MEMORY : undefined
  const runReport = isLimited
    ? () =>
        cost(database.warehouse, statements, limitSeconds, (memory) => {
          used = atMost(used ?? NO_MEMORY, memory)
        })
    : run(statements)
  // The first scan of a column reads it from disk.
  await run([floor])()
  let answers: string[] = []
  const [floors = [], costs = [], costsOfEvents] = await inRounds(rounds, [
    run([floor]),
    runReport,
    ...(fromEvents
      ? [
          async () => {
            const mine = await database.answer(report)
            const spent = await run(fromEvents)()
            answers = [mine, await database.answer(report)]
            return spent
          },
        ]
      : []),
  ])
  const stopped = costs.some((spent) => spent.stopped)
  const rows = stopped ? Number.NaN : await database.rows(report)
  if (isDuckDB && !isLimited && !stopped) {
    await database.reopen()
    used = await memory(database.warehouse, statements)
  }
  if (isDuckDB) await database.reopen()
  return {
    name: report.name,
    cpu: ratio(costs, floors, 'cpu'),
    wall: ratio(costs, floors, 'seconds'),
    seconds: median(costs.map(({ seconds }) => seconds)),
    memory: used,
    rows,
    ofEvents: costsOfEvents && ratio(costs, costsOfEvents, isDuckDB ? 'cpu' : 'seconds'),
    stopped,
    note: answers[0] === answers[1] ? '' : 'the answers from days and events DIFFER',
  }
}
