/** Inputs that are odd but right: no rows at all, members that come late, offsets here and there, copies that tie. */
import path from 'node:path'
import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ProblemError } from '../src/problems.ts'
import { load, run } from '../src/gwh.ts'
import { buildProject, ENGINES, optionsFor, tempFolder } from './support/engines.ts'
import { writeFiles } from './support/projects.ts'

const PROJECT = `
name: odd
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb, schema: odd }
  postgres: { type: postgres, url: "\${GWH_POSTGRES_URL}", schema: odd }
group_keys: [{ name: k }]
sources:
`
const EVENTS = 'columns: { event: e, time: t }'

function project(sources: string, files: Record<string, string>): string {
  const dir = tempFolder()
  writeFiles(dir, { 'project.yml': PROJECT + sources, ...files })
  return dir
}

describe.each(ENGINES)('on %s', (engine) => {
  test('sources without rows build empty relations', async () => {
    const dir = project(
      `  - { name: csv, type: events, file: a.csv, ${EVENTS} }
  - { name: lines, type: events, file: b.ndjson, ${EVENTS} }
  - { name: groups, type: group_table, file: g.csv, group_key: k, columns: { id: id }, properties: [plan] }
`,
      { 'a.csv': 'e,t,k\n', 'b.ndjson': '', 'g.csv': 'id,plan\n' },
    )
    const built = await buildProject(dir, engine)
    expect(built.outcome.ok).toBe(true)
    for (const relation of built.relations) expect(await built.rows(relation)).toEqual([])
  })

  test('a member of a line may come late', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `{"e":"A","t":"2024-01-01","n":${i}}`)
    const late = [...lines, '{"e":"A","t":"2024-01-02","n":1,"k":"acme"}'].join('\n')
    const built = await buildProject(
      project(`  - { name: s, type: events, file: a.ndjson, ${EVENTS}, group_keys: [k] }\n`, {
        'a.ndjson': late,
      }),
      engine,
    )
    expect(built.outcome.ok).toBe(true)
    expect(await built.rows('k_profiles')).toMatchObject([{ k: 'acme', events: 1 }])
  })

  test('times with and without offset may stand in one column', async () => {
    const dir = project(
      `  - { name: s, type: events, file: "*.csv", ${EVENTS}, time_zone: Europe/Paris }\n`,
      {
        'a.csv': 'e,t,k\nA,2024-01-01 10:00:00,x\n',
        'b.csv': 'e,t,k\nB,2024-01-01T10:00:00Z,x\n',
      },
    )
    const rows = await (await buildProject(dir, engine)).rows('events')
    const at = new Map(rows.map((row) => [row['event_name'], (row['occurred_at'] as Date).toISOString()]))
    expect(at).toEqual(
      new Map([
        ['A', '2024-01-01T09:00:00.000Z'],
        ['B', '2024-01-01T10:00:00.000Z'],
      ]),
    )
  })

  test('a date that is not ISO 8601 is not guessed at', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\nA,03/04/2024 10:00:00,x\n',
    })
    const { outcome } = await buildProject(dir, engine)
    expect(outcome).toMatchObject({ ok: false, published: false })
    expect(outcome.results.find((r) => r.name === 'readable_times_s')?.examples).toEqual([
      "'03/04/2024 10:00:00' in 1 row of s is not a time",
    ])
  })

  test('a second statement in a model is refused, and what is published stays', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\nA,2024-01-01,x\n',
    })
    const built = await buildProject(dir, engine)
    expect(built.outcome.ok).toBe(true)
    writeFiles(dir, { 'models/two.sql': 'select 1 as a; drop table odd.group_events_daily' })
    const again = await run(load(dir, built.options), { command: 'build' })
    expect(again).toMatchObject({ ok: false, published: false })
    expect(again.results.find((r) => r.name === 'two')?.status).toBe('error')
    expect(await built.rows('group_events_daily')).toHaveLength(1)
  })

  test('a part that reads what was never built says so, through ephemeral models too', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\nA,2024-01-01,x\n',
      'models/one.sql': "{{ config(materialized='ephemeral') }} select event_id from {{ ref('events') }}",
      'models/two.sql': "select event_id from {{ ref('one') }}",
    })
    const attempt = run(load(dir, await optionsFor(engine)), { command: 'build', select: ['two'] })
    await expect(attempt).rejects.toThrow(ProblemError)
    await expect(attempt).rejects.toThrow(/Not built yet in `odd`: `events`/)
  })

  test('a relation that is no longer part of the project is named, and left alone', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\nA,2024-01-01,x\n',
      'models/old.sql': "{{ config(materialized='table') }} select 1 as n",
    })
    const built = await buildProject(dir, engine)
    expect(built.outcome.stale).toEqual([])
    rmSync(path.join(dir, 'models/old.sql'))
    const again = await run(load(dir, built.options), { command: 'build' })
    expect(again).toMatchObject({
      ok: true,
      stale: ['old'],
      drops: [expect.stringMatching(/^drop table .*\bold\b/)],
    })
    expect(await built.rows('old')).toEqual([{ n: 1 }])
  })

  test('an event without a name is counted', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\n,2024-01-01,x\nA,2024-01-01,x\n',
      'models/noted.sql': 'select 1 as n; -- what a note says\n',
    })
    const built = await buildProject(dir, engine)
    expect(built.outcome.ok).toBe(true)
    expect((await built.rows('group_events_daily')).map((row) => [row['event_name'], row['events']])).toEqual(
      [
        ['', 1],
        ['A', 1],
      ],
    )
    expect(await built.rows('noted')).toEqual([{ n: 1 }])
  })

  test('words on two lines of a template stay two words', async () => {
    const dir = project(`  - { name: s, type: events, file: a.csv, ${EVENTS} }\n`, {
      'a.csv': 'e,t,k\nA,2024-01-01,x\n',
      'models/loop.sql':
        '{% for n in [1, 2] %}\nselect {{ n }} as n\n{% if not loop.last %}union all{% endif %}\n{% endfor %}',
    })
    expect(await (await buildProject(dir, engine)).rows('loop')).toEqual([{ n: 1 }, { n: 2 }])
  })
})

test('copies that tie are the same on every engine, whatever their order', async () => {
  const lines = [
    { e: 'A', t: '2024-01-01', u: 'u', i: 'x', plan: 'b', n: 1 },
    { e: 'A', t: '2024-01-01', u: 'u', i: 'x', plan: 'a', n: 20 },
    { e: 'B', t: '2024-01-01', u: 'u', i: null, plan: 'b', n: 1 },
    { e: 'B', t: '2024-01-01', u: 'u', i: null, plan: 'a', n: 20 },
  ]
  const results = []
  for (const engine of ENGINES) {
    for (const order of [lines, [...lines].reverse()]) {
      const dir = project(
        '  - { name: s, type: events, file: a.ndjson, columns: { event: e, time: t, user: u, insert_id: i }, group_keys: [], properties: [plan, n] }\n',
        {},
      )
      writeFileSync(path.join(dir, 'a.ndjson'), order.map((line) => JSON.stringify(line)).join('\n'))
      results.push(await (await buildProject(dir, engine)).rows('events'))
    }
  }
  expect(results[0]).toHaveLength(3)
  for (const rows of results) expect(rows).toEqual(results[0])
})
