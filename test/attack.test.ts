/** Builds that are stopped, lost or refused: what is published stays whole, and what is said of it is true. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  cleanBuild,
  commitOfPublishing,
  faultsOf,
  prepared,
  signalsOf,
  statementsOf,
  stopAt,
  versionsOf,
  type At,
  type Kind,
  type Stopped,
  type Target,
} from './attack/stops.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, tempFolder, type Engine } from './support/engines.ts'
import { writeFiles } from './support/files.ts'
import { withClient } from './support/postgres-url.ts'
import { COUNTS, version } from './support/versions.ts'

const freshTarget = async (engine: Engine): Promise<Target> =>
  prepared({ engine, url: engine === 'postgres' ? await freshPostgres() : '' }, tempFolder())

/** Attacks of each kind, spread over a build; `npm run attack` makes them at every statement. */
const POSITIONS = 4
const SEED = 7
/** Milliseconds; other tests run beside these. `npm run attack` holds builds to two seconds. */
const PATIENCE = 6000

describe.each(ENGINES)('a build that is stopped on %s', (engine) => {
  test('publishes all or nothing, and says which', { timeout: 600_000 }, async () => {
    const target = await freshTarget(engine)
    const statements = await statementsOf(target)
    let current = 1
    for (const [k, kind] of signalsOf(engine).entries()) {
      for (let i = 0; i < POSITIONS; i++) {
        const part = statements / POSITIONS
        const at = Math.ceil(i * part + ((SEED * 37 + k * 11) % Math.floor(part)) + 1)
        const stopped = await stopAt(target, kind, at, current + 1)
        if (!stopped) continue
        expect(faultsOf(stopped, current, current + 1, PATIENCE)).toEqual([])
        if (engine === 'postgres') expect(stopped.reads).toBeGreaterThan(5)
        current++
        expect(await cleanBuild(target), `after ${kind} at statement ${at}`).toMatchObject({ code: 0 })
      }
    }
    expect(current).toBeGreaterThan(POSITIONS * signalsOf(engine).length * 0.8)
  })
})

/** The problem that the run ended with. */
const ending = ({ text, code }: Stopped) =>
  `${(/^(\S+:\d+:\d+ {2})?(interrupted|outcome_unknown)\n[\s\S]*?(?=\n\n|\n$)/m.exec(text)?.[0] ?? '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<run id>')
    // whichever end notices first
    .replaceAll(/read ECONNRESET|Connection terminated unexpectedly/g, '<reason>')}\nexit code ${code}`

test('a run that is stopped says so', { timeout: 60_000 }, async () => {
  const stopped = await stopAt(await freshTarget('duckdb'), 'SIGINT', 100, 2)
  expect(stopped && ending(stopped)).toMatchInlineSnapshot(`
    "interrupted
      The run was stopped. Nothing was published; what was published before stays as it was.
    exit code 130"
  `)
})

describe('a COMMIT on PostgreSQL', () => {
  test.each<[Kind, string, number]>([
    ['SIGINT', 'published', 130],
    ['SIGTERM', 'published', 143],
    ['lost before', 'not published', 1],
    ['lost after', 'published', 0],
    // After half a minute the server is asked for what became of the transaction.
    ['swallowed', 'published', 0],
    ['gone after', 'unknown', 2],
  ])('%s: is told as %s', { timeout: 120_000 }, async (kind, told, code) => {
    const target = await freshTarget('postgres')
    const stopped = await stopAt(target, kind, commitOfPublishing, 2)
    if (!stopped) throw new Error('nothing was stopped')
    expect(stopped).toMatchObject({ told, code })
    expect(faultsOf(stopped, 1, 2, PATIENCE)).toEqual([])
    const { results } = JSON.parse(
      readFileSync(path.join(target.dir, 'target/run_results.json'), 'utf8'),
    ) as { results: { message: string | null }[] }
    const messages = results.map(({ message }) => message)
    if (kind === 'gone after') {
      expect(messages).toContain('Built; whether it was published is not known.')
      expect(messages).not.toContain('Built, but not published.')
    }
    if (kind === 'gone after')
      expect(ending(stopped)).toMatchInlineSnapshot(`
        "outcome_unknown
          The connection was lost after COMMIT was sent: whether the relations were published is not known. All of them are, or none.
          <reason>
          They are if \`select published_at from gwh_gwh.runs where run_id = '<run id>'\` gives a row.
        exit code 2"
      `)
  })

  const after =
    (pattern: RegExp): At =>
    (statement, sent) =>
      pattern.test(statement) && sent.some((earlier, i) => commitOfPublishing(earlier, sent.slice(0, i)))

  test.each([
    ['the proof of it', /^\s*select 1 as found/, /the record of the run says that they are/],
    ['the statistics', /^analyze/, /Published, but without new statistics of all relations/],
  ])('what is lost after it, at %s, is a note', { timeout: 120_000 }, async (_, pattern, note) => {
    const target = await freshTarget('postgres')
    const stopped = await stopAt(target, 'lost before', after(pattern), 2)
    expect(stopped).toMatchObject({ told: 'published', code: 0, versions: COUNTS.map(() => 2) })
    expect(stopped?.text).toMatch(note)
  })

  test('statistics of a table that others hold are left to the server', { timeout: 120_000 }, async () => {
    const target = await freshTarget('postgres')
    writeFiles(target.dir, version(2))
    const said = await withClient(target.url, async (client) => {
      // as VACUUM does
      await client.query('begin; lock table gwh.events in share update exclusive mode')
      return cleanBuild(target)
    })
    expect(said.code).toBe(0)
    expect(said.text).toMatch(
      /^Published, but without new statistics of `gwh.events`, which another session holds/m,
    )
    expect(await versionsOf(target)).toEqual(COUNTS.map(() => 2))
  })
})
