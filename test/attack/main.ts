/** `npm run attack [-- --engine E] [--every N]`: stops builds at every statement, and holds what is said against what is. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { cleanBuild, faultsOf, prepared, signalsOf, statementsOf, stopAt, type Target } from './stops.ts'

const { values } = parseArgs({
  options: { engine: { type: 'string' }, every: { type: 'string', default: '1' }, kind: { type: 'string' } },
})

const server = values.engine === 'duckdb' ? undefined : await startPostgres()
const wrong: string[] = []
try {
  for (const engine of ['duckdb', 'postgres'] as const) {
    if (values.engine !== undefined && values.engine !== engine) continue
    const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-attack-'))
    try {
      const url = engine === 'postgres' ? await server!.createDatabase() : ''
      await attack(await prepared({ engine, url }, dir))
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  }
} finally {
  await server?.stop()
}
for (const sentence of wrong) console.log(`✗ ${sentence}\n`)
console.log(`${wrong.length} wrong`)
process.exitCode = wrong.length === 0 ? 0 : 1

async function attack(target: Target): Promise<void> {
  const statements = await statementsOf(target)
  console.log(`${target.engine}: a build has ${statements} statements`)
  let [now, count] = [1, 0]
  for (const kind of signalsOf(target.engine)) {
    if (values.kind !== undefined && values.kind !== kind) continue
    for (let at = 1; at <= statements; at += Number(values.every)) {
      const stopped = await stopAt(target, kind, at, now + 1)
      if (!stopped) continue
      count++
      wrong.push(...faultsOf(stopped, now, now + 1))
      now++
      const said = await cleanBuild(target)
      if (said.code !== 0) wrong.push(`${kind} at statement ${at}: the next build fails\n${said.text}`)
    }
    console.log(`  ${kind}: ${count} attacks so far, ${wrong.length} wrong`)
  }
}
