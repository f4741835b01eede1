/** What a large project costs: CPU and memory of `gwh compile`, as ratios to a tenth of the same project. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { median, withCosts } from './cost.ts'

/** The most that ten times as much should cost, as a multiple of the tenth, and the most memory. */
const AIMS = { ratio: 12, megabytes: 500 } as const

/** By what they have many of; the number is the larger one. */
const PROJECTS = [
  { many: 'reports', count: 5000, yaml: (count: number) => projectYaml({ reports: count, groupKeys: 2 }) },
  { many: 'group keys', count: 300, yaml: (count: number) => projectYaml({ reports: 4, groupKeys: count }) },
] as const

const REPORTS: readonly ((name: string, key: string) => string)[] = [
  (name, key) => `
  - name: ${name}
    type: funnel
    by: ${key}
    steps: [sign_up, { event: invite, where: [{ property: seats, op: gt, value: 3 }] }, pay]
    window: { value: 14, unit: day }
    breakdown: { property: plan, attribution: first }`,
  (name, key) => `
  - { name: ${name}, type: retention, by: ${key}, start: sign_up, return: { any_event: true }, period: week }`,
  (name, key) => `
  - name: ${name}
    type: uniques
    interval: week
    metrics:
      - { name: groups, by: ${key}, any_event: true }
      - { name: users, by: user, event: pay, where: [{ property: plan, value: team }] }`,
  (name, key) => `
  - { name: ${name}, type: lifecycle, by: ${key}, any_event: true, interval: month }`,
]

/** A project without a fault: funnels, retention, uniques and lifecycles in turn, group keys in turn. */
export function projectYaml(size: Size): string {
  return yamlOf(size, REPORTS)
}

/** A project without a fault, of funnels of three steps alone: the report with the most relations and the longest SQL. */
export function funnelsYaml(size: Size): string {
  return yamlOf(size, REPORTS.slice(0, 1))
}

interface Size {
  readonly reports: number
  readonly groupKeys: number
}

function yamlOf(size: Size, kinds: typeof REPORTS): string {
  const keys = Array.from({ length: size.groupKeys }, (_, i) => `key_${i}`)
  const reports = Array.from({ length: size.reports }, (_, i) =>
    kinds[i % kinds.length]?.(`report_${i}`, keys[i % keys.length] ?? ''),
  )
  return `name: sizes
target: dev
targets:
  dev: { type: duckdb, path: target/sizes.duckdb }
limits: { profile: none }
group_keys:
${keys.map((key) => `  - { name: ${key} }`).join('\n')}
sources:
  - name: app
    type: events
    file: events.parquet
    columns: { event: event, time: time, user: user_id }
    properties: [plan, seats]
reports:${reports.join('')}
`
}

export function sizes(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: { cli: { type: 'string', default: 'dist/cli.js' }, rounds: { type: 'string', default: '3' } },
  })
  const rounds = Number(values.rounds)
  withCosts((cost, folder) => {
    let made = 0
    const compiled = (yaml: string) => {
      const dir = path.join(folder, String((made += 1)))
      mkdirSync(dir)
      writeFileSync(path.join(dir, 'project.yml'), yaml)
      return cost([path.resolve(values.cli), '-q', 'compile'], dir)
    }
    console.log(`CPU of \`gwh compile\`, medians of ${rounds} rounds; Node ${process.version}`)
    for (const { many, count, yaml } of PROJECTS) {
      const measured = Array.from({ length: rounds }, () => ({
        tenth: compiled(yaml(count / 10)),
        whole: compiled(yaml(count)),
      }))
      const of = (take: (round: (typeof measured)[number]) => number) => median(measured.map(take))
      const ratio = of(({ tenth, whole }) => whole.cpu / tenth.cpu)
      console.log(
        `  ${`${count} ${many}`.padEnd(16)} ${of(({ whole }) => whole.cpu).toFixed(2)} s, ${of(({ tenth }) => tenth.cpu).toFixed(2)} s for ${count / 10}: ${ratio.toFixed(1)}x (aim: at most ${AIMS.ratio}x);` +
          ` ${of(({ whole }) => whole.megabytes).toFixed(0)} MB (aim: at most ${AIMS.megabytes} MB)`,
      )
    }
  })
}
