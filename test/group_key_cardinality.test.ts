/** A group key with one id for each event: the same groups and reports as with a list, and `events` has the id itself. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { randomOf } from './fuzz/random.ts'
import { freshPostgres } from './support/databases.ts'
import { buildProject, copyOf, ENGINES, stable, type Engine, type Row } from './support/engines.ts'
import { build, buildProblems, goodBut, writeProject } from './support/projects.ts'

const LONG = 240_000

/** The hand-written project with many random events, each of at most one company and one team. */
function randomEvents(): string {
  const random = randomOf(20240601)
  const dir = copyOf('test/fixtures/acme')
  const at = () => new Date(Date.UTC(2024, 2, 1) + random.below(40 * 86_400) * 1000)
  const companies = ['acme', 'globex', 'initech', ' acme', '12', '[acme]', '["globex"]', '']
  const teams = ['red', 'blue', '[green]', '', '[]']
  const app = Array.from({ length: 600 }, (_, i) => {
    const fields = [
      random.pick(['Sign Up', 'Invite', 'Login', 'Login', 'Export', 'Upgrade', 'Heartbeat']),
      at().toISOString(),
      random.pick(['ann', 'bob', 'cat', 'dan', 'eve', 'billing-bot', '']),
      random.once(9) ? 'again' : `e${i}`,
      at().toISOString(),
      random.pick(companies),
      random.pick(teams),
      random.pick(['free', 'pro', '']),
      String(random.below(9)),
    ]
    return fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')
  })
  writeFileSync(
    path.join(dir, 'app.csv'),
    `event,at,user,id,arrived,company_id,team,plan,seats\n${app.join('\n')}\n`,
  )
  const web = Array.from({ length: 200 }, () =>
    JSON.stringify({
      ts: at().getTime() / 1000,
      uid: random.pick(['ann', 'fay', null]),
      did: random.pick(['d1', 'd2']),
      props: {
        org: random.pick(['acme', ['globex'], 12, null, []]),
        team: random.pick(['red', null]),
        path: '/',
      },
    }),
  )
  writeFileSync(path.join(dir, 'web.ndjson'), `${web.join('\n')}\n`)
  return dir
}

const ONE = { acme: ['company_id', 'team'], helm: ['company_id'] }
const PROJECTS = { acme: randomEvents, helm: () => copyOf('.') }

/** Says of some group keys how many ids an event can have. */
function withCardinality(dir: string, keys: readonly string[], cardinality: string): string {
  const file = path.join(dir, 'project.yml')
  const text = readFileSync(file, 'utf8').replaceAll(/^ {4}cardinality: .*\n/gm, '')
  writeFileSync(
    file,
    keys.reduce(
      (before, key) =>
        before.replace(`  - name: ${key}\n`, (found) => `${found}    cardinality: ${cardinality}\n`),
      text,
    ),
  )
  return dir
}

async function rowsOf(dir: string, engine: Engine): Promise<Map<string, Row[]>> {
  const built = await buildProject(dir, engine)
  expect(built.outcome).toMatchObject({ published: true })
  const rows = new Map<string, Row[]>()
  for (const relation of built.relations) rows.set(relation, await built.rows(relation))
  return rows
}

/** Rows in an order that does not hang on the columns that differ. */
const texts = (rows: readonly Row[], of: (row: Row) => Row = (row) => row) =>
  rows.map((row) => stable(of(row))).sort()

describe.each(ENGINES)('on %s', (engine) => {
  test.each(['acme', 'helm'] as const)(
    '%s has the same rows as with lists of ids',
    { timeout: LONG },
    async (name) => {
      const keys = ONE[name]
      const many = await rowsOf(withCardinality(PROJECTS[name](), keys, 'many'), engine)
      const one = await rowsOf(withCardinality(PROJECTS[name](), keys, 'one'), engine)
      expect([...one.keys()]).toEqual([...many.keys()])
      const scalar = (row: Row): Row => ({
        ...row,
        ...Object.fromEntries(keys.map((key) => [key, (row[key] as string[])[0] ?? null])),
      })
      for (const [relation, rows] of many) {
        const expected = texts(rows, relation === 'events' ? scalar : undefined)
        expect([relation, ...texts(one.get(relation) ?? [])]).toEqual([relation, ...expected])
      }
      const ids = new Set(one.get('events')?.map((row) => row[keys[0] ?? '']))
      expect(ids).toContain(name === 'acme' ? 'acme' : 'microsoft.com')
      expect([...ids].filter((id) => typeof id === 'string' && /^[[{]/.test(id))).toEqual([])
    },
  )
})

const SCALAR = { 'name: company_id': 'name: company_id\n    cardinality: one' }

describe.each([
  ['duckdb', 'dev'],
  ['postgres', 'pg'],
] as const)('several ids on one event on %s', (engine, target) => {
  const events = (...lines: string[]) => ({
    'events.csv': `event,time,user_id,company_id\n${lines.join('\n')}\n`,
  })
  const env = async () => (engine === 'postgres' ? { GWH_POSTGRES_URL: await freshPostgres() } : {})

  test('stop publishing, with the source, their number and an example', async () => {
    const dir = writeProject(
      goodBut(
        SCALAR,
        events('in,2024-01-01T10:00:00Z,ann,"[""beta"",""acme""]"', 'in,2024-01-02T10:00:00Z,bob,beta'),
      ),
    )
    const outcome = await build(dir, { target, env: await env() })
    expect(outcome.published).toBe(false)
    const failed = outcome.results.filter(({ status }) => status === 'fail')
    expect(failed.map(({ name, examples }) => [name, examples])).toEqual([
      [
        'group_key_cardinality_app_company_id',
        [`'in' has several ids of company_id in 1 row of app, such as '["acme","beta"]'`],
      ],
    ])
  })

  test('are none where they are the same id, or of an event that is left out', async () => {
    const dir = writeProject(
      goodBut(
        { ...SCALAR, 'name: small': 'name: small\nexclude_events: [beat]' },
        events(
          'in,2024-01-01T10:00:00Z,ann,"[""acme"",""acme""]"',
          'beat,2024-01-02T10:00:00Z,bob,"[a, b]"',
          'in,2024-01-02T10:00:00Z,bob,',
        ),
      ),
    )
    const outcome = await build(dir, { target, env: await env() })
    expect(outcome.published).toBe(true)
    expect(outcome.results.find(({ name }) => name === 'group_key_cardinality_app_company_id')?.status).toBe(
      'pass',
    )
  })
})

test('rows that a unit test gives to events have the id itself', async () => {
  const dir = writeProject(
    goodBut(SCALAR, {
      'models/of_acme.sql': "select event_id from {{ ref('events') }} where company_id = 'acme'\n",
      'models/tests.yml': `unit_tests:
  - name: keeps_acme
    model: of_acme
    given:
      - input: ref('events')
        rows: [{ event_id: a, company_id: acme }, { event_id: b, company_id: beta }, { event_id: c, company_id: null }]
    expect: { rows: [{ event_id: a }] }
`,
    }),
  )
  const outcome = await build(dir)
  expect(outcome).toMatchObject({ ok: true, published: true })
  expect(outcome.results.find(({ name }) => name === 'keeps_acme')?.status).toBe('pass')
})

test('another word is refused', async () => {
  expect(
    await buildProblems(goodBut({ 'name: company_id': 'name: company_id\n    cardinality: single' })),
  ).toMatch(/`group_keys\[0\]\.cardinality`[^]*`one`[^]*`many`/)
})
