/** Readers see all of one build or all of another, also when a build is killed. */
import { DuckDBInstance } from '@duckdb/node-api'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from 'node:events'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { RunOutcome } from '../src/gwh.ts'
import { gwh, startGwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { withClient } from './support/postgres-url.ts'
import { build, writeFiles, writeProject } from './support/projects.ts'
import { COUNTS, PROJECT, QUERY, version } from './support/versions.ts'

const failures = ({ results }: RunOutcome) =>
  results
    .filter(({ status }) => status === 'error' || status === 'fail')
    .map(({ name, message }) => [name, message])

type Read = () => Promise<number[]>

/** Reads until it is stopped, and keeps every answer. */
function poll(read: Read) {
  const answers: number[][] = []
  let stopped = false
  const ended = (async () => {
    while (!stopped) {
      answers.push(await read())
      await sleep(1)
    }
  })()
  // A reader that fails is told of when it is stopped.
  ended.catch(() => undefined)
  return {
    stop: async () => {
      stopped = true
      await ended
      return answers
    },
  }
}

function expectWhole(answers: readonly number[][], last: number): void {
  expect(answers.filter((counts) => new Set(counts).size !== 1 || counts.length !== COUNTS.length)).toEqual(
    [],
  )
  const versions = answers.map(([n]) => n ?? 0)
  expect(versions).toEqual([...versions].sort((a, b) => a - b))
  expect(answers.length).toBeGreaterThan(20)
  expect(new Set(versions).size).toBeGreaterThan(2)
  expect(versions.at(-1)).toBe(last)
}

const REBUILDS = 20

async function duckdbReader(file: string): Promise<{ read: Read; close(): void }> {
  const instance = await DuckDBInstance.fromCache(file)
  const connection = await instance.connect()
  return {
    read: async () =>
      (await connection.runAndReadAll(QUERY)).getRowObjectsJS().map((row) => Number(row['n'])),
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

const oneQuery =
  (client: pg.Client): Read =>
  async () =>
    (await client.query<{ n: number }>(QUERY)).rows.map(({ n }) => n)

/** As a report does that asks one thing after the other and wants them to agree. */
const oneTransaction =
  (client: pg.Client): Read =>
  async () => {
    await client.query('begin isolation level repeatable read')
    const counts: number[] = []
    for (const count of COUNTS) {
      counts.push(...(await client.query<{ n: number }>(count)).rows.map(({ n }) => n))
      await sleep(2)
    }
    await client.query('commit')
    return counts
  }

describe('a reader never sees two builds at once', () => {
  test('on DuckDB', { timeout: 120_000 }, async () => {
    const dir = writeProject({ ...PROJECT, ...version(1) })
    await build(dir)
    const reader = await duckdbReader(path.join(dir, 'target/small.duckdb'))
    const polling = poll(reader.read)
    for (let n = 2; n <= REBUILDS + 1; n++) {
      writeFiles(dir, version(n))
      expect(failures(await build(dir))).toEqual([])
    }
    await sleep(50)
    expectWhole(await polling.stop(), REBUILDS + 1)
    reader.close()
  })

  test.each(['whose columns stay', 'whose columns change'])(
    'on PostgreSQL, in tables %s',
    { timeout: 120_000 },
    async (columns) => {
      const url = await freshPostgres()
      const options = { target: 'pg', env: { GWH_POSTGRES_URL: url } }
      const dir = writeProject({ ...PROJECT, ...version(1) })
      await build(dir, options)
      const clients = await Promise.all(Array.from({ length: 3 }, () => connected(url)))
      const reads = [oneQuery(clients[0]!), oneQuery(clients[1]!)]
      // A transaction that began before a table was replaced cannot see the new one's rows: PostgreSQL's own limit.
      if (columns === 'whose columns stay') reads.push(oneTransaction(clients[2]!))
      const polling = reads.map(poll)
      for (let n = 2; n <= REBUILDS + 1; n++) {
        const people = `{{ config(materialized='table') }}\nselect user_id, ${n} as ${n % 2 ? 'odd' : 'even'}\nfrom {{ ref('events') }}\n`
        writeFiles(dir, {
          ...version(n),
          ...(columns === 'whose columns change' ? { 'models/people.sql': people } : {}),
        })
        expect(failures(await build(dir, options))).toEqual([])
      }
      await sleep(50)
      for (const { stop } of polling) expectWhole(await stop(), REBUILDS + 1)
      for (const client of clients) await client.end()
    },
  )
})

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

const ROWS = 5_000
const KILLS = 5

describe.each(ENGINES)('a build that is killed, on %s', (engine: Engine) => {
  test('leaves what was published whole, and the next one succeeds', { timeout: 240_000 }, async () => {
    const url = engine === 'postgres' ? await freshPostgres() : ''
    const env = engine === 'postgres' ? { GWH_POSTGRES_URL: url } : {}
    const args = ['build', '-t', engine === 'postgres' ? 'pg' : 'dev']
    const dir = writeProject({ ...PROJECT, ...version(ROWS) })
    const read = async () => {
      if (engine === 'postgres') return withClient(url, (client) => oneQuery(client)())
      const reader = await duckdbReader(path.join(dir, 'target/small.duckdb'))
      const counts = await reader.read()
      reader.close()
      return counts
    }

    expect(await gwh(dir, args, env)).toMatchObject({ code: 0, stderr: '' })
    const started = performance.now()
    expect(await gwh(dir, args, env)).toMatchObject({ code: 0, stderr: '' })
    const duration = performance.now() - started

    let killed = 0
    for (let i = 0; i < KILLS; i++) {
      writeFiles(dir, version(ROWS + 2 * i + 1))
      const child = startGwh(dir, args, env)
      // One in each fifth of the time that a build takes.
      const delay = ((i + Math.random()) / KILLS) * duration
      await Promise.race([sleep(delay), once(child, 'exit')])
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
        if (child.signalCode === 'SIGKILL') killed++
      }
      const counts = await read()
      const [n = 0] = counts
      expect(counts, `killed after ${delay} ms`).toEqual(COUNTS.map(() => n))
      expect([ROWS + 2 * i, ROWS + 2 * i + 1], `killed after ${delay} ms`).toContain(n)

      writeFiles(dir, version(ROWS + 2 * i + 2))
      expect(await untilFree(() => gwh(dir, args, env)), `killed after ${delay} ms`).toMatchObject({
        code: 0,
      })
      expect(await read()).toEqual(COUNTS.map(() => ROWS + 2 * i + 2))
    }
    expect(killed).toBeGreaterThan(2)
  })
})

/** A server notices that its client is gone when the statement ends that it runs. */
async function untilFree<T extends { stderr: string }>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    const said = await work()
    if (!said.stderr.includes('warehouse_locked') || tries === 20) return said
    await sleep(500)
  }
}
