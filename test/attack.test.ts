/** Builds that are stopped, lost or refused: what is published stays whole, and what is said of it is true. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { SECTIONS, type Kind } from './attack/attacks.ts'
import { cleanBuild } from './attack/builds.ts'
import { faultsOf } from './attack/faults.ts'
import { versionsOf } from './attack/readers.ts'
import type { Row } from './attack/rows.ts'
import { runAttacks } from './attack/run.ts'
import { commitOfPublishing, statementsOf, stopAt, type At, type Stopped } from './attack/stops.ts'
import { makeTarget, type Engine, type Target, type Wanted } from './attack/targets.ts'
import { COUNTS, FIRST, other, versioned } from './attack/versions.ts'
import { writeFiles } from './support/files.ts'
import { withClient } from './support/postgres-url.ts'

/** Other tests run beside these. `npm run attack` holds builds to two seconds. */
const PATIENCE = 6000
const NEXT = other(FIRST)

const server = () => ({ adminUrl: inject('postgresAdminUrl'), prefix: inject('postgresPrefix') })

async function freshTarget(engine: Engine, place: Wanted['place'] = 'anywhere'): Promise<Target> {
  const target = await makeTarget({ engine, place, server: server() })
  if (typeof target === 'string') throw new Error(target)
  onTestFinished(() => target.remove())
  return target
}

/** A part of the table that `npm run attack` makes at every statement. */
describe('attacks', () => {
  let rows: readonly Row[] = []
  beforeAll(async () => {
    rows = await runAttacks(server(), {
      sections: SECTIONS,
      engines: ['duckdb', 'postgres'],
      every: 250,
      seed: 7,
      patience: PATIENCE,
      isWarm: true,
      // take half a minute of patience, and are a test of their own below
      without: ['gone after', 'swallowed'],
    })
  }, 600_000)

  test.each(SECTIONS)('%s: nothing is torn, untrue or needs a hand', (section) => {
    const found = rows.filter((row) => row.section === section)
    expect(found.flatMap(({ faults }) => faults)).toEqual([])
    const tried = found.filter(({ skipped }) => skipped === undefined)
    // a disk of its own is not to be had everywhere
    expect(tried.length).toBeGreaterThan(section === 'full disk' ? -1 : 0)
    for (const row of tried) expect(row, row.attack).not.toMatchObject({ tried: 0 })
  })
})

/** A statement without what it is about: its first words, and the table of gwh's own or the function that it makes. */
function kindOf(statement: string): string {
  const words = statement
    .replaceAll(/^\s*--.*$/gm, '')
    .trim()
    .split(/[\s(]+/)
  const end = words.findIndex((word) => !/^[a-z]+$/.test(word))
  const verbs = words.slice(0, end < 0 ? undefined : end)
  if (verbs[0] === 'select' || verbs[0] === 'with') return 'select'
  const about = end < 0 ? undefined : /^gwh_gwh\.\w+/.exec(words[end] ?? '')?.[0]
  return [...verbs, ...(about === undefined ? [] : [about])].join(' ')
}

test.each(['duckdb', 'postgres'] as const)(
  'what is attacked on %s has each kind of statement that a whole build has',
  { timeout: 120_000 },
  async (engine) => {
    const target = await freshTarget(engine)
    const kindsOf = async (isWhole: boolean) =>
      new Set((await statementsOf(target, isWhole)).map(({ text }) => kindOf(text)))
    // What a whole build publishes for the first time is made by other statements than from then on.
    await statementsOf(target, true)
    writeFiles(target.dir, versioned(NEXT))
    const whole = await kindsOf(true)
    writeFiles(target.dir, versioned(FIRST))
    const attacked = await kindsOf(false)
    expect(whole.size).toBeGreaterThan(40)
    expect([...whole].filter((kind) => !attacked.has(kind))).toEqual([])
  },
)

/** The problem that the run ended with. */
const ending = ({ text, code }: Stopped) =>
  `${(/^(\S+:\d+:\d+ {2})?(interrupted|outcome_unknown)\n[\s\S]*?(?=\n\n|\n$)/m.exec(text)?.[0] ?? '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<run id>')
    // whichever end notices first
    .replaceAll(/read ECONNRESET|Connection terminated unexpectedly/g, '<reason>')}\nexit code ${code}`

test('a run that is stopped says so', { timeout: 60_000 }, async () => {
  const stopped = await stopAt(await freshTarget('duckdb'), 'SIGINT', 100, NEXT)
  expect(stopped && ending(stopped)).toMatchInlineSnapshot(`
    "interrupted
      The run was stopped. Nothing was published; what was published before stays as it was.
    exit code 130"
  `)
})

describe('a COMMIT on PostgreSQL', () => {
  /** What is told of a COMMIT that this happens to, in the output and in the results. */
  async function outcomeOf(kind: Kind) {
    const target = await freshTarget('postgres')
    const stopped = await stopAt(target, kind, commitOfPublishing, NEXT)
    if (!stopped) throw new Error('nothing was stopped')
    const { results } = JSON.parse(
      readFileSync(path.join(target.dir, 'target/run_results.json'), 'utf8'),
    ) as { results: { message: string | null }[] }
    return { stopped, messages: results.map(({ message }) => message) }
  }

  test.each<[Kind, string, number]>([
    ['SIGINT', 'published', 130],
    ['SIGTERM', 'published', 143],
    ['lost before', 'not published', 1],
    ['lost after', 'published', 0],
  ])('%s: is told as %s', { timeout: 120_000 }, async (kind, told, code) => {
    const { stopped } = await outcomeOf(kind)
    expect(stopped).toMatchObject({ told, code })
    expect(faultsOf(stopped, FIRST, NEXT, PATIENCE)).toEqual([])
  })

  test('an answer that does not come is waited for, and then asked for', { timeout: 120_000 }, async () => {
    // Both take half a minute of silence.
    const [swallowed, gone] = await Promise.all([outcomeOf('swallowed'), outcomeOf('gone after')])
    // The server is asked for what became of the transaction.
    expect(swallowed.stopped).toMatchObject({ told: 'published', code: 0 })
    expect(gone.stopped).toMatchObject({ told: 'unknown', code: 2 })
    for (const { stopped } of [swallowed, gone]) expect(faultsOf(stopped, FIRST, NEXT, PATIENCE)).toEqual([])
    expect(gone.messages).toContain('Built; whether it was published is not known.')
    expect(gone.messages).not.toContain('Built, but not published.')
    expect(ending(gone.stopped)).toMatchInlineSnapshot(`
      "outcome_unknown
        The connection was lost after COMMIT was sent: whether the relations were published is not known. All of them are, or none.
        <reason>
        They are if \`select published_at from gwh_gwh.runs where run_id = '<run id>'\` gives a row. Where it gives none, COMMIT may still be in progress on the server, and the row come later.
      exit code 2"
    `)
  })

  const after =
    (pattern: RegExp): At =>
    (statement, sent) =>
      pattern.test(statement) && sent.some((earlier, i) => commitOfPublishing(earlier, sent.slice(0, i)))

  test.each<[Kind, Wanted['place']]>([
    ['lost before', 'anywhere'],
    ['rights revoked', 'narrow role'],
  ])('%s, after it, is a note', { timeout: 120_000 }, async (kind, place) => {
    const target = await freshTarget('postgres', place)
    const stopped = await stopAt(target, kind, after(/^analyze/), NEXT)
    expect(stopped).toMatchObject({ told: 'published', code: 0, versions: COUNTS.map(() => NEXT) })
    expect(stopped?.text).toMatch(/Published, but without new statistics of all relations/)
  })

  test('rights that go just before it do not make its answer unknown', { timeout: 120_000 }, async () => {
    const target = await freshTarget('postgres', 'narrow role')
    const stopped = await stopAt(target, 'rights revoked', commitOfPublishing, NEXT)
    expect(stopped).toMatchObject({ told: 'published', code: 0, versions: COUNTS.map(() => NEXT) })
  })

  test.each<Kind>(['lost before', 'lost after'])(
    'of a file that is loaded, %s, is a lost connection',
    { timeout: 120_000 },
    async (kind) => {
      const target = await freshTarget('postgres')
      const stopped = await stopAt(target, kind, (statement) => /^commit$/i.test(statement), NEXT)
      if (!stopped) throw new Error('nothing was stopped')
      expect(stopped).toMatchObject({ told: 'not published', code: 2, versions: COUNTS.map(() => FIRST) })
      expect(stopped.text).toMatch(/connection_lost\n {2}The connection to the database was lost\./)
      expect(await cleanBuild(target)).toMatchObject({ code: 0 })
    },
  )

  test('statistics of a table that others hold are left to the server', { timeout: 120_000 }, async () => {
    const target = await freshTarget('postgres')
    writeFiles(target.dir, versioned(NEXT))
    const said = await withClient(target.url, async (client) => {
      // as VACUUM does
      await client.query('begin; lock table gwh.events in share update exclusive mode')
      return cleanBuild(target)
    })
    expect(said.code).toBe(0)
    expect(said.text).toMatch(
      /^Published, but without new statistics of `gwh.events`, which another session holds/m,
    )
    expect(await versionsOf(target)).toEqual(COUNTS.map(() => NEXT))
  })
})

test('a refusal after models were built says that nothing was published', { timeout: 120_000 }, async () => {
  const target = await freshTarget('postgres', 'narrow role')
  const stopped = await stopAt(target, 'rights revoked', (statement) => /^analyze/.test(statement), NEXT)
  if (!stopped) throw new Error('nothing was refused')
  expect(faultsOf(stopped, FIRST, NEXT)).toEqual([])
  expect(stopped.text).toMatch(
    /not_allowed\n {2}.*Nothing was published; what was published before stays as it was\./,
  )
  expect(await cleanBuild(target)).toMatchObject({ code: 0 })
})
