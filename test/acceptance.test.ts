/** The acceptance comparisons over the fixture's history, and that they notice a wrong number. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { accept } from './acceptance/accept.ts'
import { passed } from './acceptance/comparisons.ts'
import { readHistories, type Facts } from './acceptance/histories.ts'
import type { Engine } from './acceptance/projects.ts'
import { freshPostgres } from './support/databases.ts'

const fixture = path.join(import.meta.dirname, 'fixtures', 'helm')
const ENGINES: Engine[] = [{ name: 'duckdb' }, { name: 'postgres', freshDatabase: freshPostgres }]

function helm(change: (facts: Facts) => void = () => undefined) {
  const [history] = readHistories(fixture)
  change(history!.facts)
  return history!
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

describe('the command', () => {
  const acceptance = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ['--import', 'tsx', path.join(import.meta.dirname, 'acceptance', 'main.ts'), ...args],
      { encoding: 'utf8' },
    )

  it('compares a folder that is itself a history', () => {
    const { status, stdout } = acceptance(fixture, '--target', 'duckdb')
    const [history, last] = stdout.trimEnd().split('\n')
    expect(history).toMatch(/^helm duckdb: (\d+) of \1 passed in/)
    expect(last).toMatch(/^\d+ passed, 0 failed$/)
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
