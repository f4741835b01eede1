// Loaded into gwh before it starts: attacks at one of DuckDB's statements, and reads along in the same process.
import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs'

const {
  ATTACK_AT,
  ATTACK_KIND = '',
  ATTACK_DELAY,
  ATTACK_FILLER = '',
  ATTACK_QUERY,
  ATTACK_REPORT,
} = process.env
const at = Number(ATTACK_AT)
/** Milliseconds between two looks of the reader. */
const PAUSE = 50
let count = 0
let lastRead = 0
/** The instance on a file; others, in memory, are nobody's to read. */
let instance

const report = (fact) => appendFileSync(ATTACK_REPORT, `${JSON.stringify(fact)}\n`)

const { fromCache } = DuckDBInstance
DuckDBInstance.fromCache = async (...args) => {
  instance = await fromCache.apply(DuckDBInstance, args)
  return instance
}

const original = DuckDBConnection.prototype.run
DuckDBConnection.prototype.run = async function (statement, ...rest) {
  const number = ++count
  if (number === at || Date.now() - lastRead > PAUSE) await look()
  if (number === at) report({ at: number, began: Date.now(), statement })
  if (number === at && ATTACK_KIND !== 'SIGKILL at work') await attack()
  const began = performance.now()
  const answer = original.call(this, statement, ...rest)
  if (number === at && ATTACK_KIND === 'SIGKILL at work') {
    // The statement runs on a thread of its own meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ATTACK_DELAY))
    process.kill(process.pid, 'SIGKILL')
  }
  if (at !== 0) return answer
  const result = await answer
  report({ done: number, statement, took: performance.now() - began })
  return result
}

async function attack() {
  if (ATTACK_KIND === 'disk full') fill(ATTACK_FILLER)
  else if (ATTACK_KIND === 'out of memory') await takeMemory()
  else process.kill(process.pid, ATTACK_KIND)
}

async function look() {
  if (!instance) return
  lastRead = Date.now()
  const connection = await instance.connect()
  try {
    const rows = await original.call(connection, ATTACK_QUERY).then((result) => result.getRowObjectsJS())
    report({ read: rows.sort((a, b) => a.place - b.place).map(({ n }) => Number(n)) })
  } catch (error) {
    report({ unread: String(error) })
  } finally {
    connection.closeSync()
  }
}

/** As little as the database lets be taken away. */
async function takeMemory() {
  const connection = await instance.connect()
  for (const limit of ['100KB', '500KB', '1MB', '2MB', '4MB', '8MB']) {
    try {
      await original.call(connection, `set memory_limit = '${limit}'`)
      break
    } catch {
      // more than that is in use
    }
  }
  connection.closeSync()
}

function fill(filler) {
  const file = openSync(filler, 'a')
  for (let size = 1 << 20; size >= 512; size >>= 1) {
    try {
      while (writeSync(file, Buffer.alloc(size)) === size);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}
