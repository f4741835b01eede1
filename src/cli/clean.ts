import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { isUnfinished } from '../artifacts/files.ts'
import { requireInside } from '../project/inside.ts'
import { loadFrom } from './context.ts'
import type { GlobalOptions } from './options.ts'
import { createLog } from './log.ts'

/** What can be made again at any time. The target folder may hold the database too, so it is never removed whole. */
const GENERATED = ['compiled', 'schemas', 'run_results.json', 'sources.json']

/** And what a process left that was killed while it wrote one. */
const isGenerated = (file: string): boolean =>
  GENERATED.some((name) => file === name || (file.startsWith(`${name}.`) && isUnfinished(file)))

export function cleanCommand(options: GlobalOptions): void {
  const log = createLog(options)
  const { project } = loadFrom(options, true).plan.catalog
  const { dir } = project
  requireInside(project, 'target')
  const target = path.join(dir, 'target')
  const removed = (existsSync(target) ? readdirSync(target).sort() : [])
    .filter(isGenerated)
    .map((file) => `target/${file}`)
  for (const file of removed) rmSync(path.join(dir, file), { recursive: true })
  log.event('cleaned', removed.join(', '), { removed })
  log.text(removed.length === 0 ? 'Nothing to remove.' : `Removed ${removed.join(', ')}. Databases stay.`)
}
