/** The conformance cases on both engines, and that the runner notices what is wrong or unknown. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { FormatError, readCases, type Case } from './conformance_runner/cases.ts'
import { agrees } from './conformance_runner/compare.ts'
import { writeProject } from './conformance_runner/project.ts'
import { failure, runCases, SEED, type Engine } from './conformance_runner/run.ts'
import { freshPostgres } from './support/databases.ts'
import { tempFolder } from './support/engines.ts'

const FOLDER = path.join(import.meta.dirname, 'conformance')
const MAIN = path.join(import.meta.dirname, 'conformance_runner', 'main.ts')
const CASES = readCases(FOLDER)
const FILES = [...new Set(CASES.map(({ file }) => file))]
const DUCKDB: Engine = { name: 'duckdb' }
const SLOW = { timeout: 300_000 }

async function failures(cases: readonly Case[], engine: Engine, seed = SEED): Promise<string[]> {
  const results = await runCases(cases, [engine], seed)
  expect(results).toHaveLength(cases.length)
  return results.filter(({ difference }) => difference !== undefined).map(failure)
}

describe.each(['duckdb', 'postgres'] as const)('%s gives the known answers', (name) => {
  let engine: Engine
  beforeAll(async () => {
    engine = name === 'duckdb' ? DUCKDB : { name, url: await freshPostgres() }
  })

  test.each(FILES)('%s', SLOW, async (file) => {
    const cases = CASES.filter((given) => given.file === file)
    expect(await failures(cases, engine)).toEqual([])
  })
})

test('the order of the rows does not matter', SLOW, async () => {
  const [given] = CASES
  const written = (seed: number) => {
    const dir = tempFolder()
    writeProject(dir, given!, { type: 'duckdb' }, seed)
    return readFileSync(path.join(dir, 'events.ndjson'), 'utf8').trimEnd().split('\n')
  }
  expect(written(1)).toEqual(written(1))
  expect(written(2)).not.toEqual(written(1))
  expect(written(2).sort()).toEqual(written(1).sort())

  const some = CASES.filter((_, i) => i % 6 === 0)
  expect(await failures(some, DUCKDB, SEED + 1)).toEqual([])
})

describe('a wrong answer is noticed', () => {
  /** A case for each field that any type of query answers. */
  const fields = new Map(
    CASES.flatMap((given) =>
      Object.keys(given.expected)
        .filter((field) => field !== 'error')
        .map((field) => [`${typeOf(given)} ${field}`, [given, field] as const] as const),
    ),
  )

  test.each([...fields])('%s', SLOW, async (_, [given, field]) => {
    const expected = given.expected as Record<string, unknown>
    const wrong = falsified(expected[field])
    expect(agrees(expected[field], wrong)).toBe(false)
    const [line, ...more] = await failures([{ ...given, expected: { ...expected, [field]: wrong } }], DUCKDB)
    expect(more).toEqual([])
    expect(line).toContain(`${given.name}: expected ${field} ${JSON.stringify(wrong)} got ${field} `)
    const found = JSON.parse(/ got \w+ (.+) \(duckdb\)$/.exec(line!)![1]!) as unknown
    expect(agrees(expected[field], found), line).toBe(true)
  })

  test('a configuration that is accepted, and one that is not', SLOW, async () => {
    const good = CASES.find(({ name }) => name === 'funnels_strict/strict-basic')!
    const refused = CASES.find(({ expected }) => 'error' in expected)!
    expect(await failures([{ ...good, expected: { error: 'x' } }], DUCKDB)).toEqual([
      'funnels_strict/strict-basic: expected error "x" got a configuration that is accepted (duckdb)',
    ])
    const [line] = await failures([{ ...refused, expected: { step_counts: [0, 0] } }], DUCKDB)
    expect(line).toMatch(/^\S+: expected \{"step_counts":\[0,0\]\} got an error: .*exclusion/)
  })
})

describe('what the runner does not know', () => {
  const base = {
    id: 'one',
    entity: 'user',
    events: [{ event: 'a', user: 'u', time: '2024-01-01T00:00:00Z', groups: {}, properties: {} }],
    query: {
      type: 'funnel',
      steps: [{ event: 'a', where: [{ property: 'p', op: 'eq', value: 1 }] }, { any_event: true }],
      range: { from: '2024-01-01T00:00:00Z' },
      window: { value: 1, unit: 'day' },
      exclusions: [{ event: 'x', after_step: 1, before_step: 2 }],
      breakdown: { property: 'p' },
    },
    expected: { step_counts: [0, 0] },
  }
  const written = (content: string) => {
    const folder = tempFolder()
    writeFileSync(path.join(folder, 'some.json'), content)
    return folder
  }
  const folderOf = (...cases: unknown[]) => written(JSON.stringify({ area: 'some', cases }))
  const said = (folder: string) => {
    try {
      readCases(folder)
    } catch (error) {
      if (error instanceof FormatError) return error.message.replaceAll(folder, '<folder>')
      throw error
    }
    return 'nothing'
  }

  test('nothing of a good case', () => {
    expect(said(folderOf(base))).toBe('nothing')
  })

  test.each([
    ['', 'colour'],
    ['events.0', 'events[0].colour'],
    ['query', 'query.colour'],
    ['query.steps.0', 'query.steps[0].colour'],
    ['query.steps.0.where.0', 'query.steps[0].where[0].colour'],
    ['query.range', 'query.range.colour'],
    ['query.exclusions.0', 'query.exclusions[0].colour'],
    ['query.breakdown', 'query.breakdown.colour'],
    ['expected', 'expected.colour'],
  ])('a field in `%s`', (place, field) => {
    const given = structuredClone(base)
    let target = given as unknown as Record<string, unknown>
    for (const key of place.split('.').filter((k) => k !== '')) target = target[key] as typeof target
    target['colour'] = 1
    expect(said(folderOf(base, { ...given, id: 'two' }))).toBe(
      `some.json: case two: the field ${field} is not known.`,
    )
  })

  test.each([
    [{ query: { type: 'paths' } }, 'the field query.type has a value that is not known: "paths"'],
    [
      { query: { ...base.query, window: { value: 1, unit: 'year' } } },
      'the field query.window has a value that is not known: {"value":1,"unit":"year"}',
    ],
    [
      { query: { ...base.query, steps: [{ event: 'a', any_event: true }] } },
      'the field query.steps[0] names either an event or any_event: {"event":"a","any_event":true}',
    ],
    [
      { query: { type: 'funnel', steps: [], bin_count: 3 } },
      'the field query has fields that go with another viz: {"type":"funnel","steps":[],"bin_count":3}',
    ],
    [
      { query: { type: 'funnel', timezone: 'UTC', range: { timezone: 'Asia/Tokyo' } } },
      'the field query has two time zones: {"type":"funnel","timezone":"UTC","range":{"timezone":"Asia/Tokyo"}}',
    ],
    [{ entity: undefined }, 'the field entity is missing.'],
    [{ expected: {} }, 'the field expected says nothing: {}'],
  ])('a value: %j', (change, message) => {
    expect(said(folderOf({ ...base, ...change }))).toBe(`some.json: case one: ${message}`)
  })

  test('a folder without cases', () => {
    expect(said(path.join(tempFolder(), 'none'))).toMatch(/^There is no folder/)
    expect(said(tempFolder())).toMatch(/holds no \.json files\.$/)
    expect(said(folderOf())).toBe('<folder> holds no cases.')
    expect(said(written('{"area": '))).toMatch(/^some\.json: .*JSON/)
  })

  test('as a command', SLOW, () => {
    const conformance = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], { encoding: 'utf8' })
    const good = { ...base, expected: { step_counts: [1, 0] } }
    for (const [args, status, text] of [
      [[folderOf({ ...good, query: uniquesOf('a'), expected: { total: 1 } })], 0, '1 passed, 0 failed'],
      [
        [folderOf({ ...good, query: uniquesOf('a'), expected: { total: 2 } })],
        1,
        'some/one: expected total 2 got total 1 (duckdb)\nduckdb: 0 passed, 1 failed\n',
      ],
      [[folderOf({ ...base, colour: 1 })], 2, 'some.json: case one: the field colour is not known.'],
      [[], 2, 'usage: npm run conformance'],
      [[FOLDER, '--target', 'oracle'], 2, 'There is no target oracle.'],
    ] as const) {
      const run = conformance(...args, ...(args.length === 1 ? ['--target', 'duckdb'] : []))
      expect(run.stdout + run.stderr).toContain(text)
      expect(run.status).toBe(status)
    }
  })
})

const uniquesOf = (event: string) => ({ type: 'uniques', series: { event }, total: true })

function typeOf({ query }: Case): string {
  const { type, viz = '' } = query as { type: string; viz?: string }
  return viz === '' ? type : `${type} (${viz})`
}

/** The value with its first number, text or null changed; an empty list or map gets a member. */
function falsified(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value} `
  if (value === null) return 1
  if (Array.isArray(value)) {
    const [first = 0, ...rest] = value as unknown[]
    return [falsified(first), ...rest]
  }
  const [[name, inner] = ['new', 0], ...rest] = Object.entries(value as object)
  return { [name]: falsified(inner), ...Object.fromEntries(rest) }
}
