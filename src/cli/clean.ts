import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { requireInside } from '../project/inside.ts'
import { loadFrom, type GlobalOptions } from './context.ts'
import { createLog } from './log.ts'

/** What can be made again at any time. The target folder may hold the database too, so it is never removed whole. */
const GENERATED = [
  'target/compiled',
  'target/run_results.json',
  'target/run_results.json.tmp',
  'target/sources.json',
]

export function cleanCommand(options: GlobalOptions): void {
  const log = createLog(options)
  const { project } = loadFrom(options, true).plan.catalog
  const { dir } = project
  requireInside(project, 'target')
  const removed = GENERATED.filter((file) => existsSync(path.join(dir, file)))
  for (const file of removed) rmSync(path.join(dir, file), { recursive: true })
  log.event('cleaned', removed.join(', '), { removed })
  log.text(removed.length === 0 ? 'Nothing to remove.' : `Removed ${removed.join(', ')}. Databases stay.`)
}
