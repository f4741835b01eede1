/** Whether the cost grows with the events of a group or with their square. */
import type { Databases } from './databases.ts'
import { cost, median, type Cost } from './measure.ts'
import type { BenchReport } from './project.ts'
import { count, secs, table, times } from './table.ts'

/** What all other groups have together, whatever the large one has. */
const OTHERS = { events: 50_000, groups: 1_000, even: true } as const

/** Stops what would not end. */
const LIMIT_SECONDS = 120

/** Times of each report with N, 2 N and 4 N events in one group: twice as long each time, or four times. */
export async function doubling(
  databases: Databases,
  reports: readonly BenchReport[],
  smallest: number,
  rounds: number,
): Promise<void> {
  const sizes = [smallest, 2 * smallest, 4 * smallest]
  const measured: (readonly Cost[])[] = []
  for (const [i, large] of sizes.entries())
    measured.push(
      await measure(databases, reports, large, rounds, (version) => {
        if (i > 0) return
        console.log(
          `${version}: one group with ${sizes.map(count).join(', ')} events, half of them of one user; all others together ${count(OTHERS.events)}`,
        )
        console.log(
          `Medians of ${rounds} rounds. Growth is about 2 where the cost is linear, 4 where it is quadratic.`,
        )
      }),
    )
  const lines = table([
    { title: 'report', width: 42, left: true },
    ...sizes.map((size) => ({ title: count(size), width: 10 })),
    { title: 'growth', width: 8 },
    { title: '', width: 8 },
  ])
  console.log()
  lines.heading()
  for (const [i, report] of reports.entries()) {
    const costs = measured.flatMap((of) => of[i] ?? [])
    // CPU is steadier; of PostgreSQL it is not known.
    const spent = costs.map(({ cpu, seconds }) => (Number.isNaN(cpu) ? seconds : cpu))
    const growth = spent.slice(1).map((value, j) => value / (spent[j] ?? Number.NaN))
    lines.row(
      report.about,
      ...costs.map(({ stopped }, j) => `${stopped ? '> ' : ''}${secs(spent[j] ?? Number.NaN)} s`),
      ...growth.map((value, j) => `${costs[j + 1]?.stopped ? '> ' : ''}${times(value)}`),
    )
  }
}

/** What each report costs with so many events in the large group. @param tell is told the version of the database */
async function measure(
  databases: Databases,
  reports: readonly BenchReport[],
  large: number,
  rounds: number,
  tell: (version: string) => void,
): Promise<Cost[]> {
  await using database = await databases.open(`doubling_${large}`, { ...OTHERS, large })
  tell(await database.warehouse.version())
  await database.build(reports, () => undefined)
  const costs: Cost[] = []
  for (const report of reports) {
    const seen: Cost[] = []
    for (let round = 0; round < rounds && !seen.at(-1)?.stopped; round++)
      seen.push(await cost(database.warehouse, database.statements(report), LIMIT_SECONDS))
    costs.push({
      cpu: median(seen.map(({ cpu }) => cpu)),
      seconds: median(seen.map(({ seconds }) => seconds)),
      stopped: seen.some(({ stopped }) => stopped),
    })
  }
  return costs
}
