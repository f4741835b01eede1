/** The acceptance comparisons over the fixture's history, and that they notice a wrong number. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accept } from './acceptance/accept.ts'
import { acceptReports } from './acceptance/accept_reports.ts'
import { passed } from './acceptance/comparisons.ts'
import { readDataSet, type DataSet, type ReportFacts } from './acceptance/datasets.ts'
import { readHistory, type Facts } from './acceptance/histories.ts'
import type { Engine } from './acceptance/projects.ts'
import { freshPostgres } from './support/databases.ts'

const fixture = path.join(import.meta.dirname, 'fixtures', 'helm')
const ENGINES: Engine[] = [{ name: 'duckdb' }, { name: 'postgres', freshDatabase: freshPostgres }]

function helm(change: (facts: Facts) => void = () => undefined) {
  const history = readHistory(fixture)
  change(history.facts)
  return history
}

function helmReports(change: (facts: ReportFacts) => void = () => undefined): DataSet {
  const set = readDataSet(fixture)
  if (typeof set === 'string') throw new Error(set)
  change(set.facts)
  return set
}

describe("helm's history", () => {
  it.each(ENGINES)('gives the known answers on $name, flat and exported', async (engine) => {
    const comparisons = await accept(helm(), engine)
    expect(comparisons.filter((comparison) => !passed(comparison))).toEqual([])
    for (const [shape, least] of [
      ['flat', 771],
      ['mixpanel', 683],
    ] as const) {
      const ofShape = comparisons.filter(({ what }) => what.startsWith(`${shape} `))
      expect(ofShape.length).toBeGreaterThanOrEqual(least)
    }
  })

  it.each<[string, (facts: Facts) => void, string[]]>([
    [
      'of lower-case companies',
      (facts) => (facts.uniques_by_month['company_id_lc']!['2018-02']! += 1),
      ['flat unique company_id_lc by month 2018-02'],
    ],
    [
      'of both shapes',
      (facts) => (facts.counts['empty_area'] = 4131),
      ['flat counts empty_area', 'mixpanel counts empty_area'],
    ],
    [
      'of the export',
      (facts) => (facts.raw_shapes.mixpanel.after_dedup['without_area']! -= 1),
      ['mixpanel after_dedup without_area'],
    ],
  ])('shows one wrong number %s, and only that', async (_, falsify, wrong) => {
    const comparisons = await accept(helm(falsify), { name: 'duckdb' })
    expect(comparisons.filter((comparison) => !passed(comparison)).map(({ what }) => what)).toEqual(wrong)
  })

  it('shows a build that fails', async () => {
    const broken = { ...helm(), companies: path.join(fixture, 'areas.parquet') }
    const failures = (await accept(broken, { name: 'duckdb' })).filter((comparison) => !passed(comparison))
    expect(failures.map(({ what }) => what)).toEqual(['flat build'])
    expect(failures[0]!.found).toContain('has no column `company_id`')
  })
})

/** Copies in which one group got less far, and one cohort is larger, than they should. */
async function falsifiedTables({ funnelDetail, companyCohorts }: DataSet): Promise<Partial<DataSet>> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-facts-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const [detail, cohorts] = [path.join(dir, 'detail.parquet'), path.join(dir, 'cohorts.parquet')]
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  const wrong = `group_id = '126.com' and funnel like '% > Merge in 30d'`
  await db.run(`
    copy (
      select * replace (case when ${wrong} then 2 else any_strict end as any_strict) from '${funnelDetail}'
    ) to '${detail}' (format parquet)`)
  await db.run(`
    copy (
      select * replace (case when cohort_week = date '2015-11-02' then size + 1 else size end as size)
      from '${companyCohorts}'
    ) to '${cohorts}' (format parquet)`)
  db.closeSync()
  return { funnelDetail: detail, companyCohorts: cohorts }
}

describe("reports on helm's history", () => {
  it.each(ENGINES)('give the known answers on $name', async (engine) => {
    const { comparisons, missing } = await acceptReports(helmReports(), engine)
    expect(comparisons.filter((comparison) => !passed(comparison))).toEqual([])
    for (const [what, least] of [
      ['reports counts', 11],
      ['reports funnel', 1678],
      ['reports retention', 516],
      ['reports unique', 797],
      ['reports companies where two or more users committed', 97],
      ['los_angeles unique', 130],
    ] as const) {
      const alike = comparisons.filter((comparison) => comparison.what.startsWith(what))
      expect(alike.length, what).toBeGreaterThanOrEqual(least)
    }
    expect(missing).toEqual(['repo_id', 'person_id'])
  })

  it('show wrong numbers, and only those', async () => {
    const set = helmReports((facts) => {
      const { funnels, retention } = facts
      funnels![0]!.any_strict[1]! += 1
      funnels![0]!.first_strict_by_month['2018-02']![2]! += 1
      funnels![6]!.first_strict_seconds_to_convert!['median_interpolated']! += 0.5
      retention![0]!.calendar_first.retained[3]! -= 1
      retention![1]!.rolling_first.eligible[12]! -= 1
      retention![2]!.birth_return.retained[1]! += 1
      facts.uniques_by_month['user_id']!['2018-02']! += 1
      facts.unique_company_lc_by_month_no_bots!['2018-02']! += 1
      facts.unique_company_lc_by_month_los_angeles!['2018-02']! += 1
      facts.unique_company_lc_by_week!.sum += 1
      facts.unique_company_lc_by_day!.max[1] += 1
      facts.companies_with_2plus_committers_by_month!['2018-02']! += 1
    })
    const tables = await falsifiedTables(set)
    const { comparisons } = await acceptReports({ ...set, ...tables }, { name: 'duckdb' })
    const merged = 'reports funnel company_id_lc: First Commit > Commit > Merge in 30d'
    expect(comparisons.filter((comparison) => !passed(comparison)).map(({ what }) => what)).toEqual([
      `${merged}: any_strict step 2`,
      `${merged}: first_strict by month 2018-02`,
      `${merged}: group 126.com`,
      'reports funnel user_id: First Commit > Commit > Commit in 30d: first_strict seconds to convert, median_interpolated',
      'reports retention of company_id_lc: calendar_first retained in 3',
      'reports retention of company_id_lc: cohort of 2015-11-02',
      'reports retention of area: rolling_first eligible in 12',
      'reports retention of user_id: birth_return retained in 1',
      'reports unique user_id by month 2018-02',
      'reports unique company_id_lc without bots by month 2018-02',
      'reports unique company_id_lc with two committers by month 2018-02',
      'reports unique company_id_lc by week, sum',
      'reports unique company_id_lc by day, max',
      'reports unique company_id_lc by day, 2024-09-12',
      'reports companies where two or more users committed by month 2018-02',
      'los_angeles unique company_id_lc by month 2018-02',
    ])
  })
})

describe('the command', () => {
  const acceptance = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ['--import', 'tsx', path.join(import.meta.dirname, 'acceptance', 'main.ts'), ...args],
      { encoding: 'utf8' },
    )

  it('compares a folder that is itself a history', () => {
    const { status, stdout } = acceptance(fixture, '--target', 'duckdb')
    const [history, reports, last] = stdout.trimEnd().split('\n')
    expect(history).toMatch(/^helm duckdb: (\d+) of \1 passed in/)
    expect(reports).toMatch(/^helm reports duckdb: (\d+) of \1 passed in .*, without repo_id, person_id/)
    expect(last).toMatch(/^\d+ passed, 0 failed$/)
    expect(status).toBe(0)
  })

  it('says which data set it cannot compare', () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'gwh-flights-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const facts = path.join(root, 'other', 'flights', 'facts')
    mkdirSync(facts, { recursive: true })
    writeFileSync(
      path.join(facts, 'facts.json'),
      JSON.stringify({ dataset: 'flights', uniques_by_month: {} }),
    )
    const { status, stdout } = acceptance(root, '--target', 'duckdb')
    expect(stdout).toMatch(/^flights reports duckdb: skipped, its events are in an npm package: .*--flights/)
    expect(status).toBe(0)
  })

  it('says how it is used', () => {
    const empty = mkdtempSync(path.join(os.tmpdir(), 'gwh-empty-'))
    try {
      const wrong: [string[], string][] = [
        [[], 'Name one folder of histories.'],
        [[empty], 'holds no history'],
        [[path.join(empty, 'nowhere')], 'There is no folder'],
        [[fixture, '--target', 'oracle'], 'There is no target oracle.'],
        [[fixture, '--flights', path.join(empty, 'flights.parquet')], 'There is no file'],
      ]
      for (const [args, message] of wrong) {
        const { status, stderr } = acceptance(...args)
        expect(stderr).toContain(message)
        expect(stderr).toContain('usage: npm run acceptance -- FOLDER')
        expect(status).toBe(2)
      }
    } finally {
      rmSync(empty, { recursive: true })
    }
  })
})
