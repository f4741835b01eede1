/**
 * What `gwh compile` of many reports costs: CPU and memory, as ratios to writing as many files of those sizes and
 * nothing else, and to another build of gwh.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { median, withCosts, type Cost } from './cost.ts'
import { funnelsYaml } from './sizes.ts'

/** The most memory that 5,000 reports should take. */
const MEGABYTES = 500

/** Writes files of the sizes that it is given as a file, into the folder where it runs. */
const FLOOR = `
  const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
  const { dirname } = require('node:path')
  const files = JSON.parse(readFileSync(process.argv[1], 'utf8'))
  for (const folder of new Set(files.map(([name]) => dirname(name)))) mkdirSync(folder, { recursive: true })
  const text = 'x'.repeat(Math.max(...files.map(([, bytes]) => bytes)))
  for (const [name, bytes] of files) writeFileSync(name, text.slice(0, bytes), { flag: 'wx' })
`

export function compile(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cli: { type: 'string', default: 'dist/cli.js' },
      against: { type: 'string' },
      reports: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '3' },
    },
  })
  const reports = Number(values.reports)
  const rounds = Number(values.rounds)
  withCosts((cost, folder) => {
    const yaml = funnelsYaml({ reports, groupKeys: 2 })
    const compiled = (cli: string, name: string): { cost: Cost; dir: string } => {
      const dir = path.join(folder, name)
      mkdirSync(dir)
      writeFileSync(path.join(dir, 'project.yml'), yaml)
      return { cost: cost([path.resolve(cli), '-q', 'compile'], dir), dir }
    }
    // In turn, so that a machine whose speed drifts is as kind to one as to the other.
    const measured = Array.from({ length: rounds }, (_, round) => {
      const other = values.against === undefined ? undefined : compiled(values.against, `other_${round}`)
      const { cost: own, dir } = compiled(values.cli, `own_${round}`)
      const files = sizesBelow(path.join(dir, 'target'))
      const list = path.join(folder, 'files.json')
      writeFileSync(list, JSON.stringify(files))
      const empty = path.join(folder, `floor_${round}`)
      mkdirSync(empty)
      return { own, other: other?.cost, floor: cost(['-e', FLOOR, list], empty), files }
    })
    const of = (take: (round: (typeof measured)[number]) => number) => median(measured.map(take))
    const files = measured[0]?.files ?? []
    const bytes = files.reduce((sum, [, size]) => sum + size, 0)
    console.log(
      `CPU of \`gwh compile\`, ${reports} funnels; medians of ${rounds} rounds, Node ${process.version}`,
    )
    console.log(
      `  ${of(({ own }) => own.cpu).toFixed(2)} s and ${of(({ own }) => own.megabytes).toFixed(0)} MB (aim: at most ${MEGABYTES} MB)`,
    )
    console.log(
      `  ${of(({ own, floor }) => own.cpu / floor.cpu).toFixed(1)}x of writing ${files.length} files of ${(bytes / 1e6).toFixed(0)} MB, which took ${of(({ floor }) => floor.cpu).toFixed(2)} s`,
    )
    if (values.against !== undefined)
      console.log(
        `  ${of(({ own, other }) => own.cpu / (other?.cpu ?? Number.NaN)).toFixed(2)}x of the other build, which took ${of(({ other }) => other?.cpu ?? Number.NaN).toFixed(2)} s and ${of(({ other }) => other?.megabytes ?? Number.NaN).toFixed(0)} MB`,
      )
  })
}

/** All files below a folder, by the paths in it, with how many bytes they have. */
function sizesBelow(folder: string): [string, number][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name): [string, number][] => {
    const file = statSync(path.join(folder, name))
    return file.isFile() ? [[name, file.size]] : []
  })
}
