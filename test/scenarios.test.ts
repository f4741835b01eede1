/**
 * What users of tools like this have reported as wrong, as small projects: each is built on the command line, and
 * a query of what was published has to give the rows of `expected.csv`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { copyOf, ENGINES, type Engine } from './support/engines.ts'
import { withClient } from './support/postgres-url.ts'

const FOLDER = path.resolve(import.meta.dirname, 'scenarios')
const TARGETS: Record<Engine, string> = { duckdb: 'dev', postgres: 'pg' }

/** What cannot stand in a folder: a long file, settings of the session. */
const PREPARED: Readonly<Record<string, (dir: string) => void>> = {
  'csv-late-text': (dir) => {
    const rows = Array.from({ length: 25_000 }, (_, i) => `L,2024-01-01T00:00:00Z,u${i % 7},acme,${i}`)
    const lines = ['event,time,user_id,company_id,v', ...rows, 'L,2024-01-01T00:00:00Z,z,acme,n/a']
    writeFileSync(path.join(dir, 'e.csv'), `${lines.join('\n')}\n`)
  },
}
const SESSIONS: Readonly<Record<string, string>> = { 'pg-datestyle': '-c datestyle=German' }

/** Some are of values that only a table of PostgreSQL has. */
const enginesOf = (id: string): readonly Engine[] =>
  existsSync(path.join(FOLDER, id, 'setup.sql')) || id in SESSIONS ? ['postgres'] : ENGINES

async function urlFor(id: string): Promise<string> {
  const url = await freshPostgres()
  const setup = path.join(FOLDER, id, 'setup.sql')
  if (existsSync(setup)) await withClient(url, (client) => client.query(readFileSync(setup, 'utf8')))
  const session = SESSIONS[id]
  return session === undefined
    ? url
    : `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(session)}`
}

const CASES = readdirSync(FOLDER).flatMap((id) => enginesOf(id).map((engine) => [id, engine] as const))

describe('scenarios', () => {
  test('are all there', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(28)
  })

  test.each(CASES)('%s on %s', { timeout: 120_000 }, async (id, engine) => {
    const dir = copyOf(path.join(FOLDER, id))
    PREPARED[id]?.(dir)
    const env = engine === 'postgres' ? { GWH_POSTGRES_URL: await urlFor(id) } : {}
    const target = ['--target', TARGETS[engine]]
    const built = await gwh(dir, ['build', ...target], env)
    expect(built.code, built.stdout + built.stderr).toBe(0)
    const query = readFileSync(path.join(dir, 'query.sql'), 'utf8')
    const shown = await gwh(
      dir,
      ['show', ...target, '--output', 'csv', '--limit', '500', '--inline', query],
      env,
    )
    expect(shown.stdout).toBe(readFileSync(path.join(dir, 'expected.csv'), 'utf8'))
  })
})
