// Loaded into gwh before it starts: sends a signal to its own process at one of DuckDB's statements.
import { DuckDBConnection } from '@duckdb/node-api'
import { writeFileSync } from 'node:fs'

const at = Number(process.env.ATTACK_AT)
const signal = process.env.ATTACK_SIGNAL
let count = 0

for (const method of ['run', 'runAndReadAll']) {
  const original = DuckDBConnection.prototype[method]
  DuckDBConnection.prototype[method] = function (statement, ...rest) {
    count++
    if (count === at) {
      writeFileSync(process.env.ATTACK_REPORT, `${Date.now()} ${statement}`)
      process.kill(process.pid, signal)
    } else if (at === 0) {
      writeFileSync(process.env.ATTACK_REPORT, String(count))
    }
    return original.call(this, statement, ...rest)
  }
}
