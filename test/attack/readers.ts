/** Readers who look at all relations in one query, while they are built and afterwards. */
import { DuckDBInstance } from '@duckdb/node-api'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { COUNTS, QUERY } from './versions.ts'
import type { Target } from './targets.ts'

/** What a reader saw; what is not of one version is torn. */
export interface Seen {
  readonly torn: readonly (readonly number[])[]
  /** Versions that were seen whole. */
  readonly whole: readonly number[]
  /** How often it looked. */
  readonly reads: number
}

/** Milliseconds between two looks. */
const PAUSE = 40

/** Somebody who reads again and again; only whoever is in the process itself reads a file of DuckDB meanwhile. */
export async function readAlong(target: Target): Promise<{ stop(): Promise<Seen> }> {
  if (target.engine !== 'postgres') return { stop: () => Promise.resolve({ torn: [], whole: [], reads: 0 }) }
  const seen: number[][] = []
  let isStopped = false
  let client = await connected(target)
  const reading = (async () => {
    while (!isStopped) {
      try {
        const { rows } = await client.query<{ place: number; n: number }>(QUERY)
        seen.push(inOrder(rows))
      } catch (error) {
        // Whoever reads comes back when a server that has ended does.
        if (!target.revive) throw error
        await client.end().catch(() => undefined)
        const again = await connected(target).catch(() => undefined)
        if (again) client = again
      }
      await sleep(PAUSE)
    }
  })()
  // told of when it is stopped
  reading.catch(() => undefined)
  return {
    async stop() {
      isStopped = true
      await reading
      await client.end().catch(() => undefined)
      return sorted(seen)
    },
  }
}

async function connected({ owner }: Target): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: owner, application_name: 'reader' })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export const isWhole = (versions: readonly number[]): boolean =>
  new Set(versions).size === 1 && versions.length === COUNTS.length

export function sorted(seen: readonly (readonly number[])[]): Seen {
  const whole = seen.filter(isWhole).map(([n = 0]) => n)
  return {
    torn: seen.filter((versions) => !isWhole(versions)),
    whole: [...new Set(whole)],
    reads: seen.length,
  }
}

const inOrder = (rows: readonly { place: number; n: number }[]): number[] =>
  [...rows].sort((a, b) => a.place - b.place).map(({ n }) => n)

/** What the relations say when all is over, one version each. */
export async function versionsOf(target: Target): Promise<number[]> {
  if (target.engine === 'postgres') {
    const client = await connected(target)
    try {
      return inOrder((await client.query<{ place: number; n: number }>(QUERY)).rows)
    } finally {
      await client.end()
    }
  }
  const instance = await DuckDBInstance.create(target.file, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(QUERY)).getRowObjectsJS()
  connection.closeSync()
  instance.closeSync()
  return inOrder(rows.map((row) => ({ place: Number(row['place']), n: Number(row['n']) })))
}
